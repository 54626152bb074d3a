import type { AuditStore } from '../audit/ports.ts';
import type { CacheCountStore, SealedAnswerStore } from '../cache/ports.ts';
import type { GuardrailStore } from '../guardrails/ports.ts';
import type { IdempotentCallStore } from '../identity/call-ports.ts';
import type {
  CustomerStore,
  InvitationStore,
  MemberStore,
  OrganizationStore,
  ProjectStore,
  ServiceAccountStore,
  TeamStore,
} from '../identity/people-ports.ts';
import type {
  AccessStore,
  AccountStore,
  AdminTokenStore,
  ConnectSessionStore,
  IdempotencyStore,
  InstallationStore,
  KeyOwnerReader,
  ManagementKeyStore,
  OneTimeTokenStore,
  PlaceStore,
  ProjectReader,
  SessionStore,
  SsoConnectionStore,
  StarterCreditStore,
  ThrottleStore,
  UserIdentityStore,
  UserStore,
  VirtualKeyStore,
} from '../identity/ports.ts';
import type { JobStore } from '../jobs/ports.ts';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type {
  ChargeSums,
  HoldStore,
  JobStoreOfHolds,
  LedgerProofStore,
  LedgerReader,
  LedgerStore,
  OwedGrantStore,
  RedemptionCodeStore,
  ReviewStore,
  SealStore,
} from '../ledger/ports.ts';
import type { StatementStore } from '../ledger/statement-ports.ts';
import type { LimitStore, LimitUsesReader } from '../limits/ports.ts';
import type { SharedCountsStore } from '../limits/shared-ports.ts';
import type {
  CreditWorthStore,
  CustomerGroupStore,
  PriceProposalStore,
  PriceRuleStore,
  RateCardStore,
} from '../metering/ports.ts';
import type { CreditLeftReader, CustomerUsageStore, NotificationStore, WebhookStore } from '../notifications/ports.ts';
import type { ModelOfferStore } from '../offers/ports.ts';
import type { KitCustomerStore, KitStandingStore, KitUsageStore } from '../payments/kit-ports.ts';
import type {
  AutoTopUpStore,
  CreditNoteStore,
  PaymentAccountStore,
  PaymentEventStore,
  PurchaseStore,
} from '../payments/ports.ts';
import type { AccessRuleStore } from '../policy/ports.ts';
import type { StoreDiagnostics } from '../protocol/diagnostics.ts';
import type { RowSecurity } from '../protocol/row-security.ts';
import type {
  AliasStore,
  CatalogueStore,
  ConnectionStore,
  CredentialStore,
  IdentityOverrideStore,
  ModelStore,
} from '../providers/ports.ts';
import type { ContentStore } from '../records/content-ports.ts';
import type { RecordStore, RetentionStore } from '../records/ports.ts';
import type { EarningsStore } from '../records/revenue-ports.ts';
import type { PackStore, RollupStore, UsageStore } from '../records/usage-ports.ts';
import type { HealthSignals, RouteStore } from '../routing/ports.ts';
import type { ConfigurationStore } from '../snapshot/ports.ts';
import type { VaultStore } from '../vault/ports.ts';
import type { StoreDatabase, StoreNote } from './database.ts';
import type { Engine } from './engine.ts';
import type { IntegrityReport } from './integrity.ts';
import { checkPostgres, checkSqlite } from './integrity.ts';
import type { MigrationOutcome } from './migrate.ts';
import { migrate, readSchemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import type { PostgresLocation } from './postgres-connections.ts';
import { openPostgres } from './postgres-database.ts';
import { createAccessStore, createPlaceStore } from './repositories/access.ts';
import { createAccessRuleStore } from './repositories/access-rules.ts';
import { createAccountStore } from './repositories/accounts.ts';
import { createAuditStore } from './repositories/audit.ts';
import { createAutoTopUpStore } from './repositories/auto-top-ups.ts';
import { createAwaitedJobStore } from './repositories/awaited-jobs.ts';
import { createCacheStores } from './repositories/cached-answers.ts';
import { createCatalogueStore } from './repositories/catalogue.ts';
import { createChargeSums } from './repositories/charge-sums.ts';
import { createConfigurationStore } from './repositories/configuration.ts';
import { createConnectionStore } from './repositories/connections.ts';
import { createContentStore } from './repositories/contents.ts';
import { createCredentialStore } from './repositories/credentials.ts';
import { createCreditLeftReader } from './repositories/credit-left.ts';
import { createCreditNoteStore } from './repositories/credit-notes.ts';
import { createCustomerUsageStore } from './repositories/customer-usage.ts';
import { createCustomerStore } from './repositories/customers.ts';
import { createDiagnosticsReader } from './repositories/diagnostics.ts';
import { createEarningsStore } from './repositories/earnings.ts';
import { createGuardrailStore } from './repositories/guardrails.ts';
import { createHeldIdStore, type HeldIdStore } from './repositories/held-ids.ts';
import { createIdempotencyStore } from './repositories/idempotency.ts';
import { createIdempotentCallStore } from './repositories/idempotent-calls.ts';
import { createAdminTokenStore, createVirtualKeyStore } from './repositories/identity.ts';
import { createInstallationStore } from './repositories/installation.ts';
import { createInvitationStore } from './repositories/invitations.ts';
import { createJobStore } from './repositories/jobs.ts';
import { createKeyOwnerReader, createProjectReader } from './repositories/key-places.ts';
import { createHoldStore } from './repositories/ledger-holds.ts';
import { createReviewStore } from './repositories/ledger-oversight.ts';
import { createLedgerProofStore, createSealStore } from './repositories/ledger-proof.ts';
import { createLedgerReader } from './repositories/ledger-reads.ts';
import { createLimitUsesReader } from './repositories/limit-uses.ts';
import { createLimitStore } from './repositories/limits.ts';
import { createManagementKeyStore } from './repositories/management-keys.ts';
import { createMemberStore } from './repositories/members.ts';
import { createModelOfferStore } from './repositories/model-offers.ts';
import { createModelStore } from './repositories/models.ts';
import { createAliasStore, createIdentityOverrideStore } from './repositories/names.ts';
import { createNotificationStore } from './repositories/notifications.ts';
import { createOrganizationStore } from './repositories/organization-store.ts';
import { createOwedGrantStore } from './repositories/owed-grants.ts';
import { createKitCustomerStore } from './repositories/payment-kit-customers.ts';
import { createKitStandingStore } from './repositories/payment-kit-standing.ts';
import { createKitUsageStore } from './repositories/payment-kit-usage.ts';
import { createPaymentAccountStore, createPaymentEventStore } from './repositories/payments.ts';
import { createPriceProposalStore } from './repositories/price-proposals.ts';
import { createCreditWorthStore, createCustomerGroupStore, createPriceRuleStore } from './repositories/price-rules.ts';
import { createProjectStore } from './repositories/projects.ts';
import { createPurchaseStore } from './repositories/purchases.ts';
import { createRateCardStore } from './repositories/rate-cards.ts';
import type { SearchBounds } from './repositories/record-reach.ts';
import { createRetentionStore } from './repositories/record-retention.ts';
import { createRecordStore } from './repositories/records.ts';
import { createRedemptionCodeStore } from './repositories/redemption-codes.ts';
import { createRouteStore } from './repositories/routes.ts';
import { createServiceAccountStore } from './repositories/service-accounts.ts';
import {
  createConnectSessionStore,
  createOneTimeTokenStore,
  createSessionStore,
  createThrottleStore,
} from './repositories/sessions.ts';
import { createSharedCountsStore } from './repositories/shared-counts.ts';
import { createSsoConnectionStore } from './repositories/sso-connections.ts';
import { createStarterCreditStore } from './repositories/starter-credits.ts';
import { createStatementStore } from './repositories/statements.ts';
import { createTeamStore } from './repositories/teams.ts';
import { createUsageStore } from './repositories/usage.ts';
import { createPackStore } from './repositories/usage-packing.ts';
import { createRollupStore } from './repositories/usage-rollup.ts';
import { createUserIdentityStore } from './repositories/user-identities.ts';
import { createUserStore } from './repositories/users.ts';
import { createVaultStore } from './repositories/vault.ts';
import { createWebhookStore } from './repositories/webhooks.ts';
import { openSqlite } from './sqlite-database.ts';

const PING_TIMEOUT_MS = 2000;

/** Where a store is: a file on this machine, or a PostgreSQL database by URL. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | ({ readonly kind: 'postgres' } & PostgresLocation);

export type StoreDeps = {
  readonly clock: Clock;
  /** Told of what no caller hears of, such as an idle connection that was lost. */
  readonly note: StoreNote;
  /** The migrations of this build, unless a test brings others. */
  readonly migrations?: readonly Migration[] | undefined;
  /** How many values of what callers name freely are summed apart a day, unless a test says another number. */
  readonly usageValuesPerDayMax?: number | undefined;
  /** With how many series a kind of them is listed, unless a test says another number. */
  readonly usageListedMin?: number | undefined;
  /** How many records a view may read one by one, unless a test says another number. */
  readonly usageRecordsReadMax?: number | undefined;
  /** How much a page of records may look at, unless a test says otherwise. */
  readonly recordSearchBounds?: SearchBounds | undefined;
};

