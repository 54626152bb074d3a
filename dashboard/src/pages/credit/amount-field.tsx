import type { CallError } from '../../api/call.ts';
import { TextField } from '../../ui/field.tsx';
import { DECIMAL, problemOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';

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
