import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createAuditDigests } from '../audit/chain.ts';
import { createAuditLog } from '../audit/log.ts';
import { createAdminTokens } from '../identity/admin-token.ts';
import { createCallsOnce } from '../identity/calls-once.ts';
import { domainOf } from '../identity/email.ts';
import { createIdempotency } from '../identity/idempotency.ts';
import { createKeyService } from '../identity/keys.ts';
import { createManagementKeyService } from '../identity/management-keys.ts';
import { createKeyHasher } from '../identity/virtual-key.ts';
import { createVisibleProjects } from '../identity/visible-projects.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import { createIdMaker, type NewWireId } from '../kernel/ids.ts';
import { systemRepeat } from '../kernel/repeat.ts';
import { Ledger } from '../ledger/ledger.ts';
import { createSealDigest } from '../ledger/seals.ts';
import type { LimitCounters } from '../limits/ports.ts';
import { createWebhookService } from '../notifications/webhooks.ts';
import { ChargeTally } from '../observability/charge-tally.ts';
import type { Logger } from '../observability/logger.ts';
import type { Reach } from '../protocol/deployment.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { type Catalogue, loadBuiltInEntries, overlayCatalogue } from '../providers/catalogue.ts';
import { createCatalogueService } from '../providers/catalogue-service.ts';
import type { ProviderHttp } from '../providers/connection-ports.ts';
import { createConnectionService } from '../providers/connections.ts';
import type { ProviderEntry } from '../providers/schema.ts';
import { loadVendors } from '../providers/vendors.ts';
import { createContentService } from '../records/contents.ts';
import type { Settings } from '../settings.ts';
import { SnapshotHolder } from '../snapshot/holder.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { openStore, type Store, type StoreLocation } from '../storage/open-store.ts';
import type { AwsSigner } from '../upstream/auth/aws-signer.ts';
import { systemResolve } from '../upstream/egress-guard.ts';
import { createGuardedFetch, type GuardedFetch } from '../upstream/guarded-fetch.ts';
import type { Upstream } from '../upstream/ports.ts';
import { createUpstream } from '../upstream/send.ts';
import { checkSecret, checkVault } from '../vault/check.ts';
import { splitCommand } from '../vault/command-line.ts';
import { type KeySource, loadKeyring } from '../vault/keyring.ts';
import { RETIRE_GRACE_MS } from '../vault/rotate.ts';
import { createRotationService } from '../vault/rotation-service.ts';
import { assertDistinct, loadPepper } from '../vault/secrets-file.ts';
import { createVault } from '../vault/vault.ts';
import { type AccountsInput, composeAccounts } from './accounts.ts';
import { createAnswerSeal, createCallAnswerSeal } from './answer-seal.ts';
import { openAwsSigning, tokenServiceTargets } from './aws-signing.ts';
import { compileSnapshot, type HubSnapshot, reachOf, type Simulated } from './compile-snapshot.ts';
import { createContentSeal } from './contents.ts';
import { agreeOnCreditWorth } from './credit-terms.ts';
import { type DataPaths, prepareDataDir } from './data-dir.ts';
import { EgressAllow } from './egress-allow.ts';
import type { HealthBus } from './health-between-processes.ts';
import { openCounters } from './limits.ts';
import { accountMail, MAIL_DRAIN_MS, openMail } from './mail.ts';
import { openMedia } from './media.ts';
import { PriceKeeper } from './price-keeper.ts';
import { createProviderHttp } from './provider-http.ts';
import { createCodeDigest } from './redemption-codes.ts';
import { createSmallestChat } from './smallest-chat.ts';
import { createStarterDigest, startersOf } from './starter-credits.ts';

export const HUB_VERSION = '0.1.0';

