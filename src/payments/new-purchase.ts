import { formatCredits, NO_CREDITS, NO_MINOR } from '../kernel/money.ts';
import type { Purchase } from '../protocol/payments.ts';
import type { Priced } from './sale.ts';

const DAY_MS = 86_400_000;
/** Messages say sooner how a purchase stands; this is for those that are lost. */
export const FIRST_CHECK_MS = 5 * 60_000;

type Wanted = Pick<Purchase, 'organizationId' | 'cause' | 'method' | 'mode' | 'currency' | 'card' | 'buyerId'> & {
  readonly ids: Pick<Purchase, 'id' | 'grantId'>;
  readonly priced: Priced;
  readonly lastsDays: number | undefined;
  readonly at: number;
};

/** A purchase that nobody has paid yet. */
export function newPurchase({ ids, priced, lastsDays, at, ...wanted }: Wanted): Purchase {
  const { packName, amountMinor, creditsNano } = priced;
  return {
    ...wanted,
    ...ids,
    name: packName ?? `${formatCredits(creditsNano)} credits`,
    amountMinor,
    creditsNano,
    state: 'open',
    sessionId: undefined,
    paymentId: undefined,
    grantExpiresAt: lastsDays === undefined ? undefined : at + lastsDays * DAY_MS,
    isGranted: false,
    returnedMinor: NO_MINOR,
    refundedMinor: NO_MINOR,
    notedMinor: NO_MINOR,
    reversedNano: NO_CREDITS,
    reversals: 0,
    createdAt: at,
    paidAt: undefined,
    nextCheckAt: at + FIRST_CHECK_MS,
    checks: 0,
  };
}
