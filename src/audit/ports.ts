import type { AuditEntry } from '../protocol/audit.ts';

/** An entry but for its place in the chain. */
export type UnchainedEntry = Omit<AuditEntry, 'sequence' | 'previousDigest' | 'digest'>;

/** Gives an entry its digest, once its place is known. */
export type Chain = (entry: Omit<AuditEntry, 'digest'>) => string;

export type AuditFilter = {
  /** `undefined`: of all organizations and of the installation. */
  readonly organizationId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  readonly targetId?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

/** Where the log lies. Nothing in it is ever changed. */
export type AuditStore = {
  /** Appends at the end: two that come at once wait for each other, whatever process they are of. */
  readonly append: (entry: UnchainedEntry, chain: Chain) => Promise<void>;
  /** Acts that match, newest first: each by the entry it began with, and the one it ended with where there is one. */
  readonly acts: (
    filter: AuditFilter,
    page: { readonly limit: number; readonly beforeSequence?: number | undefined },
  ) => Promise<readonly { readonly begun: AuditEntry; readonly ended: AuditEntry | undefined }[]>;
  /** Entries in their order after a sequence number. */
  readonly entriesAfter: (sequence: number, limit: number) => Promise<readonly AuditEntry[]>;
  /** What the store says is the last entry. */
  readonly head: () => Promise<{ readonly sequence: number; readonly digest: string }>;
};
