import { type NanoUsd, type NanoUsdPerMillion, nanoUsd, sumPriced } from '../kernel/money.ts';
import { addMeasures, type CountName, countOf, type Measures, noMeasures } from '../protocol/measures.ts';
import { TOKEN_CLASSES, type TokenClass, type TokenPrices } from '../protocol/rate-card.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, UsageFilters } from '../protocol/usage-sums.ts';
import { type Between, spanChecked } from './explore.ts';
import type { UsageStore, UsageSums } from './usage-ports.ts';

/** Connections that are looked into, the dearest first. */
const CONNECTIONS_MAX = 50;
/** Findings of a kind, the largest first. */
const FINDINGS_MAX = 20;
/** Less than a cent is not worth reading. */
const SAVING_MIN: NanoUsd = nanoUsd(10_000_000n);
/** Fewer calls than this say nothing of a habit. */
const REQUESTS_MIN = 100;
/** Providers cache nothing shorter than 1,024 tokens; twice that leaves something beside the prompt. */
const INPUT_TOKENS_MIN = 2048;
/** In percent: with more of the input cached, the caches do their work. */
const CACHED_SHARE_MAX = 20;
/** Operations that are paid for by their tokens alone. */
const TOKEN_OPERATIONS = ['chat', 'completions', 'embeddings'] as const;
/** What is paid for beside tokens: where there is any, tokens do not say what a call costs elsewhere. */
const OTHER_UNITS: readonly CountName[] = ['images', 'seconds_ms', 'characters', 'tool_calls'];
const FAILED = ['upstream_error', 'rejected', 'client_closed', 'cut', 'timeout', 'interrupted'] as const;

/** A model at a connection, and what it costs there. */
export type Offer = {
  readonly connectionId: string;
  readonly providerId: string;
  readonly upstreamModel: string;
  /** Offers of one canonical model are the same model. */
  readonly canonicalModel: string;
  /** `undefined` where no price is known, or none that sums can be charged by. */
  readonly prices: TokenPrices | undefined;
};

/** One line of an arithmetic: so many tokens at the one price and at the other, today. */
export type PricedClass = {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly price: NanoUsdPerMillion;
  readonly otherPrice: NanoUsdPerMillion;
};

/** The same tokens would have cost less at another connection that offers the same model. */
export type CheaperDeployment = {
  readonly used: Offer;
  readonly other: Offer;
  readonly requests: number;
  readonly estimatedRequests: number;
  readonly lines: readonly PricedClass[];
  readonly cost: NanoUsd;
  readonly otherCost: NanoUsd;
  readonly saved: NanoUsd;
};

/** Long inputs of which the provider's cache held little. */
export type UncachedInput = {
  readonly used: Offer;
  readonly requests: number;
  readonly averageInputTokens: number;
  readonly uncachedTokens: number;
  readonly cachedTokens: number;
  readonly inputTokens: number;
  readonly price: NanoUsdPerMillion;
  readonly cachedPrice: NanoUsdPerMillion;
  /** If every token that was not cached had been; less where prompts differ. */
  readonly savedAtMost: NanoUsd;
};

/** Calls that failed and were paid for all the same. */
export type FailedSpend = {
  readonly model: string;
  readonly requests: number;
  readonly cost: NanoUsd;
  readonly statuses: readonly {
    readonly status: (typeof FAILED)[number];
    readonly requests: number;
    readonly cost: NanoUsd;
  }[];
};

export type Savings = {
  readonly cheaper: readonly CheaperDeployment[];
  readonly uncached: readonly UncachedInput[];
  readonly failed: readonly FailedSpend[];
};

export type SavingsQuery = Between & {
  /** The projects that may be seen; `undefined`: all of the organization. */
  readonly projectIds: readonly string[] | undefined;
  /** What the caller may call now. */
  readonly offers: readonly Offer[];
};

/** Looks for what an organization could have saved. What depends on a price that is not known is not told. */
export function createSavingsFinder({ store }: { readonly store: UsageStore }) {
  return async (scope: OrganizationScope, query: SavingsQuery): Promise<Savings> => {
    const edges = spanChecked(query);
    const projects: UsageFilters = query.projectIds === undefined ? {} : { project: query.projectIds };
    return await store.view(scope, async (sums) => {
      const calls = await callsOf(sums, { edges, filters: projects, offers: query.offers });
      const failed = await failedSpend(sums, { edges, filters: projects });
      return {
        cheaper: largest(
          calls.flatMap((call) => cheaperDeployment(call, query.offers) ?? []),
          ({ saved }) => saved,
        ),
        uncached: largest(
          calls.flatMap((call) => uncachedInput(call) ?? []),
          ({ savedAtMost }) => savedAtMost,
        ),
        failed: largest(failed, ({ cost }) => cost),
      };
    });
  };
}

function largest<Finding>(findings: readonly Finding[], of: (finding: Finding) => NanoUsd): readonly Finding[] {
  const worth = findings.filter((finding) => of(finding) >= SAVING_MIN);
  return worth.toSorted((a, b) => (of(a) === of(b) ? 0 : of(a) < of(b) ? 1 : -1)).slice(0, FINDINGS_MAX);
}

/** The successful calls of one model at one connection. */
export type Calls = { readonly used: Offer; readonly measures: Measures };
type Wanted = { readonly edges: readonly number[]; readonly filters: UsageFilters };

