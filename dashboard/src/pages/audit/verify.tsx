import { useChange } from '../../api/hooks.ts';
import { count } from '../../format/amounts.ts';
import { ProofCard } from '../../ui/proof-card.tsx';
import { useWords } from '../../words/index.ts';

/** Whether the log is as it was written. */
export function Verify() {
  const { t, language } = useWords();
  const verify = useChange('verifyAuditLog', []);
  const found = verify.data;
  return (
    <ProofCard
      title={t('audit.verifyTitle')}
      text={t('audit.verifyText')}
      noted={{ label: t('audit.noted'), hint: t('audit.notedHint') }}
      action={t(verify.isPending ? 'audit.verifying' : 'audit.verify')}
      state={verify}
      onVerify={(query) => verify.mutate({ query })}
      className="mb-4"
      proof={
        found && {
          isIntact: found.intact,
          said: t(found.intact ? 'audit.intact' : 'audit.notIntact', {
            count: found.entries,
            shown: count(found.entries, language),
          }),
          differences: found.differences.map(({ sequence, what }) => ({ at: sequence, what })),
          head: `${found.head.sequence}:${found.head.digest}`,
          headText: t('audit.headText'),
        }
      }
    />
  );
}
