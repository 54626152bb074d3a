import { usePlace } from '../../app/session.tsx';
import { exactCredits } from '../../format/amounts.ts';
import { textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
import { ConsequenceDialog } from './consequence-dialog.tsx';
import { ReasonField } from './give-dialog.tsx';
import { type CreditAccount, partsOf } from './types.ts';

/** Takes credit back that no call holds, once the consequence was read. */
export function TakeDialog({ account, onClose }: { readonly account: CreditAccount; readonly onClose: () => void }) {
  const { t, language } = useWords();
  const { organizationId } = usePlace();
  const { level, scopeId } = partsOf(account.id);
  return (
    <ConsequenceDialog
      operation="withdrawCredit"
      title={t('credit.take')}
      bodyOf={(fields) => ({
        body: {
          organization_id: organizationId,
          level,
          scope_id: scopeId,
          amount: textOf(fields, 'amount'),
          reason: textOf(fields, 'reason'),
        },
      })}
      consequence={({ body }) =>
        t('credit.takeConsequence', { account: account.name ?? scopeId, amount: exactCredits(body.amount, language) })
      }
      done={({ body }) => t('credit.took', { amount: exactCredits(body.amount, language) })}
      onClose={onClose}
    >
      {(error) => (
        <>
          <p className="font-medium wrap-anywhere">{account.name ?? scopeId}</p>
          <AmountField
            error={error}
            hint={t('credit.takeHint', { available: exactCredits(account.available, language) })}
          />
          <ReasonField error={error} />
        </>
      )}
    </ConsequenceDialog>
  );
}
