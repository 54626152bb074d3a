import type { IncomingMessage } from 'node:http';
import type { AuditLog } from '../audit/log.ts';
import type { GuardrailService } from '../guardrails/guardrail-service.ts';
import type { Accounts, Begun, NewAccount, Origin } from '../identity/accounts.ts';
import type { ConnectSessions } from '../identity/connect-sessions.ts';
import type { Idempotency } from '../identity/idempotency.ts';
import type { InvitationService } from '../identity/invitations.ts';
import type { KeyService } from '../identity/keys.ts';
import type { ManagementKeyService } from '../identity/management-keys.ts';
import type { MemberService } from '../identity/members.ts';
import type { OrganizationService } from '../identity/organizations.ts';
import type { People } from '../identity/people.ts';
import type { InstallationStore, Recipient } from '../identity/ports.ts';
import type { ProjectService } from '../identity/projects.ts';
import type { ServiceAccountService } from '../identity/service-accounts.ts';
import type { Sessions } from '../identity/sessions.ts';
import type { SsoConnectionService } from '../identity/sso/connections.ts';
import type { SsoBeginning, SsoService } from '../identity/sso/service.ts';
import type { SsoSignIn } from '../identity/sso/sign-in.ts';
import type { TeamService } from '../identity/teams.ts';
import type { VisibleProjects } from '../identity/visible-projects.ts';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import type { Delay, Repeat } from '../kernel/repeat.ts';
import type { RedemptionCodes } from '../ledger/redemption-codes.ts';
import type { LimitService } from '../limits/limit-service.ts';
import type { PriceProposalService } from '../metering/price-proposal-service.ts';
import type { CustomerGroupService, PriceRuleService } from '../metering/price-rule-service.ts';
import type { NotificationStore } from '../notifications/ports.ts';
import type { WebhookService } from '../notifications/webhooks.ts';
import type { ChargingService } from '../offers/charging-service.ts';
import type { OfferService } from '../offers/offer-service.ts';
import type { AccessRuleService } from '../policy/access-rule-service.ts';
import type {
  AliasRow,
  ConnectionRow,
  CredentialRow,
  IdentityOverrideRow,
  ModelFacts,
  ModelRow,
  NewModelPolicy,
} from '../protocol/configuration.ts';
import type { Installation } from '../protocol/installation.ts';
import type { Access, Actor } from '../protocol/people.ts';
import type { ModelAtProvider, Price, RateCard } from '../protocol/rate-card.ts';
import type { RouteTimeouts } from '../protocol/route.ts';
import type { RowSecurity } from '../protocol/row-security.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { ContentService } from '../records/contents.ts';
import type { UsageWatch } from '../records/usage-watch.ts';
import type { VaultStatus } from '../vault/rotation-service.ts';
import type { CacheServices } from './cache/services.ts';
import type { CreditServices } from './credit/credit-services.ts';
import type { CustomerServices } from './customers/customer-services.ts';
import type { RouteServices } from './model-routes/route-services.ts';
import type { CallableModels } from './models/callable-model.ts';
import type { PaymentServices } from './payments/payment-services.ts';
import type { StatementServices } from './statements/statement-services.ts';
import type { Diagnostics } from './system/diagnostics.ts';
import type { UsageServices } from './usage/usage-services.ts';

/**
 * Everything that the routes of the control plane call. The composition root satisfies it with the stages' own services;
 * tests satisfy it in memory.
 *
 * Two conventions hold throughout. A `get` of something that is not there gives `undefined`; every other function that is
 * handed an unknown id throws `resource.not_found`. What hub.yaml declares is refused with `resource.read_only`, a name
 * that is taken with `resource.conflict`. All are GatewayErrors.
 */
