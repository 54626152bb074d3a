import { type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import type { AccountId, Hold } from '../protocol/ledger.ts';
import type { UsageBasis } from '../protocol/usage.ts';
import type { EndHold } from './operations.ts';

/** The end of a hold by what its call used; without a basis it used nothing. */
export function endOfHold(
  hold: { readonly id: string; readonly path: readonly AccountId[] },
  used: { readonly usageBasis: UsageBasis | undefined; readonly priceNano: NanoCredits | undefined },
): EndHold {
  const { usageBasis, priceNano } = used;
  const state = usageBasis === undefined ? 'released' : usageBasis === 'reported' ? 'settled' : 'estimated';
  const { id, path } = hold;
  const basis = usageBasis ?? 'nothing was used';
  return { kind: 'end', id, path, state, amountNano: priceNano ?? NO_CREDITS, basis };
}

/** The accounts that a hold is of, in the order in which they stood on the call's way. */
export function accountsOf({ shares }: Pick<Hold, 'shares'>): readonly AccountId[] {
  return [...new Set(shares.map(({ accountId }) => accountId))];
}
