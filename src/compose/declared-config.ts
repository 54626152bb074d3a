import { applyChanges, planDeclared } from '../declared/apply.ts';
import type { Change } from '../declared/changes.ts';
import { connectionsFromEnvironment, type ProviderVariables } from '../declared/environment.ts';
import type { ApplyPorts, ComparePorts, CurrentRows } from '../declared/ports.ts';
import type { Declared, DeclaredPrice } from '../declared/schema.ts';
import { maskSecret } from '../identity/virtual-key.ts';
import { GatewayError } from '../kernel/errors.ts';
import { successorCards } from '../metering/card-versions.ts';
import { PLAIN_KEY } from '../protocol/configuration.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { resolveBaseUrl } from '../providers/base-url.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import type { LoadedSettings } from '../settings.ts';
import { targetOf } from './compile-snapshot.ts';
import type { Core } from './core.ts';
import { findIdsIn } from './declared-references.ts';
import { limitServices } from './limit-services.ts';

/** What hub.yaml and the environment declare together. */
export type DeclaredEverything = { readonly declared: Declared; readonly problems: readonly string[] };

/** Adds the connections that well-known variables ask for to what hub.yaml declares. */
export function declareEverything(
  loaded: Pick<LoadedSettings, 'declared' | 'referencedVariables'>,
  environment: Readonly<Record<string, string | undefined>>,
  catalogue: Catalogue,
): DeclaredEverything {
  const { connections, problems } = connectionsFromEnvironment({
    providers: catalogue.entries.filter((entry) => entry.env !== undefined).map(providerVariables),
    environment,
    referenced: loaded.referencedVariables,
    declared: loaded.declared.connections,
  });
  return { declared: { ...loaded.declared, connections: [...loaded.declared.connections, ...connections] }, problems };
}

function providerVariables(entry: Catalogue['entries'][number]): ProviderVariables {
  const needsNoSecret = entry.auth.scheme === 'none' || ('optional' in entry.auth && entry.auth.optional === true);
  return { id: entry.id, baseUrl: entry.baseUrl, needsNoSecret, local: entry.local === true, env: entry.env ?? {} };
}

/** The `host:port` targets that the operator's declarations name: declaring an address allows it. */
export function declaredTargets({ declared }: DeclaredEverything, catalogue: Catalogue): readonly string[] {
  return declared.connections.flatMap((connection) => {
    const resolved = resolveAddress(catalogue, connection);
    if (!('baseUrl' in resolved)) return [];
    return [targetOf(resolved.baseUrl)];
  });
}

/** The steps from what the store holds to what is declared. Changes nothing. */
export async function planConfiguration(core: Core, { declared }: DeclaredEverything) {
  return planDeclared(declared, { current: await currentRows(core), ports: comparePorts(core) });
}

/** Takes those steps. What failed is reported and does not stop the rest. */
export async function applyConfiguration(core: Core, changes: readonly Change[]) {
  const report = await applyChanges(changes, applyPorts(core));
  if (changes.length > 0) await core.snapshot.refresh();
  return report;
}

/** The operator's rows: what other organizations have is neither compared with the file nor in the way of its names. */
async function currentRows({ store, tenant }: Core): Promise<CurrentRows> {
  const state = await store.configuration.load();
  const isOwn = ({ organizationId, projectId }: Tenant): boolean =>
    organizationId === tenant.organizationId && projectId === tenant.projectId;
  return {
    connections: state.connections.filter(isOwn),
    credentials: state.credentials.filter(isOwn),
    models: state.models.filter(isOwn),
    aliases: state.aliases.filter(isOwn),
    identityOverrides: state.identityOverrides.filter(isOwn),
    keys: state.keys.filter(isOwn),
    prices: state.rateCards.filter(isFromFile).map(toDeclaredPrice),
    routes: state.routes.filter(isOwn),
    limits: state.limits.filter(({ organizationId }) => organizationId === tenant.organizationId),
  };
}

/** Prices that hub.yaml set carry its mark in their id; those set through the control API do not. */
const FILE_MARK = 'rc_file_';

