import { Link } from '@tanstack/react-router';
import type { useRows } from '../../api/pages.ts';
import { useCredits } from '../../app/credits.ts';
import { List } from '../../ui/list.tsx';
import { Card } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AccountName } from './account-name.tsx';
import type { CreditAccount } from './types.ts';

/** Every account of the organization; each leads to what concerns it alone. */
export function Accounts({ list }: { readonly list: ReturnType<typeof useRows<'listCreditAccounts'>> }) {
  const { t } = useWords();
  const { amount } = useCredits();
  return (
    <Card title={t('credit.accounts')}>
      <p className="mb-3 max-w-prose text-dim">{t('credit.accountsText')}</p>
      <List
        list={list}
        label={t('credit.accounts')}
        keyOf={({ id }) => id}
        empty={null}
        columns={[
          {
            name: 'account',
            head: t('credit.account'),
            cell: (account) => (
              <Link
                to="."
                search={{ account: account.id }}
                aria-label={t('credit.onlyThis', { name: account.name ?? account.id })}
                className="font-medium hover:text-accent hover:underline"
              >
                <AccountName account={account} isNameAsked />
              </Link>
            ),
          },
          ...(['available', 'held', 'remaining'] as const).map((name) => ({
            name,
            head: t(`credit.${name}`),
            isNumber: true,
            isMinor: name !== 'available',
            cell: (account: CreditAccount) => amount(account[name]),
          })),
        ]}
      />
    </Card>
  );
}
