import { PAID_PRIORITY } from '../ledger/credit-service.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PaymentLedger } from '../payments/ports.ts';

/** What is bought, as the ledger gives and takes it back. */
export function paymentLedger(ledger: Pick<Ledger, 'do'>): PaymentLedger {
  return {
    give: async (grant) => {
      const paid = { kind: 'give', grantKind: 'purchased', priority: PAID_PRIORITY } as const;
      await ledger.do({ ...paid, ...grant, models: undefined, projectIds: undefined });
    },
    reverse: async (reversal) => {
      const outcome = await ledger.do({ kind: 'reverse', ...reversal, actorId: undefined });
      if (outcome.kind === 'unknown') throw new Error(`the grant ${reversal.grantId} was given and is not there`);
      return outcome;
    },
  };
}
