import type { Selectable } from 'kysely';
import type { LimitStore } from '../../limits/ports.ts';
import type { Source } from '../../protocol/configuration.ts';
import type { Limit, LimitWindow } from '../../protocol/limits.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { fromJsonText, listOrNull, orNull, orUndefined, stringList, toJsonText } from '../engine.ts';
import type { LimitTable } from '../limit-schema.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Limits of organizations in the store. */
export function createLimitStore(database: StoreDatabase): LimitStore {
  return {
    list: (scope) =>
      database.within(scope.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('limits')
          .selectAll()
          .where(ofOrganization(scope))
          .orderBy('id')
          .execute();
        return rows.map(toLimit);
      }),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('limits')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toLimit(row);
      }),
    insert: async (limit) => {
      await changeConfiguration(
        database.within(limit.organizationId),
        async (transaction) => {
          await transaction.insertInto('limits').values(toRow(limit)).execute();
          return true;
        },
        Boolean,
      );
    },
    replace: (limit) =>
      changeConfiguration(
        database.within(limit.organizationId),
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('limits')
            .set(toRow(limit))
            .where(ofOrganization(limit))
            .where('id', '=', limit.id)
            .where('revision', '=', limit.revision - 1)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (scope, id, revision) =>
      changeConfiguration(
        database.within(scope.organizationId),
        async (transaction) => {
          const { numDeletedRows } = await transaction
            .deleteFrom('limits')
            .where(ofOrganization(scope))
            .where('id', '=', id)
            .where('revision', '=', revision)
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n;
        },
        Boolean,
      ),
  };
}

function toRow(limit: Limit): Selectable<LimitTable> {
  return {
    id: limit.id,
    organization_id: limit.organizationId,
    name: limit.name,
    subject_kind: limit.subject.kind,
    subject_id: orNull(limit.subject.id),
    models: listOrNull(limit.models),
    measure: limit.measure,
    amount: Number(limit.amount),
    period: limit.window === undefined ? null : toJsonText(limit.window),
    mode: limit.mode,
    thresholds: toJsonText(limit.thresholds),
    created_at: limit.createdAt,
    updated_at: limit.updatedAt,
    revision: limit.revision,
    counts_since: limit.countsSince,
    source: limit.source,
  };
}

/** A stored row → limit. Words of closed unions are only ever written from the same types. */
export function toLimit(row: Selectable<LimitTable>): Limit {
  const thresholds = fromJsonText(row.thresholds);
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    subject: { kind: row.subject_kind as Limit['subject']['kind'], id: orUndefined(row.subject_id) },
    models: stringList(row.models),
    measure: row.measure as Limit['measure'],
    amount: BigInt(row.amount),
    window: row.period === null ? undefined : (fromJsonText(row.period) as LimitWindow),
    mode: row.mode as Limit['mode'],
    thresholds: Array.isArray(thresholds) ? thresholds.map(Number) : [],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
    countsSince: row.counts_since,
    // Only a Source is ever written to this column.
    source: row.source as Source,
  };
}
