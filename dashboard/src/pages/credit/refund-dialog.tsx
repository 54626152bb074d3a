import { useCredits } from '../../app/credits.ts';
import { textOf } from '../../ui/form-fields.ts';
import { Id } from '../../ui/id.tsx';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
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
  const { t } = useWords();
  const { exactNamed } = useCredits();
  return (
    <ConsequenceDialog
      operation="refundCharge"
      title={t('credit.refund')}
      bodyOf={(fields) => ({
        body: { charge_id: chargeId, amount: textOf(fields, 'amount'), reason: textOf(fields, 'reason') },
      })}
      consequence={({ body }) => t('credit.refundConsequence', { amount: exactNamed(body.amount) })}
      done={({ body }) => t('credit.refunded', { amount: exactNamed(body.amount) })}
      onDone={({ body }) => onDone?.(body.reason)}
      isHarmless
      onClose={onClose}
    >
      {(error) => (
        <>
          <Id text={chargeId} />
          <AmountField
            error={error}
            hint={left === undefined ? t('credit.amountHint') : t('credit.refundHint', { left: exactNamed(left) })}
            {...(left === undefined ? {} : { initially: left })}
          />
          <ReasonField error={error} />
        </>
      )}
    </ConsequenceDialog>
  );
}
