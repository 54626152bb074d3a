import type { NanoCredits } from '../kernel/money.ts';
import type { GrantKind } from '../protocol/ledger.ts';
import type { Between } from './explore.ts';

/** What calls were charged, or were given back, within a time: told apart by all that a report tells apart. */
export type Earned = {
  readonly organizationId: string;
  /** What was called, as sums of usage name it; `undefined` where the call is on record no more. */
  readonly model: string | undefined;
  /** What kind of credit it was paid for with; `undefined` where the grant is not known. */
  readonly grantKind: GrantKind | undefined;
  readonly isRefund: boolean;
  /** Positive where the operator earns. */
  readonly amountNano: NanoCredits;
};

/**
 * What the ledger says of earnings. Only entries of organizations' own accounts count, so that a call that projects and keys
 * pay for, too, counts once; of those, what calls took, its corrections, and refunds.
 */
export type EarningsStore = {
  /** How many entries lie in a time, as far as a number; whichever their kind. */
  readonly count: (span: Between, most: number) => Promise<number>;
  readonly earned: (span: Between) => Promise<readonly Earned[]>;
  /** Every organization with its name; `hasUsage`: it may have called something in that time. */
  readonly organizations: (
    span: Between,
  ) => Promise<readonly { readonly id: string; readonly name: string; readonly hasUsage: boolean }[]>;
};
