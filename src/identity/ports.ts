import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';

/** Where virtual keys lie. Every change bumps the configuration version in the same commit. */
export type VirtualKeyStore = {
  readonly insert: (tenant: Tenant, key: VirtualKeyRow) => Promise<void>;
  readonly list: (tenant: Tenant) => Promise<readonly VirtualKeyRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<VirtualKeyRow | undefined>;
  /** Changes the fields given. Returns false when there is no such key. */
  readonly update: (
    tenant: Tenant,
    id: string,
    change: Partial<
      Pick<VirtualKeyRow, 'name' | 'allowedModels' | 'refusesLosses' | 'enabled' | 'expiresAt' | 'revokedAt'>
    >,
  ) => Promise<boolean>;
  readonly remove: (tenant: Tenant, id: string) => Promise<boolean>;
  /** Notes the last use of keys; does not bump the configuration version. */
  readonly touch: (uses: readonly { readonly id: string; readonly usedAt: number }[]) => Promise<void>;
};

/** Hashes of admin tokens, until people sign in. */
export type AdminTokenStore = {
  readonly insert: (token: { readonly id: string; readonly hash: string; readonly createdAt: number }) => Promise<void>;
  readonly listHashes: () => Promise<readonly string[]>;
  /** Removes all but the one given: a new token ends the old ones. */
  readonly keepOnly: (id: string) => Promise<void>;
};
