import { type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import type { AccountId, Hold } from '../protocol/ledger.ts';
import type { RequestStatus } from '../protocol/records.ts';
import type { UsageBasis } from '../protocol/usage.ts';
import type { EndHold } from './operations.ts';

/** Who ended an answer before it was complete; nobody where it was, or where there was none. */
const ENDED_BY: Readonly<Partial<Record<RequestStatus, string>>> = {
  client_closed: 'ended by the caller',
  cut: 'ended by the provider',
  timeout: 'ended by the hub, which had waited too long for the provider',
  interrupted: 'ended by the hub, which was stopped',
};

/**
 * The end of a hold by what its call used; without a basis it used nothing. The charge says how its amount came about, and
 * who ended an answer that broke off.
 */
export function endOfHold(
  hold: { readonly id: string; readonly path: readonly AccountId[] },
  used: {
    readonly usageBasis: UsageBasis | undefined;
    readonly priceNano: NanoCredits | undefined;
    readonly status: RequestStatus;
  },
): EndHold {
  const { usageBasis, priceNano, status } = used;
  const state = usageBasis === undefined ? 'released' : usageBasis === 'reported' ? 'settled' : 'estimated';
  const { id, path } = hold;
  const endedBy = ENDED_BY[status];
  const basis = [usageBasis ?? 'nothing was used', ...(endedBy === undefined ? [] : [endedBy])].join(', ');
  return { kind: 'end', id, path, state, amountNano: priceNano ?? NO_CREDITS, basis };
}

/** The accounts that a hold is of, in the order in which they stood on the call's way. */
export function accountsOf({ shares }: Pick<Hold, 'shares'>): readonly AccountId[] {
  return [...new Set(shares.map(({ accountId }) => accountId))];
}
