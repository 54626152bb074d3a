import type { ContentPolicy } from './contents.ts';
import type { Guardrail } from './guardrails.ts';
import { INSTALLATION_DEFAULTS, type Installation } from './installation.ts';
import type { Limit } from './limits.ts';
import type { ModelOffer } from './model-offer.ts';
import type { AccessRule, Organization, Project } from './people.ts';
import type { CustomerGroupMember, PriceRule } from './price-rule.ts';
import type { RateCard } from './rate-card.ts';
import { NO_TIMEOUTS, type RouteRow, type RouteTimeouts } from './route.ts';
import type { Tenant } from './tenant.ts';

/** Who declared a row: `file` rows come from hub.yaml and are read-only elsewhere; `env` rows from provider variables. */
export type Source = 'store' | 'file' | 'env' | 'found';

export type VirtualKeyRow = Tenant & {
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA-256 of the secret under the pepper, hex. The secret itself is nowhere. */
  readonly hash: string;
  /** What may be shown: prefix and the last four characters. */
  readonly masked: string;
  readonly allowedModels: readonly string[] | undefined;
  /** Whether its requests are refused rather than lose anything in translation. */
  readonly refusesLosses: boolean;
  readonly enabled: boolean;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly source: Source;
  /** Whose key it is, where it is a member's or a service account's and not the project's. */
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  /** Addresses and networks it may be used from; `undefined`: anywhere. */
  readonly allowedAddresses: readonly string[] | undefined;
  /** Web origins whose pages may use it in a browser; `undefined`: none. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** The hash before the last rotation, which counts until `previousUntil`. */
  readonly previousHash: string | undefined;
  readonly previousUntil: number | undefined;
  /** For how long answers to its calls are given again to who asks for the same; `undefined`: not at all. */
  readonly cacheSeconds: number | undefined;
  /** Counts the changes, from 1. */
  readonly revision: number;
};

/** The fields of a key that is its project's, may be used from anywhere and was never changed. */
export const PLAIN_KEY = {
  memberId: undefined,
  serviceAccountId: undefined,
  allowedAddresses: undefined,
  allowedOrigins: undefined,
  previousHash: undefined,
  previousUntil: undefined,
  cacheSeconds: undefined,
  revision: 1,
} as const satisfies Partial<VirtualKeyRow>;

/** What happens to a model that a refresh finds for the first time. */
export type NewModelPolicy = 'enabled' | 'hidden' | 'awaiting_approval';

/** A catalogue entry with its own name, address and credentials. */
export type ConnectionRow = Tenant & {
  readonly id: string;
  /** Unique per organization; also the `provider/` prefix of a pinned model name. */
  readonly name: string;
  readonly providerId: string;
  /** Overrides the catalogue entry's base URL; for entries with `{region}` and the like, the filled-in address. */
  readonly baseUrl: string;
  readonly enabled: boolean;
  readonly newModelPolicy: NewModelPolicy;
  /** The operator's order: lower is tried first. */
  readonly position: number;
  readonly source: Source;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly refreshedAt: number | undefined;
  readonly refreshError: string | undefined;
  /** Whose calls may use it: the whole organization's, a team's, or its project's alone. */
  readonly scope: 'organization' | 'team' | 'project';
  readonly teamId: string | undefined;
  /** Where the provider answers from, such as `us-east-1` or `eu`; `undefined` where nobody said. */
  readonly region: string | undefined;
  /** How long its calls may take, where that is not as the settings say. */
  readonly timeouts: RouteTimeouts;
  readonly revision: number;
};

/** The fields of a connection that the whole organization uses and that was never changed. */
export const PLAIN_CONNECTION = {
  scope: 'organization',
  teamId: undefined,
  region: undefined,
  timeouts: NO_TIMEOUTS,
  revision: 1,
} as const satisfies Partial<ConnectionRow>;

/** A secret a provider issued to us. `sealed` is the vault's envelope; `undefined` for connections that need none. */
export type CredentialRow = Tenant & {
  readonly id: string;
  readonly connectionId: string;
  readonly name: string;
  readonly sealed: string;
  readonly masked: string;
  readonly weight: number;
  readonly state: 'active' | 'set_aside' | 'disabled';
  readonly stateReason: string | undefined;
  readonly stateChangedAt: number | undefined;
  readonly useCount: number;
  readonly lastUsedAt: number | undefined;
  readonly lastError: string | undefined;
  readonly lastErrorAt: number | undefined;
  readonly source: Source;
  readonly createdAt: number;
  readonly revision: number;
};

/** Facts about a model that were told by a provider's list or the catalogue; `undefined` is "not said". */
export type ModelFacts = {
  readonly displayName: string | undefined;
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly inputModalities: readonly string[] | undefined;
  readonly outputModalities: readonly string[] | undefined;
  readonly embeddingDimensions: number | undefined;
  readonly createdAt: number | undefined;
};

/** A model that a connection offers. */
export type ModelRow = Tenant & {
  readonly id: string;
  readonly connectionId: string;
  /** The provider's own id of the model, sent upstream as it is. */
  readonly upstreamModel: string;
  readonly state: NewModelPolicy;
  readonly origin: 'discovered' | 'catalogue' | 'manual';
  readonly facts: ModelFacts;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** When the provider's list no longer held it. */
  readonly withdrawnAt: number | undefined;
};

export type AliasRow = Tenant & {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly source: Source;
};

/** The operator's correction of the identity table: this upstream model at this provider is that canonical model. */
export type IdentityOverrideRow = Tenant & {
  readonly id: string;
  readonly providerId: string;
  readonly upstreamModel: string;
  readonly canonicalModel: string;
  readonly source: Source;
};

/** Everything the snapshot is compiled from, read in one consistent view of the store. */
export type ConfigurationState = {
  readonly version: number;
  readonly organizations: readonly Organization[];
  readonly projects: readonly Project[];
  readonly accessRules: readonly AccessRule[];
  readonly guardrails: readonly Guardrail[];
  readonly limits: readonly Limit[];
  /** Of the organizations that ever said anything of it. */
  readonly contentPolicies: readonly ContentPolicy[];
  /** Members and service accounts who may not act now: their keys do not count. */
  readonly inactiveOwners: ReadonlySet<string>;
  readonly installation: Installation;
  readonly keys: readonly VirtualKeyRow[];
  readonly connections: readonly ConnectionRow[];
  readonly credentials: readonly CredentialRow[];
  readonly models: readonly ModelRow[];
  readonly aliases: readonly AliasRow[];
  readonly routes: readonly RouteRow[];
  readonly identityOverrides: readonly IdentityOverrideRow[];
  readonly rateCards: readonly RateCard[];
  readonly priceRules: readonly PriceRule[];
  readonly customerGroupMembers: readonly CustomerGroupMember[];
  readonly modelOffers: readonly ModelOffer[];
  /** Operator-applied catalogue entries as JSON documents, later than the built-in ones of the same id. */
  readonly catalogueEntries: readonly { readonly id: string; readonly document: string; readonly source: string }[];
};

/** A store that nobody configured. */
export const NO_CONFIGURATION: Omit<ConfigurationState, 'version'> = {
  organizations: [],
  projects: [],
  accessRules: [],
  guardrails: [],
  limits: [],
  contentPolicies: [],
  inactiveOwners: new Set(),
  installation: { ...INSTALLATION_DEFAULTS, revision: 1 },
  keys: [],
  connections: [],
  credentials: [],
  models: [],
  aliases: [],
  routes: [],
  identityOverrides: [],
  rateCards: [],
  priceRules: [],
  customerGroupMembers: [],
  modelOffers: [],
  catalogueEntries: [],
};
