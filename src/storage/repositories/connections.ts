import type { Insertable, Selectable, Updateable } from 'kysely';
import type { ConnectionRow, NewModelPolicy, Source } from '../../protocol/configuration.ts';
import { NO_TIMEOUTS, type RouteTimeouts } from '../../protocol/route.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { ConnectionStore } from '../../providers/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, fromJsonText, isSet, orNull, orUndefined, toJsonText } from '../engine.ts';
import type { ConnectionTable } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { changeCredential } from './credentials.ts';
import { removeRow } from './remove-row.ts';
import { ofRevision } from './revision.ts';
import { ofTenant } from './tenant-scope.ts';

type ConnectionChange = Parameters<ConnectionStore['update']>[2];

/** Connections in the store. Removing one removes its credentials and models, by their foreign keys. */
export function createConnectionStore(database: StoreDatabase): ConnectionStore {
  return {
    insert: (tenant, connection) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction.insertInto('connections').values(toColumns(tenant, connection)).execute();
      }),
    list: (tenant) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('connections')
          .selectAll()
          .where(ofTenant(tenant))
          .orderBy('position')
          .orderBy('id')
          .execute();
        return rows.map(toConnection);
      }),
    get: (tenant, id) => findOne(database, tenant, 'id', id),
    findByName: (tenant, name) => findOne(database, tenant, 'name', name),
    update: (tenant, id, change, resealed, ifRevision) =>
      update(database, tenant, { id, change, resealed: resealed ?? [], ifRevision }),
    remove: (tenant, id, ifRevision) => removeRow(database, 'connections', { tenant, id, ifRevision }),
  };
}

async function findOne(
  database: StoreDatabase,
  tenant: Tenant,
  column: 'id' | 'name',
  value: string,
): Promise<ConnectionRow | undefined> {
  return await database.within(tenant.organizationId).read(async (reading) => {
    const row = await reading
      .selectFrom('connections')
      .selectAll()
      .where(ofTenant(tenant))
      .where(column, '=', value)
      .executeTakeFirst();
    return row === undefined ? undefined : toConnection(row);
  });
}

type ConnectionUpdate = {
  readonly id: string;
  readonly change: ConnectionChange;
  readonly resealed: NonNullable<Parameters<ConnectionStore['update']>[3]>;
  readonly ifRevision: number | undefined;
};

async function update(
  database: StoreDatabase,
  tenant: Tenant,
  { id, change, resealed, ifRevision }: ConnectionUpdate,
): Promise<boolean> {
  const columns = changedColumns<ConnectionChange, Updateable<ConnectionTable>>(change, {
    name: (name) => ({ name }),
    baseUrl: (url) => ({ base_url: url }),
    enabled: (enabled) => ({ enabled: enabled === undefined ? undefined : flag(enabled) }),
    newModelPolicy: (policy) => ({ new_model_policy: policy }),
    position: (position) => ({ position }),
    updatedAt: (at) => ({ updated_at: at }),
    refreshedAt: (at) => ({ refreshed_at: orNull(at) }),
    refreshError: (error) => ({ refresh_error: orNull(error) }),
    region: (region) => ({ region: orNull(region) }),
    timeouts: (timeouts) => ({ timeouts: timeoutsText(timeouts ?? NO_TIMEOUTS) }),
  });
  return await changeConfiguration(
    database.within(tenant.organizationId),
    async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('connections')
        .set((row) => ({ ...columns, revision: row('revision', '+', 1) }))
        .where(ofTenant(tenant))
        .where('id', '=', id)
        .where(ofRevision(ifRevision))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      for (const credential of resealed) await changeCredential(transaction, tenant, credential);
      return true;
    },
    Boolean,
  );
}

/** A stored row → connection. */
export function toConnection(row: Selectable<ConnectionTable>): ConnectionRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    name: row.name,
    providerId: row.provider_id,
    baseUrl: row.base_url,
    enabled: isSet(row.enabled),
    // Only a NewModelPolicy is ever written to this column.
    newModelPolicy: row.new_model_policy as NewModelPolicy,
    position: row.position,
    // Only a Source is ever written to this column.
    source: row.source as Source,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    refreshedAt: orUndefined(row.refreshed_at),
    refreshError: orUndefined(row.refresh_error),
    // Only a connection's scope is ever written to this column.
    scope: row.scope as ConnectionRow['scope'],
    teamId: orUndefined(row.team_id),
    region: orUndefined(row.region),
    timeouts: row.timeouts === null ? NO_TIMEOUTS : timeoutsOf(row.timeouts),
    revision: row.revision,
  };
}

function timeoutsOf(stored: string): RouteTimeouts {
  // Only RouteTimeouts are ever written to this column.
  return fromJsonText(stored) as RouteTimeouts;
}

function timeoutsText(timeouts: RouteTimeouts): string | null {
  const said = Object.values(timeouts).some((ms) => ms !== undefined);
  return said ? toJsonText(timeouts) : null;
}

function toColumns(tenant: Tenant, connection: ConnectionRow): Insertable<ConnectionTable> {
  return {
    organization_id: tenant.organizationId,
    project_id: tenant.projectId,
    id: connection.id,
    name: connection.name,
    provider_id: connection.providerId,
    base_url: connection.baseUrl,
    enabled: flag(connection.enabled),
    new_model_policy: connection.newModelPolicy,
    position: connection.position,
    source: connection.source,
    created_at: connection.createdAt,
    updated_at: connection.updatedAt,
    refreshed_at: orNull(connection.refreshedAt),
    refresh_error: orNull(connection.refreshError),
    scope: connection.scope,
    team_id: orNull(connection.teamId),
    region: orNull(connection.region),
    timeouts: timeoutsText(connection.timeouts),
    revision: connection.revision,
  };
}
