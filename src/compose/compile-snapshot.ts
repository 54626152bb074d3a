import type { DataplaneSnapshot } from '../dataplane/ports.ts';
import { createCardResolver, type ResolveCard } from '../metering/resolve-card.ts';
import type { ConfigurationState, ConnectionRow, CredentialRow, ModelRow } from '../protocol/configuration.ts';
import type { AuthScheme, ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import { createModelIdentity, type ModelIdentity } from '../providers/model-identity.ts';
import type { ProviderEntry } from '../providers/schema.ts';
import type { Vendor } from '../providers/vendors.ts';
import { buildDirectory } from '../routing/directory.ts';
import { type CompiledAllowLists, compileAllowLists } from './allow-lists.ts';
import { compileEndpoints, type EndpointsOf } from './compile-endpoints.ts';

/** The configuration in the form in which this process works with it. */
export type HubSnapshot = DataplaneSnapshot & {
  readonly connections: readonly ConnectionTarget[];
  /** `host:port` of the connections that the operator declared or the hub found: what may be dialled wherever it lies. */
  readonly declaredTargets: readonly string[];
  readonly allowLists: CompiledAllowLists;
  readonly resolveCard: ResolveCard;
};

export type CompileInput = {
  readonly state: ConfigurationState;
  readonly catalogue: Catalogue;
  readonly vendors: readonly Vendor[];
  readonly simulated: Simulated;
};

/**
 * Where this process's simulated provider listens, and whether it answers beside real connections (`on`) or only while
 * there is none (`auto`); `undefined` while it is switched off.
 */
export type Simulated = { readonly origin: string; readonly mode: 'auto' | 'on' } | undefined;

/** Store rows → what requests run on. Whatever can be worked out once is worked out here and not per request. */
export function compileSnapshot({ state, catalogue, vendors, simulated }: CompileInput): HubSnapshot {
  const identity = createModelIdentity({ vendors, entries: catalogue.entries, corrections: state.identityOverrides });
  const modelsOf = Map.groupBy(state.models, (model) => model.connectionId);
  const credentialsOf = Map.groupBy(state.credentials, (credential) => credential.connectionId);
  const connections: ConnectionTarget[] = [];
  const deployments: Deployment[] = [];
  const isReal = (row: ConnectionRow): boolean => row.enabled && catalogue.find(row.providerId)?.simulated !== true;
  const isReplaced = simulated?.mode === 'auto' && state.connections.some(isReal);
  for (const row of state.connections) {
    const entry = catalogue.find(row.providerId);
    if (!row.enabled || entry === undefined) continue;
    if (entry.simulated === true && (simulated === undefined || isReplaced)) continue;
    const connection = compileConnection(row, entry, credentialsOf.get(row.id) ?? [], simulated?.origin);
    connections.push(connection.target);
    const endpointsOf = compileEndpoints(entry, connection.basePath);
    for (const model of modelsOf.get(row.id) ?? []) {
      if (!isServed(model)) continue;
      deployments.push(compileDeployment({ connection: connection.target, model, identity, endpointsOf }));
    }
  }
  const directory = buildDirectory(deployments, state.aliases, {
    canonicalName: identity.canonicalName,
    providerId: (name) => catalogue.find(name)?.id,
  });
  return {
    version: state.version,
    keysByHash: new Map(state.keys.map((key) => [key.hash, key])),
    directory,
    connections,
    declaredTargets: state.connections.filter((row) => row.source !== 'store').map((row) => targetOf(row.baseUrl)),
    allowLists: compileAllowLists(state.keys),
    resolveCard: createCardResolver(state.rateCards),
  };
}

/** A withdrawn model stays callable: providers drop names from their lists before they stop to serve them. */
function isServed(model: ModelRow): boolean {
  return model.state === 'enabled';
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
    providerId: entry.id,
    providerName: entry.name,
    origin: base.origin,
    auth: authOf(entry, credentials.length),
    headers: entry.headers ?? {},
    credentials: usable.map(({ id, sealed, weight, organizationId }) => ({
      id,
      sealed,
      weight,
      organizationId,
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

function compileDeployment(input: {
  readonly connection: ConnectionTarget;
  readonly model: ModelRow;
  readonly identity: ModelIdentity;
  readonly endpointsOf: EndpointsOf;
}): Deployment {
  const { connection, model, identity } = input;
  return {
    id: `${connection.name}/${model.upstreamModel}`,
    connection,
    upstreamModel: model.upstreamModel,
    canonicalModel: identity.canonicalModel(connection.providerId, model.upstreamModel),
    isVendor: identity.isOwnVendor(connection.providerId, model.upstreamModel),
    endpoints: input.endpointsOf(model.upstreamModel),
    facts: model.facts,
  };
}

/** The `host:port` that an address is dialled at. */
export function targetOf(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}
