import type { DataplaneSnapshot } from '../dataplane/ports.ts';
import { compileGuardrails, type OrganizationGuardrails } from '../guardrails/applicable.ts';
import { compileLimits, type OrganizationLimits } from '../limits/applicable.ts';
import { createTermsResolver, type ResolveTerms } from '../metering/price-rules.ts';
import { createCardResolver, type ResolveCard } from '../metering/resolve-card.ts';
import { compilePatterns } from '../policy/patterns.ts';
import { type BrokenStreamPolicy, DEFAULT_BROKEN_STREAM_POLICY } from '../protocol/broken-streams.ts';
import { type ChargingSaid, type ChargingTerms, isCharging, termsOfCharging } from '../protocol/charging.ts';
import type { ConfigurationState, ConnectionRow, CredentialRow, VirtualKeyRow } from '../protocol/configuration.ts';
import type { AuthScheme, ConnectionTarget, Reach } from '../protocol/deployment.ts';
import type { GuestPlayground } from '../protocol/installation.ts';
import type { CreditSale } from '../protocol/payments.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import { createModelIdentity } from '../providers/model-identity.ts';
import type { ProviderEntry } from '../providers/schema.ts';
import type { Vendor } from '../providers/vendors.ts';
import type { ModelDirectory } from '../routing/directory.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { type CompiledAccess, compileAccess, type KeyAccess } from './compile-access.ts';
import { compileDirectories, type LiveConnection } from './compile-directories.ts';
import { defaultTermsOf } from './credit-terms.ts';

/** The configuration in the form in which this process works with it. */
export type HubSnapshot = DataplaneSnapshot & {
  /** Every model of the operator's connections. */
  readonly directory: ModelDirectory;
  readonly connections: readonly ConnectionTarget[];
  /** `host:port` of the connections that the operator declared or the hub found: what may be dialled wherever it lies. */
  readonly declaredTargets: readonly string[];
  /** Keys by the hash in force and by the one before the last rotation. */
  readonly keysByHash: ReadonlyMap<string, VirtualKeyRow>;
  readonly accessOf: (key: VirtualKeyRow) => KeyAccess;
  /** What a project may call, whichever key of it; `undefined` where it is not there or is archived. */
  readonly modelsOf: CompiledAccess['ofProject'];
  readonly resolveCard: ResolveCard;
  readonly guestPlayground: GuestPlayground;
  /** The key of visitors’ calls; `undefined` where there is none. */
  readonly guestKey: VirtualKeyRow | undefined;
  /** How calls are paid for with credit; `undefined` while nobody is charged. */
  readonly charging: ChargingTerms | undefined;
  /** Whether visitors see what models cost. */
  readonly showsPrices: boolean;
  /** Who makes the models of that name, as it is known to everybody; `undefined` where the name does not say. */
  readonly makerOf: (name: string) => string | undefined;
  /** The name under which customers know a model of the operator’s, by the provider’s id of it. */
  readonly soldAs: (upstreamModel: string) => string;
  /** The same, and what it would be: calls that began before it was switched off are paid on these terms, too. */
  readonly chargingTerms: ChargingTerms;
  /** Whether the hub itself sells credit. */
  readonly isCreditSold: boolean;
  /** On what terms calls are paid that cost what they do. */
  readonly resolveTerms: ResolveTerms;
  readonly customerGroupOf: (organizationId: string) => string | undefined;
  readonly brokenStreamPolicyOf: (organizationId: string) => BrokenStreamPolicy;
  /** Since when answers that were kept are given again to an organization; `undefined`: whatever is kept. */
  readonly cacheClearedAtOf: (organizationId: string) => number | undefined;
  /** What organizations have looked for; those that have nothing are missing. */
  readonly guardrails: ReadonlyMap<string, OrganizationGuardrails>;
  /** What organizations limit; those that limit nothing are missing. */
  readonly limits: ReadonlyMap<string, OrganizationLimits>;
  /** What a platform calls the organization. */
  readonly externalIdOf: (organizationId: string) => string | undefined;
};

