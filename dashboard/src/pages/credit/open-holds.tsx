import { Link } from '@tanstack/react-router';
import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { ago, dateTime } from '../../format/times.ts';
import { List } from '../../ui/list.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { holdState } from './hold-state.ts';

const LOOK_EVERY_MS = 30_000;

/** Holds of all organizations that no call has ended yet, the oldest first. */
export function OpenHolds() {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const list = useRows('listAllCreditHolds', {}, { everyMs: LOOK_EVERY_MS });
  return (
    <Card title={t('credit.openHolds')}>
      <p className="mb-3 max-w-prose text-dim">{t('credit.openHoldsText')}</p>
      <List
        list={list}
        label={t('credit.openHolds')}
        keyOf={({ id }) => id}
        empty={<p className="text-dim">{t('credit.noHolds')}</p>}
        columns={[
          { name: 'since', head: t('credit.since'), cell: ({ placed_at }) => ago(placed_at, language) },
          {
            name: 'call',
            head: t('credit.call'),
            cell: (hold) => (
              <>
                <Link
                  to="/$organizationId/credit"
                  params={{ organizationId: hold.organization_id }}
                  className="font-mono text-[13px] break-all hover:text-accent hover:underline"
                >
                  {hold.id}
                </Link>
                <span className="block text-xs text-dim">{t(holdState(hold))}</span>
              </>
            ),
          },
          {
            name: 'ends',
            head: t('credit.ends'),
            isMinor: true,
            cell: ({ expires_at }) => dateTime(expires_at, language),
          },
          { name: 'amount', head: t('credit.held'), isNumber: true, cell: ({ amount }) => amountOf(amount) },
        ]}
      />
    </Card>
  );
}
