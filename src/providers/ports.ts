import type {
  AliasRow,
  ConnectionRow,
  CredentialRow,
  IdentityOverrideRow,
  ModelFacts,
  ModelRow,
  NewModelPolicy,
} from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';

/**
 * Every change through these ports bumps the configuration version in the same commit, except where it says not. Changes
 * of connections and credentials count up their revision; with `ifRevision` they are made only while that is it.
 */
export type ConnectionStore = {
  readonly insert: (tenant: Tenant, connection: ConnectionRow) => Promise<void>;
  readonly list: (tenant: Tenant) => Promise<readonly ConnectionRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<ConnectionRow | undefined>;
  readonly findByName: (tenant: Tenant, name: string) => Promise<ConnectionRow | undefined>;
  readonly update: (
    tenant: Tenant,
    id: string,
    change: Partial<
      Pick<
        ConnectionRow,
        | 'name'
        | 'baseUrl'
        | 'enabled'
        | 'newModelPolicy'
        | 'position'
        | 'updatedAt'
        | 'refreshedAt'
        | 'refreshError'
        | 'region'
        | 'timeouts'
      >
    >,
    /** Its secrets sealed anew, in the same commit: a secret is bound to its connection's address. */
    resealed?: readonly { readonly id: string; readonly change: CredentialChange }[],
    ifRevision?: number,
  ) => Promise<boolean>;
  /** Removes the connection with its credentials and models. */
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<boolean>;
};

/** The fields given are changed. */
export type CredentialChange = Partial<
  Pick<CredentialRow, 'name' | 'sealed' | 'masked' | 'weight' | 'state' | 'stateReason' | 'stateChangedAt'>
>;

export type CredentialStore = {
  readonly insert: (tenant: Tenant, credential: CredentialRow) => Promise<void>;
  readonly list: (tenant: Tenant, connectionId: string) => Promise<readonly CredentialRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<CredentialRow | undefined>;
  readonly update: (tenant: Tenant, id: string, change: CredentialChange, ifRevision?: number) => Promise<boolean>;
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<boolean>;
  /** Adds use counts and last errors gathered in memory; does not bump the configuration version. */
  readonly noteUses: (uses: readonly CredentialUse[]) => Promise<void>;
};

export type CredentialUse = {
  readonly credentialId: string;
  readonly uses: number;
  readonly lastUsedAt: number;
  readonly lastError: string | undefined;
  readonly lastErrorAt: number | undefined;
};

/** One model as a provider's list names it. */
export type FoundModel = { readonly upstreamModel: string; readonly facts: ModelFacts };

export type ModelStore = {
  readonly list: (tenant: Tenant, connectionId: string) => Promise<readonly ModelRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<ModelRow | undefined>;
  /**
   * Brings a connection's models up to a provider's list in one commit: new ones are inserted with `state`, known ones
   * seen again (and no longer withdrawn), discovered ones missing from the list are marked withdrawn. Manual ones stay.
   * Bumps the configuration version only when something a caller can notice changed.
   */
  readonly reconcile: (
    tenant: Tenant,
    input: {
      readonly connectionId: string;
      readonly found: readonly FoundModel[];
      readonly origin: 'discovered' | 'catalogue';
      readonly state: NewModelPolicy;
      readonly seenAt: number;
      readonly newId: () => string;
    },
  ) => Promise<{
    readonly added: readonly string[];
    readonly withdrawn: readonly string[];
    readonly returned: readonly string[];
  }>;
  readonly insert: (tenant: Tenant, model: ModelRow) => Promise<void>;
  readonly update: (tenant: Tenant, id: string, change: Partial<Pick<ModelRow, 'state'>>) => Promise<boolean>;
  readonly remove: (tenant: Tenant, id: string) => Promise<boolean>;
};

export type AliasStore = {
  readonly list: (tenant: Tenant) => Promise<readonly AliasRow[]>;
  readonly insert: (tenant: Tenant, alias: AliasRow) => Promise<void>;
  readonly remove: (tenant: Tenant, id: string) => Promise<boolean>;
};

export type IdentityOverrideStore = {
  readonly list: (tenant: Tenant) => Promise<readonly IdentityOverrideRow[]>;
  readonly insert: (tenant: Tenant, override: IdentityOverrideRow) => Promise<void>;
  readonly remove: (tenant: Tenant, id: string) => Promise<boolean>;
};

/** Operator-applied catalogue entries; they belong to the installation, not to a tenant. */
export type CatalogueStore = {
  readonly list: () => Promise<
    readonly { readonly id: string; readonly document: string; readonly source: string; readonly appliedAt: number }[]
  >;
  /** Replaces the entries given in one commit. */
  readonly apply: (
    entries: readonly {
      readonly id: string;
      readonly document: string;
      readonly source: string;
      readonly appliedAt: number;
    }[],
  ) => Promise<void>;
  readonly remove: (id: string) => Promise<boolean>;
};