export type ControlServices = {
  readonly access: AccessServices;
  /** Under which origin a request reached the hub, and whether over TLS. */
  readonly reachedAt: (request: IncomingMessage) => { readonly origin: string; readonly isSecure: boolean };
  /** The caller's address, behind proxies that are trusted. */
  readonly clientAddress: (request: IncomingMessage) => string | undefined;
  readonly newRequestId: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Notes an error that a caller is told about only by its code. */
  readonly reportError: (report: { readonly requestId: string; readonly error: unknown }) => void;
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, 'list' | 'end' | 'endAll'>;
  readonly people: People;
  readonly signIn: SignInServices;
  readonly connect: ConnectSessions;
  readonly sso: SsoServices;
  readonly audit: AuditLog;
  readonly installation: InstallationStore;
  /** Sends a mail that says nothing but that it came, and waits for what comes of it. @throws mail.no_server, mail.not_sent */
  readonly sendTestMail: (to: Recipient) => Promise<void>;
  readonly organizations: OrganizationService;
  readonly teams: TeamService;
  readonly projects: ProjectService;
  readonly members: MemberService;
  readonly invitations: Omit<InvitationService, 'find' | 'accept'>;
  readonly serviceAccounts: ServiceAccountService;
  readonly accessRules: AccessRuleService;
  readonly guardrails: GuardrailService;
  readonly limits: LimitService;
  readonly cache: CacheServices;
  readonly connections: ConnectionServices;
  readonly credentials: CredentialServices;
  readonly models: ModelServices;
  /** What a project may call, whichever key of it. */
  readonly callableModels: (project: Tenant) => CallableModels;
  readonly aliases: AliasServices;
  readonly routes: RouteServices;
  readonly identityOverrides: IdentityOverrideServices;
  readonly prices: PriceServices;
  readonly priceRules: PriceRuleService;
  readonly priceProposals: PriceProposalService;
  readonly customerGroups: CustomerGroupService;
  readonly offers: OfferService;
  readonly charging: ChargingService;
  readonly keys: KeyService;
  readonly managementKeys: ManagementKeyService;
  readonly visibleProjects: VisibleProjects;
  readonly idempotency: Pick<Idempotency, 'begin' | 'finish'>;
  readonly usage: UsageServices;
  readonly usageWatch: UsageWatch;
  readonly notifications: Pick<
    NotificationStore,
    'list' | 'isThere' | 'countUnread' | 'markRead' | 'mutedKinds' | 'setMutedKinds'
  >;
  /** As {@link ControlServices.usageWatch}, of notifications. */
  readonly notificationWatch: UsageWatch;
  readonly webhooks: WebhookService;
  readonly contents: Omit<ContentService, 'removeExpired'>;
  readonly credit: CreditServices;
  readonly payments: PaymentServices;
  readonly statements: StatementServices;
  readonly customers: CustomerServices;
  readonly redemptionCodes: RedemptionCodes;
  readonly repeat: Repeat;
  readonly delay: Delay;
  readonly catalogue: CatalogueServices;
  readonly probe: ProbeServices;
  readonly vault: VaultServices;
  readonly config: ConfigServices;
  readonly system: SystemServices;
};

/** Who calls, and what they may do. */
export type AccessServices = {
  /** Whose token it is: the admin's or a management key's; `undefined` for any other. Compares in constant time. */
  readonly ofBearer: (token: string, address: string | undefined) => Promise<Actor | undefined>;
  /** Whose session it is; `undefined` for one that ended or never was. */
  readonly ofSession: (token: string) => Promise<Actor | undefined>;
  /**
   * The actor in the organization that is named, or where none is, in its own.
   * @throws resource.not_found for one that the actor has nothing to do with, as for one that is not there
   */
  readonly within: (actor: Actor, organizationId: string | undefined) => Promise<Access>;
  /** The actor as who runs the installation, in the installation's own organization; without a permission where it does not. */
  readonly toInstallation: (actor: Actor) => Access;
};

/** What the pages of signing in need beyond accounts. */
export type SignInServices = {
  readonly options: () => Promise<{
    readonly installation: Installation;
    readonly needsSetup: boolean;
    readonly mail: 'smtp' | 'console';
    readonly signIns: readonly SignInElsewhere[];
  }>;
  /** The sign-in elsewhere that people of the address's domain use; `undefined`: a password. */
  readonly wayIn: (email: string) => Promise<SignInElsewhere | undefined>;
  /** @throws auth.link_invalid */
  readonly lookAtInvitation: (token: string) => Promise<InvitationLook>;
  /** Makes an account for the address that the link was sent to, with the membership. @throws auth.link_invalid */
  readonly signUpInvited: (
    wanted: Omit<NewAccount, 'email'> & { readonly token: string },
    origin: Origin,
  ) => Promise<Begun>;
  readonly acceptInvitation: (token: string, userId: string) => Promise<void>;
  /** Ends the session. Gives where to go on to sign out elsewhere, too. */
  readonly signOut: (session: { readonly userId: string; readonly sessionId: string }) => Promise<string | undefined>;
};