export type CompileInput = {
  readonly state: ConfigurationState;
  readonly catalogue: Catalogue;
  readonly vendors: readonly Vendor[];
  readonly simulated: Simulated;
  /** Days for which contents of requests may be stored at most. */
  readonly contentDaysMax: number;
  /** What the settings say of paying with credit. */
  readonly charging: ChargingSaid;
};

/**
 * Where this process's simulated provider listens, and whether it answers beside real connections (`on`) or only while
 * there is none (`auto`); `undefined` while it is switched off.
 */
export type Simulated = { readonly origin: string; readonly mode: 'auto' | 'on' } | undefined;

/** Store rows → what requests run on. Whatever can be worked out once is worked out here and not per request. */
export function compileSnapshot(input: CompileInput): HubSnapshot {
  const { state, catalogue, vendors } = input;
  // Models are named alike for everybody, so that one organization's corrections are not the others'.
  const corrections = state.identityOverrides.filter(isOperators);
  const identity = createModelIdentity({ vendors, entries: catalogue.entries, corrections });
  const live = liveConnections(input);
  const soldAs = new Map(corrections.map((row) => [row.upstreamModel, row.canonicalModel]));
  const makers = new Map(vendors.map(({ id, name }) => [id, name]));
  const isPaidFor = isCharging(input.charging, state.installation.charging);
  const chargingTerms = termsOfCharging(input.charging, state.installation.charging);
  const directories = compileDirectories({ state, live, catalogue, identity, vendors, isCharging: isPaidFor });
  const access = compileAccess(state, directories, input.contentDaysMax);
  const groups = new Map(state.customerGroupMembers.map((each) => [each.organizationId, each.customerGroupId]));
  const brokenStreams = new Map(state.organizations.map((each) => [each.id, each.brokenStreamPolicy]));
  const cacheCleared = new Map(state.organizations.map((each) => [each.id, each.cacheClearedAt]));
  const externalIds = new Map(state.organizations.map((each) => [each.id, each.externalId]));
  const limits = compileLimits(state.limits, compilePatterns);
  return {
    version: state.version,
    keysByHash: keysByHash(state.keys),
    directory: directories.shared,
    offered: { directory: directories.offered, denialOf: undefined, offers: directories.offers },
    accessOf: access.of,
    modelsOf: access.ofProject,
    allowsOrigin: access.allowsOrigin,
    connections: live.map(({ target }) => target),
    declaredTargets: state.connections
      .filter((row) => isOperators(row) && row.source !== 'store')
      .map((row) => targetOf(row.baseUrl)),
    resolveCard: createCardResolver(state.rateCards),
    guestPlayground: state.installation.guestPlayground,
    guestKey: guestKeyOf(state),
    charging: isPaidFor ? chargingTerms : undefined,
    chargingTerms,
    isCreditSold: isSold(state.installation.creditSale),
    showsPrices: isPaidFor && state.installation.publicPrices,
    soldAs: (upstreamModel) => soldAs.get(upstreamModel) ?? identity.canonicalName(upstreamModel),
    makerOf: (name) => makers.get(identity.vendorOf(name) ?? ''),
    resolveTerms: createTermsResolver(state.priceRules, defaultTermsOf(chargingTerms)),
    customerGroupOf: (organizationId) => groups.get(organizationId),
    brokenStreamPolicyOf: (organizationId) => brokenStreams.get(organizationId) ?? DEFAULT_BROKEN_STREAM_POLICY,
    guardrails: compileGuardrails(state.guardrails, compilePatterns),
    limits,
    cacheClearedAtOf: (organizationId) => cacheCleared.get(organizationId),
    externalIdOf: (organizationId) => externalIds.get(organizationId),
  };
}

/** Rows of the default organization are the operator's: what they offer is shared, and what they name may be dialled. */
function isOperators({ organizationId }: { readonly organizationId: string }): boolean {
  return organizationId === DEFAULT_TENANT.organizationId;
}

/** What may be dialled for an organization's connections. */
export function reachOf(organizationId: string): Reach {
  return organizationId === DEFAULT_TENANT.organizationId ? 'operator' : 'public';
}

