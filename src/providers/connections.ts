import { GatewayError } from '../kernel/errors.ts';
import { unfit } from '../kernel/invalid.ts';
import { type ConnectionRow, type NewModelPolicy, PLAIN_CONNECTION, type Source } from '../protocol/configuration.ts';
import type { RouteTimeouts } from '../protocol/route.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { normaliseBaseUrl, resolveBaseUrl } from './base-url.ts';
import {
  bindingOf,
  type ConnectionContext,
  needsSecret,
  notFound,
  requireConnected,
  requireConnection,
  requireMutable,
  requireRevision,
  requireWritten,
} from './connection-context.ts';
import { type CredentialTestService, createCredentialTestService } from './credential-tests.ts';
import { type CredentialService, type CredentialView, createCredentialService, sealCredential } from './credentials.ts';
import { createModelService, type ModelService, type Refreshed } from './models.ts';
import type { ProviderEntry } from './schema.ts';
import { cleanSecret, maskSecret } from './secrets.ts';

/** The most connections of one organization. */
export const CONNECTIONS_MAX = 1000;
const CREDENTIAL_NAME = 'default';
const CONNECTION_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
/** A leading `aignehub/` is dropped from model names, so that a connection of that name could not be called. */
const RESERVED_NAMES = new Set(['aignehub']);

/** A connection with what belongs to it, as it may be shown. */
export type ConnectionView = {
  readonly connection: ConnectionRow;
  /** `undefined` when the provider is no longer in the catalogue. */
  readonly entry: ProviderEntry | undefined;
  readonly credentials: readonly CredentialView[];
};

export type ConnectInput = {
  /** Id or alias of a catalogue entry, in any case. */
  readonly providerId: string;
  /** The entry's id when it is not given. */
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  /** Values for the parameters of the entry's base URL; ignored when `baseUrl` is given. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly secret?: string | undefined;
  readonly credentialName?: string | undefined;
  readonly newModelPolicy?: NewModelPolicy | undefined;
  readonly position?: number | undefined;
  readonly source?: Source | undefined;
};

export type UpdateInput = {
  readonly connectionId: string;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** Needed for every credential when the address changes: credential id → its secret, entered again. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly enabled?: boolean | undefined;
  readonly newModelPolicy?: NewModelPolicy | undefined;
  readonly position?: number | undefined;
  readonly timeouts?: RouteTimeouts | undefined;
  /** The revision that the caller has read; missing: whichever it has. */
  readonly ifRevision?: number | undefined;
  readonly by?: Source;
};

/** Connections to providers, their credentials and their models. */
export type ConnectionService = CredentialService &
  CredentialTestService &
  ModelService & {
    /**
     * Connects a provider and looks for its models. A list that cannot be had does not undo the connection; it is said
     * in `refreshed.error`.
     * @throws GatewayError `resource.not_found`, `resource.conflict`, `request.invalid`
     */
    readonly connect: (
      tenant: Tenant,
      input: ConnectInput,
    ) => Promise<{ readonly view: ConnectionView; readonly refreshed: Refreshed }>;
    /** In the operator's order. */
    readonly listConnections: (tenant: Tenant) => Promise<readonly ConnectionView[]>;
    /** @throws GatewayError `resource.not_found` */
    readonly getConnection: (tenant: Tenant, connectionId: string) => Promise<ConnectionView>;
    /**
     * Changes a connection. A new address needs every secret entered again, since a sealed secret opens for the address
     * only that it was entered for; its models are then listed anew.
     * @throws GatewayError `resource.not_found`, `resource.read_only`, `resource.conflict`, `resource.changed`,
     *   `request.invalid`
     */
    readonly updateConnection: (tenant: Tenant, input: UpdateInput) => Promise<ConnectionView>;
    /** Removes a connection with its credentials and models. @throws GatewayError */
    readonly removeConnection: (
      tenant: Tenant,
      connectionId: string,
      by?: Source,
      ifRevision?: number,
    ) => Promise<void>;
  };

