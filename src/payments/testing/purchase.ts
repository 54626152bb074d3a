import { minorUnits, NO_CREDITS, NO_MINOR, nanoCredits } from '../../kernel/money.ts';
import type { Purchase } from '../../protocol/payments.ts';

/** Ten credits for ten dollars that nobody has paid yet. */
export function testPurchase(
  fields: Pick<Purchase, 'id' | 'organizationId' | 'grantId'> & Partial<Purchase>,
): Purchase {
  return {
    cause: 'checkout',
    method: 'stripe',
    mode: 'test',
    name: 'Ten credits',
    currency: 'USD',
    amountMinor: minorUnits(1000n),
    creditsNano: nanoCredits(10_000_000_000n),
    state: 'open',
    sessionId: undefined,
    paymentId: undefined,
    card: undefined,
    grantExpiresAt: undefined,
    isGranted: false,
    returnedMinor: NO_MINOR,
    refundedMinor: NO_MINOR,
    notedMinor: NO_MINOR,
    reversedNano: NO_CREDITS,
    reversals: 0,
    buyerId: undefined,
    createdAt: Date.UTC(2026, 0, 1),
    paidAt: undefined,
    nextCheckAt: undefined,
    checks: 0,
    ...fields,
  };
}