/**
 * All that the hub keeps, on either engine. Every call may reject with `hub.store_unavailable`; inserts with
 * `resource.conflict` where something of that name or id exists, and with `resource.not_found` where what the row
 * belongs to does not.
 */
export type Store = {
  readonly kind: Engine;
  readonly keys: VirtualKeyStore;
  readonly managementKeys: ManagementKeyStore;
  readonly projectReader: ProjectReader;
  readonly keyOwners: KeyOwnerReader;
  readonly idempotency: IdempotencyStore;
  readonly idempotentCalls: IdempotentCallStore;
  readonly adminTokens: AdminTokenStore;
  readonly access: AccessStore;
  readonly accounts: AccountStore;
  readonly places: PlaceStore;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly oneTimeTokens: OneTimeTokenStore;
  readonly throttles: ThrottleStore;
  readonly connectSessions: ConnectSessionStore;
  readonly audit: AuditStore;
  readonly installation: InstallationStore;
  readonly organizations: OrganizationStore;
  readonly teams: TeamStore;
  readonly projects: ProjectStore;
  readonly members: MemberStore;
  readonly invitations: InvitationStore;
  readonly serviceAccounts: ServiceAccountStore;
  readonly connections: ConnectionStore;
  readonly credentials: CredentialStore;
  readonly models: ModelStore;
  readonly aliases: AliasStore;
  readonly routes: RouteStore;
  readonly identityOverrides: IdentityOverrideStore;
  readonly accessRules: AccessRuleStore;
  readonly guardrails: GuardrailStore;
  readonly limits: LimitStore;
  readonly limitUses: LimitUsesReader;
  /** Missing where one process counts for all. */
  readonly sharedCounts: SharedCountsStore | undefined;
  readonly cachedAnswers: SealedAnswerStore;
  readonly cacheCounts: CacheCountStore;
  readonly catalogue: CatalogueStore;
  readonly rateCards: RateCardStore;
  readonly modelOffers: ModelOfferStore;
  readonly priceRules: PriceRuleStore;
  readonly customerGroups: CustomerGroupStore;
  readonly creditWorth: CreditWorthStore;
  readonly priceProposals: PriceProposalStore;
  readonly records: RecordStore;
  readonly usage: UsageStore;
  readonly usageRollups: RollupStore;
  readonly usagePacks: PackStore;
  readonly recordRetention: RetentionStore;
  readonly contents: ContentStore;
  readonly heldIds: HeldIdStore;
  readonly configuration: ConfigurationStore;
  /** Missing where one process does not hear of others through the store. */
  readonly signals: HealthSignals | undefined;
  readonly jobs: JobStore;
  readonly notifications: NotificationStore;
  readonly webhooks: WebhookStore;
  readonly ledger: LedgerStore;
  readonly ledgerHolds: HoldStore;
  readonly awaitedJobs: JobStoreOfHolds;
  readonly ledgerSeals: SealStore;
  readonly ledgerReader: LedgerReader;
  readonly chargeSums: ChargeSums;
  readonly earnings: EarningsStore;
  readonly ledgerReviews: ReviewStore;
  readonly starterCredits: StarterCreditStore;
  readonly purchases: PurchaseStore;
  readonly creditNotes: CreditNoteStore;
  readonly statements: StatementStore;
  readonly autoTopUps: AutoTopUpStore;
  readonly paymentAccounts: PaymentAccountStore;
  readonly paymentEvents: PaymentEventStore;
  readonly kitCustomers: KitCustomerStore;
  readonly kitUsage: KitUsageStore;
  readonly kitStanding: KitStandingStore;
  readonly owedGrants: OwedGrantStore;
  readonly redemptionCodes: RedemptionCodeStore;
  readonly customers: CustomerStore;
  readonly customerUsage: CustomerUsageStore;
  readonly creditLeft: CreditLeftReader;
  readonly ledgerProof: LedgerProofStore;
  readonly vault: VaultStore;
  readonly ssoConnections: SsoConnectionStore;
  readonly userIdentities: UserIdentityStore;
  /** Brings the schema up to this build; to be awaited before anything else. @throws StoreVersionError */
  readonly migrate: () => Promise<MigrationOutcome>;
  /** Whether the database itself keeps organizations apart, as it was when this store was migrated or first asked. */
  readonly rowSecurity: () => Promise<RowSecurity>;
  /** What helps to find out what is wrong with an installation; without anything that people wrote. */
  readonly diagnostics: () => Promise<StoreDiagnostics>;
  /** The newest migration that the store has seen; 0 for an empty store. */
  readonly schemaVersion: () => Promise<number>;
  /** Resolves when the store answers in time; for readiness. @throws GatewayError `hub.store_unavailable` */
  readonly ping: (timeoutMs?: number) => Promise<void>;
  /** Reads the whole store and says what is damaged. */
  readonly integrityCheck: () => Promise<IntegrityReport>;
  /** Finishes what was asked before and lets go of files, threads and sockets. */
  readonly close: () => Promise<void>;
};

