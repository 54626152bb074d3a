import { useAddress } from '../../app/address.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { Chargeback } from './chargeback.tsx';
import { Explore } from './explore.tsx';
import { Savings } from './savings.tsx';

/** What was used and what it cost, what it will have cost, what it could have, and whom it is charged to. */
export function Page() {
  const { said } = useAddress();
  if (!seesCosts(usePlace())) return <Explore />;
  if (said['tab'] === 'chargeback') return <Chargeback />;
  return said['tab'] === 'savings' ? <Savings /> : <Explore />;
}