/** What an invitation's link is for. */
export type InvitationLook = {
  readonly organization: string;
  readonly email: string;
  readonly role: string;
  readonly hasAccount: boolean;
};

/** Signing in by providers elsewhere. */
export type SsoServices = {
  readonly connections: SsoConnectionService;
  readonly test: SsoService['test'];
  /** The path that stands before every address of the hub. */
  readonly pathPrefix: string;
  /** Where a provider sends people back to, by the connection. */
  readonly redirectUri: (connectionId: string) => string;
  /** @throws sso.…, resource.not_found, auth.throttled */
  readonly begin: (wanted: {
    readonly connectionId: string;
    readonly returnTo: string;
    readonly address: string | undefined;
  }) => Promise<SsoBeginning>;
  readonly finish: SsoSignIn;
};

export type SignInElsewhere = { readonly id: string; readonly name: string; readonly preset: string | undefined };

export type ConnectionServices = {
  readonly list: (tenant: Tenant) => Promise<readonly ConnectionRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<ConnectionRow | undefined>;
  /** Connects a catalogue entry, stores the secret sealed and lists the models once; a failed listing does not undo it. */
  readonly create: (tenant: Tenant, input: NewConnection) => Promise<CreatedConnection>;
  /** With `ifRevision` only while that is its revision, here and below. @throws resource.changed */
  readonly update: (
    tenant: Tenant,
    id: string,
    change: ConnectionChange,
    ifRevision?: number,
  ) => Promise<ConnectionRow>;
  /** Removes it with its credentials and models. */
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<void>;
  readonly refresh: (tenant: Tenant, id: string) => Promise<RefreshOutcome>;
  readonly test: (tenant: Tenant, id: string) => Promise<TestReport>;
};

export type NewConnection = {
  readonly providerId: string;
  /** The provider's id when it is not given. */
  readonly name: string | undefined;
  /** The catalogue entry's own when it is not given. */
  readonly baseUrl: string | undefined;
  /** Fills the placeholders of the entry's base URL, such as `region`. */
  readonly params: Readonly<Record<string, string>>;
  readonly newModelPolicy: NewModelPolicy;
  readonly position: number | undefined;
  readonly credential: NewCredential | undefined;
};

export type CreatedConnection = { readonly connection: ConnectionRow; readonly refresh: RefreshOutcome };

/** A changed `baseUrl` needs its secrets again, since a stored secret is bound to the address it was given for. */
export type ConnectionChange = {
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly newModelPolicy?: NewModelPolicy | undefined;
  readonly position?: number | undefined;
  readonly timeouts?: RouteTimeouts | undefined;
  readonly secrets?: readonly { readonly credentialId: string; readonly secret: string }[] | undefined;
};

/** What a listing of the provider's models changed; `error` says why there was none. */
export type RefreshOutcome = {
  readonly added: readonly string[];
  readonly withdrawn: readonly string[];
  readonly returned: readonly string[];
  readonly error: string | undefined;
};

export type TestReport = { readonly ok: boolean; readonly results: readonly TestResult[] };

/** One thing that was tried against the provider. */
export type TestResult = {
  readonly credentialId: string | undefined;
  /** What was tried, such as `models` or `chat`. */
  readonly step: string;
  readonly ok: boolean;
  readonly httpStatus: number | undefined;
  readonly latencyMs: number | undefined;
  /** What went wrong or what was seen, in a sentence without secrets. */
  readonly message: string | undefined;
};

