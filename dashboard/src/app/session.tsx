import { createContext, type ReactNode, useContext } from 'react';
import type { Answer } from '../api/call.ts';
import { BASE } from '../api/call.ts';
import { useAsk } from '../api/hooks.ts';
import { Loading, Problem } from '../ui/parts.tsx';

export type Me = Answer<'getMe'>;
export type Membership = Me['organizations'][number];

const SessionContext = createContext<Me | undefined>(undefined);

/** Shows what is inside to who is signed in, and leads everybody else to the page where that is done. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const me = useAsk('getMe', {});
  if (me.error?.status === 401) {
    location.replace(`${BASE}/account/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return null;
  }
  if (me.data === undefined) {
    return (
      <div className="mx-auto max-w-lg p-8">
        {me.error === null ? <Loading /> : <Problem error={me.error} onRetry={() => void me.refetch()} />}
      </div>
    );
  }
  return <SessionContext value={me.data}>{children}</SessionContext>;
}

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(SessionContext);
  if (me === undefined) throw new Error('nobody is signed in here');
  return me;
}

/** The caller's place in the organization that the page is about. */
export type Place = {
  readonly organizationId: string;
  readonly name: string;
  /** Missing for who runs the hub and is no member. */
  readonly role: Membership['role'] | undefined;
  readonly memberId: string | undefined;
  readonly isOperator: boolean;
  /** Whether its calls may go by connections of its own. */
  readonly ownCredentials: boolean;
  /** Where the organization gets more credit. */
  readonly purchaseUrl: string | undefined;
  /** There where calls are paid for with credit. */
  readonly credit: Me['credit'] | undefined;
};

export const PlaceContext = createContext<Place | undefined>(undefined);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === undefined) throw new Error('this page is about no organization');
  return place;
}

/** What each role sees; the hub decides what it may do. */
export function mayManage({ role }: Place): boolean {
  return role === 'owner' || role === 'admin';
}

/** Whoever runs the hub connects providers for everybody; others only where theirs are used. */
export function mayConnect(place: Place): boolean {
  return mayManage(place) && (place.isOperator || place.ownCredentials);
}

/** Where others pay for calls, what these cost the operator and who serves them is the operator's own. */
export function seesCosts({ credit, isOperator }: Place): boolean {
  return credit === undefined || isOperator;
}

/** Operators give credit and set prices before they charge anybody, too. */
export function maySeeCredit({ credit, role, isOperator }: Place): boolean {
  return isOperator || (credit !== undefined && (role === 'owner' || role === 'admin' || role === 'billing'));
}

/** Who sees the organization's credit as a member may redeem codes for it. */
export function mayRedeem({ role }: Place): boolean {
  return role === 'owner' || role === 'admin' || role === 'billing';
}

export function maySetPrices({ isOperator }: Place): boolean {
  return isOperator;
}

export function mayMakeKeys({ role }: Place): boolean {
  return role === 'owner' || role === 'admin' || role === 'developer';
}