/** Opens a store. Nothing is read or written before the first call. */
export function openStore(location: StoreLocation, deps: StoreDeps): Store {
  const database = location.kind === 'sqlite' ? openSqlite(location.path) : openPostgres(location, deps.note);
  return {
    kind: database.engine,
    keys: createVirtualKeyStore(database),
    managementKeys: createManagementKeyStore(database),
    projectReader: createProjectReader(database),
    keyOwners: createKeyOwnerReader(database),
    idempotency: createIdempotencyStore(database),
    idempotentCalls: createIdempotentCallStore(database, deps.clock),
    adminTokens: createAdminTokenStore(database),
    access: createAccessStore(database),
    accounts: createAccountStore(database),
    places: createPlaceStore(database),
    users: createUserStore(database),
    sessions: createSessionStore(database),
    oneTimeTokens: createOneTimeTokenStore(database),
    throttles: createThrottleStore(database),
    connectSessions: createConnectSessionStore(database),
    audit: createAuditStore(database),
    installation: createInstallationStore(database, deps.clock),
    organizations: createOrganizationStore(database),
    teams: createTeamStore(database),
    projects: createProjectStore(database),
    members: createMemberStore(database),
    invitations: createInvitationStore(database),
    serviceAccounts: createServiceAccountStore(database),
    connections: createConnectionStore(database),
    credentials: createCredentialStore(database),
    models: createModelStore(database),
    aliases: createAliasStore(database),
    routes: createRouteStore(database),
    identityOverrides: createIdentityOverrideStore(database),
    accessRules: createAccessRuleStore(database),
    guardrails: createGuardrailStore(database),
    limits: createLimitStore(database),
    limitUses: createLimitUsesReader(database),
    ...createCacheStores(database),
    sharedCounts: database.engine === 'postgres' ? createSharedCountsStore(database, deps.clock.now) : undefined,
    catalogue: createCatalogueStore(database),
    rateCards: createRateCardStore(database),
    modelOffers: createModelOfferStore(database),
    priceRules: createPriceRuleStore(database),
    customerGroups: createCustomerGroupStore(database),
    creditWorth: createCreditWorthStore(database),
    priceProposals: createPriceProposalStore(database),
    records: createRecordStore(database, deps.recordSearchBounds),
    usage: createUsageStore(database, deps),
    recordRetention: createRetentionStore(database),
    contents: createContentStore(database),
    usageRollups: createRollupStore(database, deps.usageValuesPerDayMax),
    usagePacks: createPackStore(database, deps.usageListedMin),
    heldIds: createHeldIdStore(database),
    configuration: createConfigurationStore(database),
    signals: database.signals,
    jobs: createJobStore(database, deps.clock),
    notifications: createNotificationStore(database),
    webhooks: createWebhookStore(database),
    ...storesOfCredit(database),
    vault: createVaultStore(database),
    ssoConnections: createSsoConnectionStore(database),
    userIdentities: createUserIdentityStore(database),
    async migrate() {
      const outcome = await database.migrating((session) => migrate(session, deps.migrations ?? MIGRATIONS));
      tellRowSecurity(await database.ensureRowSecurity(), deps.note);
      return outcome;
    },
    diagnostics: createDiagnosticsReader(database),
    rowSecurity: () => database.rowSecurity(),
    schemaVersion: () => database.migrating(readSchemaVersion),
    ping: (timeoutMs = PING_TIMEOUT_MS) => answering(timeoutMs, database),
    integrityCheck: () => (location.kind === 'sqlite' ? checkSqlite(location.path) : checkPostgres(database)),
    close: () => database.close(),
  };
}

