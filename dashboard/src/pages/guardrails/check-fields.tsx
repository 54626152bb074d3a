import { useState } from 'react';
import type { CallError, Taken } from '../../api/call.ts';
import type { Guardrail } from '../../api/types.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { chosenOf, linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { type CheckKind, PERSONAL, SECRETS } from './kinds.ts';

const WHOLE = '[1-9][0-9]*';

type CheckFieldsProps = {
  readonly kind: CheckKind;
  readonly check: Guardrail['check'] | undefined;
  readonly error: CallError | null;
};

/** What a guardrail of each kind is told of what to look for. */
export function CheckFields({ kind, check, error }: CheckFieldsProps) {
  const { t } = useWords();
  const own = check?.kind === kind ? check : undefined;
  if (kind === 'secrets' || kind === 'personal') {
    const before = own?.kind === 'secrets' || own?.kind === 'personal' ? own.finds : undefined;
    return <KindFields key={kind} kind={kind} before={before} problem={problemOf(error, 'check')} />;
  }
  if (kind === 'http') return <ServiceFields own={own?.kind === 'http' ? own : undefined} error={error} />;
  if (kind === 'length') {
    return (
      <TextField
        label={t('guardrails.charactersMax')}
        name="characters"
        required
        inputMode="numeric"
        pattern={WHOLE}
        hint={t('guardrails.charactersMaxHint')}
        defaultValue={own?.kind === 'length' ? own.characters_max : '100000'}
        problem={problemOf(error, 'check')}
      />
    );
  }
  return (
    <>
      <AreaField
        label={t('guardrails.words')}
        name="words"
        isOptional
        hint={t('guardrails.wordsHint')}
        defaultValue={own?.kind === 'words' ? own.words.join('\n') : ''}
        problem={problemOf(error, 'check.words')}
      />
      <AreaField
        label={t('guardrails.patterns')}
        name="patterns"
        rows={2}
        isOptional
        hint={t('guardrails.patternsHint')}
        defaultValue={own?.kind === 'words' ? own.patterns.join('\n') : ''}
        problem={problemOf(error, 'check.patterns')}
      />
    </>
  );
}

type ServiceFieldsProps = {
  readonly own: (Guardrail['check'] & { readonly kind: 'http' }) | undefined;
  readonly error: CallError | null;
};

/** Which service is asked, and how long. A secret that is stored is never shown: an empty field leaves it. */
function ServiceFields({ own, error }: ServiceFieldsProps) {
  const { t } = useWords();
  const hasSecret = own?.has_secret === true;
  return (
    <>
      <TextField
        label={t('guardrails.url')}
        name="url"
        type="url"
        required
        maxLength={2048}
        hint={t('guardrails.urlHint')}
        defaultValue={own?.url}
        problem={problemOf(error, 'check.url')}
      />
      <TextField
        label={t('guardrails.secret')}
        name="secret"
        type="password"
        autoComplete="off"
        isOptional
        hint={t(hasSecret ? 'guardrails.secretKept' : 'guardrails.secretHint')}
        problem={problemOf(error, 'check.secret')}
      />
      {hasSecret && <CheckField name="no_secret" label={t('guardrails.secretRemoved')} defaultChecked={false} />}
      <TextField
        label={t('guardrails.timeout')}
        name="timeout"
        required
        inputMode="numeric"
        pattern={WHOLE}
        hint={t('guardrails.timeoutHint')}
        defaultValue={own?.timeout_ms ?? 2000}
        problem={problemOf(error, 'check.timeout_ms')}
      />
      <SelectField label={t('guardrails.onFailure')} name="on_failure" defaultValue={own?.on_failure ?? 'block'}>
        <option value="block">{t('guardrails.onFailures.block')}</option>
        <option value="pass">{t('guardrails.onFailures.pass')}</option>
      </SelectField>
    </>
  );
}

type KindFieldsProps = {
  readonly kind: 'secrets' | 'personal';
  readonly before: readonly string[] | undefined;
  readonly problem: string | undefined;
};

function KindFields({ kind, before, problem }: KindFieldsProps) {
  const { t } = useWords();
  const all = kind === 'secrets' ? SECRETS : PERSONAL;
  const [first] = useState(
    () => new Set<string>(before ?? (kind === 'secrets' ? SECRETS : ['email', 'phone', 'card'])),
  );
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('guardrails.finds')}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {all.map((each) => (
          <CheckField
            key={each}
            name="finds"
            value={each}
            label={t(`guardrails.kinds.${each}`)}
            defaultChecked={first.has(each)}
          />
        ))}
      </div>
      {problem !== undefined && <p className="text-[13px] text-bad">{t('guardrails.kindsHint')}</p>}
    </fieldset>
  );
}

/** What was entered there. */
export function checkOf(fields: FormData, kind: CheckKind): Taken<'createGuardrail'>['body']['check'] {
  const finds = chosenOf(fields, 'finds');
  switch (kind) {
    case 'secrets':
      return { kind, finds: SECRETS.filter((each) => finds.includes(each)) };
    case 'personal':
      return { kind, finds: PERSONAL.filter((each) => finds.includes(each)) };
    case 'words':
      return { kind, words: linesOf(fields, 'words'), patterns: linesOf(fields, 'patterns') };
    case 'length':
      return { kind, characters_max: Number(textOf(fields, 'characters')) };
    case 'http': {
      const secret = fields.has('no_secret') ? null : optionalTextOf(fields, 'secret');
      return {
        kind,
        url: textOf(fields, 'url'),
        ...(secret === undefined ? {} : { secret }),
        timeout_ms: Number(textOf(fields, 'timeout')),
        on_failure: textOf(fields, 'on_failure') === 'pass' ? 'pass' : 'block',
      };
    }
  }
}
