import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAsk } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { KeyLink } from '../../app/key-link.tsx';
import { mayRedeem, usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Card, Empty, Loading, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AccountName } from './account-name.tsx';
import { Accounts } from './accounts.tsx';
import { Balance } from './balance.tsx';
import { BrokenStreams } from './broken-streams.tsx';
import { CreditHeader } from './credit-header.tsx';
import { GiveDialog } from './give-dialog.tsx';
import { Grants } from './grants.tsx';
import { Holds } from './holds.tsx';
import { isElsewhere, PurchaseLink } from './purchase-link.tsx';
import { RedeemDialog } from './redeem-dialog.tsx';
import { Statement } from './statement.tsx';
import { TakeDialog } from './take-dialog.tsx';
import { type CreditAccount, LEVELS, partsOf } from './types.ts';

/** The credit of one organization, or of one account in it: what is left, what was given, what is held, what moved. */
export function OneOrganization() {
  const { t } = useWords();
  const place = usePlace();
  const { organizationId, name, purchaseUrl, isOperator } = place;
  const { said } = useAddress();
  const list = useRows('listCreditAccounts', { limit: 500 });
  // The organization first, then what is part of it.
  const rows = list.rows?.toSorted((a, b) => rankOf(a.id) - rankOf(b.id));
  const accountId = said['account'];
  const ownId = `organization/${organizationId}`;
  const shownId = accountId ?? ownId;
  // By itself: among very many it may be on no page of the list that is here.
  const shown = useAsk('listCreditAccounts', { query: { account_id: shownId } }).data?.data[0];
  const names = new Map(rows?.map((row) => [row.id, row.name]));
  const nameOf = (id: string): string | undefined => names.get(id);
  return (
    <>
      <CreditHeader current="organization">
        {mayRedeem(place) && <Redeem />}
        {purchaseUrl !== undefined && !isOperator && <GetMore url={purchaseUrl} />}
        {isOperator && <Actions account={shown} isOne={accountId !== undefined} />}
      </CreditHeader>
      {accountId !== undefined && (
        <OneAccount account={shown ?? { id: accountId, ...(accountId === ownId ? { name } : {}) }} />
      )}
      <Problem error={list.error} onRetry={list.reload} />
      {rows === undefined && list.error === null && <Loading rows={8} />}
      {rows?.length === 0 && (
        <Card>
          <Empty
            icon="credit"
            title={t('credit.noAccount')}
            text={t(isOperator ? 'credit.noAccountTextOperator' : 'credit.noAccountText')}
          />
        </Card>
      )}
      {rows !== undefined && rows.length > 0 && (
        <div className="flex flex-col gap-4">
          {shown !== undefined && <Balance account={shown} />}
          {accountId === undefined && <Accounts list={{ ...list, rows }} />}
          <Grants accountId={accountId} nameOf={nameOf} />
          <Holds accountId={accountId} nameOf={nameOf} />
          <Statement accountId={accountId} nameOf={nameOf} />
          {accountId === undefined && <BrokenStreams />}
        </div>
      )}
    </>
  );
}

function rankOf(accountId: string): number {
  return LEVELS.indexOf(partsOf(accountId).level);
}

function Redeem() {
  const { t } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>{t('credit.codes.redeem')}</Button>
      {isOpen && <RedeemDialog onClose={() => setIsOpen(false)} />}
    </>
  );
}

function GetMore({ url }: { readonly url: string }) {
  const { t } = useWords();
  return (
    <PurchaseLink
      url={url}
      className="inline-flex h-9 items-center gap-2 rounded-lg border border-accent bg-accent px-3.5 text-sm font-medium text-on-accent hover:opacity-90"
    >
      <Icon name={isElsewhere(url) ? 'external' : 'credit'} />
      {t('credit.getMore')}
    </PurchaseLink>
  );
}

/** What an operator does with the account that is shown. */
function Actions({ account, isOne }: { readonly account: CreditAccount | undefined; readonly isOne: boolean }) {
  const { t } = useWords();
  const [open, setOpen] = useState<'give' | 'take'>();
  const close = (): void => setOpen(undefined);
  return (
    <>
      {account !== undefined && <Button onClick={() => setOpen('take')}>{t('credit.take')}</Button>}
      <Button look="primary" icon="plus" onClick={() => setOpen('give')}>
        {t('credit.give')}
      </Button>
      {open === 'take' && account !== undefined && <TakeDialog account={account} onClose={close} />}
      {open === 'give' && (
        <GiveDialog
          receiver={
            isOne && account !== undefined
              ? { kind: 'account', ...partsOf(account.id), name: account.name ?? account.id }
              : { kind: 'part' }
          }
          onClose={close}
        />
      )}
    </>
  );
}

function OneAccount({ account }: { readonly account: Pick<CreditAccount, 'id' | 'name'> }) {
  const { t } = useWords();
  const { level, scopeId } = partsOf(account.id);
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
      <h2 className="text-lg font-semibold">
        <AccountName account={account} />
        {level === 'key' && (
          <span className="text-[13px] font-normal">
            <KeyLink id={scopeId}>{t('credit.openKey')}</KeyLink>
          </span>
        )}
      </h2>
      <Link
        to="."
        search={{}}
        className="inline-flex h-9 items-center gap-2 rounded-lg border border-line bg-raised px-3.5 text-sm font-medium hover:border-edge"
      >
        {t('credit.allAccounts')}
      </Link>
    </div>
  );
}
