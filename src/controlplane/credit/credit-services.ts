import type { CreditService } from '../../ledger/credit-service.ts';
import type { LedgerReader } from '../../ledger/ports.ts';
import type { LedgerVerdict, SealHead } from '../../ledger/verify.ts';

/** What accounts have, and what an operator gives and takes. */
export type CreditServices = CreditService & {
  readonly read: Pick<LedgerReader, 'accounts' | 'grants' | 'entries' | 'holds' | 'charge' | 'toReview'>;
  /** Proves the whole ledger, and holds it against a head that was noted earlier where one is given. */
  readonly verify: (noted?: SealHead) => Promise<LedgerVerdict>;
};
