import { useCredits } from '../../app/credits.ts';
import { usePlace } from '../../app/session.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
import { ConsequenceDialog } from './consequence-dialog.tsx';
import { ReasonField } from './give-dialog.tsx';
import { type CreditAccount, partsOf } from './types.ts';

/** Takes credit back that no call holds, once the consequence was read. */
export function TakeDialog({ account, onClose }: { readonly account: CreditAccount; readonly onClose: () => void }) {
  const { t } = useWords();
  const { exactNamed } = useCredits();
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
        t('credit.takeConsequence', { account: account.name ?? scopeId, amount: exactNamed(body.amount) })
      }
      done={({ body }) => t('credit.took', { amount: exactNamed(body.amount) })}
      onClose={onClose}
    >
      {(error) => (
        <>
          <p className="font-medium wrap-anywhere">{account.name ?? scopeId}</p>
          <AmountField error={error} hint={t('credit.takeHint', { available: exactNamed(account.available) })} />
          <ReasonField error={error} />
        </>
      )}
    </ConsequenceDialog>
  );
}
