import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { Button } from '../../ui/button.tsx';
import { List } from '../../ui/list.tsx';
import { Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { AccountName } from './account-name.tsx';
import { CreditHeader } from './credit-header.tsx';
import { GiveDialog } from './give-dialog.tsx';
import type { AnyAccount } from './types.ts';

/** Accounts of all organizations, those first that will run out first. */
export function AllAccounts() {
  const { t } = useWords();
  const { amount } = useCredits();
  const { said, say } = useAddress();
  const text = said['text'];
  const list = useRows('listAllCreditAccounts', text === undefined ? {} : { text }, { keepsLast: true });
  const [isGiving, setIsGiving] = useState(false);
  return (
    <>
      <CreditHeader current="accounts">
        <Button look="primary" icon="plus" onClick={() => setIsGiving(true)}>
          {t('credit.give')}
        </Button>
      </CreditHeader>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <SearchField
          label={t('credit.search')}
          value={text ?? ''}
          onSearch={(typed) => say({ text: typed }, 'replaced')}
        />
        <p className="text-[13px] text-dim">{t('credit.allIntro')}</p>
      </div>
      <Card>
        <List
          list={list}
          label={t('credit.tabs.accounts')}
          keyOf={({ id }) => id}
          empty={<Empty icon="credit" title={t(text === undefined ? 'credit.noAccounts' : 'credit.noAccountsFound')} />}
          columns={[
            {
              name: 'account',
              head: t('credit.account'),
              cell: (account) => (
                <Link
                  to="/$organizationId/credit"
                  params={{ organizationId: account.organization_id }}
                  search={{ account: account.id }}
                  className="font-medium hover:text-accent hover:underline"
                >
                  <AccountName account={account} isNameAsked />
                </Link>
              ),
            },
            {
              name: 'organization',
              head: t('credit.organization'),
              cell: ({ organization_name }) => (
                <span className="block min-w-20 wrap-anywhere">{organization_name}</span>
              ),
            },
            ...(['available', 'held', 'remaining'] as const).map((name) => ({
              name,
              head: t(`credit.${name}`),
              isNumber: true,
              isMinor: name !== 'available',
              cell: (account: AnyAccount) => (
                <span className={name === 'available' && account.available === '0' ? 'text-bad' : ''}>
                  {amount(account[name])}
                </span>
              ),
            })),
          ]}
        />
      </Card>
      {isGiving && <GiveDialog receiver={{ kind: 'organization' }} onClose={() => setIsGiving(false)} />}
    </>
  );
}
