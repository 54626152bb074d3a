import type { OrganizationScope } from '../protocol/tenant.ts';
import type { SumsWanted } from '../protocol/usage-sums.ts';
import type { RecordStore, UsageTotals } from './ports.ts';
import type { UsageStore, UsageSums } from './usage-ports.ts';

/**
 * Usage whose models go by other names than the store knows them by. Those whom it is not told who serves know models by
 * what they are sold as, of which several of a provider's may be one.
 */

/** What a model in the store is called; `undefined` where all are called as they are there. */
export type NamesOf = (scope: OrganizationScope) => ((model: string) => string) | undefined;

export function underModelNames(store: UsageStore, namesOf: NamesOf): UsageStore {
  return {
    view: (scope, work) => {
      const nameOf = namesOf(scope);
      return store.view(scope, (sums) => work(nameOf === undefined ? sums : namedSums(sums, nameOf)));
    },
  };
}

function namedSums(sums: UsageSums, nameOf: (model: string) => string): UsageSums {
  /** Every model of the time, by its name in the store. */
  const modelsOf = async ({ filters, edges }: Pick<SumsWanted, 'filters' | 'edges'>): Promise<readonly string[]> => {
    const { model: _named, ...others } = filters;
    const whole = [edges[0] ?? 0, edges.at(-1) ?? 0];
    const found = await sums.sums({ edges: whole, filters: others, groupBy: 'model', detail: 'few' });
    return [...new Set(found.flatMap(({ value }) => value ?? []))];
  };
  return {
    sums: async (wanted) => {
      const { filters } = wanted;
      if (wanted.groupBy !== 'model' && filters.model === undefined) return sums.sums(wanted);
      const models = await modelsOf(wanted);
      const asked =
        filters.model === undefined
          ? filters
          : { ...filters, model: models.filter((model) => filters.model?.includes(nameOf(model))) };
      const names = new Map(models.map((model) => [model, nameOf(model)]));
      return sums.sums({ ...wanted, filters: asked, ...(wanted.groupBy === 'model' ? { names } : {}) });
    },
    isCapped: (asked, fromMs, toMs) => sums.isCapped(asked, fromMs, toMs),
  };
}

/** As {@link underModelNames}, for sums by record. */
export function totalsUnderModelNames(totals: RecordStore['totals'], namesOf: NamesOf): RecordStore['totals'] {
  return async (scope, filter, groupBy) => {
    const found = await totals(scope, filter, groupBy);
    const nameOf = groupBy === 'model' ? namesOf(scope) : undefined;
    if (nameOf === undefined) return found;
    const byName = Map.groupBy(found, ({ group }) => (group === undefined ? undefined : nameOf(group)));
    return [...byName].map(([group, rows]) => rows.reduce(added, { ...NOTHING, group }));
  };
}

const NOTHING: UsageTotals = {
  group: undefined,
  requests: 0,
  failedRequests: 0,
  estimatedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNano: 0n,
};

function added(sum: UsageTotals, more: UsageTotals): UsageTotals {
  return {
    group: sum.group,
    requests: sum.requests + more.requests,
    failedRequests: sum.failedRequests + more.failedRequests,
    estimatedRequests: sum.estimatedRequests + more.estimatedRequests,
    unpricedRequests: sum.unpricedRequests + more.unpricedRequests,
    inputTokens: sum.inputTokens + more.inputTokens,
    cachedInputTokens: sum.cachedInputTokens + more.cachedInputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    reasoningTokens: sum.reasoningTokens + more.reasoningTokens,
    costNano: sum.costNano + more.costNano,
  };
}
