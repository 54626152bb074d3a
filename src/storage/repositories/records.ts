import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { assertNever } from '../../kernel/assert.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { RecordStore, UsageFilter, UsageGroup, UsageTotals } from '../../records/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { joinHalves, NANO_HALF, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { toRecordRow, toRequestRecord, toUsageRecord } from '../record-rows.ts';
import { MODEL, matching } from './record-filter.ts';
import { SEARCH_BOUNDS } from './record-reach.ts';
import { searchRecords, startOfRecord } from './record-search.ts';
import { preferIndexes } from './series-rows.ts';
import { ofOrganization } from './tenant-scope.ts';
import { totalsFromSums } from './usage-totals.ts';

const DAY_MS = 86_400_000;
/** How the ids of usage records begin; no request's does. */
const RECORD_PREFIX = 'ur_';
/** Rows of a page at most, whatever was asked for. */
const PAGE_MAX = 1000;
/** Groups of a summary at most; the busiest ones are given. */
const GROUPS_MAX = 1000;

/** Usage and request records in the store. */
export function createRecordStore(database: StoreDatabase, bounds = SEARCH_BOUNDS): RecordStore {
  return {
    async commit(outcomes) {
      if (outcomes.length > 0) await database.commitRecords(outcomes.map(toRecordRow));
    },
    get: (scope, requestId, projectIds) => get(database, scope, requestId, projectIds),
    list: (scope, filter, page) => list(database, scope, filter, page),
    search: (scope, question, page) =>
      database.within(scope.organizationId).readTogether(async (view) => {
        await preferIndexes(view, database.engine);
        const limit = Math.min(page.limit, PAGE_MAX);
        return await searchRecords({ view, engine: database.engine, scope }, question, { ...page, limit, bounds });
      }),
    totals: async (scope, filter, groupBy) =>
      (await totalsFromSums(database, scope, { filter, groupBy, most: GROUPS_MAX })) ??
      (await totalsFromRecords(database, scope, filter, groupBy)),
  };
}

async function get(
  database: StoreDatabase,
  scope: OrganizationScope,
  requestId: string,
  projectIds: readonly string[] | undefined,
): Promise<Awaited<ReturnType<RecordStore['get']>>> {
  return await database.within(scope.organizationId).readTogether(async (view) => {
    const request = await view
      .selectFrom('request_records')
      .selectAll()
      .where(ofOrganization(scope))
      .where('request_id', '=', requestId.startsWith(RECORD_PREFIX) ? requestOf(scope, requestId) : requestId)
      .executeTakeFirst();
    if (request === undefined || projectIds?.includes(request.project_id) === false) return undefined;
    const usage = await view
      .selectFrom('usage_records')
      .selectAll()
      .select(exactText(sql.ref('cost_nano')).as('cost_nano'))
      .where(ofOrganization(scope))
      .where('id', '=', request.id)
      .executeTakeFirst();
    return usage && { usage: toUsageRecord(usage), request: toRequestRecord(request) };
  });
}

/** Charges name the record, and not the request. */
function requestOf(scope: OrganizationScope, recordId: string) {
  return sql<string>`(SELECT r.request_id FROM usage_records AS r WHERE r.id = ${recordId} AND ${ofOrganization(scope, 'r')})`;
}

/** @throws GatewayError `request.invalid` when the cursor is not the id of one of the records that may be seen. */
async function list(
  database: StoreDatabase,
  scope: OrganizationScope,
  filter: UsageFilter,
  page: Parameters<RecordStore['list']>[2],
): Promise<Awaited<ReturnType<RecordStore['list']>>> {
  return await database.within(scope.organizationId).readTogether(async (view) => {
    let query = view
      .selectFrom('usage_records')
      .selectAll()
      .select(exactText(sql.ref('cost_nano')).as('cost_nano'))
      .where(ofOrganization(scope))
      .where(matching(filter))
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(Math.min(page.limit, PAGE_MAX));
    const { cursor } = page;
    if (cursor !== undefined) {
      const startedAt = await startOfRecord({ view, scope }, cursor, filter.projectIds);
      query = query.where(sql<boolean>`(started_at, id) < (${startedAt}, ${cursor})`);
    }
    return (await query.execute()).map(toUsageRecord);
  });
}

/** Without a group exactly one line, of zeros when nothing matches; with one, the groups with most requests first. */
async function totalsFromRecords(
  database: StoreDatabase,
  scope: OrganizationScope,
  filter: UsageFilter,
  groupBy: UsageGroup | undefined,
): Promise<readonly UsageTotals[]> {
  const group = groupBy === undefined ? undefined : groupExpression(groupBy);
  const rows = await database.within(scope.organizationId).read(async (reading) => {
    let query = reading
      .selectFrom('usage_records')
      .select([
        (group ?? sql<string | null>`NULL`).as('group_key'),
        countWhere(sql`TRUE`).as('requests'),
        countWhere(sql`status <> 'success'`).as('failed'),
        countWhere(sql`usage_basis = 'estimated'`).as('estimated'),
        countWhere(sql`cost_nano IS NULL`).as('unpriced'),
        sumOf('input_tokens').as('input_tokens'),
        sumOf('cached_input_tokens').as('cached_input_tokens'),
        sumOf('output_tokens').as('output_tokens'),
        sumOf('reasoning_tokens').as('reasoning_tokens'),
        exactText(sql`SUM(cost_nano / ${sql.lit(NANO_HALF)})`).as('cost_high'),
        exactText(sql`SUM(cost_nano % ${sql.lit(NANO_HALF)})`).as('cost_low'),
      ])
      .where(ofOrganization(scope))
      .where(matching(filter))
      .orderBy('requests', 'desc')
      .orderBy('group_key')
      .limit(GROUPS_MAX);
    if (group !== undefined) query = query.groupBy(group);
    return await query.execute();
  });
  return rows.map((row) => ({
    group: groupBy === 'day' ? dayText(row.group_key) : (row.group_key ?? undefined),
    requests: wholeNumber(row.requests),
    failedRequests: wholeNumber(row.failed),
    estimatedRequests: wholeNumber(row.estimated),
    unpricedRequests: wholeNumber(row.unpriced),
    inputTokens: wholeNumber(row.input_tokens),
    cachedInputTokens: wholeNumber(row.cached_input_tokens),
    outputTokens: wholeNumber(row.output_tokens),
    reasoningTokens: wholeNumber(row.reasoning_tokens),
    costNano: joinHalves(row.cost_high, row.cost_low),
  }));
}

/** What a COUNT or SUM comes back as, by engine. */
type Counted = number | bigint | string;

/** Counts requests: a correction is none. */
function countWhere(condition: RawBuilder<unknown>): RawBuilder<Counted> {
  return sql<Counted>`COUNT(CASE WHEN corrects IS NULL AND ${condition} THEN 1 END)`;
}

function sumOf(column: string): RawBuilder<Counted | null> {
  return sql<Counted | null>`SUM(${sql.ref(column)})`;
}

function groupExpression(group: UsageGroup): RawBuilder<string | null> {
  switch (group) {
    case 'model':
      return MODEL;
    case 'provider':
      return sql<string | null>`provider_id`;
    case 'connection':
      return sql<string | null>`connection_id`;
    case 'key':
      return sql<string | null>`key_id`;
    case 'status':
      return sql<string | null>`status`;
    case 'operation':
      return sql<string | null>`operation`;
    case 'endUser':
      return sql<string | null>`end_user`;
    case 'application':
      return sql<string | null>`application`;
    case 'day':
      return sql<string | null>`CAST(started_at / ${sql.lit(DAY_MS)} AS TEXT)`;
    default:
      return assertNever(group);
  }
}

/** Days since the epoch → `YYYY-MM-DD` in UTC. */
function dayText(days: string | null): string | undefined {
  return days === null ? undefined : new Date(Number(days) * DAY_MS).toISOString().slice(0, 10);
}
