import type { CallError } from '../../api/call.ts';
import { TextField } from '../../ui/field.tsx';
import { problemOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';

/** Digits, and what comes after a point; how many of them there may be is the hub's to say. */
const DECIMAL = '[0-9]+([.][0-9]+)?';
const CHARS_MAX = 20;

type AmountFieldProps = { readonly error: CallError | null; readonly hint: string; readonly initially?: string };

/** How many credits. */
export function AmountField({ error, hint, initially }: AmountFieldProps) {
  const { t } = useWords();
  return (
    <TextField
      label={t('credit.amount')}
      name="amount"
      inputMode="decimal"
      pattern={DECIMAL}
      required
      maxLength={CHARS_MAX}
      defaultValue={initially}
      hint={hint}
      problem={problemOf(error, 'amount') ?? problemOf(error, 'charge_id')}
    />
  );
}
