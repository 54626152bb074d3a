import type { SealedTable } from './envelope.ts';

export type { SealedTable } from './envelope.ts';

/** Where the vault keeps its own facts: fingerprints, never keys. */
export type VaultStore = {
  /** Master-key versions known to this store, each with the fingerprint of its key. */
  readonly versions: () => Promise<
    readonly {
      readonly version: number;
      readonly fingerprint: string;
      readonly createdAt: number;
      readonly retiredAt: number | undefined;
    }[]
  >;
  readonly addVersion: (version: {
    readonly version: number;
    readonly fingerprint: string;
    readonly createdAt: number;
  }) => Promise<void>;
  readonly retireVersion: (version: number, retiredAt: number) => Promise<void>;
  /** Fingerprints of other secrets that must not change under a store, by name (`pepper`). Set once. */
  readonly fingerprint: (name: string) => Promise<string | undefined>;
  readonly setFingerprint: (name: string, fingerprint: string) => Promise<void>;
  /** Sealed values whose key version is below `belowVersion`, in id order after `afterId`, at most `limit`. */
  readonly sealedBelow: (input: {
    readonly belowVersion: number;
    readonly afterId: string;
    readonly limit: number;
  }) => Promise<readonly SealedRow[]>;
  /**
   * The same of the contents of requests. They are apart because there may be millions, each of up to megabytes, and no
   * start waits until all of them have been opened.
   */
  readonly contentsBelow: VaultStore['sealedBelow'];
  /** Replaces a sealed value if it is still the one given. Returns false when it changed meanwhile. */
  readonly replaceSealed: (row: SealedRow, sealed: string) => Promise<boolean>;
};

/** One sealed field of one row, with what its additional data binds. */
export type SealedRow = {
  readonly table: SealedTable;
  /** Empty for what belongs to the installation. */
  readonly organizationId: string;
  readonly rowId: string;
  readonly field: 'secret' | 'content';
  readonly baseUrl: string;
  readonly sealed: string;
};
