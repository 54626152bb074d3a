import type { NanoCredits } from '../kernel/money.ts';
import type { AccountId, AwaitedJob, EntryKind, Grant, Hold, LedgerCharge, LedgerEntry } from '../protocol/ledger.ts';
import type { OwedGrant } from '../protocol/owed-grants.ts';
import type { UsageRecord } from '../protocol/records.ts';
import type { CodeBatch, CodeRefusal, CodeUse, Redemption } from '../protocol/redemption-codes.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { UsageFilters } from '../protocol/usage-sums.ts';
import type { Operation, OutcomeOf } from './operations.ts';

export type { Operation } from './operations.ts';

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
  /** Entries that are looked for by their own ids. */
  readonly entryIds: readonly string[];
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
  readonly namedEntries: readonly LedgerEntry[];
};

export type LedgerChanges = {
  readonly newGrants: readonly Grant[];
  readonly changedGrants: readonly Grant[];
  readonly newHolds: readonly Hold[];
  readonly changedHolds: readonly Hold[];
  readonly endedHolds: readonly string[];
  readonly newJobs: readonly NewJob[];
  readonly endedJobs: readonly string[];
  readonly newCharges: readonly LedgerCharge[];
  readonly newEntries: readonly LedgerEntry[];
};

/** A job that holds wait for from now on, and when it is asked after for the first time. */
export type NewJob = { readonly job: AwaitedJob; readonly nextAskAt: number };

/** What came of operations, each in its place, and the charges that they have written. */
export type Done = {
  readonly outcomes: readonly OutcomeOf<Operation>[];
  readonly charges: readonly LedgerCharge[];
};

/** Where credit lies. */
export type LedgerStore = {
  /**
   * Does operations in one synced transaction that nobody who works on the same accounts comes between: all of them, or
   * none where one cannot be done.
   */
  readonly transact: (operations: readonly Operation[]) => Promise<Done>;
};

/** What is owed: see {@link OwedGrant}. */
export type OwedGrantStore = {
  /**
   * Writes down those whose reference nobody has used, all or none, and gives what stands for each reference then. `check` is
   * told both, and what it throws undoes all.
   */
  readonly owe: (
    wanted: readonly OwedGrant[],
    check: (wanted: OwedGrant, found: OwedGrant) => void,
  ) => Promise<readonly OwedGrant[]>;
  readonly ofReferences: (references: readonly string[]) => Promise<readonly OwedGrant[]>;
  /** Those that are not known to be given. */
  readonly waiting: (limit: number) => Promise<readonly OwedGrant[]>;
  readonly noteGiven: (ids: readonly string[]) => Promise<void>;
};

/** What came of a code that somebody gave. `isNew`: their organization had not redeemed it before. */
export type CodeOutcome =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly why: CodeRefusal }
  | { readonly kind: 'redeemed'; readonly owed: OwedGrant; readonly isNew: boolean };

