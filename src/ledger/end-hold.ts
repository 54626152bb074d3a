import { type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import type { BrokenStreamCharge } from '../protocol/broken-streams.ts';
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
    /** By which policy an answer is charged that broke off. */
    readonly broken?: BrokenStreamCharge | undefined;
  },
): EndHold {
  const { usageBasis, priceNano, status, broken } = used;
  const state = usageBasis === undefined ? 'released' : usageBasis === 'reported' ? 'settled' : 'estimated';
  const { id, path } = hold;
  const counted = broken?.isWaived === true ? 'nothing was delivered' : (usageBasis ?? 'nothing was used');
  const basis = [counted, broken?.policy, endedByOf(status, broken)].filter((each) => each !== undefined).join(', ');
  return { kind: 'end', id, path, state, amountNano: priceNano ?? NO_CREDITS, basis };
}

/** An error within an answer is its provider's own end of it. */
function endedByOf(status: RequestStatus, broken: BrokenStreamCharge | undefined): string | undefined {
  return ENDED_BY[status] ?? (broken === undefined ? undefined : ENDED_BY.cut);
}

/** The accounts that a hold is of, in the order in which they stood on the call's way. */
export function accountsOf({ shares }: Pick<Hold, 'shares'>): readonly AccountId[] {
  return [...new Set(shares.map(({ accountId }) => accountId))];
}