function isFromFile(card: RateCard, _index: number, all: readonly RateCard[]): boolean {
  const isNewest = !all.some(
    (other) =>
      other.source === 'operator' &&
      other.providerId === card.providerId &&
      other.model === card.model &&
      other.version > card.version,
  );
  return card.id.startsWith(FILE_MARK) && isNewest && card.prices.length > 0;
}

function toDeclaredPrice({ providerId, model, prices }: RateCard): DeclaredPrice {
  return { providerId, model, prices: prices.map(({ unit, price }) => ({ unit, price })) };
}

function comparePorts(core: Core): ComparePorts {
  const { catalogue, vault, hashKey, store } = core;
  return {
    resolveBaseUrl: (connection) => resolveAddress(catalogue.current(), connection),
    holdsSecret: async (credential, secret) => {
      const connection = await store.connections.get(credential, credential.connectionId);
      if (connection === undefined) return false;
      try {
        const opened = vault.open(credential.sealed, {
          organizationId: credential.organizationId,
          table: 'credentials',
          rowId: credential.id,
          field: 'secret',
          baseUrl: connection.baseUrl,
        });
        return opened === secret.reveal();
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'vault.undecryptable') return false;
        throw error;
      }
    },
    hashKey: (secret) => hashKey(secret.reveal()),
    findIds: findIdsIn(core),
  };
}

function resolveAddress(
  catalogue: Catalogue,
  { providerId, baseUrl, params }: Parameters<ComparePorts['resolveBaseUrl']>[0],
): ReturnType<ComparePorts['resolveBaseUrl']> {
  const entry = catalogue.find(providerId);
  if (entry === undefined) return { problem: `there is no provider “${providerId}” in the catalogue` };
  try {
    return { providerId: entry.id, baseUrl: resolveBaseUrl(entry, { baseUrl, params }) };
  } catch (error) {
    if (error instanceof GatewayError) return { problem: error.message };
    throw error;
  }
}

function applyPorts(core: Core): ApplyPorts {
  return {
    ...connectionPorts(core),
    ...namePorts(core),
    ...pricePorts(core),
    ...keyPorts(core),
    ...routePorts(core),
    ...limitPorts(core),
    findIds: findIdsIn(core),
  };
}

function connectionPorts({ connections, store, tenant }: Core) {
  /** Who declared a row may change it; hub.yaml and the environment each their own. */
  const sourceOf = async (connectionId: string): Promise<'file' | 'env'> => {
    const row = await store.connections.get(tenant, connectionId);
    return row?.source === 'env' ? 'env' : 'file';
  };
  const sourceOfCredential = async (credentialId: string): Promise<'file' | 'env'> => {
    const row = await store.credentials.get(tenant, credentialId);
    return row?.source === 'env' ? 'env' : 'file';
  };
  return {
    connect: async ({ credential, enabled, ...connection }) => {
      const { view } = await connections.connect(tenant, {
        ...connection,
        secret: credential?.secret,
        credentialName: credential?.name,
      });
      const { id } = view.connection;
      const [first] = view.credentials;
      if (first !== undefined && credential !== undefined) {
        await connections.updateCredential(tenant, {
          credentialId: first.id,
          weight: credential.weight,
          by: connection.source,
        });
      }
      if (!enabled) await connections.updateConnection(tenant, { connectionId: id, enabled, by: connection.source });
      return { id };
    },
    updateConnection: async (id, { secrets, ...change }) => {
      await connections.updateConnection(tenant, {
        ...change,
        connectionId: id,
        secrets:
          secrets && Object.fromEntries(secrets.map(({ credentialId, secret }) => [credentialId, secret.reveal()])),
        by: await sourceOf(id),
      });
    },
    removeConnection: async (id) => connections.removeConnection(tenant, id, await sourceOf(id)),
    addCredential: async (connectionId, { source, name, secret, weight }) => {
      await connections.addCredential(tenant, { connectionId, source, name, secret, weight });
    },
    replaceSecret: async (credentialId, secret) => {
      await connections.replaceSecret(tenant, { credentialId, secret, by: await sourceOfCredential(credentialId) });
    },
    setCredentialWeight: async (credentialId, weight) => {
      await connections.updateCredential(tenant, { credentialId, weight, by: await sourceOfCredential(credentialId) });
    },
    removeCredential: async (id) => connections.removeCredential(tenant, id, await sourceOfCredential(id)),
    addModel: async (connectionId, upstreamModel) => {
      await connections.addModel(tenant, { connectionId, upstreamModel, by: await sourceOf(connectionId) });
    },
    removeModel: async (modelId) => connections.removeModel(tenant, modelId),
  } satisfies Partial<ApplyPorts>;
}

