import { useState } from 'react';
import type { Answer, CallError, Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { endOfDay, optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { Notice } from '../../ui/parts.tsx';
import { saveCsv } from '../../ui/save-csv.ts';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';

type Made = Answer<'createCodeBatch'>;

const NAME_MAX = 100;
/** More are in the file alone. */
const SHOWN_MAX = 20;

/** Makes codes, and hands them out once. */
export function NewCodes({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const make = useChange('createCodeBatch', ['listCodeBatches']);
  if (make.data !== undefined) return <MadeCodes made={make.data} onClose={onClose} />;
  return (
    <FormDialog
      title={t('credit.codes.make')}
      action={t('app.create')}
      error={make.error?.param === undefined ? make.error : null}
      isBusy={make.isPending}
      onSubmit={(fields) => make.mutate({ body: bodyOf(fields) })}
      onClose={onClose}
    >
      <BatchFields error={make.error} />
    </FormDialog>
  );
}

function bodyOf(fields: FormData): Taken<'createCodeBatch'>['body'] {
  const validUntil = optionalTextOf(fields, 'valid_until');
  const lastsDays = optionalTextOf(fields, 'credit_lasts_days');
  return {
    name: textOf(fields, 'name'),
    amount: textOf(fields, 'amount'),
    count: Number(textOf(fields, 'count')),
    uses_max: Number(textOf(fields, 'uses_max')),
    ...(validUntil === undefined ? {} : { valid_until: endOfDay(validUntil) }),
    ...(lastsDays === undefined ? {} : { credit_lasts_days: Number(lastsDays) }),
  };
}

function BatchFields({ error }: { readonly error: CallError | null }) {
  const { t } = useWords();
  const number = { inputMode: 'numeric', pattern: '[0-9]+' } as const;
  return (
    <>
      <TextField
        label={t('app.name')}
        name="name"
        required
        autoFocus
        maxLength={NAME_MAX}
        hint={t('credit.codes.nameHint')}
        problem={problemOf(error, 'name')}
      />
      <AmountField error={error} hint={t('credit.codes.amountHint')} />
      <TextField
        label={t('credit.codes.count')}
        name="count"
        {...number}
        required
        hint={t('credit.codes.countHint')}
        problem={problemOf(error, 'count')}
      />
      <TextField
        label={t('credit.codes.usesMax')}
        name="uses_max"
        {...number}
        required
        defaultValue="1"
        hint={t('credit.codes.usesMaxHint')}
        problem={problemOf(error, 'uses_max')}
      />
      <TextField
        label={t('credit.codes.validUntil')}
        name="valid_until"
        type="date"
        isOptional
        hint={t('credit.codes.validUntilHint')}
        problem={problemOf(error, 'valid_until')}
      />
      <TextField
        label={t('credit.starters.lasts')}
        name="credit_lasts_days"
        {...number}
        isOptional
        hint={t('credit.codes.lastsHint')}
        problem={problemOf(error, 'credit_lasts_days')}
      />
    </>
  );
}

function MadeCodes({ made: { batch, codes }, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const { t } = useWords();
  const [isSaved, setIsSaved] = useState(false);
  const save = (): void => {
    saveCsv(`codes-${batch.id}.csv`, [['number', 'code'], ...codes.map((code, index) => [String(index + 1), code])]);
    setIsSaved(true);
  };
  return (
    <Dialog title={batch.name} onClose={onClose}>
      <Notice tone="warn">{t('credit.codes.once')}</Notice>
      <Code text={codes.slice(0, SHOWN_MAX).join('\n')} />
      {codes.length > SHOWN_MAX && (
        <p className="text-[13px] text-dim">{t('credit.codes.more', { count: codes.length - SHOWN_MAX })}</p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button icon="download" look={isSaved ? 'plain' : 'primary'} onClick={save}>
          {t('credit.codes.save')}
        </Button>
        <Button look={isSaved ? 'primary' : 'plain'} onClick={onClose}>
          {t('app.done')}
        </Button>
      </div>
    </Dialog>
  );
}
