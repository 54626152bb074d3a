import { useAddress } from '../../app/address.ts';
import { seesCosts, usePlace } from '../../app/session.tsx';
import { Explore } from './explore.tsx';
import { Savings } from './savings.tsx';

/** What was used and what it cost, what it will have cost, and what it could have. */
export function Page() {
  const { said } = useAddress();
  const hasSavings = seesCosts(usePlace());
  return hasSavings && said['tab'] === 'savings' ? <Savings /> : <Explore />;
}
