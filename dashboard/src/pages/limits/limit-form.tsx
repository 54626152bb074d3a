import { useState } from 'react';
import type { Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { Limit } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { ZONE } from '../../format/times.ts';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { DECIMAL, linesOf, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { useSubjects } from './use-limit-words.ts';

const MEASURES = ['requests', 'total_tokens', 'input_tokens', 'output_tokens', 'concurrent', 'money'] as const;
const SUBJECTS = [
  'organization',
  'project',
  'team',
  'member',
  'service_account',
  'key',
  'end_user',
  'model',
  'tag',
] as const;
const UNITS = ['minute', 'hour', 'day', 'week', 'month'] as const;
const WHOLE = '[1-9][0-9]*';
const PERCENTAGES = '\\s*([1-9][0-9]?|100)(\\s*[,、]\\s*([1-9][0-9]?|100))*\\s*';

type Terms = Taken<'createLimit'>['body'];
type Measure = (typeof MEASURES)[number];
type Subject = (typeof SUBJECTS)[number];

/** Makes a limit, or lays down all of one anew. */
export function LimitForm({ limit, onClose }: { readonly limit: Limit | undefined; readonly onClose: () => void }) {
  const { t } = useWords();
  const changes = ['listLimits', 'getLimit'] as const;
  const make = useChange('createLimit', changes);
  const put = useChange('updateLimit', changes);
  const [measure, setMeasure] = useState<Measure>(limit?.measure ?? 'requests');
  const error = make.error ?? put.error;
  const submit = (fields: FormData): void => {
    const body = termsOf(fields, measure);
    if (limit === undefined) make.mutate({ body }, { onSuccess: onClose });
    else {
      const { id, revision } = limit;
      put.mutate({ params: { limit_id: id }, body, revision }, { onSuccess: onClose });
    }
  };
  return (
    <FormDialog
      title={limit === undefined ? t('limits.make') : `${t('app.edit')}: ${limit.name}`}
      action={t('app.save')}
      error={error}
      isBusy={make.isPending || put.isPending}
      onSubmit={submit}
      onClose={onClose}
      isPanel
    >
      <TextField
        label={t('limits.name')}
        name="name"
        required
        autoFocus
        maxLength={100}
        defaultValue={limit?.name}
        problem={problemOf(error, 'name')}
      />
      <SubjectFields limit={limit} problem={problemOf(error, 'subject')} />
      <SelectField
        label={t('limits.measure')}
        name="measure"
        value={measure}
        onChange={({ target }) => setMeasure(MEASURES.find((each) => each === target.value) ?? 'requests')}
      >
        {MEASURES.map((each) => (
          <option key={each} value={each}>
            {t(`limits.measures.${each}`)}
          </option>
        ))}
      </SelectField>
      <AmountField limit={limit} measure={measure} problem={problemOf(error, 'amount')} />
      {measure !== 'concurrent' && <WindowFields limit={limit} problem={problemOf(error, 'window')} />}
      <SelectField label={t('limits.mode')} name="mode" defaultValue={limit?.mode ?? 'hard'}>
        <option value="hard">{t('limits.modes.hard')}</option>
        <option value="soft">{t('limits.modes.soft')}</option>
      </SelectField>
      <TextField
        label={t('limits.thresholds')}
        name="thresholds"
        isOptional
        pattern={PERCENTAGES}
        hint={t('limits.thresholdsHint')}
        defaultValue={limit?.thresholds.join(', ') ?? ''}
        problem={problemOf(error, 'thresholds')}
      />
      <AreaField
        label={t('limits.models')}
        name="models"
        rows={2}
        isOptional
        hint={t('limits.modelsHint')}
        defaultValue={limit?.models?.join('\n')}
        problem={problemOf(error, 'models')}
      />
    </FormDialog>
  );
}

type PartProps = { readonly limit: Limit | undefined; readonly problem: string | undefined };

function AmountField({ limit, measure, problem }: PartProps & { readonly measure: Measure }) {
  const { t } = useWords();
  const { credit } = usePlace();
  const isMoney = measure === 'money';
  return (
    <TextField
      label={t('limits.amount')}
      name="amount"
      required
      inputMode={isMoney ? 'decimal' : 'numeric'}
      pattern={isMoney ? DECIMAL : WHOLE}
      hint={t(isMoney ? (credit === undefined ? 'limits.dollars' : 'limits.credits') : 'limits.whole')}
      defaultValue={limit?.amount}
      problem={problem}
    />
  );
}

function SubjectFields({ limit, problem }: PartProps) {
  const { t } = useWords();
  const subjects = useSubjects();
  const [kind, setKind] = useState<Subject>(limit?.subject.kind ?? 'organization');
  const known = subjects[kind];
  const id = limit?.subject.kind === kind ? limit.subject.id : undefined;
  return (
    <>
      <SelectField
        label={t('limits.whom')}
        name="kind"
        value={kind}
        onChange={({ target }) => setKind(SUBJECTS.find((each) => each === target.value) ?? 'organization')}
      >
        {SUBJECTS.map((each) => (
          <option key={each} value={each}>
            {t(`limits.subjects.${each}`)}
          </option>
        ))}
      </SelectField>
      {known !== undefined && (
        <SelectField key={kind} label={t('limits.which')} name="subject" defaultValue={id ?? ''}>
          <option value="">{t('limits.eachOfThem')}</option>
          {known.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
      )}
      {known === undefined && kind !== 'organization' && (
        <TextField
          key={kind}
          label={t('limits.which')}
          name="subject"
          isOptional={kind !== 'tag'}
          required={kind === 'tag'}
          hint={t(kind === 'tag' ? 'limits.tagHint' : 'limits.whichHint')}
          defaultValue={id ?? ''}
          problem={problem}
        />
      )}
    </>
  );
}

function WindowFields({ limit, problem }: PartProps) {
  const { t } = useWords();
  const before = limit?.window;
  const [unit, setUnit] = useState<string>(before?.kind === 'calendar' ? before.unit : (before?.kind ?? 'day'));
  return (
    <>
      <SelectField
        label={t('limits.window')}
        name="unit"
        value={unit}
        onChange={({ target }) => setUnit(target.value)}
        problem={problem}
      >
        {[...UNITS, 'rolling' as const].map((each) => (
          <option key={each} value={each}>
            {t(`limits.windows.${each}`)}
          </option>
        ))}
      </SelectField>
      {unit === 'rolling' ? (
        <TextField
          label={t('limits.seconds')}
          name="seconds"
          required
          inputMode="numeric"
          pattern={WHOLE}
          defaultValue={before?.kind === 'rolling' ? String(before.seconds) : '60'}
        />
      ) : (
        <TextField
          label={t('limits.zone')}
          name="zone"
          required
          hint={t('limits.zoneHint')}
          defaultValue={before?.kind === 'calendar' ? before.time_zone : ZONE}
        />
      )}
    </>
  );
}

function termsOf(fields: FormData, measure: Measure): Terms {
  const kind = SUBJECTS.find((each) => each === textOf(fields, 'kind')) ?? 'organization';
  const id = optionalTextOf(fields, 'subject');
  const models = linesOf(fields, 'models');
  const window = measure === 'concurrent' ? undefined : windowOf(fields);
  const thresholds = textOf(fields, 'thresholds').split(/[,、]/).map(Number).filter(Boolean);
  return {
    name: textOf(fields, 'name'),
    subject: { kind, ...(id === undefined ? {} : { id }) },
    measure,
    amount: textOf(fields, 'amount'),
    mode: textOf(fields, 'mode') === 'soft' ? 'soft' : 'hard',
    thresholds,
    ...(models.length === 0 ? {} : { models }),
    ...(window === undefined ? {} : { window }),
  };
}

function windowOf(fields: FormData): NonNullable<Terms['window']> {
  const unit = UNITS.find((each) => each === textOf(fields, 'unit'));
  if (unit === undefined) return { kind: 'rolling', seconds: Number(textOf(fields, 'seconds')) };
  return { kind: 'calendar', unit, time_zone: textOf(fields, 'zone') };
}
