import { useChange } from '../../api/hooks.ts';
import { count } from '../../format/amounts.ts';
import { ProofCard } from '../../ui/proof-card.tsx';
import { useWords } from '../../words/index.ts';
import { CreditHeader } from './credit-header.tsx';

/** Whether every balance is what its entries come to, and every entry as it was written. */
export function Ledger() {
  const { t, language } = useWords();
  const verify = useChange('verifyLedger', []);
  const found = verify.data;
  return (
    <>
      <CreditHeader current="ledger" />
      <ProofCard
        title={t('credit.ledger')}
        text={t('credit.ledgerText')}
        noted={{ label: t('credit.noted'), hint: t('credit.notedHint') }}
        action={t(verify.isPending ? 'credit.verifying' : 'credit.verify')}
        state={verify}
        onVerify={(query) => verify.mutate({ query })}
        proof={
          found && {
            isIntact: found.intact,
            said: (
              <>
                {t(found.intact ? 'credit.intact' : 'credit.notIntact', {
                  count: found.entries,
                  shown: count(found.entries, language),
                })}
                {found.unsealed > 0 && <p>{t('credit.unsealed', { count: found.unsealed })}</p>}
              </>
            ),
            differences: found.differences.map(({ id, what }) => ({ at: id, what })),
            head: `${found.head.number}:${found.head.digest}`,
            headText: t('credit.headText'),
          }
        }
      />
    </>
  );
}
