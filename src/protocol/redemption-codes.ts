import type { NanoCredits } from '../kernel/money.ts';
import type { GrantKind } from './ledger.ts';

/** Codes that were made together: each gives whoever redeems it the same. */
export type CodeBatch = {
  readonly id: string;
  /** What the grants are called. */
  readonly name: string;
  readonly kind: GrantKind;
  readonly amountNano: NanoCredits;
  /** How many codes there are, and how many organizations may redeem each, one time each. */
  readonly count: number;
  readonly usesMax: number;
  /** From when on none is redeemed; `undefined`: never. */
  readonly validUntil: number | undefined;
  /** When the credit expires: at a time, so many days after it is given, or never. */
  readonly creditExpiresAt: number | undefined;
  readonly creditLastsDays: number | undefined;
  readonly withdrawnAt: number | undefined;
  readonly createdAt: number;
  readonly actorId: string | undefined;
};

/** Why a code gives nothing. */
export const CODE_REFUSALS = ['expired', 'withdrawn', 'used_up'] as const;
export type CodeRefusal = (typeof CODE_REFUSALS)[number];

/** A code as far as it is known once it was handed out: by its number. */
export type CodeUse = { readonly number: number; readonly uses: number };

/** An organization that redeemed a code. */
export type Redemption = {
  readonly grantId: string;
  readonly number: number;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly actorId: string | undefined;
  readonly at: number;
};
