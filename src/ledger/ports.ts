import type { NanoCredits } from '../kernel/money.ts';
import type { AccountId, Grant, Hold, LedgerCharge, LedgerEntry } from '../protocol/ledger.ts';
import type { UsageRecord } from '../protocol/records.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** What has to be read for operations that are done together. */
export type LedgerReads = {
  /** Accounts that are made if they are not there. */
  readonly newAccounts: readonly LedgerAccount[];
  /** Locked in the order of their ids until the end; everything else is read under their locks. */
  readonly accountIds: readonly AccountId[];
  /** Grants wanted besides those of the accounts that have something left. */
  readonly grantIds: readonly string[];
  readonly holdIds: readonly string[];
  /** Charges, with their entries. */
  readonly chargeIds: readonly string[];
};

export type LedgerAccount = { readonly id: AccountId; readonly organizationId: string };

export type LedgerRows = {
  /** The store's own clock, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Those that were there before. */
  readonly accountIds: readonly AccountId[];
  readonly grants: readonly Grant[];
  readonly holds: readonly Hold[];
  readonly charges: readonly LedgerCharge[];
  readonly entries: readonly LedgerEntry[];
};

export type LedgerChanges = {
  readonly newGrants: readonly Grant[];
  readonly changedGrants: readonly Grant[];
  readonly newHolds: readonly Hold[];
  readonly changedHolds: readonly Hold[];
  readonly endedHolds: readonly string[];
  readonly newCharges: readonly LedgerCharge[];
  readonly newEntries: readonly LedgerEntry[];
};

/** Where credit lies. */
export type LedgerStore = {
  /**
   * Reads, lets `work` decide what is to change, and writes that, in one synced transaction that nobody who works on the
   * same accounts comes between. `work` may run more than once.
   */
  readonly transact: <T>(
    reads: LedgerReads,
    work: (rows: LedgerRows) => { readonly changes: LedgerChanges; readonly result: T },
  ) => Promise<T>;
};

/** Some entries, sealed together with everything sealed before. */
export type Seal = {
  /** 1, 2, 3 … without a gap. */
  readonly number: number;
  readonly entryIds: readonly string[];
  readonly digest: string;
  readonly sealedAt: number;
};

export type DigestOfSeal = (seal: {
  readonly number: number;
  readonly previousDigest: string;
  readonly entries: readonly LedgerEntry[];
}) => string;

/** Holds that nobody may be left to end. */
export type HoldStore = {
  /** Those of a process of which there is no usage on record, so many at most. */
  readonly unrecordedOf: (instanceId: string, limit: number) => Promise<readonly Hold[]>;
  /** Those whose usage is on record, with it, and those whose time is over; each kind as many as that at most. */
  readonly stray: (limit: number) => Promise<{
    readonly recorded: readonly { readonly hold: Hold; readonly usage: UsageRecord }[];
    readonly due: readonly Hold[];
  }>;
};

export type SealStore = {
  /** Seals the entries that wait, so many at most. Returns how many there were. */
  readonly sealNext: (limit: number, digestOf: DigestOfSeal) => Promise<number>;
};

/** One state of the ledger, to be proved. */
export type LedgerView = {
  /** Grants whose entries do not sum up to what they have left, or whose holds not to what is held; the first ones. */
  readonly unevenGrants: (limit: number) => Promise<readonly Difference[]>;
  /** Charges whose entries do not sum up to their amount on every account, and entries of charges that are not there. */
  readonly unevenCharges: (limit: number) => Promise<readonly Difference[]>;
  readonly sealsAfter: (number: number, limit: number) => Promise<readonly Seal[]>;
  /** Those that are there, in the order of the ids. */
  readonly entries: (ids: readonly string[]) => Promise<readonly LedgerEntry[]>;
  readonly counts: () => Promise<{ readonly entries: number; readonly unsealed: number }>;
};

/** One thing that is wrong with the ledger. */
export type Difference = { readonly id: string; readonly what: string };

export type LedgerProofStore = {
  readonly view: <T>(work: (view: LedgerView) => Promise<T>) => Promise<T>;
};

/** An account with what its grants come to. */
export type AccountBalance = LedgerAccount & {
  /** What no entry has taken yet; of grants whose time is over, too, until that is taken. */
  readonly remainingNano: NanoCredits;
  readonly heldNano: NanoCredits;
  /** What may still be held: left of grants whose time is not over, less what is held of those. */
  readonly availableNano: NanoCredits;
};

export type LedgerPage = {
  readonly limit: number;
  /** The last row of the page before. */
  readonly afterId: string | undefined;
};

/** Of one account of the organization; `undefined`: of all. */
export type OfAccount = { readonly accountId: AccountId | undefined };

export type ChargeWithEntries = { readonly charge: LedgerCharge; readonly entries: readonly LedgerEntry[] };

type LedgerList<Row> = (scope: OrganizationScope, filter: OfAccount, page: LedgerPage) => Promise<readonly Row[]>;

/** The ledger for people to read. Lists are newest first, but for accounts, which are in the order of their ids. */
export type LedgerReader = {
  readonly accounts: LedgerList<AccountBalance>;
  readonly grants: LedgerList<Grant>;
  readonly grant: (scope: OrganizationScope, id: string) => Promise<Grant | undefined>;
  readonly entries: LedgerList<LedgerEntry>;
  /** Of calls that are under way. */
  readonly holds: LedgerList<Hold>;
  readonly charge: (scope: OrganizationScope, id: string) => Promise<ChargeWithEntries | undefined>;
  /** As {@link LedgerReader.charge}, of whatever organization. */
  readonly anyCharge: (id: string) => Promise<ChargeWithEntries | undefined>;
  /** Charges of all organizations whose amount no provider has reported. */
  readonly toReview: (page: LedgerPage) => Promise<readonly LedgerCharge[]>;
  /** Grants whose time is over and of which something is left that nothing holds; by the store's own clock. */
  readonly due: (limit: number) => Promise<readonly Pick<Grant, 'id' | 'accountId'>[]>;
};
