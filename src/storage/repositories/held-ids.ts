import { isJsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { HeldId, HeldPage, HeldVideo } from '../../protocol/held.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import type { HeldIdTable } from '../held-schema.ts';
import { statementParts } from '../statement-parts.ts';
import { ofTenant } from './tenant-scope.ts';

/** Ids of what providers hold, each with the project that it belongs to. */
export type HeldIdStore = {
  /** An id that the project holds already keeps its first binding. */
  readonly bind: (held: readonly HeldId[]) => Promise<void>;
  readonly find: (tenant: Tenant, ids: readonly string[]) => Promise<readonly HeldId[]>;
  readonly list: (tenant: Tenant, kind: HeldId['kind'], page: HeldPage) => Promise<readonly HeldId[]>;
  readonly forget: (tenant: Tenant, id: string) => Promise<void>;
  /** Forgets what its provider no longer keeps either. Returns how many. */
  readonly removeExpired: (nowMs: number) => Promise<number>;
};

export function createHeldIdStore(database: StoreDatabase): HeldIdStore {
  return {
    bind: async (held) => {
      if (held.length === 0) return;
      await database.append(async (transaction) => {
        for (const part of statementParts(held)) {
          await transaction
            .insertInto('held_ids')
            .values(part.map(toColumns))
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      });
    },
    find: async (tenant, ids) => {
      if (ids.length === 0) return [];
      return await database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('held_ids')
          .selectAll()
          .where(ofTenant(tenant))
          .where('id', 'in', [...ids])
          .execute();
        return rows.map(toHeldId);
      });
    },
    list: (tenant, kind, { limit, afterId, oldestFirst = false }) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const order = oldestFirst ? 'asc' : 'desc';
        let query = reading
          .selectFrom('held_ids')
          .selectAll()
          .where(ofTenant(tenant))
          .where('kind', '=', kind)
          .orderBy('created_at', order)
          .orderBy('id', order)
          .limit(limit);
        if (afterId !== undefined) {
          const after = await reading
            .selectFrom('held_ids')
            .select(['created_at', 'id'])
            .where(ofTenant(tenant))
            .where('id', '=', afterId)
            .executeTakeFirst();
          if (after === undefined) return [];
          const beyond = oldestFirst ? '>' : '<';
          query = query.where((row) =>
            row.or([
              row('created_at', beyond, after.created_at),
              row.and([row('created_at', '=', after.created_at), row('id', beyond, after.id)]),
            ]),
          );
        }
        return (await query.execute()).map(toHeldId);
      }),
    forget: (tenant, id) =>
      database.within(tenant.organizationId).write(async (transaction) => {
        await transaction.deleteFrom('held_ids').where(ofTenant(tenant)).where('id', '=', id).execute();
      }),
    removeExpired: (nowMs) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('held_ids')
          .where('expires_at', '<=', nowMs)
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}

function toColumns(held: HeldId): HeldIdTable {
  return {
    id: held.id,
    organization_id: held.organizationId,
    project_id: held.projectId,
    kind: held.kind,
    connection_id: held.connectionId,
    credential_id: held.credentialId ?? null,
    upstream_id: held.upstreamId ?? null,
    upstream_model: held.upstreamModel,
    created_at: held.createdAt,
    expires_at: held.expiresAt,
    video: held.video === undefined ? null : JSON.stringify(held.video),
  };
}

function toHeldId(row: HeldIdTable): HeldId {
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    // Only a kind of HeldId is ever written to this column.
    kind: row.kind as HeldId['kind'],
    connectionId: row.connection_id,
    credentialId: row.credential_id ?? undefined,
    upstreamId: row.upstream_id ?? undefined,
    upstreamModel: row.upstream_model,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    video: row.video === null ? undefined : toVideo(row.video),
  };
}

function toVideo(text: string): HeldVideo | undefined {
  const value = parseJsonOrUndefined(text);
  if (!isJsonObject(value)) return undefined;
  const { model, seconds, size, remixedFrom, recordId } = value;
  return {
    model: typeof model === 'string' ? model : '',
    seconds: typeof seconds === 'number' ? seconds : undefined,
    size: typeof size === 'string' ? size : undefined,
    remixedFrom: typeof remixedFrom === 'string' ? remixedFrom : undefined,
    recordId: typeof recordId === 'string' ? recordId : undefined,
  };
}
