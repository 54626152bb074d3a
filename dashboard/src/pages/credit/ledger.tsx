import type { FormEvent } from 'react';
import type { Answer } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { fieldProblem, textOf } from '../../app/form.ts';
import { count } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/code.tsx';
import { TextField } from '../../ui/field.tsx';
import { Card, Notice, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';

/** Whether every balance is what its entries come to, and every entry as it was written. */
export function Ledger() {
  const { t } = useWords();
  // It reads the whole ledger, so that it is asked for and never by itself.
  const verify = useChange('verifyLedger', []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const noted = textOf(new FormData(event.currentTarget), 'noted');
    verify.mutate({ query: noted === '' ? {} : { noted } });
  };
  return (
    <>
      <CreditHeader current="ledger" />
      <Card title={t('credit.ledger')}>
        <p className="max-w-prose text-dim">{t('credit.ledgerText')}</p>
        <form onSubmit={submit} className="my-3 flex max-w-2xl flex-col gap-3">
          <TextField
            label={t('credit.noted')}
            name="noted"
            isOptional
            placeholder="120:9f86d081…"
            hint={t('credit.notedHint')}
            problem={fieldProblem(verify.error, 'noted')}
          />
          <div>
            <Button type="submit" isBusy={verify.isPending}>
              {verify.isPending ? t('credit.verifying') : t('credit.verify')}
            </Button>
          </div>
        </form>
        <Problem error={verify.error} />
        {verify.data !== undefined && <Verdict verdict={verify.data} />}
      </Card>
    </>
  );
}

function Verdict({
  verdict: { intact, entries, unsealed, differences, head },
}: {
  readonly verdict: Answer<'verifyLedger'>;
}) {
  const { t, language } = useWords();
  const shown = count(entries, language);
  const noted = `${head.number}:${head.digest}`;
  return (
    <div className="flex flex-col gap-3">
      <Notice tone={intact ? 'good' : 'bad'}>
        {intact ? t('credit.intact', { count: entries, shown }) : t('credit.notIntact', { count: entries, shown })}
        {unsealed > 0 && <p>{t('credit.unsealed', { count: unsealed })}</p>}
        {differences.length > 0 && (
          <ul className="mt-2 list-disc pl-5">
            {differences.map(({ id, what }) => (
              <li key={`${id} ${what}`}>
                {id}: {what}
              </li>
            ))}
          </ul>
        )}
      </Notice>
      <div>
        <p className="mb-1.5 text-dim">{t('credit.headText')}</p>
        <div className="flex flex-wrap items-center gap-3 rounded-lg bg-ground p-3">
          <code className="min-w-0 font-mono text-[13px] break-all">{noted}</code>
          <CopyButton text={noted} />
        </div>
      </div>
    </div>
  );
}
