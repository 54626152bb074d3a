import { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { ago } from '../../format/times.ts';
import { List } from '../../ui/list.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AccountLine } from './account-name.tsx';
import { holdState } from './hold-state.ts';

const LOOK_EVERY_MS = 10_000;

type HoldsProps = {
  readonly accountId: string | undefined;
  readonly nameOf: (accountId: string) => string | undefined;
};

/** What calls hold that are under way, and for how long already. */
export function Holds({ accountId, nameOf }: HoldsProps) {
  const { t, language } = useWords();
  const { amount: amountOf } = useCredits();
  const query = accountId === undefined ? {} : { account_id: accountId };
  const list = useRows('listCreditHolds', query, { everyMs: LOOK_EVERY_MS });
  return (
    <Card title={t('credit.holds')}>
      <p className="mb-3 max-w-prose text-dim">{t('credit.holdsText')}</p>
      <List
        list={list}
        label={t('credit.holds')}
        keyOf={({ id }) => id}
        empty={<p className="text-dim">{t('credit.noHolds')}</p>}
        columns={[
          {
            name: 'call',
            head: t('credit.call'),
            cell: (hold) => (
              <>
                <span className="font-mono text-[13px] break-all">{hold.id}</span>
                <span className="block text-xs text-dim">{t(holdState(hold))}</span>
              </>
            ),
          },
          {
            name: 'accounts',
            head: t('credit.accounts'),
            isMinor: true,
            cell: ({ account_ids }) =>
              account_ids.map((id) => <AccountLine key={id} account={{ id, name: nameOf(id) }} />),
          },
          { name: 'since', head: t('credit.since'), cell: ({ placed_at }) => ago(placed_at, language) },
          {
            name: 'amount',
            head: t('credit.held'),
            isNumber: true,
            cell: ({ amount }) => amountOf(amount),
          },
        ]}
      />
    </Card>
  );
}
