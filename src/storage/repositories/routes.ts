import type { Selectable } from 'kysely';
import type { Source } from '../../protocol/configuration.ts';
import type { RouteDefinition, RouteRow } from '../../protocol/route.ts';
import type { RouteStore } from '../../routing/ports.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { fromJsonText, toJsonText } from '../engine.ts';
import type { RouteTable } from '../route-schema.ts';
import { removeRow } from './remove-row.ts';
import { ofRevision } from './revision.ts';
import { ofTenant } from './tenant-scope.ts';

/** Routes in the store. */
export function createRouteStore(database: StoreDatabase): RouteStore {
  return {
    list: (tenant) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading.selectFrom('routes').selectAll().where(ofTenant(tenant)).orderBy('name').execute();
        return rows.map(toRoute);
      }),
    get: (tenant, id) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('routes')
          .selectAll()
          .where(ofTenant(tenant))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toRoute(row);
      }),
    insert: (tenant, route) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        const { id, name, definition, source, createdAt, updatedAt, revision } = route;
        await transaction
          .insertInto('routes')
          .values({
            id,
            organization_id: tenant.organizationId,
            project_id: tenant.projectId,
            name,
            definition: toJsonText(definition),
            source,
            created_at: createdAt,
            updated_at: updatedAt,
            revision,
          })
          .execute();
      }),
    update: (tenant, id, { name, definition, updatedAt }, ifRevision) =>
      changeConfiguration(
        database.within(tenant.organizationId),
        async (transaction) => {
          const row = await transaction
            .updateTable('routes')
            .set((each) => ({
              name,
              definition: toJsonText(definition),
              updated_at: updatedAt,
              revision: each('revision', '+', 1),
            }))
            .where(ofTenant(tenant))
            .where('id', '=', id)
            .where(ofRevision(ifRevision))
            .returningAll()
            .executeTakeFirst();
          return row === undefined ? undefined : toRoute(row);
        },
        (stored) => stored !== undefined,
      ),
    remove: (tenant, id, ifRevision) => removeRow(database, 'routes', { tenant, id, ifRevision }),
  };
}

/** A stored row → route. */
export function toRoute(row: Selectable<RouteTable>): RouteRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    name: row.name,
    // Only a RouteDefinition is ever written to this column.
    definition: fromJsonText(row.definition) as unknown as RouteDefinition,
    // Only a Source is ever written to this column.
    source: row.source as Source,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}
