import type { NanoCredits } from '../kernel/money.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/**
 * A currency of a Payment Kit in one mode, `live/pc_1`: what its grants and usage are counted in. Whatever is written down is
 * of one place and never told to another, even where the hub is made known to another Payment Kit.
 */
export type KitPlace = string;

/** An organization as Payment Kit knows it. */
export type KitCustomer = {
  readonly place: KitPlace;
  readonly organizationId: string;
  /** Payment Kit's own id, and who that is. */
  readonly customerId: string;
  readonly did: string;
  /**
   * What was used of its credit and is in no message yet: too little to be said in the currency's places. Below zero where
   * more was given back.
   */
  readonly untoldNano: NanoCredits;
  readonly nextCheckAt: number;
  /** How often its grants were looked for since something was expected, or used here. */
  readonly checks: number;
  /** When its grants were last known. */
  readonly checkedAt: number | undefined;
};

/** What a customer used in one period, as Payment Kit is told it. */
export type KitUsage = {
  /** What Payment Kit knows it by: made of what was used, so that the same is never counted twice. */
  readonly identifier: string;
  readonly place: KitPlace;
  readonly organizationId: string;
  readonly customerId: string;
  readonly meter: string;
  readonly valueNano: NanoCredits;
  readonly madeAt: number;
  readonly tries: number;
  readonly nextTryAt: number;
  readonly deliveredAt: number | undefined;
  /** Why the last try failed. */
  readonly problem: string | undefined;
};

/** An entry of the ledger that took credit of a grant of Payment Kit's; below zero where it gave some back. */
export type KitMovement = {
  readonly entryId: string;
  readonly organizationId: string;
  readonly usedNano: NanoCredits;
};

/** How a grant of Payment Kit is known here: by its id, once in each place. */
export function kitReferences(place: KitPlace): string {
  return `payment-kit/${place}/`;
}

export type KitPage = { readonly limit: number; readonly afterId: string | undefined };

export type KitCustomerStore = {
  readonly get: (scope: OrganizationScope, place: KitPlace) => Promise<KitCustomer | undefined>;
  readonly ofCustomer: (place: KitPlace, customerId: string) => Promise<KitCustomer | undefined>;
  /** Whether it was written: a customer is one organization's. What is untold of the organization stays. */
  readonly link: (customer: KitCustomer) => Promise<boolean>;
  readonly due: (place: KitPlace, now: number, limit: number) => Promise<readonly KitCustomer[]>;
  readonly postpone: (
    scope: OrganizationScope,
    place: KitPlace,
    next: { readonly nextCheckAt: number; readonly checks: number },
  ) => Promise<void>;
  readonly noteChecked: (scope: OrganizationScope, place: KitPlace, at: number) => Promise<void>;
  /** Has all of them looked at soon. */
  readonly checkAll: (place: KitPlace, at: number) => Promise<void>;
  /** In the order of the organizations' ids. */
  readonly list: (
    place: KitPlace,
    page: KitPage,
  ) => Promise<readonly (KitCustomer & { readonly organizationName: string })[]>;
};

/** What follows from movements: what of each customer is untold then, and what is to be told. */
export type KitTelling = {
  readonly untold: readonly (Pick<KitCustomer, 'organizationId' | 'untoldNano'> & {
    /** When its grants are looked at, unless they are sooner; `undefined`: what is used is no reason to. */
    readonly checkAt: number | undefined;
  })[];
  readonly usage: readonly KitUsage[];
};

/** How much of the usage is on its way. */
export type KitBacklog = {
  readonly waiting: number;
  readonly waitingNano: NanoCredits;
  readonly oldestAt: number | undefined;
  readonly problem: string | undefined;
  readonly lastDeliveredAt: number | undefined;
};

/** An organization's credit of a place, and what Payment Kit may not know of it, at one moment. */
export type KitStanding = {
  /** Of two moments that have the same, nothing was written to be told in between, and nothing known to be delivered. */
  readonly mark: string;
  /** Those that were asked for. */
  readonly grants: readonly KitStandingGrant[];
  /** Used, and in no message yet. */
  readonly untoldNano: NanoCredits;
  /** In messages that are not known to be delivered. */
  readonly waitingNano: NanoCredits;
  /** How many entries about what was used elsewhere the organization's account has. */
  readonly elsewhereEntries: number;
  /** What those took of all credit of the place. */
  readonly elsewhereNano: NanoCredits;
};

export type KitStandingGrant = {
  readonly id: string;
  readonly leftNano: NanoCredits;
  /** Of that, by calls that are under way. */
  readonly heldNano: NanoCredits;
  /** What was taken of it since it was used elsewhere. */
  readonly elsewhereNano: NanoCredits;
};

export type KitStandingStore = {
  /** `undefined`: so much was used and is not gathered yet that it is not added up here. */
  readonly standing: (
    scope: OrganizationScope,
    place: KitPlace,
    grantIds: readonly string[],
  ) => Promise<KitStanding | undefined>;
};

export type KitUsageStore = {
  /** Begins to tell a place what is used from now on, unless it is told already; gives when that began. */
  readonly begin: (place: KitPlace, at: number) => Promise<number>;
  /**
   * Reads what the next seals of the ledger say, lets `decide` say what follows, and writes that with how far it was read:
   * together, and once, whoever asks. False where nothing more is sealed.
   */
  readonly gather: (
    place: KitPlace,
    sealsMax: number,
    decide: (movements: readonly KitMovement[], customers: readonly KitCustomer[]) => KitTelling,
  ) => Promise<boolean>;
  readonly due: (place: KitPlace, now: number, limit: number) => Promise<readonly KitUsage[]>;
  readonly noteDelivered: (identifier: string, at: number) => Promise<void>;
  readonly postpone: (identifier: string, again: { readonly at: number; readonly problem: string }) => Promise<void>;
  /** Lets all that are due wait, since the service does not answer. */
  readonly postponeDue: (place: KitPlace, now: number, at: number) => Promise<void>;
  /** Lets nothing wait any longer. */
  readonly hasten: (place: KitPlace, now: number) => Promise<void>;
  /** What is left of the organization's grants that came from there. */
  readonly left: (place: KitPlace, scope: OrganizationScope) => Promise<NanoCredits>;
  readonly backlog: (place: KitPlace, scope: OrganizationScope | undefined) => Promise<KitBacklog>;
};

/** What Payment Kit's grants do with credit here; each once, however often it is asked. */
export type KitLedger = {
  /** Those of them that were written down, by their references. */
  readonly known: (
    references: readonly string[],
  ) => Promise<
    ReadonlyMap<string, { readonly id: string; readonly organizationId: string; readonly amountNano: NanoCredits }>
  >;
  readonly give: (grant: {
    readonly organizationId: string;
    readonly reference: string;
    readonly isPaid: boolean;
    readonly name: string;
    readonly amountNano: NanoCredits;
    readonly expiresAt: number | undefined;
  }) => Promise<void>;
  /** Takes back all of a grant that is free. */
  readonly takeBack: (grant: {
    readonly id: string;
    readonly organizationId: string;
    readonly amountNano: NanoCredits;
  }) => Promise<void>;
  /** Moves grants of an organization by what was used elsewhere, unless somebody did who counted as many entries. */
  readonly mirror: (
    mirrored: OrganizationScope & { readonly number: number; readonly moves: readonly KitMove[] },
  ) => Promise<void>;
};

/** By how much a grant of Payment Kit's moves; below zero: that was used elsewhere. */
export type KitMove = {
  readonly grantId: string;
  readonly amountNano: NanoCredits;
  /** What was taken of it for that before. */
  readonly takenNano: NanoCredits;
};