export type RedemptionCodeStore = {
  /** Writes down a batch with the digests of its codes, in the order of their numbers from 1. */
  readonly insert: (batch: CodeBatch, digests: readonly string[]) => Promise<void>;
  /** Newest first, each with how often codes of it were redeemed. */
  readonly list: (page: LedgerPage) => Promise<readonly (CodeBatch & { readonly uses: number })[]>;
  readonly get: (id: string) => Promise<(CodeBatch & { readonly uses: number }) | undefined>;
  /** Whether it is there. What was withdrawn stays as it was. */
  readonly withdraw: (id: string, at: number) => Promise<boolean>;
  /** In the order of their numbers. */
  readonly codes: (
    batchId: string,
    page: { readonly limit: number; readonly afterNumber: number },
  ) => Promise<readonly CodeUse[]>;
  /** Newest first. */
  readonly redemptions: (
    batchId: string,
    page: LedgerPage,
  ) => Promise<readonly (Redemption & { readonly id: string })[]>;
  /**
   * Counts the use of a code and writes down what is owed for it, together; of those who redeem one at once as many as may, and
   * of one organization one. `draft` says what is owed; who has redeemed it before gets what was owed then.
   */
  readonly redeem: (input: {
    readonly digest: string;
    readonly organizationId: string;
    readonly actorId: string | undefined;
    readonly now: number;
    readonly draft: (batch: CodeBatch, number: number) => OwedGrant;
  }) => Promise<CodeOutcome>;
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

/** Holds that nobody may be left to end; those that wait for a job are ended by whoever asks after it. */
export type HoldStore = {
  /** Those of a process of which there is no usage on record, so many at most. */
  readonly unrecordedOf: (instanceId: string, limit: number) => Promise<readonly Hold[]>;
  /** Those whose usage is on record, with it, and those whose time is over; each kind as many as that at most. */
  readonly stray: (limit: number) => Promise<{
    readonly recorded: readonly { readonly hold: Hold; readonly usage: UsageRecord }[];
    readonly due: readonly Hold[];
  }>;
};

/** A job with the hold that waits for it. */
export type JobWithHold = {
  readonly job: AwaitedJob;
  readonly hold: Hold;
  /** How often it was asked after, this time included. */
  readonly asks: number;
  /** How often in a row its provider did not know it. */
  readonly misses: number;
};

/** Jobs that holds wait for; written and removed with those. All times are the store's own clock. */
export type JobStoreOfHolds = {
  /**
   * Takes those whose time to be asked after has come, the longest due first; for so long nobody else does, unless they are
   * postponed to an earlier time.
   */
  readonly claimDue: (input: { readonly limit: number; readonly leaseMs: number }) => Promise<readonly JobWithHold[]>;
  /** Says in which time the job is asked after again. */
  readonly postpone: (id: string, again: { readonly inMs: number; readonly misses: number }) => Promise<void>;
  /** `undefined` where no hold of the organization waits for such a job. */
  readonly find: (scope: OrganizationScope, id: string) => Promise<JobWithHold | undefined>;
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
  /** What the organization, or the part of it, is called; `undefined` where it is not there any more. */
  readonly name: string | undefined;
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

/** Which entries: of one account, of one kind, of a time whose end is not part of it. */
export type EntryFilter = OfAccount & {
  readonly kind?: EntryKind | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

/** An account of whatever organization. */
export type AnyAccount = AccountBalance & { readonly organizationName: string };

/** Why somebody should look at a charge: no provider has reported it, or it used more than was held. */
export const REVIEW_CAUSES = ['estimated', 'presumed', 'overrun'] as const;
export type ReviewCause = (typeof REVIEW_CAUSES)[number];

export type ReviewFilter = {
  readonly cause?: ReviewCause | undefined;
  readonly organizationId?: string | undefined;
  /** Whether somebody has looked at it; `undefined`: all. */
  readonly isReviewed?: boolean | undefined;
};

/** That somebody has looked at a charge, and left it as it stands or put it right. Written once, and never changed. */
export type ChargeReview = {
  readonly chargeId: string;
  readonly organizationId: string;
  readonly at: number;
  readonly actorId: string | undefined;
  readonly note: string | undefined;
};

/** `refundedNano`: given back of it to each account that paid. */
export type ReviewedCharge = LedgerCharge & {
  readonly organizationName: string;
  readonly refundedNano: NanoCredits;
  readonly review: ChargeReview | undefined;
};

export type ReviewStore = {
  /** Whether it was written: a charge is reviewed once. */
  readonly add: (review: ChargeReview) => Promise<boolean>;
};

export type ChargeWithEntries = { readonly charge: LedgerCharge; readonly entries: readonly LedgerEntry[] };

type LedgerList<Row, Filter = OfAccount> = (
  scope: OrganizationScope,
  filter: Filter,
  page: LedgerPage,
) => Promise<readonly Row[]>;

/** What calls were charged that began between two edges, told apart by one thing. */
export type ChargeSumsWanted = {
  /** Rising instants: one bucket from each to the next. */
  readonly edges: readonly number[];
  readonly filters: Pick<UsageFilters, 'member' | 'project' | 'application'>;
  readonly groupBy: 'application' | 'operation' | undefined;
};

export type ChargeSum = {
  readonly bucket: number;
  readonly value: string | undefined;
  readonly amountNano: NanoCredits;
};

/** Sums over the charges of calls that are on record; buckets and values without any are missing. */
export type ChargeSums = (scope: OrganizationScope, wanted: ChargeSumsWanted) => Promise<readonly ChargeSum[]>;

/** The ledger for people to read. Lists are newest first, but for accounts, which are in the order of their ids. */
export type LedgerReader = {
  readonly accounts: LedgerList<AccountBalance>;
  readonly grants: LedgerList<Grant>;
  readonly grant: (scope: OrganizationScope, id: string) => Promise<Grant | undefined>;
  readonly entries: LedgerList<LedgerEntry, EntryFilter>;
  /** Of calls that are under way. */
  readonly holds: LedgerList<Hold>;
  readonly charge: (scope: OrganizationScope, id: string) => Promise<ChargeWithEntries | undefined>;
  /** What these charges took; those that are not there are left out. */
  readonly amountsOf: (scope: OrganizationScope, ids: readonly string[]) => Promise<ReadonlyMap<string, NanoCredits>>;
  /** As {@link LedgerReader.charge}, of whatever organization. */
  readonly anyCharge: (id: string) => Promise<ChargeWithEntries | undefined>;
  /** Accounts of all organizations, those with the least to be had first; `text`: part of a name or an id. */
  readonly anyAccounts: (
    filter: { readonly text: string | undefined },
    page: LedgerPage,
  ) => Promise<readonly AnyAccount[]>;
  /** What calls of all organizations hold that are under way, the oldest first. */
  readonly anyHolds: (page: LedgerPage) => Promise<readonly Hold[]>;
  /** Charges of all organizations that somebody should look at; see {@link REVIEW_CAUSES}. */
  readonly toReview: (filter: ReviewFilter, page: LedgerPage) => Promise<readonly ReviewedCharge[]>;
  /** Grants whose time is over and of which something is left that nothing holds; by the store's own clock. */
  readonly due: (limit: number) => Promise<readonly Pick<Grant, 'id' | 'accountId'>[]>;
};
