import type { MinorUnits, NanoCredits } from '../kernel/money.ts';

/** Who sells the credit, as statements and credit notes name it. */
export type Issuer = {
  readonly name: string;
  /** Lines, one below the other. */
  readonly address: string | undefined;
  readonly taxId: string | undefined;
};

/** What a credit note says besides amounts, as it was when it was written. */
export type CreditNoteParties = {
  readonly issuer: Issuer | undefined;
  readonly customer: string;
  readonly purchase: {
    readonly name: string;
    readonly amountMinor: MinorUnits;
    readonly paidAt: number | undefined;
  };
};

/**
 * That money of a purchase went back for good: a refund, or a dispute that was lost. Written once and never changed; where a
 * refund fails afterwards, another note takes it back, of an amount below zero.
 */
export type CreditNote = CreditNoteParties & {
  /** 1, 2, 3 … in the whole installation, without a gap. */
  readonly number: number;
  readonly organizationId: string;
  readonly purchaseId: string;
  readonly currency: string;
  readonly amountMinor: MinorUnits;
  /** Taken back for it by then, and not yet on a note before. */
  readonly creditsNano: NanoCredits;
  readonly issuedAt: number;
};