export function createConnectionService(context: ConnectionContext): ConnectionService {
  const { connections, credentials } = context;
  const credentialService = createCredentialService(context);
  const modelService = createModelService(context);

  const viewOf = async (tenant: Tenant, connection: ConnectionRow): Promise<ConnectionView> => ({
    connection,
    entry: context.catalogue().find(connection.providerId),
    credentials: await credentialService.listCredentials(tenant, connection.id),
  });

  const getConnection = async (tenant: Tenant, connectionId: string): Promise<ConnectionView> =>
    await viewOf(tenant, await requireConnection(context, tenant, connectionId));

  return {
    ...credentialService,
    ...createCredentialTestService(context),
    ...modelService,
    getConnection,

    connect: async (tenant, input) => {
      const entry = context.catalogue().find(input.providerId);
      if (entry === undefined) throw notFound('provider', input.providerId.slice(0, 63));
      const present = await connections.list(tenant);
      if (present.length >= CONNECTIONS_MAX) {
        throw unfit('providerId', `An organization has at most ${CONNECTIONS_MAX} connections.`);
      }
      const row = newConnection(context, tenant, entry, input, present);
      const credential = await firstCredential(context, tenant, entry, row, input);
      await connections.insert(tenant, row);
      try {
        if (credential !== undefined) await credentials.insert(tenant, credential);
      } catch (error) {
        // Half a connection would look connected and never answer.
        await connections.remove(tenant, row.id);
        throw error;
      }
      context.note('info', 'provider connected', { connectionId: row.id, connection: row.name, provider: entry.id });
      const refreshed = await modelService.refreshModels(tenant, row.id);
      return { view: await getConnection(tenant, row.id), refreshed };
    },

    listConnections: async (tenant) => {
      const rows = [...(await connections.list(tenant))];
      rows.sort((a, b) => a.position - b.position || (a.name < b.name ? -1 : 1));
      const views: ConnectionView[] = [];
      for (const row of rows) views.push(await viewOf(tenant, row));
      return views;
    },

    updateConnection: async (tenant, input) => {
      const { addressChanged } = await updateRow(context, tenant, input);
      if (addressChanged) await modelService.refreshModels(tenant, input.connectionId);
      return await getConnection(tenant, input.connectionId);
    },

    removeConnection: async (tenant, connectionId, by, ifRevision) => {
      const connection = await requireConnection(context, tenant, connectionId);
      requireMutable(connection, by ?? 'store');
      requireRevision(connection, ifRevision);
      requireWritten(await connections.remove(tenant, connectionId, ifRevision), ifRevision);
      context.note('info', 'provider disconnected', { connectionId, connection: connection.name });
    },
  };
}

function newConnection(
  context: ConnectionContext,
  tenant: Tenant,
  entry: ProviderEntry,
  input: ConnectInput,
  present: readonly ConnectionRow[],
): ConnectionRow {
  const name = cleanConnectionName(context, input.name ?? entry.id, { providerId: entry.id });
  if (present.some((row) => row.name === name)) throw nameTaken(name);
  const now = context.clock.now();
  const last = present.reduce((highest, row) => Math.max(highest, row.position), -1);
  return {
    ...PLAIN_CONNECTION,
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    id: context.newId('conn'),
    name,
    providerId: entry.id,
    baseUrl: resolveBaseUrl(entry, input),
    enabled: true,
    newModelPolicy: input.newModelPolicy ?? 'enabled',
    position: cleanPosition(input.position ?? last + 1),
    source: input.source ?? 'store',
    createdAt: now,
    updatedAt: now,
    refreshedAt: undefined,
    refreshError: undefined,
  };
}

async function firstCredential(
  context: ConnectionContext,
  tenant: Tenant,
  entry: ProviderEntry,
  row: ConnectionRow,
  input: ConnectInput,
) {
  if (input.secret === undefined) {
    if (needsSecret(entry)) throw unfit('secret', `${entry.name} needs a secret.`);
    return undefined;
  }
  if (entry.auth.scheme === 'none') throw unfit('secret', `${entry.name} takes no secret.`);
  const { secret, credentialName = CREDENTIAL_NAME, source } = input;
  return await sealCredential(context, tenant, row, { name: credentialName, secret, source });
}

