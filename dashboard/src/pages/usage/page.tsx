import { useAddress } from '../../app/address.ts';
import { Explore } from './explore.tsx';
import { Savings } from './savings.tsx';

/** What was used and what it cost, what it will have cost, and what it could have. */
export function Page() {
  const { said } = useAddress();
  return said['tab'] === 'savings' ? <Savings /> : <Explore />;
}
