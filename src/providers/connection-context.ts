import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { ConnectionRow, CredentialRow, Source } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { Catalogue } from './catalogue.ts';
import type { CredentialBinding, Note, ProviderHttp, SecretVault, WriteSmallestChat } from './connection-ports.ts';
import type { ConnectionStore, CredentialStore, ModelStore } from './ports.ts';
import type { ProviderEntry } from './schema.ts';

/** What the services of connections, credentials and models need from the world. */
export type ConnectionContext = {
  readonly connections: ConnectionStore;
  readonly credentials: CredentialStore;
  readonly models: ModelStore;
  /** The catalogue as it is now; it changes while the hub runs. */
  readonly catalogue: () => Catalogue;
  readonly vault: SecretVault;
  /** The way to providers for whoever the connection belongs to. */
  readonly httpOf: (tenant: Tenant) => ProviderHttp;
  readonly writeSmallestChat: WriteSmallestChat;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly note: Note;
};

/** A connection and what the catalogue knows of its provider. */
export type ConnectedEntry = { readonly connection: ConnectionRow; readonly entry: ProviderEntry };

/** @throws GatewayError `resource.not_found` */
export async function requireConnection(
  context: ConnectionContext,
  tenant: Tenant,
  id: string,
): Promise<ConnectionRow> {
  const connection = await context.connections.get(tenant, id);
  if (connection === undefined) throw notFound('connection', id);
  return connection;
}

/** @throws GatewayError `resource.not_found` for an unknown connection or one whose provider left the catalogue */
export async function requireConnected(
  context: ConnectionContext,
  tenant: Tenant,
  id: string,
): Promise<ConnectedEntry> {
  const connection = await requireConnection(context, tenant, id);
  const entry = context.catalogue().find(connection.providerId);
  if (entry === undefined) throw notFound('provider', connection.providerId);
  return { connection, entry };
}

/** @throws GatewayError `resource.not_found` */
export async function requireCredential(
  context: ConnectionContext,
  tenant: Tenant,
  id: string,
): Promise<CredentialRow> {
  const credential = await context.credentials.get(tenant, id);
  if (credential === undefined) throw notFound('credential', id);
  return credential;
}

/** What hub.yaml declares is changed by hub.yaml only. @throws GatewayError `resource.read_only` */
export function requireMutable(row: { readonly source: Source }, by: Source): void {
  if (row.source === 'file' && by !== 'file') throw new GatewayError('resource.read_only');
}

/** @throws GatewayError `resource.changed` when the row has another revision than the caller read */
export function requireRevision(row: { readonly revision: number }, ifRevision: number | undefined): void {
  if (ifRevision !== undefined && row.revision !== ifRevision) throw new GatewayError('resource.changed');
}

/** Of a change that was to meet a revision. @throws GatewayError `resource.changed` when another writer was quicker */
export function requireWritten(isWritten: boolean, ifRevision: number | undefined): void {
  if (!isWritten && ifRevision !== undefined) throw new GatewayError('resource.changed');
}

/** True when calls to the provider cannot go without a secret. */
export function needsSecret(entry: Pick<ProviderEntry, 'auth'>): boolean {
  switch (entry.auth.scheme) {
    case 'none':
      return false;
    case 'bearer':
      return entry.auth.optional !== true;
    case 'header':
    case 'aws-sigv4':
      return true;
  }
}

/** What a credential's secret is sealed to. */
export function bindingOf(
  tenant: Pick<Tenant, 'organizationId'>,
  credentialId: string,
  baseUrl: string,
): CredentialBinding {
  return { organizationId: tenant.organizationId, table: 'credentials', rowId: credentialId, field: 'secret', baseUrl };
}

/** Opens a credential for the connection that it belongs to. @throws GatewayError `vault.undecryptable` */
export async function openSecret(
  context: ConnectionContext,
  tenant: Tenant,
  connection: ConnectionRow,
  credential: CredentialRow,
): Promise<string> {
  return await context.vault.open(credential.sealed, bindingOf(tenant, credential.id, connection.baseUrl));
}

export function notFound(what: string, id: string): GatewayError {
  return new GatewayError('resource.not_found', { message: `There is no such ${what}.`, details: { [what]: id } });
}
