import type { FormEvent } from 'react';
import { useAsk, useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { AreaField, SelectField } from '../../ui/field.tsx';
import { optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { Badge, Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { TONES } from './kinds.ts';
import { Verdicts } from './verdicts.tsx';

const MANY = { query: { limit: 200 } } as const;
const TEXT_CHARS_MAX = 100_000;

/** A text in, and what guardrails make of it. */
export function TestBench() {
  const { t } = useWords();
  const list = useAsk('listGuardrails', MANY);
  const trial = useChange('testGuardrails', []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const id = optionalTextOf(fields, 'guardrail');
    const place = textOf(fields, 'place') === 'output' ? 'output' : 'input';
    trial.mutate({
      body: { text: textOf(fields, 'text'), place, ...(id === undefined ? {} : { guardrail_ids: [id] }) },
    });
  };
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Card title={t('guardrails.tryTitle')}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <AreaField
            label={t('guardrails.text')}
            name="text"
            rows={8}
            required
            maxLength={TEXT_CHARS_MAX}
            hint={t('guardrails.tryText')}
          />
          <SelectField label={t('guardrails.as')} name="place">
            <option value="input">{t('guardrails.asked')}</option>
            <option value="output">{t('guardrails.answered')}</option>
          </SelectField>
          <SelectField label={t('guardrails.by')} name="guardrail">
            <option value="">{t('guardrails.byAll')}</option>
            {list.data?.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
          <Problem error={trial.error} />
          <div className="flex justify-end">
            <Button type="submit" look="primary" isBusy={trial.isPending}>
              {t('guardrails.try')}
            </Button>
          </div>
        </form>
      </Card>
      {trial.data !== undefined && (
        <Card
          title={t('guardrails.result')}
          action={<Badge tone={TONES[trial.data.verdict]}>{t(`guardrails.verdicts.${trial.data.verdict}`)}</Badge>}
        >
          <div role="status" className="flex flex-col gap-4">
            {trial.data.verdicts.length === 0 ? (
              <p className="text-dim">{t('guardrails.nothingFound')}</p>
            ) : (
              <Verdicts verdicts={trial.data.verdicts} />
            )}
            {trial.data.text === undefined ? (
              <p className="text-dim">{t('guardrails.notPassed')}</p>
            ) : (
              <Code text={trial.data.text} label={t('guardrails.passed')} isLong />
            )}
          </div>
        </Card>
      )}
    </div>
  );
}
