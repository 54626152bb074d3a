import type { FormEvent } from 'react';
import { useChange } from '../../api/hooks.ts';
import type { AuditVerdict } from '../../api/types.ts';
import { fieldProblem, textOf } from '../../app/form.ts';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/code.tsx';
import { TextField } from '../../ui/field.tsx';
import { Card, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

/** Whether the log is as it was written. */
export function Verify() {
  const { t } = useWords();
  // It reads the whole log, so that it is asked for and never by itself.
  const verify = useChange('verifyAuditLog', []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const noted = textOf(new FormData(event.currentTarget), 'noted');
    verify.mutate({ query: noted === '' ? {} : { noted } });
  };
  return (
    <Card title={t('audit.verifyTitle')} className="mb-4">
      <p className="max-w-prose text-dim">{t('audit.verifyText')}</p>
      <form onSubmit={submit} className="my-3 flex max-w-2xl flex-col gap-3">
        <TextField
          label={t('audit.noted')}
          name="noted"
          isOptional
          placeholder="120:9f86d081…"
          hint={t('audit.notedHint')}
          problem={fieldProblem(verify.error, 'noted')}
        />
        <div>
          <Button type="submit" isBusy={verify.isPending}>
            {verify.isPending ? t('audit.verifying') : t('audit.verify')}
          </Button>
        </div>
      </form>
      <Problem error={verify.error} />
      {verify.data !== undefined && <Verdict verdict={verify.data} />}
    </Card>
  );
}

function Verdict({ verdict: { intact, entries, differences, head } }: { readonly verdict: AuditVerdict }) {
  const { t, language } = useWords();
  const shown = count(entries, language);
  const noted = `${head.sequence}:${head.digest}`;
  return (
    <div className="flex flex-col gap-3">
      <Notice tone={intact ? 'good' : 'bad'}>
        {intact ? t('audit.intact', { count: entries, shown }) : t('audit.notIntact', { count: entries, shown })}
        {differences.length > 0 && (
          <ul className="mt-2 list-disc pl-5">
            {differences.map(({ sequence, what }) => (
              <li key={`${sequence} ${what}`}>
                {sequence}: {what}
              </li>
            ))}
          </ul>
        )}
      </Notice>
      <div>
        <p className="mb-1.5 text-dim">{t('audit.headText')}</p>
        <div className="flex flex-wrap items-center gap-3 rounded-lg bg-ground p-3">
          <code className="min-w-0 font-mono text-[13px] break-all">{noted}</code>
          <CopyButton text={noted} />
        </div>
      </div>
    </div>
  );
}
