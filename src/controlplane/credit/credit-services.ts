import type { StarterCreditStore } from '../../identity/ports.ts';
import type { CreditService } from '../../ledger/credit-service.ts';
import type { LedgerReader } from '../../ledger/ports.ts';
import type { LedgerVerdict, SealHead } from '../../ledger/verify.ts';
import type { ExplainedCharge } from '../../metering/price-call.ts';
import type { BrokenStreamCharge, BrokenStreamPolicy } from '../../protocol/broken-streams.ts';
import type { ChargingTerms } from '../../protocol/charging.ts';
import type { LedgerCharge } from '../../protocol/ledger.ts';
import type { UsageRecord } from '../../protocol/records.ts';
import type { Revenue, RevenueQuery } from '../../records/revenue.ts';

/** A charge line by line, and what was agreed of answers that break off. */
export type ExplainedCall = ExplainedCharge & {
  readonly brokenStreams: BrokenStreamPolicy;
  /** `undefined`: the answer was complete. */
  readonly broken: BrokenStreamCharge | undefined;
};

/** What accounts have, and what an operator gives and takes. */
export type CreditServices = CreditService & {
  /** How calls are paid for now; `undefined`: nobody is charged. */
  readonly charging: () => ChargingTerms | undefined;
  /** By which link an organization gets more; `undefined` where the operator names no address. */
  readonly purchaseLinkOf: (organizationId: string) => string | undefined;
  readonly read: Omit<LedgerReader, 'grant' | 'anyCharge' | 'due'>;
  /** What became of the credit that people were to begin with who signed up, the newest first. */
  readonly starters: StarterCreditStore['list'];
  /** What all organizations paid, and what their calls cost. @throws request.invalid for too much of it */
  readonly revenue: (query: RevenueQuery) => Promise<Revenue>;
  /** How a charge came about; `undefined` where the prices that were agreed are not there any more. */
  readonly explain: (charge: LedgerCharge, record: UsageRecord) => Promise<ExplainedCall | undefined>;
  /** Proves the whole ledger, and holds it against a head that was noted earlier where one is given. */
  readonly verify: (noted?: SealHead) => Promise<LedgerVerdict>;
};