export type CredentialServices = {
  readonly list: (tenant: Tenant, connectionId: string) => Promise<readonly CredentialRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<CredentialRow | undefined>;
  readonly create: (tenant: Tenant, connectionId: string, input: NewCredential) => Promise<CredentialRow>;
  readonly update: (
    tenant: Tenant,
    id: string,
    change: CredentialChange,
    ifRevision?: number,
  ) => Promise<CredentialRow>;
  readonly replaceSecret: (tenant: Tenant, id: string, secret: string, ifRevision?: number) => Promise<CredentialRow>;
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<void>;
  readonly test: (tenant: Tenant, id: string) => Promise<TestReport>;
};

export type NewCredential = {
  readonly name: string | undefined;
  readonly secret: string;
  readonly weight: number | undefined;
};

export type CredentialChange = {
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
  readonly enabled?: boolean | undefined;
};

export type ModelServices = {
  readonly list: (tenant: Tenant, connectionId: string) => Promise<readonly ModelRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<ModelRow | undefined>;
  readonly add: (
    tenant: Tenant,
    connectionId: string,
    input: { readonly upstreamModel: string; readonly facts: ModelFacts },
  ) => Promise<ModelRow>;
  readonly setState: (tenant: Tenant, id: string, state: NewModelPolicy) => Promise<ModelRow>;
  readonly remove: (tenant: Tenant, id: string) => Promise<void>;
};

export type AliasServices = {
  readonly list: (tenant: Tenant) => Promise<readonly AliasRow[]>;
  readonly create: (tenant: Tenant, input: { readonly name: string; readonly target: string }) => Promise<AliasRow>;
  readonly remove: (tenant: Tenant, id: string) => Promise<void>;
};

export type IdentityOverrideServices = {
  readonly list: (tenant: Tenant) => Promise<readonly IdentityOverrideRow[]>;
  readonly create: (
    tenant: Tenant,
    input: { readonly providerId: string; readonly upstreamModel: string; readonly canonicalModel: string },
  ) => Promise<IdentityOverrideRow>;
  readonly remove: (tenant: Tenant, id: string) => Promise<void>;
};

export type PriceServices = {
  /** The card in force now for each model that a connection offers; `card` is missing where no price is known. */
  readonly inForce: (tenant: Tenant) => Promise<readonly PricedModel[]>;
  /** Every version of one model's cards that is known, newest first. */
  readonly history: (tenant: Tenant, model: ModelAtProvider) => Promise<readonly RateCard[]>;
  /** Adds a version of the operator's own card; earlier ones stay. */
  readonly set: (
    tenant: Tenant,
    input: ModelAtProvider & { readonly effectiveFrom: number | undefined; readonly prices: readonly Price[] },
  ) => Promise<RateCard>;
};

export type PricedModel = ModelAtProvider & { readonly card: RateCard | undefined };

export type CatalogueServices = {
  readonly list: () => Promise<readonly CatalogueProvider[]>;
  readonly get: (id: string) => Promise<CatalogueProvider | undefined>;
  /** What a catalogue would change, without changing it. @throws request.invalid with every problem in `details` */
  readonly compare: (from: CatalogueOrigin) => Promise<CatalogueDifference>;
  /** Applies a catalogue and gives what that changed. @throws request.invalid as `compare` does */
  readonly apply: (from: CatalogueOrigin) => Promise<CatalogueDifference>;
  /** Takes back an applied entry; a built-in one of the same id is in force again. */
  readonly remove: (id: string) => Promise<void>;
};

export type CatalogueOrigin =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'document'; readonly document: JsonValue; readonly name: string };

export type CatalogueProvider = {
  /** An operator’s own: no build has it. */
  readonly isOperators?: boolean | undefined;
  readonly id: string;
  readonly name: string;
  /** Where its facts come from. */
  readonly docs: string;
  readonly baseUrl: string;
  /** Placeholders of the base URL that a connection has to fill. */
  readonly params: readonly string[];
  readonly needsCredential: boolean;
  readonly local: boolean;
  readonly speaks: readonly {
    readonly operation: string;
    readonly dialect: string;
    /** Whether this build can speak that dialect. */
    readonly supported: boolean;
  }[];
  readonly origin: 'built_in' | 'applied';
  /** The entry as its schema writes it. */
  readonly document: JsonObject;
};

export type CatalogueDifference = {
  readonly added: readonly string[];
  readonly changed: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly unchanged: readonly string[];
};

