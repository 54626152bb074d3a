import type { MinorUnits, NanoCredits } from '../kernel/money.ts';
import type { CreditNote, Issuer } from '../protocol/credit-notes.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type {
  AutoTopUp,
  CreditSale,
  PaymentAccount,
  PaymentEvent,
  PaymentFacts,
  PaymentMethodName,
  PaymentServiceName,
  Purchase,
  PurchaseState,
  TopUpStop,
} from '../protocol/payments.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

export type Page = { readonly limit: number; readonly afterId: string | undefined };

export type PurchaseFilter = {
  readonly organizationId?: string | undefined;
  readonly state?: PurchaseState | undefined;
};

/** A purchase with the name of who buys. */
export type ListedPurchase = Purchase & { readonly organizationName: string };

export type PurchaseStore = {
  readonly insert: (purchase: Purchase) => Promise<void>;
  readonly find: (id: string) => Promise<Purchase | undefined>;
  readonly findByPayment: (method: PaymentMethodName, paymentId: string) => Promise<Purchase | undefined>;
  readonly noteSession: (id: string, sessionId: string) => Promise<void>;
  /**
   * Writes what the service knows and when it is asked again, and returns the purchase as it is then. What is paid stays
   * paid.
   */
  readonly settle: (
    id: string,
    facts: PaymentFacts & { readonly at: number; readonly nextCheckAt: number | undefined },
  ) => Promise<Purchase | undefined>;
  readonly noteGranted: (id: string) => Promise<void>;
  /** Notes a step of taking credits back, and the one after which it comes. False where that was noted already. */
  readonly noteReversed: (
    id: string,
    step: { readonly number: number; readonly totalNano: NanoCredits },
  ) => Promise<boolean>;
  /** When the service is asked again; how often it was is counted until it need not be. */
  readonly postpone: (id: string, nextCheckAt: number | undefined) => Promise<void>;
  /** Those that are to be looked after now: to ask of, to grant, to take back. */
  readonly due: (now: number, limit: number) => Promise<readonly Purchase[]>;
  readonly list: (scope: OrganizationScope, page: Page) => Promise<readonly Purchase[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Purchase | undefined>;
  readonly listAll: (filter: PurchaseFilter, page: Page) => Promise<readonly ListedPurchase[]>;
};

export type CreditNoteStore = {
  /** Writes a note of what of a purchase went back for good and stands on none yet, with the next number; none of nothing. */
  readonly write: (
    purchaseId: string,
    note: { readonly at: number; readonly issuer: Issuer | undefined },
  ) => Promise<void>;
  /** Newest first, from the number before `before` on, written in a time. */
  readonly list: (
    scope: OrganizationScope,
    page: {
      readonly limit: number;
      readonly before?: number | undefined;
      readonly fromMs?: number | undefined;
      readonly toMs?: number | undefined;
    },
  ) => Promise<readonly CreditNote[]>;
  readonly get: (scope: OrganizationScope, number: number) => Promise<CreditNote | undefined>;
};

export type PaymentEventStore = {
  readonly has: (method: PaymentServiceName, eventId: string) => Promise<boolean>;
  /** Once for each message, however often it comes. */
  readonly add: (event: PaymentEvent) => Promise<void>;
  readonly list: (page: Page) => Promise<readonly PaymentEvent[]>;
};

export type PaymentAccountStore = {
  readonly get: <Name extends PaymentServiceName>(method: Name) => Promise<PaymentAccount<Name> | undefined>;
  /** False where it has another revision by now. */
  readonly put: (account: PaymentAccount<PaymentServiceName>, ifRevision: number | undefined) => Promise<boolean>;
  readonly remove: (method: PaymentServiceName) => Promise<boolean>;
};

/** What became of the wish to top up: begun; or it is off, one is under way, or as much as may be was paid that day. */
export type TopUpBeginning = 'begun' | 'off' | 'busy' | 'capped';

export type AutoTopUpStore = {
  readonly get: (scope: OrganizationScope) => Promise<AutoTopUp | undefined>;
  /** False where it has another revision by now. */
  readonly put: (topUp: AutoTopUp, ifRevision: number | undefined) => Promise<boolean>;
  /** Notes why no more is paid; what somebody has changed meanwhile stays as it is: false where that is the card. */
  readonly stop: (
    organizationId: string,
    by: { readonly cardId: string; readonly stoppedBy: TopUpStop },
  ) => Promise<boolean>;
  /** Those that are on whose accounts have less than they are to have. */
  readonly low: (now: number, limit: number) => Promise<readonly AutoTopUp[]>;
  readonly isLow: (organizationId: string, now: number) => Promise<boolean>;
  /**
   * Writes the purchase of a top-up, if it is on, none is under way and not too much was paid since `dayBegan`: one after the
   * other for each organization, whoever asks.
   */
  readonly begin: (purchase: Purchase, dayBegan: number) => Promise<TopUpBeginning>;
  /** The purchase that was begun last by itself. */
  readonly lastBegun: (scope: OrganizationScope) => Promise<string | undefined>;
  /** Takes one back that no service was told of. */
  readonly drop: (purchaseId: string) => Promise<void>;
};

/** That no more is bought by itself, and why: until somebody does something, or the day is over. */
export type StoppedTopUp = {
  readonly organizationId: string;
  readonly cause: TopUpStop | 'capped';
  /** What there would be one notification of. */
  readonly about: string;
  readonly currency: string;
  readonly amountMinor: MinorUnits;
};

/** Tells the organization's people, once for each thing that it is about. */
export type TellStopped = (stopped: StoppedTopUp) => Promise<void>;

/** What purchases do with credit; each once, however often it is asked. */
export type PaymentLedger = {
  readonly give: (grant: {
    readonly id: string;
    readonly organizationId: string;
    readonly accountId: AccountId;
    readonly name: string;
    readonly amountNano: NanoCredits;
    readonly expiresAt: number | undefined;
    readonly actorId: string | undefined;
    readonly reason: string;
  }) => Promise<void>;
  /** Brings what was taken back of a grant to that, as far as it is free; see the ledger's `ReverseGrant`. */
  readonly reverse: (reversal: {
    readonly grantId: string;
    readonly number: number;
    readonly accountId: AccountId;
    readonly totalNano: NanoCredits;
    readonly reason: string;
  }) => Promise<{ readonly totalNano: NanoCredits; readonly isPosted: boolean }>;
};

/** The guarded way to a service, as far as its library needs one. */
export type PaymentFetch = (
  url: string,
  options: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<Response>;

export type SaleSource = () => Promise<CreditSale | undefined>;

/** What the vault seals the secrets of a service to. */
export type PaymentBinding = {
  readonly organizationId: '';
  readonly table: 'payment_accounts';
  readonly rowId: PaymentServiceName;
  readonly field: 'secret';
  readonly baseUrl: string;
};

export type PaymentVault = {
  readonly seal: (secret: string, binding: PaymentBinding) => Promise<string>;
  readonly open: (sealed: string, binding: PaymentBinding) => string;
};