async function callsOf(
  sums: UsageSums,
  { edges, filters, offers }: Wanted & { readonly offers: readonly Offer[] },
): Promise<readonly Calls[]> {
  const ofTokens = { ...filters, operation: TOKEN_OPERATIONS, status: ['success'] };
  const wanted = { edges, groupBy: 'connection', detail: 'few', filters: ofTokens } as const;
  const connections = await sums.sums({ ...wanted, first: { by: 'cost', count: CONNECTIONS_MAX } });
  const dearest = connections.toSorted((a, b) => (a.measures.costNano < b.measures.costNano ? 1 : -1));
  const calls: Calls[] = [];
  for (const { value: connectionId } of dearest.slice(0, CONNECTIONS_MAX)) {
    if (connectionId === undefined) continue;
    const own = { ...ofTokens, connection: [connectionId] };
    const byModel = await sums.sums({ edges, filters: own, groupBy: 'model', detail: 'all' });
    for (const [model, measures] of merged(byModel)) {
      const used = offers.find((one) => one.connectionId === connectionId && one.upstreamModel === model);
      if (used !== undefined) calls.push({ used, measures });
    }
  }
  return calls;
}

/** Sums that are told in several parts, as one for each group. */
function merged(sums: readonly GroupSum[]): ReadonlyMap<string | undefined, Measures> {
  const found = new Map<string | undefined, Measures>();
  for (const { value, measures } of sums) {
    const sum = found.get(value) ?? noMeasures();
    addMeasures(sum, measures);
    found.set(value, sum);
  }
  return found;
}

/** The cheapest other offer of the same model for the same tokens, by the prices of today. */
export function cheaperDeployment({ used, measures }: Calls, offers: readonly Offer[]): CheaperDeployment | undefined {
  if (OTHER_UNITS.some((name) => countOf(measures, name) !== 0)) return undefined;
  let best: CheaperDeployment | undefined;
  for (const other of offers) {
    if (other.canonicalModel !== used.canonicalModel || other.connectionId === used.connectionId) continue;
    const lines = linesOf(measures, used.prices, other.prices);
    if (lines === undefined) continue;
    const cost = sumPriced(lines.map(({ tokens: units, price }) => ({ units, price })));
    const otherCost = sumPriced(lines.map(({ tokens: units, otherPrice: price }) => ({ units, price })));
    if (otherCost >= cost || (best !== undefined && otherCost >= best.otherCost)) continue;
    best = {
      used,
      other,
      requests: countOf(measures, 'requests'),
      estimatedRequests: countOf(measures, 'estimated'),
      lines,
      cost,
      otherCost,
      saved: nanoUsd(cost - otherCost),
    };
  }
  return best;
}

/** `undefined` where a class that was used has no price at one of the two, or corrections left less than nothing of it. */
function linesOf(
  measures: Measures,
  prices: TokenPrices | undefined,
  otherPrices: TokenPrices | undefined,
): readonly PricedClass[] | undefined {
  const lines: PricedClass[] = [];
  for (const tokenClass of TOKEN_CLASSES) {
    const tokens = countOf(measures, tokenClass);
    if (tokens === 0) continue;
    const [price, otherPrice] = [prices?.ofClass[tokenClass], otherPrices?.ofClass[tokenClass]];
    if (tokens < 0 || price === undefined || otherPrice === undefined) return undefined;
    lines.push({ tokenClass, tokens, price, otherPrice });
  }
  return lines;
}

/** What the provider's cache could have taken of many long inputs at most, where it took little. */
export function uncachedInput({ used, measures }: Calls): UncachedInput | undefined {
  const [price, cachedPrice] = [used.prices?.ofClass.input_tokens, used.prices?.ofClass.cached_input_tokens];
  if (used.prices?.hasCachedPrice !== true || price === undefined || cachedPrice === undefined) return undefined;
  const requests = countOf(measures, 'requests');
  const uncachedTokens = countOf(measures, 'input_tokens');
  const cachedTokens = countOf(measures, 'cached_input_tokens');
  const writtenTokens = countOf(measures, 'cache_write_5m_tokens') + countOf(measures, 'cache_write_1h_tokens');
  const inputTokens = uncachedTokens + cachedTokens + writtenTokens;
  if (requests < REQUESTS_MIN || inputTokens < requests * INPUT_TOKENS_MIN) return undefined;
  if (cachedPrice >= price || cachedTokens * 100 >= inputTokens * CACHED_SHARE_MAX) return undefined;
  const atFull = sumPriced([{ units: uncachedTokens, price }]);
  const atCached = sumPriced([{ units: uncachedTokens, price: cachedPrice }]);
  return {
    used,
    requests,
    averageInputTokens: Math.round(inputTokens / requests),
    uncachedTokens,
    cachedTokens,
    inputTokens,
    price,
    cachedPrice,
    savedAtMost: nanoUsd(atFull - atCached),
  };
}

async function failedSpend(sums: UsageSums, { edges, filters }: Wanted): Promise<readonly FailedSpend[]> {
  const found = new Map<string, FailedSpend['statuses'][number][]>();
  for (const status of FAILED) {
    const wanted = { edges, groupBy: 'model', detail: 'few', filters: { ...filters, status: [status] } } as const;
    for (const [model, measures] of merged(await sums.sums(wanted))) {
      if (model === undefined || measures.costNano <= 0n) continue;
      const own = found.get(model) ?? [];
      own.push({ status, requests: countOf(measures, 'requests'), cost: nanoUsd(measures.costNano) });
      found.set(model, own);
    }
  }
  return [...found].map(([model, statuses]) => ({
    model,
    requests: statuses.reduce((sum, { requests }) => sum + requests, 0),
    cost: nanoUsd(statuses.reduce((sum, { cost }) => sum + cost, 0n)),
    statuses,
  }));
}