/** A secret counts from its hash in force, or from the one before; of two keys that would share one, from the former. */
function keysByHash(keys: readonly VirtualKeyRow[]): ReadonlyMap<string, VirtualKeyRow> {
  const found = new Map<string, VirtualKeyRow>();
  for (const key of keys) if (key.previousHash !== undefined) found.set(key.previousHash, key);
  for (const key of keys) found.set(key.hash, key);
  return found;
}

function guestKeyOf({ keys, installation: { guestPlayground } }: ConfigurationState): VirtualKeyRow | undefined {
  const { keyId } = guestPlayground;
  return keyId === undefined ? undefined : keys.find(({ id }) => id === keyId);
}

/** The connections that calls may use: switched on, known, and of an organization that may have its own. */
function liveConnections({ state, catalogue, simulated }: CompileInput): readonly LiveConnection[] {
  const credentialsOf = Map.groupBy(state.credentials, (credential) => credential.connectionId);
  const isReal = (row: ConnectionRow): boolean =>
    isOperators(row) && row.enabled && catalogue.find(row.providerId)?.simulated !== true;
  const isReplaced = simulated?.mode === 'auto' && state.connections.some(isReal);
  const mayHaveOwn = organizationsWithOwn(state);
  const live: LiveConnection[] = [];
  for (const row of state.connections) {
    const entry = catalogue.find(row.providerId);
    if (!row.enabled || entry === undefined) continue;
    if (!isOperators(row) && (entry.simulated === true || !mayHaveOwn.has(row.organizationId))) continue;
    if (entry.simulated === true && (simulated === undefined || isReplaced)) continue;
    const credentials = (credentialsOf.get(row.id) ?? []).filter(
      ({ organizationId }) => organizationId === row.organizationId,
    );
    live.push({ row, ...compileConnection(row, entry, credentials, simulated?.origin) });
  }
  return live;
}

function organizationsWithOwn({ organizations, installation }: ConfigurationState): ReadonlySet<string> {
  const having = organizations.filter(
    (row) => row.state === 'active' && (row.ownCredentialsAllowed ?? installation.ownCredentials),
  );
  return new Set(having.map(({ id }) => id));
}

function compileConnection(
  row: ConnectionRow,
  entry: ProviderEntry,
  credentials: readonly CredentialRow[],
  simulatedOrigin: string | undefined,
): { readonly target: ConnectionTarget; readonly basePath: string } {
  const usable = credentials.filter((credential) => credential.state === 'active');
  const base = new URL(
    entry.simulated === true && simulatedOrigin !== undefined ? `${simulatedOrigin}/v1` : row.baseUrl,
  );
  const target: ConnectionTarget = {
    id: row.id,
    name: row.name,
    organizationId: row.organizationId,
    projectId: row.projectId,
    reach: reachOf(row.organizationId),
    region: row.region,
    timeouts: row.timeouts,
    providerId: entry.id,
    providerName: entry.name,
    origin: base.origin,
    auth: authOf(entry, credentials.length),
    headers: entry.headers ?? {},
    credentials: usable.map(({ id, sealed, weight, organizationId, projectId }) => ({
      id,
      sealed,
      weight,
      organizationId,
      projectId,
      baseUrl: row.baseUrl,
    })),
    position: row.position,
    isLocal: entry.pricing === 'local',
    simulated: entry.simulated === true,
  };
  return { target, basePath: base.pathname === '/' ? '' : base.pathname };
}

/** A server that takes a key only when it was told to is called without one until the operator gives one. */
function authOf(entry: ProviderEntry, credentialCount: number): AuthScheme {
  const isOptional = entry.auth.scheme === 'bearer' && entry.auth.optional === true;
  return isOptional && credentialCount === 0 ? { scheme: 'none' } : entry.auth;
}

/** The `host:port` that an address is dialled at. */
export function targetOf(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

function isSold(sale: CreditSale | undefined): boolean {
  return sale !== undefined && sale.packs.length + sale.amounts.length > 0;
}
