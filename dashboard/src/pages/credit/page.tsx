import { useAddress } from '../../app/address.ts';
import { maySeeCredit, usePlace } from '../../app/session.tsx';
import { Empty } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { AllAccounts } from './all-accounts.tsx';
import { Buy } from './buy.tsx';
import { Codes } from './codes.tsx';
import { Customers } from './customers.tsx';
import { GrantLists } from './grant-lists.tsx';
import { Ledger } from './ledger.tsx';
import { OneOrganization } from './one-organization.tsx';
import { Purchases } from './purchases.tsx';
import { Revenue } from './revenue.tsx';
import { Review } from './review.tsx';
import { Sale } from './sale.tsx';
import { Starters } from './starters.tsx';
import { Statements } from './statements.tsx';

const OF_OPERATOR = {
  accounts: AllAccounts,
  revenue: Revenue,
  sale: Sale,
  purchases: Purchases,
  customers: Customers,
  lists: GrantLists,
  codes: Codes,
  starters: Starters,
  review: Review,
  ledger: Ledger,
} as const;
type OperatorTab = keyof typeof OF_OPERATOR;

/** What an organization has to pay its calls with; for operators, what all have. */
export function Page() {
  const { t } = useWords();
  const place = usePlace();
  const { said } = useAddress();
  // Where nobody is charged there is no such page.
  if (!maySeeCredit(place)) return <Empty icon="search" title={t('app.notFound')} />;
  if (said['tab'] === 'buy') return <Buy />;
  if (said['tab'] === 'statements') return <Statements />;
  const tab = place.isOperator && isOperatorTab(said['tab']) ? said['tab'] : undefined;
  if (tab === undefined) return <OneOrganization />;
  const Shown = OF_OPERATOR[tab];
  return <Shown />;
}

function isOperatorTab(name: string | undefined): name is OperatorTab {
  return name !== undefined && Object.hasOwn(OF_OPERATOR, name);
}
