import type {
  AliasRow,
  ConnectionRow,
  CredentialRow,
  IdentityOverrideRow,
  ModelRow,
  NewModelPolicy,
  VirtualKeyRow,
} from '../protocol/configuration.ts';
import type { Limit, LimitTerms } from '../protocol/limits.ts';
import type { RouteRow } from '../protocol/route.ts';
import type { FindIds } from './references.ts';
import type { DeclaredAlias, DeclaredConnection, DeclaredIdentity, DeclaredPrice } from './schema.ts';
import type { Secret } from './secret.ts';

/** What the store holds now, rows of every source: those of other sources are read for their names and never touched. */
export type CurrentRows = {
  readonly connections: readonly ConnectionRow[];
  readonly credentials: readonly CredentialRow[];
  readonly models: readonly ModelRow[];
  readonly aliases: readonly AliasRow[];
  readonly identityOverrides: readonly IdentityOverrideRow[];
  readonly keys: readonly VirtualKeyRow[];
  /** The prices in force that hub.yaml set. */
  readonly prices: readonly DeclaredPrice[];
  readonly routes: readonly RouteRow[];
  readonly limits: readonly Limit[];
};

/** The address that a declared connection comes to, or why it has none: no such provider, a parameter missing. */
export type ResolveBaseUrl = (
  connection: Pick<DeclaredConnection, 'providerId' | 'baseUrl' | 'params'>,
) => { readonly providerId: string; readonly baseUrl: string } | { readonly problem: string };

/** What must be asked before declared and current can be compared. */
export type ComparePorts = {
  readonly resolveBaseUrl: ResolveBaseUrl;
  /** Whether a stored credential holds exactly this secret; false where it cannot be opened. */
  readonly holdsSecret: (credential: CredentialRow, secret: Secret) => Promise<boolean>;
  /** The stored form of a virtual key's secret. */
  readonly hashKey: (secret: Secret) => string;
  readonly findIds: FindIds;
};

/** A virtual key's stored form, with what may be shown of it. `secret` is missing where the file gives the hash alone. */
export type NewDeclaredKey = {
  readonly name: string;
  readonly hash: string;
  readonly secret: Secret | undefined;
  readonly allowedModels: readonly string[] | undefined;
  readonly refusesLosses: boolean;
  readonly enabled: boolean;
  readonly expiresAt: number | undefined;
};

export type NewDeclaredConnection = Pick<
  DeclaredConnection,
  'source' | 'name' | 'providerId' | 'params' | 'enabled' | 'position'
> & {
  readonly baseUrl: string;
  readonly newModelPolicy: NewModelPolicy;
  readonly credential: NewDeclaredCredential | undefined;
};

export type NewDeclaredCredential = {
  readonly source: 'file' | 'env';
  readonly name: string;
  readonly secret: string;
  readonly weight: number;
};

/** How changes are carried out; each function acts for the installation's own tenant and may throw a GatewayError. */
export type ApplyPorts = {
  readonly connect: (connection: NewDeclaredConnection) => Promise<{ readonly id: string }>;
  /** A changed address comes with the secrets of every credential that stays, since each is sealed to its address. */
  readonly updateConnection: (id: string, change: ConnectionChange) => Promise<void>;
  readonly removeConnection: (id: string) => Promise<void>;
  readonly addCredential: (connectionId: string, credential: NewDeclaredCredential) => Promise<void>;
  readonly replaceSecret: (credentialId: string, secret: string) => Promise<void>;
  readonly setCredentialWeight: (credentialId: string, weight: number) => Promise<void>;
  readonly removeCredential: (credentialId: string) => Promise<void>;
  readonly addModel: (connectionId: string, upstreamModel: string) => Promise<void>;
  readonly removeModel: (modelId: string) => Promise<void>;
  readonly createAlias: (alias: DeclaredAlias) => Promise<void>;
  readonly removeAlias: (id: string) => Promise<void>;
  readonly createIdentityOverride: (identity: DeclaredIdentity) => Promise<void>;
  readonly removeIdentityOverride: (id: string) => Promise<void>;
  readonly setPrices: (price: DeclaredPrice) => Promise<void>;
  readonly clearPrices: (model: Pick<DeclaredPrice, 'providerId' | 'model'>) => Promise<void>;
  readonly createKey: (key: NewDeclaredKey) => Promise<void>;
  readonly updateKey: (id: string, change: KeyChange) => Promise<void>;
  readonly removeKey: (id: string) => Promise<void>;
  /** Asked once the keys are as they are declared. */
  readonly findIds: FindIds;
  readonly createRoute: (route: Pick<RouteRow, 'name' | 'definition'>) => Promise<void>;
  readonly updateRoute: (id: string, route: Pick<RouteRow, 'name' | 'definition'>) => Promise<void>;
  readonly removeRoute: (id: string) => Promise<void>;
  readonly createLimit: (terms: LimitTerms) => Promise<void>;
  readonly updateLimit: (id: string, terms: LimitTerms) => Promise<void>;
  readonly removeLimit: (id: string) => Promise<void>;
};

export type ConnectionChange = {
  readonly baseUrl?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly newModelPolicy?: NewModelPolicy | undefined;
  readonly position?: number | undefined;
  readonly secrets?: readonly { readonly credentialId: string; readonly secret: Secret }[] | undefined;
};

/** A field that is missing stays; `undefined` in `allowedModels` or `expiresAt` lifts the limit. */
export type KeyChange = Partial<Pick<VirtualKeyRow, 'allowedModels' | 'refusesLosses' | 'enabled' | 'expiresAt'>>;
