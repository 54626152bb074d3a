import type { MinorUnits, NanoCredits } from '../kernel/money.ts';

/** Services that take payments; each has a folder of its own under `src/payments`. */
export const PAYMENT_METHODS = ['stripe'] as const;
export type PaymentMethodName = (typeof PAYMENT_METHODS)[number];

/** All services that tell the hub of payments: Payment Kit sells credits by its own prices, so that nothing is a purchase here. */
export const PAYMENT_SERVICES = [...PAYMENT_METHODS, 'payment_kit'] as const;
export type PaymentServiceName = (typeof PAYMENT_SERVICES)[number];

/** Whether money moves. What is of one never counts for the other. */
export const PAYMENT_MODES = ['test', 'live'] as const;
export type PaymentMode = (typeof PAYMENT_MODES)[number];

/** Credits that are offered ready-made. */
export type CreditPack = {
  readonly id: string;
  readonly name: string;
  /** As decimal text. */
  readonly credits: string;
  readonly prices: readonly { readonly currency: string; readonly amount: string }[];
};

/** What people may pay who choose the amount themselves, in one currency. All as decimal text. */
export type SaleAmounts = {
  readonly currency: string;
  /** What one credit costs. */
  readonly creditPrice: string;
  readonly least: string;
  readonly most: string;
};

/** How credits are sold, whichever service takes the payment. */
export type CreditSale = {
  readonly packs: readonly CreditPack[];
  readonly amounts: readonly SaleAmounts[];
  /** Days for which bought credits may be used; `undefined`: for good. */
  readonly lastsDays: number | undefined;
};

/** `open`: nobody knows yet whether it is paid; `expired`: nobody paid in time; `failed`: a payment was tried and refused. */
export const PURCHASE_STATES = ['open', 'paid', 'expired', 'failed'] as const;
export type PurchaseState = (typeof PURCHASE_STATES)[number];

/** Who began a purchase: a person, who pays on a page; or the hub, with a card that was saved. */
export const PURCHASE_CAUSES = ['checkout', 'top_up'] as const;
export type PurchaseCause = (typeof PURCHASE_CAUSES)[number];

/** Credits that an organization buys. */
export type Purchase = {
  readonly id: string;
  readonly organizationId: string;
  readonly cause: PurchaseCause;
  readonly method: PaymentMethodName;
  readonly mode: PaymentMode;
  /** What is bought, as people see it called. */
  readonly name: string;
  readonly currency: string;
  readonly amountMinor: MinorUnits;
  readonly creditsNano: NanoCredits;
  readonly state: PurchaseState;
  /** The service's own ids of the page where it is paid, and of the payment. */
  readonly sessionId: string | undefined;
  readonly paymentId: string | undefined;
  /** Whose card pays a top-up, as the service calls both. */
  readonly card: SavedCard | undefined;
  /** The id that the grant has, or will have. */
  readonly grantId: string;
  readonly grantExpiresAt: number | undefined;
  readonly isGranted: boolean;
  /** What of the money has gone back: refunds, and disputes that are open or lost. */
  readonly returnedMinor: MinorUnits;
  /** What of that will not come again, and of how much of it credit notes tell. */
  readonly refundedMinor: MinorUnits;
  readonly notedMinor: MinorUnits;
  /** What of the credits was taken back for that, in how many steps. */
  readonly reversedNano: NanoCredits;
  readonly reversals: number;
  /** The person who bought it. */
  readonly buyerId: string | undefined;
  readonly createdAt: number;
  readonly paidAt: number | undefined;
  /** When the service is asked how it stands, should it say nothing itself; `undefined`: not at all. */
  readonly nextCheckAt: number | undefined;
  readonly checks: number;
};

/** A card that a service keeps: no number of it is ever here. */
export type SavedCard = { readonly customerId: string; readonly cardId: string };

/** Why the hub pays no more by itself: the bank wants the owner to confirm, or refuses. */
export const TOP_UP_STOPS = ['confirmation_needed', 'declined'] as const;
export type TopUpStop = (typeof TOP_UP_STOPS)[number];

/** What an organization has the hub buy by itself when little is left. */
export type AutoTopUp = {
  readonly organizationId: string;
  readonly method: PaymentMethodName;
  readonly mode: PaymentMode;
  readonly enabled: boolean;
  /** Credits of the organization's account below which more are bought. */
  readonly belowNano: NanoCredits;
  readonly currency: string;
  readonly amountMinor: MinorUnits;
  /** What may be paid within 24 hours. */
  readonly dayMostMinor: MinorUnits;
  /** The page on which a card is being entered. */
  readonly setupSessionId: string | undefined;
  readonly card: (SavedCard & { readonly label: string }) | undefined;
  readonly stoppedBy: TopUpStop | undefined;
  /** The person who said so last. */
  readonly setBy: string | undefined;
  readonly updatedAt: number;
  readonly revision: number;
};

/** What a service knows of a purchase. */
export type PaymentFacts = {
  readonly state: PurchaseState;
  readonly paymentId: string | undefined;
  readonly returnedMinor: MinorUnits;
  /** What of that will not come again: refunds, and disputes that were lost; missing: nothing. */
  readonly refundedMinor?: MinorUnits | undefined;
  /** Why a saved card did not pay. */
  readonly stoppedBy?: TopUpStop | undefined;
};

/** What came of a message: it was acted on; it is about nothing that is known here; or it contradicts what was bought. */
export const EVENT_OUTCOMES = ['applied', 'ignored', 'mismatched'] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];

/** A message of a service that has proved to be its own. */
export type PaymentEvent = {
  readonly id: string;
  readonly method: PaymentServiceName;
  /** The service's own. */
  readonly eventId: string;
  readonly type: string;
  readonly mode: PaymentMode;
  readonly purchaseId: string | undefined;
  readonly outcome: EventOutcome;
  readonly receivedAt: number;
};

/** How the hub is known to a service. */
export type PaymentAccount<Name extends PaymentServiceName = PaymentMethodName> = {
  readonly method: Name;
  readonly mode: PaymentMode;
  readonly enabled: boolean;
  /** Its secrets, sealed together. */
  readonly sealed: string;
  /** Where it is called; the secrets are sealed to that. */
  readonly address: string;
  readonly maskedKey: string;
  /** What else the service needs to be known by, as text that it alone reads. */
  readonly settings?: string | undefined;
  readonly updatedAt: number;
  readonly revision: number;
};