async function updateRow(
  context: ConnectionContext,
  tenant: Tenant,
  input: UpdateInput,
): Promise<{ readonly addressChanged: boolean }> {
  const connection = await requireConnection(context, tenant, input.connectionId);
  requireMutable(connection, input.by ?? 'store');
  requireRevision(connection, input.ifRevision);
  const name = input.name === undefined ? connection.name : cleanConnectionName(context, input.name, connection);
  if (name !== connection.name) await requireFreeName(context, tenant, name);
  const baseUrl = await newAddress(context, tenant, connection, input);
  if (baseUrl === connection.baseUrl && Object.keys(input.secrets ?? {}).length > 0) {
    throw unfit('secrets', 'The address does not change; replace the secret of the credential itself.');
  }
  const resealed = baseUrl === connection.baseUrl ? [] : await reseal(context, tenant, connection, baseUrl, input);
  const change = {
    name,
    baseUrl,
    updatedAt: context.clock.now(),
    ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
    ...(input.newModelPolicy === undefined ? {} : { newModelPolicy: input.newModelPolicy }),
    ...(input.position === undefined ? {} : { position: cleanPosition(input.position) }),
    ...(input.timeouts === undefined ? {} : { timeouts: input.timeouts }),
  };
  const { ifRevision } = input;
  requireWritten(await context.connections.update(tenant, connection.id, change, resealed, ifRevision), ifRevision);
  return { addressChanged: baseUrl !== connection.baseUrl };
}

async function newAddress(
  context: ConnectionContext,
  tenant: Tenant,
  connection: ConnectionRow,
  input: UpdateInput,
): Promise<string> {
  if (input.baseUrl !== undefined) return normaliseBaseUrl(input.baseUrl);
  if (input.params === undefined) return connection.baseUrl;
  const { entry } = await requireConnected(context, tenant, connection.id);
  return resolveBaseUrl(entry, { params: input.params });
}

/** Every credential of a connection sealed to its new address. @throws GatewayError when a secret is missing */
async function reseal(
  context: ConnectionContext,
  tenant: Tenant,
  connection: ConnectionRow,
  baseUrl: string,
  input: UpdateInput,
) {
  const rows = await context.credentials.list(tenant, connection.id);
  const given = input.secrets ?? {};
  const unknown = Object.keys(given).find((id) => !rows.some((row) => row.id === id));
  if (unknown !== undefined) throw notFound('credential', unknown);
  const missing = rows.filter((row) => given[row.id] === undefined);
  if (missing.length > 0) {
    throw new GatewayError('request.invalid', {
      param: 'secrets',
      message:
        'A secret belongs to the address it was entered for: enter every secret again, or remove the credential.',
      details: { credentials: missing.map(({ id, name, masked }) => ({ id, name, masked })) },
    });
  }
  const resealed = [];
  for (const row of rows) {
    const secret = cleanSecret(given[row.id] ?? '');
    const sealed = await context.vault.seal(secret, bindingOf(tenant, row.id, baseUrl));
    const restored =
      row.state === 'set_aside'
        ? { state: 'active' as const, stateReason: undefined, stateChangedAt: context.clock.now() }
        : {};
    resealed.push({ id: row.id, change: { sealed, masked: maskSecret(secret), ...restored } });
  }
  return resealed;
}

/**
 * A connection's name is the prefix of its pinned models, so that it must not look like another provider.
 * @throws GatewayError `request.invalid`
 */
function cleanConnectionName(
  context: ConnectionContext,
  name: string,
  connection: Pick<ConnectionRow, 'providerId'>,
): string {
  const clean = name.trim().toLowerCase();
  if (!CONNECTION_NAME.test(clean) || RESERVED_NAMES.has(clean)) {
    throw unfit('name', 'A name has up to 63 letters, digits, dots, hyphens and underscores, and is not reserved.');
  }
  const namesake = context.catalogue().find(clean);
  if (namesake !== undefined && namesake.id !== connection.providerId) {
    throw unfit('name', `That is the name of another provider, ${namesake.name}.`);
  }
  return clean;
}

async function requireFreeName(context: ConnectionContext, tenant: Tenant, name: string): Promise<void> {
  if ((await context.connections.findByName(tenant, name)) !== undefined) throw nameTaken(name);
}

function nameTaken(name: string): GatewayError {
  return new GatewayError('resource.conflict', {
    param: 'name',
    message: 'A connection of that name exists already.',
    details: { name },
  });
}

function cleanPosition(position: number): number {
  if (Number.isSafeInteger(position) && position >= 0 && position <= 1_000_000) return position;
  throw unfit('position', 'A position is a whole number from 0 to 1,000,000.');
}