function namePorts({ store, tenant, newId }: Core) {
  return {
    createAlias: async (alias) =>
      store.aliases.insert(tenant, { ...tenant, ...alias, id: newId('alias'), source: 'file' }),
    removeAlias: async (id) => void (await store.aliases.remove(tenant, id)),
    createIdentityOverride: async (identity) =>
      store.identityOverrides.insert(tenant, { ...tenant, ...identity, id: newId('over'), source: 'file' }),
    removeIdentityOverride: async (id) => void (await store.identityOverrides.remove(tenant, id)),
  } satisfies Partial<ApplyPorts>;
}

function pricePorts({ store, clock }: Core) {
  const set = async ({ providerId, model, prices }: DeclaredPrice): Promise<void> => {
    const lines = prices.map(({ unit, price }) => ({
      unit,
      price,
      aboveInputTokens: undefined,
      utcWindow: undefined,
      imageSize: undefined,
      imageQuality: undefined,
      batch: false,
    }));
    const candidate = { providerId, model, source: 'operator' as const, effectiveFrom: clock.now(), prices: lines };
    const cards = successorCards(await store.rateCards.list(), [candidate], clock.now());
    await store.rateCards.insert(cards.map((card) => ({ ...card, id: card.id.replace('rc_', FILE_MARK) })));
  };
  return {
    setPrices: set,
    clearPrices: async (model) => set({ ...model, prices: [] }),
  } satisfies Partial<ApplyPorts>;
}

function keyPorts({ store, tenant, newId, clock }: Core) {
  return {
    createKey: async ({ name, hash, secret, allowedModels, refusesLosses, enabled, expiresAt }) =>
      store.keys.insert(tenant, {
        ...tenant,
        ...PLAIN_KEY,
        id: newId('vk'),
        name,
        hash,
        masked: secret === undefined ? 'from hub.yaml' : maskSecret(secret.reveal()),
        allowedModels,
        refusesLosses,
        enabled,
        expiresAt,
        revokedAt: undefined,
        createdAt: clock.now(),
        lastUsedAt: undefined,
        source: 'file',
      }),
    updateKey: async (id, change) => void (await store.keys.update(tenant, id, change)),
    removeKey: async (id) => void (await store.keys.remove(tenant, id)),
  } satisfies Partial<ApplyPorts>;
}

function routePorts({ store, tenant, newId, clock }: Core) {
  return {
    createRoute: async (route) => {
      const at = clock.now();
      const made = { id: newId('route'), createdAt: at, updatedAt: at, revision: 1 };
      await store.routes.insert(tenant, { ...tenant, ...route, ...made, source: 'file' });
    },
    updateRoute: async (id, route) =>
      void (await store.routes.update(tenant, id, { ...route, updatedAt: clock.now() })),
    removeRoute: async (id) => void (await store.routes.remove(tenant, id)),
  } satisfies Partial<ApplyPorts>;
}

function limitPorts(core: Core) {
  const limits = limitServices(core);
  const scope = { organizationId: core.tenant.organizationId };
  return {
    createLimit: async (terms) => void (await limits.create(scope, terms, 'file')),
    updateLimit: async (id, terms) => void (await limits.replace(scope, { id, by: 'file' }, terms)),
    removeLimit: async (id) => void (await limits.remove(scope, { id, by: 'file' })),
  } satisfies Partial<ApplyPorts>;
}
