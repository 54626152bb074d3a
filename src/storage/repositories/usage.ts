import { sql } from 'kysely';
import { sumRecords } from '../../protocol/usage-sums.ts';
import type { UsageStore } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import { exactText } from '../engine.ts';
import { toUsageRecord } from '../record-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Sums of usage in the store. */
export function createUsageStore(database: StoreDatabase): UsageStore {
  return {
    view: (scope, work) =>
      database.within(scope.organizationId).readTogether((view) =>
        work({
          sums: async (wanted) => {
            const rows = await view
              .selectFrom('usage_records')
              .selectAll()
              .select(exactText(sql.ref('cost_nano')).as('cost_nano'))
              .where(ofOrganization(scope))
              .where('started_at', '>=', wanted.edges[0] ?? 0)
              .where('started_at', '<', wanted.edges.at(-1) ?? 0)
              .execute();
            return sumRecords(rows.map(toUsageRecord), wanted);
          },
          isCapped: async () => false,
        }),
      ),
  };
}
