import type { TimeZone } from '../../../kernel/time-zone.ts';
import { countOf, type Measures, mergedMeasures, tokensOf } from '../../../protocol/measures.ts';
import type { UsageFilters } from '../../../protocol/usage-sums.ts';
import type { UsageSums } from '../../../records/usage-ports.ts';
import { type Audience, filtersOf } from './audience.ts';
import { type Charged, chargedFor } from './charged.ts';
import { byBucket, byValue, callsIn, type Totals, totalsOf, typeOf } from './measures.ts';
import type { UsageReads } from './ports.ts';
import { dateAt, daysOf, type Range } from './query.ts';

/** Models that are named, those with most calls first. */
const MODELS_MAX = 100;

type StatsWanted = { readonly audience: Audience; readonly range: Range; readonly zone: TimeZone };

/**
 * The answer of `usage-stats` and `user-stats`, in the documented form. There `modelStats` is a list, and in the
 * original an object with a list in it: the documented one is given, and what it leaves room for beside it.
 */
export async function usageStats(usage: UsageReads, { audience, range, zone }: StatsWanted) {
  const days = daysOf(range, zone);
  const filters = filtersOf(audience);
  const edges = [range.fromMs, range.toMs];
  const before = [2 * range.fromMs - range.toMs, range.fromMs];
  const { current, previous, points, types, models } = await usage.view(audience, async (view) => {
    const all = { filters, groupBy: undefined, detail: 'all' } as const;
    return {
      current: await view.sums({ ...all, edges }),
      previous: await view.sums({ ...all, edges: before }),
      points: byBucket(await view.sums({ ...all, edges: days.edges }), days.starts.length),
      types: byValue(await view.sums({ ...all, edges, groupBy: 'operation' })),
      models: await modelStats(view, { usage, filters, edges }),
    };
  });
  const calls = callsIn(current);
  const byType = { groupBy: 'operation', countedAs: typeOf } as const;
  const charged = await chargedFor(usage, { audience, edges: days.edges, calls, ...byType });
  const chargedBefore = await chargedFor(usage, { audience, edges: before, calls: callsIn(previous) });
  const totals = totalsOf(mergedMeasures(current), charged({}));
  return {
    summary: {
      totalCredits: totals.totalCredits,
      totalCalls: totals.totalCalls,
      modelCount: new Set(models.map(({ model }) => model)).size,
      byType: typeStats(types, charged),
    },
    dailyStats: points.map((point, bucket) => ({
      date: dateAt(zone, days.starts[bucket] ?? range.fromMs),
      credits: charged({ bucket }),
      tokens: tokensOf(point),
      requests: countOf(point, 'requests'),
    })),
    modelStats: models.slice(0, MODELS_MAX),
    totalModelCount: models.length,
    trendComparison: compared(totals, totalsOf(mergedMeasures(previous), chargedBefore({}))),
  };
}

function typeStats(operations: ReadonlyMap<string, Measures>, charged: Charged): Record<string, Totals> {
  const types = Map.groupBy(operations, ([operation]) => typeOf(operation));
  return Object.fromEntries(
    [...types].map(([type, own]) => {
      const measures = mergedMeasures(own.map(([, each]) => ({ measures: each })));
      return [type, totalsOf(measures, charged({ value: type }))];
    }),
  );
}

/** The models of each provider, who is not told where calls are paid for. A call that reached no provider is none of a model. */
async function modelStats(
  view: UsageSums,
  {
    usage,
    filters,
    edges,
  }: { readonly usage: UsageReads; readonly filters: UsageFilters; readonly edges: readonly number[] },
) {
  const few = { edges, detail: 'few' } as const;
  if (usage.charges !== undefined) {
    const models = byValue(await view.sums({ ...few, filters, groupBy: 'model' }));
    return mostFirst([...models].map(([model, measures]) => rowOf(model, measures, { providerId: '', provider: '' })));
  }
  const providers = byValue(await view.sums({ ...few, filters, groupBy: 'provider' }));
  const rows: ModelRow[] = [];
  for (const providerId of providers.keys()) {
    const own = { ...filters, provider: [providerId] };
    for (const [model, measures] of byValue(await view.sums({ ...few, filters: own, groupBy: 'model' }))) {
      const provider = usage.providerName(providerId) ?? providerId;
      rows.push(rowOf(model, measures, { providerId, provider }));
    }
  }
  return mostFirst(rows);
}

type ModelRow = ReturnType<typeof rowOf>;

function rowOf(
  model: string,
  measures: Measures,
  { providerId, provider }: { readonly providerId: string; readonly provider: string },
) {
  return { providerId, provider, model, totalCalls: countOf(measures, 'requests') };
}

function mostFirst(rows: readonly ModelRow[]): readonly ModelRow[] {
  return rows.toSorted((a, b) => b.totalCalls - a.totalCalls || (a.model < b.model ? -1 : 1));
}

function compared(current: Totals, previous: Totals) {
  return {
    current: shown(current),
    previous: shown(previous),
    growth: {
      usageGrowth: growth(current.totalUsage, previous.totalUsage),
      creditsGrowth: growth(current.totalCredits, previous.totalCredits),
      callsGrowth: growth(current.totalCalls, previous.totalCalls),
    },
  };
}

function shown({ totalUsage, totalCredits, totalCalls }: Totals) {
  return { totalUsage, totalCredits, totalCalls };
}

/** The share by which something grew, with four decimals; 0 where there was nothing that could. */
function growth(now: number, before: number): number {
  return before === 0 ? 0 : Math.round(((now - before) / before) * 10_000) / 10_000;
}
