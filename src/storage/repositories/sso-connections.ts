import { type Insertable, type RawBuilder, type Selectable, sql, type Transaction, type Updateable } from 'kysely';
import type { SsoChange, SsoConnectionStore } from '../../identity/ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Role } from '../../protocol/people.ts';
import type { SsoClaims, SsoConnection, SsoEndpoints, SsoPresetName } from '../../protocol/sso.ts';
import type { ScopedDatabase, StoreDatabase } from '../database.ts';
import { flag, fromJsonText, isSet, orNull, orUndefined, stringList, toJsonText } from '../engine.ts';
import type { Schema, SsoConnectionTable } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { keyVersionOf } from './credentials.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Providers that people sign in by, in the store. None of it is in the snapshot: no request needs it. */
export function createSsoConnectionStore(database: StoreDatabase): SsoConnectionStore {
  return {
    ...readings(database),
    insert: (connection) =>
      database.write(async (transaction) => {
        await transaction.insertInto('sso_connections').values(toColumns(connection)).execute();
        await claimDomains(transaction, connection);
      }),
    update: async (organizationId, { id, revision }, change) => {
      // Domains and identities are the installation's to look into, so the database is asked beforehand whose this is.
      if (!(await isOwned(database, organizationId, id))) return false;
      return database.write(async (transaction) => {
        const before = await transaction
          .selectFrom('sso_connections')
          .selectAll()
          .where(ofOwner(organizationId))
          .where('id', '=', id)
          .executeTakeFirst();
        const after = await transaction
          .updateTable('sso_connections')
          .set({ ...changed(change), revision: revision + 1 })
          .where(ofOwner(organizationId))
          .where('id', '=', id)
          .where('revision', '=', revision)
          .returningAll()
          .executeTakeFirst();
        if (before === undefined || after === undefined) return false;
        await claimDomains(transaction, toSsoConnection(after));
        if (whoSpeaks(toSsoConnection(before)) !== whoSpeaks(toSsoConnection(after))) {
          await transaction.deleteFrom('user_identities').where('sso_connection_id', '=', id).execute();
        }
        return true;
      });
    },
    remove: (organizationId, id) =>
      scopeOf(database, organizationId).write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('sso_connections')
          .where(ofOwner(organizationId))
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        return numDeletedRows > 0n;
      }),
  };
}

function readings(
  database: StoreDatabase,
): Pick<SsoConnectionStore, 'list' | 'get' | 'find' | 'listActive' | 'findByDomain'> {
  return {
    list: (organizationId) =>
      scopeOf(database, organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('sso_connections')
          .selectAll()
          .where(ofOwner(organizationId))
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toSsoConnection);
      }),
    get: async (organizationId, id) => {
      const row = await rowOf(database, organizationId, id);
      return row && toSsoConnection(row);
    },
    find: (id) =>
      database.read(async (reading) => {
        const row = await reading.selectFrom('sso_connections').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toSsoConnection(row);
      }),
    listActive: () =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('sso_connections')
          .selectAll()
          .where('state', '=', 'active')
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toSsoConnection);
      }),
    findByDomain: (domain) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('sso_connections')
          .innerJoin('sso_domains', 'sso_domains.sso_connection_id', 'sso_connections.id')
          .selectAll('sso_connections')
          .where('sso_domains.domain', '=', domain)
          .executeTakeFirst();
        return row === undefined ? undefined : toSsoConnection(row);
      }),
  };
}

/** An organization's rows alone; what is the installation's own lies outside of every organization. */
function scopeOf(database: StoreDatabase, organizationId: string | undefined): ScopedDatabase {
  return organizationId === undefined ? database : database.within(organizationId);
}

function rowOf(database: StoreDatabase, organizationId: string | undefined, id: string) {
  return scopeOf(database, organizationId).read((reading) =>
    reading
      .selectFrom('sso_connections')
      .selectAll()
      .where(ofOwner(organizationId))
      .where('id', '=', id)
      .executeTakeFirst(),
  );
}

/** A connection stays its owner's as long as it is there. */
async function isOwned(database: StoreDatabase, organizationId: string | undefined, id: string): Promise<boolean> {
  return (await rowOf(database, organizationId, id)) !== undefined;
}

/** The condition that keeps what is an organization's from all others, and the installation's from every one of them. */
function ofOwner(organizationId: string | undefined): RawBuilder<boolean> {
  return organizationId === undefined ? sql<boolean>`organization_id IS NULL` : ofOrganization({ organizationId });
}

/** Whose word a subject is, and which word: a subject means nobody any more when this changes. */
function whoSpeaks({ issuer, endpoints, claims }: SsoConnection): string {
  return toJsonText([issuer, endpoints, claims.subject]);
}

