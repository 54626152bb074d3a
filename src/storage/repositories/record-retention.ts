import { sql } from 'kysely';
import type { RequestOutcome, RequestRecord } from '../../protocol/records.ts';
import type { RetentionStore } from '../../records/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { exactText } from '../exact-columns.ts';
import { toRequestRecord, toUsageRecord } from '../record-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Records that are old enough to be deleted. */
export function createRetentionStore(database: StoreDatabase): RetentionStore {
  return {
    organizationIds: () =>
      database.read(async (reading) => {
        const rows = await reading.selectFrom('organizations').select('id').orderBy('id').execute();
        return rows.map(({ id }) => id);
      }),
    oldest: (scope, beforeMs, limit) =>
      database.within(scope.organizationId).readTogether(async (view) => {
        const usages = await view
          .selectFrom('usage_records')
          .selectAll()
          .select(exactText(sql.ref('cost_nano')).as('cost_nano'))
          .where(ofOrganization(scope))
          .where('started_at', '<', beforeMs)
          .where(sql<boolean>`NOT EXISTS (SELECT 1 FROM usage_pending AS p WHERE ${ofOrganization(scope, 'p')}
            AND p.started_at = usage_records.started_at AND p.record_id = usage_records.id)`)
          .orderBy('started_at')
          .orderBy('id')
          .limit(limit)
          .execute();
        if (usages.length === 0) return [];
        const requests = await view
          .selectFrom('request_records')
          .selectAll()
          .where(ofOrganization(scope))
          .where(
            'request_id',
            'in',
            usages.map(({ request_id }) => request_id),
          )
          .execute();
        const byId = new Map(requests.map((row) => [row.request_id, toRequestRecord(row)]));
        return usages.map((row): RequestOutcome => {
          const usage = toUsageRecord(row);
          return { usage, request: byId.get(usage.requestId) ?? withoutRequest(usage) };
        });
      }),
    remove: (scope, ids) =>
      database.write(async (transaction) => {
        if (ids.length === 0) return;
        await transaction
          .deleteFrom('request_records')
          .where(ofOrganization(scope))
          .where('request_id', 'in', (query) =>
            query
              .selectFrom('usage_records')
              .select('request_id')
              .where(ofOrganization(scope))
              .where('id', 'in', [...ids]),
          )
          .execute();
        await transaction
          .deleteFrom('request_contents')
          .where(ofOrganization(scope))
          .where('id', 'in', [...ids])
          .execute();
        await transaction
          .deleteFrom('usage_records')
          .where(ofOrganization(scope))
          .where('id', 'in', [...ids])
          .execute();
      }),
  };
}

/** A correction has a usage record alone. */
function withoutRequest({
  organizationId,
  projectId,
  id,
  requestId,
  startedAt,
}: RequestOutcome['usage']): RequestRecord {
  const none = { errorMessage: undefined, userAgent: undefined, clientAddress: undefined };
  return { organizationId, projectId, id, requestId, startedAt, attempts: [], losses: [], ...none };
}
