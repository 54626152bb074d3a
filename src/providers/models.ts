import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { ModelFacts, ModelRow, NewModelPolicy, Source } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import {
  type ConnectedEntry,
  type ConnectionContext,
  needsSecret,
  notFound,
  openSecret,
  requireConnected,
  requireConnection,
  requireMutable,
} from './connection-context.ts';
import { refusalReason, setCredentialAside } from './credentials.ts';
import { isModelId, type ListedPrice, type ModelList, NO_FACTS } from './model-list.ts';
import { isRefusedCredential, listProviderModels } from './provider-calls.ts';
import type { ProviderEntry } from './schema.ts';

const ERROR_CHARACTERS_MAX = 400;

/** What a look at a provider's list brought. */
export type Refreshed = {
  readonly connectionId: string;
  /** Upstream ids that were new, that went, and that came back. */
  readonly added: readonly string[];
  readonly withdrawn: readonly string[];
  readonly returned: readonly string[];
  readonly listed: number;
  /** Rows of the list that had no usable id. */
  readonly refused: number;
  /** Prices that the list named, for the rate cards. */
  readonly prices: readonly ListedPrice[];
  /** Why the list could not be had; nothing was changed then. */
  readonly error: GatewayError | undefined;
};

export type ModelService = {
  /** Brings a connection's models up to its provider's list. A list that cannot be had is said in the result. */
  readonly refreshModels: (tenant: Tenant, connectionId: string) => Promise<Refreshed>;
  /** The same for every enabled connection, one after the other, until `signal` is aborted. */
  readonly refreshAll: (tenant: Tenant, signal?: AbortSignal) => Promise<readonly Refreshed[]>;
  readonly listModels: (tenant: Tenant, connectionId: string) => Promise<readonly ModelRow[]>;
  /** Adds a model that no list holds. @throws GatewayError `request.invalid`, `resource.conflict`, `resource.not_found` */
  readonly addModel: (
    tenant: Tenant,
    input: {
      readonly connectionId: string;
      readonly upstreamModel: string;
      readonly state?: NewModelPolicy | undefined;
      readonly facts?: Partial<ModelFacts> | undefined;
      readonly by?: Source;
    },
  ) => Promise<ModelRow>;
  /** Enables, hides, or puts back to wait for approval. @throws GatewayError `resource.not_found` */
  readonly setModelState: (tenant: Tenant, modelId: string, state: NewModelPolicy) => Promise<ModelRow>;
  /** Removes a model that was added by hand or withdrawn. @throws GatewayError `resource.conflict` for a listed one */
  readonly removeModel: (tenant: Tenant, modelId: string) => Promise<void>;
};

export function createModelService(context: ConnectionContext): ModelService {
  const { models, connections, clock, newId } = context;

  const requireModel = async (tenant: Tenant, id: string): Promise<ModelRow> => {
    const model = await models.get(tenant, id);
    if (model === undefined) throw notFound('model', id);
    return model;
  };

  return {
    refreshModels: async (tenant, connectionId) => await refreshConnection(context, tenant, connectionId),

    refreshAll: async (tenant, signal) => {
      const results: Refreshed[] = [];
      for (const connection of await connections.list(tenant)) {
        if (signal?.aborted === true) break;
        if (connection.enabled) results.push(await refreshConnection(context, tenant, connection.id));
      }
      return results;
    },

    listModels: async (tenant, connectionId) => await models.list(tenant, connectionId),

    addModel: async (tenant, { connectionId, upstreamModel, state = 'enabled', facts = {}, by = 'store' }) => {
      const connection = await requireConnection(context, tenant, connectionId);
      requireMutable(connection, by);
      if (!isModelId(upstreamModel)) {
        throw new GatewayError('request.invalid', {
          param: 'upstreamModel',
          message: 'A model id has 1 to 256 characters, none of them a control character.',
        });
      }
      const present = await models.list(tenant, connectionId);
      if (present.some((row) => row.upstreamModel === upstreamModel)) {
        throw new GatewayError('resource.conflict', {
          message: 'The connection has that model already.',
          param: 'upstreamModel',
        });
      }
      const now = clock.now();
      const row: ModelRow = {
        organizationId: tenant.organizationId,
        projectId: tenant.projectId,
        id: newId('mdl'),
        connectionId,
        upstreamModel,
        state,
        origin: 'manual',
        facts: { ...NO_FACTS, ...facts },
        firstSeenAt: now,
        lastSeenAt: now,
        withdrawnAt: undefined,
      };
      await models.insert(tenant, row);
      return row;
    },

    setModelState: async (tenant, modelId, state) => {
      const model = await requireModel(tenant, modelId);
      if (model.state !== state) await models.update(tenant, modelId, { state });
      return { ...model, state };
    },

    removeModel: async (tenant, modelId) => {
      const model = await requireModel(tenant, modelId);
      if (model.origin !== 'manual' && model.withdrawnAt === undefined) {
        throw new GatewayError('resource.conflict', {
          message: 'The provider lists this model, so that it would come back; hide it instead.',
        });
      }
      await models.remove(tenant, modelId);
    },
  };
}

