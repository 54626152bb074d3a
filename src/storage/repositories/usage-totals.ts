import { sql } from 'kysely';
import { addMeasures, countOf, type Measures, noMeasures } from '../../protocol/measures.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { GroupSum, UsageDimension, UsageFilters } from '../../protocol/usage-sums.ts';
import type { UsageFilter, UsageGroup, UsageTotals } from '../../records/ports.ts';
import type { UsageSums } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import { DAY_MS, LEVELS } from '../rollup-columns.ts';
import { kindFor, type Span } from '../usage-plan.ts';
import { preferIndexes } from './series-rows.ts';
import type { View } from './summed-rows.ts';
import { ofOrganization } from './tenant-scope.ts';
import { sumsOf } from './usage.ts';

/** Before and after all records: months begin there, so that all that lies between is read from few rows. */
const EVER: Span = { fromMs: Date.UTC(1970, 0), toMs: Date.UTC(9999, 0) };

export type TotalsWanted = {
  readonly filter: UsageFilter;
  readonly groupBy: UsageGroup | undefined;
  /** Groups at most; the busiest ones are given. */
  readonly most: number;
};

/** Totals from the sums that are kept; `undefined` where those cannot tell. */
export async function totalsFromSums(
  database: StoreDatabase,
  scope: OrganizationScope,
  wanted: TotalsWanted,
): Promise<readonly UsageTotals[] | undefined> {
  const filters = filtersOf(wanted.filter);
  const asked = { filters, groupBy: dimensionOf(wanted.groupBy) };
  if (kindFor(asked) === undefined) return undefined;
  return await database.within(scope.organizationId).readTogether(async (transaction) => {
    await preferIndexes(transaction, database.engine);
    const view: View = { view: transaction, engine: database.engine, scope };
    const sums = sumsOf(view);
    const { fromMs = EVER.fromMs, toMs = EVER.toMs } = wanted.filter;
    if (await sums.isCapped(asked, fromMs, toMs)) return undefined;
    const span = { fromMs, toMs };
    if (wanted.groupBy === 'day') return firstOf(await byDay(view, sums, { filters, span }), wanted.most);
    const first = { by: 'requests', count: wanted.most } as const;
    const found = fromMs < toMs ? await sums.sums({ ...asked, edges: [fromMs, toMs], first, detail: 'counts' }) : [];
    if (wanted.groupBy !== undefined) return firstOf(byGroup(found), wanted.most);
    return byGroup(found.length === 0 ? [{ value: undefined, bucket: 0, measures: noMeasures() }] : found);
  });
}

function filtersOf(filter: UsageFilter): UsageFilters {
  const one = (dimension: UsageDimension, value: string | undefined): UsageFilters =>
    value === undefined ? {} : { [dimension]: [value] };
  return {
    ...(filter.projectIds === undefined ? {} : { project: filter.projectIds }),
    ...one('key', filter.keyId),
    ...one('model', filter.model),
    ...one('provider', filter.providerId),
    ...one('connection', filter.connectionId),
    ...one('status', filter.status),
    ...one('end_user', filter.endUser),
    ...one('application', filter.application),
  };
}

function dimensionOf(groupBy: UsageGroup | undefined): UsageDimension | undefined {
  if (groupBy === 'day') return undefined;
  return groupBy === 'endUser' ? 'end_user' : groupBy;
}

type Asked = { readonly filters: UsageFilters; readonly span: Span };

/** By the days of UTC that there is usage of, or may be. */
async function byDay(view: View, sums: UsageSums, { filters, span }: Asked): Promise<readonly UsageTotals[]> {
  const used = await usedSpan(view);
  const fromMs = Math.max(span.fromMs, used.fromMs);
  const toMs = Math.min(span.toMs, used.toMs);
  if (fromMs >= toMs) return [];
  const firstDay = Math.floor(fromMs / DAY_MS) + 1;
  const inner = Array.from({ length: Math.max(0, Math.ceil(toMs / DAY_MS) - firstDay) }, (_, day) => firstDay + day);
  const edges = [fromMs, ...inner.map((day) => day * DAY_MS), toMs];
  const found = await sums.sums({ filters, groupBy: undefined, edges, detail: 'counts' });
  return byGroup(found.map((sum) => ({ ...sum, value: new Date(edges[sum.bucket] ?? 0).toISOString().slice(0, 10) })));
}

/** From the first day to the last that a sum or a record that waits for it is of. */
async function usedSpan({ view, scope }: View): Promise<Span> {
  type Ends = { readonly first: number | string | null; readonly last: number | string | null };
  const { rows } = await sql<Ends>`
    SELECT MIN(r.start_at) AS first, MAX(r.start_at) AS last FROM usage_series AS s
      JOIN usage_rollups AS r ON r.series_id = s.id
      WHERE ${ofOrganization(scope, 's')} AND s.kind = 'all' AND r.level = ${sql.lit(LEVELS.day)}
    UNION ALL SELECT MIN(p.started_at), MAX(p.started_at) FROM usage_pending AS p
      WHERE ${ofOrganization(scope, 'p')}`.execute(view);
  const days = rows.flatMap(({ first, last }) =>
    first === null || last === null ? [] : [Number(first), Number(last)],
  );
  if (days.length === 0) return { fromMs: 0, toMs: 0 };
  return { fromMs: Math.min(...days), toMs: (Math.floor(Math.max(...days) / DAY_MS) + 1) * DAY_MS };
}

function byGroup(sums: readonly GroupSum[]): readonly UsageTotals[] {
  const found = new Map<string | undefined, Measures>();
  for (const { value, measures } of sums) {
    const known = found.get(value) ?? noMeasures();
    addMeasures(known, measures);
    found.set(value, known);
  }
  return [...found].map(([group, measures]) => toTotals(group, measures));
}

function toTotals(group: string | undefined, measures: Measures): UsageTotals {
  return {
    group,
    requests: countOf(measures, 'requests'),
    failedRequests: countOf(measures, 'failed'),
    estimatedRequests: countOf(measures, 'estimated'),
    unpricedRequests: countOf(measures, 'unpriced'),
    inputTokens: countOf(measures, 'input_tokens'),
    cachedInputTokens: countOf(measures, 'cached_input_tokens'),
    outputTokens: countOf(measures, 'output_tokens'),
    reasoningTokens: countOf(measures, 'reasoning_tokens'),
    costNano: measures.costNano,
  };
}

/** The groups with most requests first; those without a name come last among equals. */
function firstOf(totals: readonly UsageTotals[], most: number): readonly UsageTotals[] {
  const byName = (a: string | undefined, b: string | undefined): number => {
    if (a === b) return 0;
    return b === undefined || (a !== undefined && a < b) ? -1 : 1;
  };
  return totals.toSorted((a, b) => b.requests - a.requests || byName(a.group, b.group)).slice(0, most);
}
