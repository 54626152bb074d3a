import { credits } from '../../format/amounts.ts';
import { TextField } from '../../ui/field.tsx';
import { problemOf, textOf } from '../../ui/form-fields.ts';
import { Id } from '../../ui/id.tsx';
import { useWords } from '../../words/index.ts';
import { ConsequenceDialog } from './consequence-dialog.tsx';
import { ReasonField } from './give-dialog.tsx';

type RefundDialogProps = {
  readonly chargeId: string;
  /** What of it was not given back yet, where that is known. */
  readonly left?: string;
  readonly onDone?: (reason: string) => void;
  readonly onClose: () => void;
};

/** Gives back what a charge took, or a part of it, once the consequence was read. */
export function RefundDialog({ chargeId, left, onDone, onClose }: RefundDialogProps) {
  const { t, language } = useWords();
  return (
    <ConsequenceDialog
      operation="refundCharge"
      title={t('credit.refund')}
      bodyOf={(fields) => ({
        body: { charge_id: chargeId, amount: textOf(fields, 'amount'), reason: textOf(fields, 'reason') },
      })}
      consequence={({ body }) => t('credit.refundConsequence', { amount: credits(body.amount, language) })}
      done={({ body }) => t('credit.refunded', { amount: credits(body.amount, language) })}
      onDone={({ body }) => onDone?.(body.reason)}
      onClose={onClose}
    >
      {(error) => (
        <>
          <Id text={chargeId} />
          <TextField
            label={t('credit.amount')}
            name="amount"
            inputMode="decimal"
            required
            maxLength={20}
            defaultValue={left}
            hint={left === undefined ? t('credit.amountHint') : t('credit.refundHint', { left })}
            problem={problemOf(error, 'amount') ?? problemOf(error, 'charge_id')}
          />
          <ReasonField error={error} />
        </>
      )}
    </ConsequenceDialog>
  );
}
