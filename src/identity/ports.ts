import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { SsoConnection, UserIdentity } from '../protocol/sso.ts';
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

/** The fields given are changed. */
export type SsoChange = Partial<Omit<SsoConnection, 'id' | 'organizationId' | 'createdAt' | 'revision'>>;

/**
 * Where providers that people sign in by lie. `organizationId` is whose they are; `undefined`, the installation's, which
 * no organization sees. Every change rejects with `resource.conflict` where an active connection has one of the domains.
 */
export type SsoConnectionStore = {
  readonly insert: (connection: SsoConnection) => Promise<void>;
  readonly list: (organizationId: string | undefined) => Promise<readonly SsoConnection[]>;
  readonly get: (organizationId: string | undefined, id: string) => Promise<SsoConnection | undefined>;
  /** Whosever it is: for a sign-in, which belongs to nobody yet. */
  readonly find: (id: string) => Promise<SsoConnection | undefined>;
  /** Every active one, whosever it is: what the page on which people sign in offers. */
  readonly listActive: () => Promise<readonly SsoConnection[]>;
  /** The active connection of a mail domain. */
  readonly findByDomain: (domain: string) => Promise<SsoConnection | undefined>;
  /**
   * Changes the fields given. False when there is no such connection of that revision. With another issuer, other endpoints
   * or another claim as the subject it forgets the people it knew, whose subjects would be somebody else’s word.
   */
  readonly update: (
    organizationId: string | undefined,
    at: { readonly id: string; readonly revision: number },
    change: SsoChange,
  ) => Promise<boolean>;
  /** Removes it and what it knows of people; the people stay. */
  readonly remove: (organizationId: string | undefined, id: string) => Promise<boolean>;
};

/** Who a person is at the providers they sign in by. */
export type UserIdentityStore = {
  /** @throws GatewayError `resource.conflict` when that subject is somebody already */
  readonly link: (identity: UserIdentity) => Promise<void>;
  readonly find: (ssoConnectionId: string, subject: string) => Promise<UserIdentity | undefined>;
  readonly listOfUser: (userId: string) => Promise<readonly UserIdentity[]>;
  readonly unlink: (userId: string, id: string) => Promise<boolean>;
  /** Notes a use; an earlier one than is known changes nothing. */
  readonly touch: (id: string, usedAt: number) => Promise<void>;
};