export type CoreInput = {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly instanceId: string;
  readonly simulated: Simulated;
  /** Shows something to whoever started the hub. */
  readonly write: (text: string) => void;
  /** The counts of limits, where another process has them for this one. */
  readonly sharedCounters?: LimitCounters | undefined;
  /** The other processes of this machine; missing where this one is alone. */
  readonly healthBus?: HealthBus | undefined;
  /** Targets that the operator's own declarations name. */
  readonly declaredTargets: (catalogue: Catalogue) => readonly string[];
};

export type Core = Awaited<ReturnType<typeof openCore>>;

/**
 * Opens what every role of the process stands on: store, secrets, vault, catalogue, the way out, the services, and the
 * snapshot. @throws whatever makes a start impossible, each with what to do
 */
export async function openCore(input: CoreInput) {
  const { settings, logger } = input;
  const clock = systemClock;
  const newId = createIdMaker(clock.now);
  const paths = prepareDataDir(settings.dataDir);
  const note: ServicesInput['note'] = (level, message, facts) => logger[level](facts, message);
  const store = openStore(storeLocation(settings), {
    clock,
    note: ({ message, cause }) => logger.warn({ cause }, message),
  });
  const builtIn = loadBuiltInEntries();
  const watchers = new Set<(snapshot: HubSnapshot) => void>();
  try {
    await store.migrate();
    const secrets = await openSecrets({ settings, environment: input.environment, paths, store, clock });
    const catalogue = createCatalogueService({ builtIn, store: store.catalogue, clock, note });
    await agreeOnCreditWorth(settings, store);
    await catalogue.reload();
    const egress = openEgress(input, catalogue.current());
    const net = { settings, environment: input.environment, clock, egress };
    const { upstream, signInFetch, ownSendOf, webhookFetchOf, netOf, awsOf, closeWaysOut } = openWaysOut(net);
    const later: { snapshot?: SnapshotHolder<HubSnapshot> } = {};
    const refreshSnapshot = async (): Promise<void> => later.snapshot?.refresh();
    const shared = { settings, store, secrets, catalogue, netOf, awsOf, clock, newId, note, refreshSnapshot };
    egress.attach(upstream);
    watchers.add((snapshot) => egress.setConnected(snapshot.declaredTargets));
    const services = createServices({ ...shared, instanceId: input.instanceId });
    const { undecryptable } = await services.rotation.status();
    const snapshot = await openSnapshot({ input, store, builtIn, catalogue, logger, watchers });
    later.snapshot = snapshot;
    const counts = await openCounters(
      { settings: settings.counters, store, snapshot, now: clock.now, logger },
      input.sharedCounters,
    );
    const isCharging = (): boolean => snapshot.current.charging !== undefined;
    const people = openPeople({ ...shared, ...services, input, refresh: refreshSnapshot, isCharging });
    return {
      ...input,
      clock,
      newId,
      paths,
      media: openMedia({ settings, paths, clock, hashKey: secrets.hashKey }),
      store,
      ...secrets,
      catalogue,
      upstream,
      signInFetch,
      ownSendOf,
      webhookFetchOf,
      netOf,
      awsOf,
      egress,
      ...services,
      snapshot,
      counts,
      tenant: DEFAULT_TENANT satisfies Tenant,
      ...people,
      audit: createAuditLog({ store: store.audit, digests: secrets.auditDigests, newId, now: clock.now }),
      /** Tells of every snapshot that comes into force from now on. */
      watchSnapshot: (watcher: (snapshot: HubSnapshot) => void) => void watchers.add(watcher),
      /** Secrets that no key at hand opened when the hub started. */
      undecryptable,
      close: async () => {
        snapshot.close();
        await people.mail.outbox.drain(MAIL_DRAIN_MS);
        people.mail.outbox.close();
        await closeWaysOut();
        // What the control plane and jobs have asked of it, too.
        await services.ledger.close();
        await counts.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What may be dialled besides the public net, as far as it is known at the start. */
function openEgress({ settings, environment, declaredTargets }: CoreInput, catalogue: Catalogue): EgressAllow {
  return new EgressAllow({
    always: [...settings.egress.allow, ...localDefaults(catalogue), ...tokenServiceTargets(environment)],
    declared: declaredTargets(catalogue),
  });
}

type OpenAccountsInput = Pick<AccountsInput, 'store' | 'clock' | 'newId' | 'refresh'> & {
  readonly input: CoreInput;
  readonly secrets: Pick<Awaited<ReturnType<typeof openSecrets>>, 'hashKey' | 'starterDigest'>;
  readonly ledger: Ledger;
  readonly isCharging: () => boolean;
};

/** People and the mails to them. Where their links lead is known for good once the hub listens. */
function openPeople({ input, secrets, ledger, store, clock, newId, refresh, isCharging }: OpenAccountsInput) {
  const { settings, write, logger } = input;
  const place = { baseUrl: settings.publicUrl ?? addressOf(settings, settings.port) };
  const mail = openMail({ settings, write, logger, installation: store.installation.get });
  const people = composeAccounts({
    store,
    clock,
    newId,
    refresh,
    hashKey: secrets.hashKey,
    starter: startersOf({ isCharging, logger, digest: secrets.starterDigest, ledger }),
    tenant: DEFAULT_TENANT,
    mail: accountMail(mail, () => place.baseUrl),
    mailKind: mail.kind,
    domains: {
      isEnforcedFor: async (email) => (await store.ssoConnections.findByDomain(domainOf(email)))?.isEnforced === true,
    },
  });
  return {
    mail,
    people,
    baseUrl: () => place.baseUrl,
    /** Tells on which port the hub listens, where nobody said under which address people reach it. */
    listensOn: (port: number): void => {
      place.baseUrl = settings.publicUrl ?? addressOf(settings, port);
    },
  };
}

/** The address at which the hub listens, as a browser on this machine would write it. */
export function addressOf({ host, tls, pathPrefix }: Settings, port: number): string {
  const scheme = tls.kind === 'off' ? 'http' : 'https';
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${shown}:${port}${pathPrefix}`;
}

type WaysOutInput = Pick<CoreInput, 'settings' | 'environment'> & {
  readonly clock: Clock;
  readonly egress: EgressAllow;
};

/** The way to providers, and what signs calls for AWS. */
function openWaysOut({ settings, environment, clock, egress }: WaysOutInput) {
  const userAgent = `aigne-hub/${HUB_VERSION}`;
  const common = {
    resolve: systemResolve,
    proxy: {
      httpsProxy: settings.egress.httpsProxy?.reveal(),
      httpProxy: settings.egress.httpProxy?.reveal(),
      noProxy: settings.egress.noProxy.join(','),
    },
    extraCaPem: settings.egress.caFile === undefined ? undefined : readFileSync(settings.egress.caFile, 'utf8'),
    userAgent,
    clock,
  };
  const upstream = createUpstream({ ...common, allow: egress.entries });
  // What callers name, and what organizations connect, is fetched from the public net alone: the operator's own addresses
  // are for the operator's providers.
  const publicNet = createUpstream({ ...common, allow: [] });
  // Who signs people in lies where the operator says, and not where any server of this machine happens to.
  const signInNet = createUpstream({ ...common, allow: settings.egress.allow });
  const signing = openAwsSigning({ clock, environment, upstream, publicNet, userAgent });
  const closeWaysOut = async (): Promise<void> => {
    await Promise.all([upstream.close(), publicNet.close(), signInNet.close()]);
    await signing.close();
  };
  const signInFetch = createGuardedFetch(signInNet.send);
  const publicFetch = createGuardedFetch(publicNet.send);
  return {
    upstream,
    signInFetch,
    /** The way of what an organization has asked of a service of its own: as webhooks go. */
    ownSendOf: (organizationId: string): Upstream['send'] =>
      reachOf(organizationId) === 'operator' ? signInNet.send : publicNet.send,
    /** The way of webhooks: the operator’s reach what the operator allows, all others the public net alone. */
    webhookFetchOf: (organizationId: string): GuardedFetch =>
      reachOf(organizationId) === 'operator' ? signInFetch : publicFetch,
    /** What may be dialled, by whose connection it is. */
    netOf: (reach: Reach): Upstream => (reach === 'operator' ? upstream : publicNet),
    awsOf: signing.signerOf,
    closeWaysOut,
  };
}

export function storeLocation(settings: Settings): StoreLocation {
  const { store } = settings;
  return store.kind === 'sqlite' ? store : { kind: 'postgres', url: store.url.reveal() };
}

type SecretsInput = {
  readonly settings: Settings;
  readonly environment: CoreInput['environment'];
  readonly paths: DataPaths;
  readonly store: Store;
  readonly clock: Clock;
};

/** The master key and the pepper, each checked against what the store was made with. */
async function openSecrets({ settings, environment, paths, store, clock }: SecretsInput) {
  const isNewStore = (await store.vault.versions()).length === 0;
  const keyring = await loadKeyring(keySource(settings, environment, isNewStore), randomBytes);
  const pepper = loadPepper({ dir: paths.secrets, fromEnvironment: environment['HUB_KEY_PEPPER'], randomBytes });
  assertDistinct([
    { name: 'the master key', bytes: keyring.newest().key },
    { name: 'the key pepper', bytes: pepper },
  ]);
  const check = await checkVault({ keyring, store: store.vault, now: clock.now });
  await checkSecret({ store: store.vault, name: 'pepper', secret: pepper });
  const { activeVersion, minDecryptionVersion } = check;
  const vault = createVault({ keyring, randomBytes, activeVersion, minDecryptionVersion });
  return {
    keyring,
    vault,
    hashKey: createKeyHasher(pepper),
    auditDigests: createAuditDigests(pepper),
    sealDigest: createSealDigest(pepper),
    starterDigest: createStarterDigest(pepper),
    codeDigest: createCodeDigest(pepper),
  };
}

export function keySource(
  { masterKey }: Settings,
  environment: CoreInput['environment'],
  isNewStore: boolean,
): KeySource {
  switch (masterKey.kind) {
    case 'file':
      return { kind: 'file', path: masterKey.path, whenMissing: isNewStore ? 'create' : 'refuse' };
    case 'env':
      return { kind: 'environment', value: masterKey.value.reveal() };
    case 'command':
      return { kind: 'command', argv: splitCommand(masterKey.command), environment };
  }
}

/** Local servers at the addresses that the catalogue knows them by may always be asked. */
function localDefaults(catalogue: Catalogue): readonly string[] {
  return catalogue.entries
    .filter((entry) => entry.local === true && entry.simulated !== true)
    .map((entry) => new URL(entry.baseUrl).host);
}

type ServicesInput = {
  readonly settings: Settings;
  readonly store: Store;
  readonly secrets: Awaited<ReturnType<typeof openSecrets>>;
  readonly catalogue: ReturnType<typeof createCatalogueService>;
  readonly netOf: (reach: Reach) => Upstream;
  readonly awsOf: (reach: Reach) => AwsSigner;
  readonly clock: Clock;
  readonly instanceId: string;
  readonly newId: NewWireId;
  readonly note: (level: 'info' | 'warn', message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Does nothing while the hub starts and has no snapshot yet. */
  readonly refreshSnapshot: () => Promise<void>;
};

/** Whose webhooks may be told what customers use. */
const operatorId = DEFAULT_TENANT.organizationId;

function createServices(input: ServicesInput) {
  const { settings, store, secrets, catalogue, netOf, awsOf, clock, newId, note } = input;
  const { vault, hashKey, keyring } = secrets;
  const shared = { hashKey, newId, randomBytes, now: clock.now };
  const http = createProviderHttp(netOf('operator'), awsOf('operator'));
  const publicHttp = createProviderHttp(netOf('public'), awsOf('public'));
  const httpOf = ({ organizationId }: Pick<Tenant, 'organizationId'>): ProviderHttp =>
    reachOf(organizationId) === 'operator' ? http : publicHttp;
  const visibleProjects = createVisibleProjects(store.projectReader);
  const charges = new ChargeTally();
  const owners = store.keyOwners;
  return {
    http,
    httpOf,
    connections: createConnectionService({
      connections: store.connections,
      credentials: store.credentials,
      models: store.models,
      catalogue: catalogue.current,
      vault,
      httpOf,
      writeSmallestChat: createSmallestChat(newId),
      clock,
      newId,
      note,
    }),
    visibleProjects,
    keys: createKeyService({ store: store.keys, projects: visibleProjects, owners, ...shared }),
    managementKeys: createManagementKeyService({ store: store.managementKeys, owners, ...shared }),
    contents: createContentService({
      store: store.contents,
      open: createContentSeal(vault).open,
      daysMax: settings.records.contentDays,
      now: clock.now,
    }),
    webhooks: createWebhookService({ store: store.webhooks, vault, operatorId, ...shared }),
    idempotency: createIdempotency({ store: store.idempotency, ...createAnswerSeal(vault), ...shared }),
    callsOnce: createCallsOnce({
      store: store.idempotentCalls,
      ...createCallAnswerSeal(vault),
      hashKey,
      instanceId: input.instanceId,
      holdsCredit: settings.credit.enabled === true,
    }),
    adminTokens: createAdminTokens({ store: store.adminTokens, ...shared }),
    ledger: new Ledger({
      store: store.ledger,
      overloaded: () => new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 }),
      onCharged: (written) => charges.count(written),
    }),
    charges,
    prices: new PriceKeeper({
      store: store.rateCards,
      proposals: store.priceProposals,
      catalogue: catalogue.current,
      clock,
      newId,
    }),
    rotation: createRotationService({
      vault,
      keyring,
      store: store.vault,
      now: clock.now,
      retireGraceMs: settings.workers === 1 && store.kind === 'sqlite' ? 0 : RETIRE_GRACE_MS,
      refreshCopies: input.refreshSnapshot,
      onError: (error) => note('warn', 'the rotation of the master key stopped', { err: error }),
    }),
  };
}

type SnapshotInput = {
  readonly watchers: ReadonlySet<(snapshot: HubSnapshot) => void>;
  readonly builtIn: readonly ProviderEntry[];
  readonly input: CoreInput;
  readonly store: Store;
  readonly catalogue: ReturnType<typeof createCatalogueService>;
  readonly logger: Logger;
};

async function openSnapshot({
  input,
  store,
  builtIn,
  catalogue,
  logger,
  watchers,
}: SnapshotInput): Promise<SnapshotHolder<HubSnapshot>> {
  const vendors = loadVendors();
  return SnapshotHolder.open<HubSnapshot>({
    store: store.configuration,
    compile: (state) =>
      compileSnapshot({
        state,
        catalogue: overlayCatalogue(builtIn, state.catalogueEntries, () => undefined),
        vendors,
        simulated: input.simulated,
        contentDaysMax: input.settings.records.contentDays,
        charging: input.settings.credit,
      }),
    repeat: systemRepeat,
    onError: (error) => logger.warn({ err: error }, 'the configuration could not be read; the last one stays in force'),
    onChange: (snapshot) => {
      logger.debug({ version: snapshot.version }, 'configuration loaded');
      // Another process may have applied catalogue entries; an unreadable one is said by the service.
      catalogue.reload().catch((error: unknown) => logger.warn({ err: error }, 'the catalogue could not be read'));
      for (const watcher of watchers) watcher(snapshot);
    },
  });
}

/** @throws GatewayError with what is wrong, for a caller of the control plane */
export function requireFound<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new GatewayError('resource.not_found');
  return value;
}

/** Does the work, then brings this process up to it; others learn of it by themselves. */
export async function changed<Result>(
  core: { readonly snapshot: Pick<Core['snapshot'], 'refresh'> },
  work: Promise<Result>,
): Promise<Result> {
  const result = await work;
  await core.snapshot.refresh();
  return result;
}
