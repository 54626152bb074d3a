import { useState } from 'react';
import type { CallError } from '../../api/call.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { useWords } from '../../words/index.ts';
import { type LineOf, placeOf } from './types.ts';

/** In the order in which people think of them. */
const UNITS = [
  'input',
  'output',
  'cached-input',
  'cache-write-5m',
  'cache-write-1h',
  'reasoning',
  'audio-input',
  'audio-output',
  'image-input',
  'image-output',
  'image',
  'video-second',
  'audio-second',
  'character',
  'minute',
  'request',
  'tool-call',
] as const satisfies readonly LineOf['unit'][];

/** A line while it is edited: texts, as they are typed. */
export type Draft = {
  readonly key: number;
  readonly unit: LineOf['unit'];
  readonly amount: string;
  readonly above: string;
  readonly from: string;
  readonly to: string;
  readonly size: string;
  readonly quality: string;
  readonly isBatch: boolean;
  /** What is known of the other side of it, as what it costs. */
  readonly note: string | undefined;
};

const NOTHING = { amount: '', above: '', from: '', to: '', size: '', quality: '', isBatch: false, note: undefined };

export function draftOf(line: LineOf, more: Pick<Draft, 'key' | 'amount' | 'note'>): Draft {
  return {
    unit: line.unit,
    above: line.above_input_tokens === undefined ? '' : String(line.above_input_tokens),
    from: line.utc_window?.from ?? '',
    to: line.utc_window?.to ?? '',
    size: line.image_size ?? '',
    quality: line.image_quality ?? '',
    isBatch: line.batch === true,
    ...more,
  };
}

/** Where nothing is known of a model: the two lines that most have. */
export const FIRST_DRAFTS: readonly Draft[] = (['input', 'output'] as const).map((unit, key) => ({
  ...NOTHING,
  key,
  unit,
}));

/** What a line is of and when it counts; the hub says what of it cannot be. */
export function lineOf({ unit, above, from, to, size, quality, isBatch }: Draft): LineOf {
  const optional = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());
  const hasWindow = optional(from) !== undefined || optional(to) !== undefined;
  const [tokens, imageSize, imageQuality] = [optional(above), optional(size), optional(quality)];
  return placeOf({
    unit,
    ...(tokens === undefined ? {} : { above_input_tokens: Number(tokens) }),
    ...(hasWindow ? { utc_window: { from: from.trim(), to: to.trim() } } : {}),
    ...(imageSize === undefined ? {} : { image_size: imageSize }),
    ...(imageQuality === undefined ? {} : { image_quality: imageQuality }),
    ...(isBatch ? { batch: true } : {}),
  });
}

type LineEditorProps = {
  readonly drafts: readonly Draft[];
  /** What the amount of a line is. */
  readonly amountLabel: string;
  /** What the hub said of a line, by its place. */
  readonly problemOf: (index: number) => string | undefined;
  readonly onChange: (drafts: readonly Draft[]) => void;
};

/** The lines of a list of prices, each with what it is of and when it counts. */
export function LineEditor({ drafts, amountLabel, problemOf, onChange }: LineEditorProps) {
  const { t } = useWords();
  const change = (key: number, changes: Partial<Draft>): void =>
    onChange(drafts.map((draft) => (draft.key === key ? { ...draft, ...changes } : draft)));
  const add = (): void => {
    const key = drafts.reduce((highest, draft) => Math.max(highest, draft.key), 0) + 1;
    const free = UNITS.find((unit) => drafts.every((draft) => draft.unit !== unit)) ?? 'input';
    onChange([...drafts, { ...NOTHING, key, unit: free }]);
  };
  return (
    <div className="flex flex-col gap-3">
      {drafts.map((draft, index) => (
        <fieldset key={draft.key} className="flex flex-col gap-3 rounded-lg border border-line p-3">
          <legend className="px-1 text-[13px] text-dim">{t('prices.line', { number: index + 1 })}</legend>
          <div className="grid items-start gap-3 sm:grid-cols-[1fr_1fr_auto]">
            <SelectField
              label={t('models.unit')}
              value={draft.unit}
              onChange={(event) =>
                change(draft.key, { unit: UNITS.find((unit) => unit === event.target.value) ?? draft.unit })
              }
            >
              {UNITS.map((unit) => (
                <option key={unit} value={unit}>
                  {t(`models.units.${unit}`)}
                </option>
              ))}
            </SelectField>
            <TextField
              label={amountLabel}
              inputMode="decimal"
              required
              maxLength={26}
              value={draft.amount}
              hint={draft.note}
              problem={problemOf(index)}
              onChange={(event) => change(draft.key, { amount: event.target.value })}
            />
            <div className="sm:pt-6.5">
              <Button
                look="quiet"
                icon="trash"
                label={t('prices.removeLine', { number: index + 1 })}
                disabled={drafts.length === 1}
                onClick={() => onChange(drafts.filter(({ key }) => key !== draft.key))}
              />
            </div>
          </div>
          <Conditions draft={draft} onChange={(changes) => change(draft.key, changes)} />
        </fieldset>
      ))}
      <div>
        <Button icon="plus" onClick={add}>
          {t('prices.addLine')}
        </Button>
      </div>
    </div>
  );
}

type ConditionsProps = { readonly draft: Draft; readonly onChange: (changes: Partial<Draft>) => void };

/** When the line counts; most always do. */
function Conditions({ draft, onChange }: ConditionsProps) {
  const { t } = useWords();
  // Not closed again under the hands of who empties a field.
  const [isOpen] = useState(Object.keys(lineOf(draft)).length > 1);
  return (
    <details open={isOpen}>
      <summary className="text-[13px] text-dim">{t('prices.conditions')}</summary>
      <div className="mt-3 grid gap-3 sm:grid-cols-3">
        {(['above', 'from', 'to', 'size', 'quality'] as const).map((name) => (
          <TextField
            key={name}
            label={t(`prices.conditionFields.${name}`)}
            value={draft[name]}
            maxLength={50}
            placeholder={PLACEHOLDERS[name]}
            {...(name === 'above' ? { inputMode: 'numeric' as const, pattern: '\\d+' } : {})}
            onChange={(event) => onChange({ [name]: event.target.value })}
          />
        ))}
        <div className="sm:pt-8">
          <CheckField
            label={t('models.batch')}
            checked={draft.isBatch}
            onChange={(event) => onChange({ isBatch: event.target.checked })}
          />
        </div>
      </div>
    </details>
  );
}

const PLACEHOLDERS = { above: '200000', from: '16:30', to: '00:30', size: '1024x1024', quality: 'hd' } as const;

/** What the hub said of the line at a place of `prices`. */
export function lineProblem(error: CallError | null, index: number): string | undefined {
  const at = /(?:^|\.)prices\.(\d+)\./.exec(error?.param ?? '')?.[1];
  return at === String(index) ? error?.message : undefined;
}