function tellRowSecurity(security: RowSecurity, note: StoreNote): void {
  if (security.state !== 'off') return;
  const message = 'row-level security is off: the hub alone keeps organizations apart, not the database as well';
  note({ message, cause: `${security.reason} ${security.remedy}` });
}

async function answering(timeoutMs: number, database: StoreDatabase): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const cause = new Error(`no answer within ${timeoutMs} ms`);
    timer = setTimeout(() => reject(new GatewayError('hub.store_unavailable', { cause })), timeoutMs);
  });
  try {
    await Promise.race([database.ping(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Credit, what is held and charged of it, and what follows from it. */
function storesOfCredit(database: StoreDatabase) {
  return {
    ledger: { transact: database.transactLedger },
    ledgerHolds: createHoldStore(database),
    awaitedJobs: createAwaitedJobStore(database),
    ledgerSeals: createSealStore(database),
    ledgerReader: createLedgerReader(database),
    chargeSums: createChargeSums(database),
    earnings: createEarningsStore(database),
    ledgerReviews: createReviewStore(database),
    starterCredits: createStarterCreditStore(database),
    purchases: createPurchaseStore(database),
    creditNotes: createCreditNoteStore(database),
    statements: createStatementStore(database),
    autoTopUps: createAutoTopUpStore(database),
    paymentAccounts: createPaymentAccountStore(database),
    paymentEvents: createPaymentEventStore(database),
    kitCustomers: createKitCustomerStore(database),
    kitUsage: createKitUsageStore(database),
    kitStanding: createKitStandingStore(database),
    owedGrants: createOwedGrantStore(database),
    redemptionCodes: createRedemptionCodeStore(database),
    customers: createCustomerStore(database),
    customerUsage: createCustomerUsageStore(database),
    creditLeft: createCreditLeftReader(database),
    ledgerProof: createLedgerProofStore(database),
  } satisfies Partial<Store>;
}