async function refreshConnection(context: ConnectionContext, tenant: Tenant, connectionId: string): Promise<Refreshed> {
  const { models, connections, clock, newId, note } = context;
  const connection = await requireConnection(context, tenant, connectionId);
  const nothing = { connectionId, added: [], withdrawn: [], returned: [], listed: 0, refused: 0, prices: [] };
  const seenAt = clock.now();
  try {
    const connected = await requireConnected(context, tenant, connectionId);
    const list = await askForModels(context, tenant, connected);
    const change = await models.reconcile(tenant, {
      connectionId,
      found: list.models,
      origin: connected.entry.models.from === 'list' ? 'discovered' : 'catalogue',
      state: connection.newModelPolicy,
      seenAt,
      newId: () => newId('mdl'),
    });
    await connections.update(tenant, connectionId, { refreshedAt: seenAt, refreshError: undefined });
    const { refused, prices } = list;
    return { connectionId, ...change, listed: list.models.length, refused, prices, error: undefined };
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.code === 'internal.bug') throw thrown;
    const refreshError = describeFailure(error);
    // The same failure again changes nothing that anybody could notice.
    if (connection.refreshError !== refreshError) {
      await connections.update(tenant, connectionId, { refreshError });
      note('warn', 'models could not be listed', { connectionId, connection: connection.name, reason: refreshError });
    }
    return { ...nothing, error };
  }
}

/**
 * The provider's models, by its own list or the catalogue's. A credential that is refused is set aside and the next one
 * asked with.
 */
async function askForModels(
  context: ConnectionContext,
  tenant: Tenant,
  { connection, entry }: ConnectedEntry,
): Promise<ModelList> {
  const source = entry.models;
  if (source.from === 'catalogue') return catalogueModels(source);
  const http = context.httpOf(tenant);
  const all = await context.credentials.list(tenant, connection.id);
  const usable = all.filter((credential) => credential.state === 'active');
  if (usable.length === 0) {
    if (needsSecret(entry) || all.length > 0) throw new GatewayError('provider.no_credential');
    return await listProviderModels(http, { entry, baseUrl: connection.baseUrl, secret: undefined }, source);
  }
  let refusal: unknown;
  for (const credential of usable) {
    try {
      const secret = await openSecret(context, tenant, connection, credential);
      return await listProviderModels(http, { entry, baseUrl: connection.baseUrl, secret }, source);
    } catch (error) {
      const sealedElsewhere = error instanceof GatewayError && error.code === 'vault.undecryptable';
      if (!isRefusedCredential(error) && !sealedElsewhere) throw error;
      if (isRefusedCredential(error)) await setCredentialAside(context, tenant, credential, refusalReason(error));
      refusal = error;
    }
  }
  throw refusal;
}

function catalogueModels(source: Extract<ProviderEntry['models'], { from: 'catalogue' }>): ModelList {
  const models = source.models.map(({ id, contextTokens, embeddingDimensions }) => ({
    upstreamModel: id,
    facts: { ...NO_FACTS, contextTokens, embeddingDimensions },
  }));
  return { models, prices: [], refused: 0, ownedBy: undefined };
}

function describeFailure(error: GatewayError): string {
  const said = error.upstream === undefined ? '' : ` ${error.upstream.status}: ${error.upstream.message}`;
  return `${error.code}: ${error.message}${said}`.slice(0, ERROR_CHARACTERS_MAX);
}