/** Writes down which domains are a connection's while it is active; the primary key tells two connections apart. */
async function claimDomains(transaction: Transaction<Schema>, connection: SsoConnection): Promise<void> {
  await transaction.deleteFrom('sso_domains').where('sso_connection_id', '=', connection.id).execute();
  if (connection.state !== 'active') return;
  // In one order everywhere, so that two processes never wait for each other.
  for (const domain of [...new Set(connection.domains)].toSorted()) {
    const { numInsertedOrUpdatedRows = 0n } = await transaction
      .insertInto('sso_domains')
      .values({ domain, sso_connection_id: connection.id })
      .onConflict((conflict) => conflict.column('domain').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows > 0n) continue;
    throw new GatewayError('resource.conflict', {
      message: 'Another active connection has one of the domains.',
      param: 'domains',
    });
  }
}

function changed(change: SsoChange): Updateable<SsoConnectionTable> {
  return changedColumns<SsoChange, Updateable<SsoConnectionTable>>(change, {
    name: (name) => ({ name }),
    kind: (kind) => ({ kind }),
    preset: (preset) => ({ preset: orNull(preset) }),
    issuer: (issuer) => ({ issuer: orNull(issuer) }),
    endpoints: (endpoints) => ({ endpoints: endpoints === undefined ? null : toJsonText(endpoints) }),
    clientId: (clientId) => ({ client_id: clientId }),
    sealed: (sealed) => ({ sealed: orNull(sealed), key_version: sealed === undefined ? null : keyVersionOf(sealed) }),
    scopes: (scopes) => (scopes === undefined ? {} : { scopes: toJsonText(scopes) }),
    claims: (claims) => (claims === undefined ? {} : { claims: toJsonText(claims) }),
    domains: (domains) => (domains === undefined ? {} : { domains: toJsonText(domains) }),
    groupRoles: (roles) => (roles === undefined ? {} : { group_roles: toJsonText(roles) }),
    defaultRole: (role) => ({ default_role: orNull(role) }),
    joins: (joins) => ({ joins }),
    isEnforced: (isEnforced) => ({ is_enforced: isEnforced === undefined ? undefined : flag(isEnforced) }),
    state: (state) => ({ state }),
  });
}

/** A stored row → connection. JSON columns and words of closed unions are only ever written from the same types. */
function toSsoConnection(row: Selectable<SsoConnectionTable>): SsoConnection {
  return {
    id: row.id,
    organizationId: orUndefined(row.organization_id),
    name: row.name,
    kind: row.kind as SsoConnection['kind'],
    preset: orUndefined(row.preset) as SsoPresetName | undefined,
    issuer: orUndefined(row.issuer),
    endpoints: row.endpoints === null ? undefined : toSsoEndpoints(row.endpoints),
    clientId: row.client_id,
    sealed: orUndefined(row.sealed),
    scopes: stringList(row.scopes) ?? [],
    claims: toClaims(row.claims),
    domains: stringList(row.domains) ?? [],
    groupRoles: fromJsonText(row.group_roles) as Record<string, Role>,
    defaultRole: orUndefined(row.default_role) as Role | undefined,
    joins: row.joins as SsoConnection['joins'],
    isEnforced: isSet(row.is_enforced),
    state: row.state as SsoConnection['state'],
    createdAt: row.created_at,
    revision: row.revision,
  };
}

/** Stored endpoints → endpoints; JSON leaves out what is not there. */
export function toSsoEndpoints(text: string): SsoEndpoints {
  // The column is only ever written from SsoEndpoints.
  const stored = fromJsonText(text) as Partial<SsoEndpoints> & Pick<SsoEndpoints, 'authorization' | 'token'>;
  const { authorization, token, userInfo, jwks, endSession } = stored;
  return { authorization, token, userInfo, jwks, endSession };
}

function toClaims(text: string): SsoClaims {
  // The column is only ever written from SsoClaims.
  const stored = fromJsonText(text) as Omit<SsoClaims, 'groups'> & { readonly groups?: string };
  return { ...stored, groups: stored.groups };
}

function toColumns(connection: SsoConnection): Insertable<SsoConnectionTable> {
  return {
    id: connection.id,
    organization_id: orNull(connection.organizationId),
    name: connection.name,
    kind: connection.kind,
    preset: orNull(connection.preset),
    issuer: orNull(connection.issuer),
    endpoints: connection.endpoints === undefined ? null : toJsonText(connection.endpoints),
    client_id: connection.clientId,
    sealed: orNull(connection.sealed),
    key_version: connection.sealed === undefined ? null : keyVersionOf(connection.sealed),
    scopes: toJsonText(connection.scopes),
    claims: toJsonText(connection.claims),
    domains: toJsonText(connection.domains),
    group_roles: toJsonText(connection.groupRoles),
    default_role: orNull(connection.defaultRole),
    joins: connection.joins,
    is_enforced: flag(connection.isEnforced),
    state: connection.state,
    created_at: connection.createdAt,
    revision: connection.revision,
  };
}