export type ProbeServices = {
  /** Tries a server that the hub has never heard of: its model list, a one-token chat and an embedding. */
  readonly probe: (input: { readonly baseUrl: string; readonly secret: string | undefined }) => Promise<ProbeReport>;
};

export type ProbeReport = {
  readonly baseUrl: string;
  /** The wire format that was recognised. */
  readonly dialect: string | undefined;
  readonly results: readonly TestResult[];
  readonly models: readonly string[];
  /** A catalogue entry to apply, in the catalogue's own schema; missing where nothing was recognised. */
  readonly proposedEntry: JsonObject | undefined;
};

export type VaultServices = {
  readonly status: () => Promise<VaultStatus>;
  /** Begins (or goes on with) sealing every secret under a new version of the master key; `status` shows how far it is. */
  readonly rotate: () => Promise<VaultStatus>;
};

export type ConfigServices = {
  readonly status: () => Promise<ConfigStatus>;
  /** Reads hub.yaml again and brings the store up to it; a dry run only says what it would do. */
  readonly apply: (mode: 'apply' | 'dry_run') => Promise<ConfigOutcome>;
};

export type ConfigStatus = {
  readonly path: string | undefined;
  readonly appliedAt: number | undefined;
  /** The version that every change of configuration raises. */
  readonly version: number;
};

export type ConfigOutcome = {
  readonly applied: boolean;
  /** One sentence per change, in order; secrets are never in it. */
  readonly changes: readonly { readonly action: 'create' | 'update' | 'remove'; readonly sentence: string }[];
  /** What stands in the way, with the place in the file; nothing is applied while there is any. */
  readonly problems: readonly { readonly place: string; readonly message: string }[];
};

export type SystemServices = {
  readonly info: () => Promise<HubInfo>;
  readonly settings: () => Promise<readonly SettingSummary[]>;
  readonly jobs: () => Promise<
    readonly {
      readonly name: string;
      readonly nextDueAt: number;
      readonly lastRunAt: number | undefined;
      readonly lastError: string | undefined;
    }[]
  >;
  /** What the hub knows without asking anybody. */
  readonly health: (tenant: Tenant) => Promise<HealthReport>;
  /** Asks the store and every enabled connection; costs a call to each provider. */
  readonly checkHealth: (tenant: Tenant) => Promise<HealthReport>;
  /** What to hand to somebody who is asked for help: nothing secret, nothing that requests held. */
  readonly diagnostics: () => Promise<Diagnostics>;
  /** Writes a consistent copy of the store while the hub runs. @throws resource.conflict when the target exists */
  readonly backup: (target: string) => Promise<BackupOutcome>;
  /** Makes a new admin token and ends the old ones. */
  readonly newAdminToken: () => Promise<string>;
};

export type HubInfo = {
  readonly version: string;
  readonly nodeVersion: string;
  readonly instanceId: string;
  readonly startedAt: number;
  /** Who pays the providers: the organization itself, or the operator who bills credits. */
  readonly mode: 'enterprise' | 'service_provider';
  /** Whether the simulated provider answers. */
  readonly simulated: boolean;
  readonly store: 'sqlite' | 'postgres';
  readonly rowSecurity: RowSecurity;
  readonly schemaVersion: string;
  readonly configurationVersion: number;
};

export type SettingSummary = {
  readonly name: string;
  readonly origin: 'default' | 'environment' | 'file' | 'flag';
  /** A setting that holds a secret is shown as set or not set. */
  readonly secret: boolean;
  readonly value: JsonValue | undefined;
};

export type HealthState = 'ok' | 'degraded' | 'failed' | 'unknown';

export type HealthReport = {
  readonly state: HealthState;
  readonly checks: readonly {
    readonly name: string;
    readonly state: HealthState;
    readonly message: string | undefined;
  }[];
  readonly connections: readonly {
    readonly connectionId: string;
    readonly name: string;
    readonly state: HealthState;
    readonly message: string | undefined;
  }[];
};

/** What a backup wrote; for PostgreSQL without its tools at hand, the command to run instead. */
export type BackupOutcome =
  | { readonly kind: 'written'; readonly path: string; readonly bytes: number; readonly keyFingerprint: string }
  | { readonly kind: 'run_this'; readonly command: string };
