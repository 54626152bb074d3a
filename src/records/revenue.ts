import { GatewayError } from '../kernel/errors.ts';
import {
  addCredits,
  addNano,
  costInCredits,
  lessCredits,
  marginPercent,
  type NanoCredits,
  type NanoUsd,
  NO_CREDITS,
  nanoUsd,
  ZERO_NANO_USD,
} from '../kernel/money.ts';
import { countOf, type Measures } from '../protocol/measures.ts';
import { type Between, bucketEdges } from './explore.ts';
import type { Earned, EarningsStore } from './revenue-ports.ts';
import type { UsageStore } from './usage-ports.ts';

/** Entries that one look may add up: seven seconds of reading at most on PostgreSQL, two on SQLite. */
export const ENTRIES_MAX = 1_000_000;

export const REVENUE_STEPS = ['day', 'week', 'month'] as const;

export type RevenueQuery = Between & {
  readonly timeZone: string;
  readonly granularity: (typeof REVENUE_STEPS)[number];
};

/** What was earned and what it cost. Each is a sum of its own; credits of a cost are the whole sum's, rounded up once. */
export type RevenueSums = {
  /** What calls took, and corrections of that. */
  readonly chargedNano: NanoCredits;
  readonly refundedNano: NanoCredits;
  /** Charged less refunded. */
  readonly revenueNano: NanoCredits;
  /** As much of the revenue as was paid for with credit that was bought; the rest was given. */
  readonly boughtNano: NanoCredits;
  readonly costUsd: NanoUsd;
  readonly costNano: NanoCredits;
  readonly marginNano: NanoCredits;
  readonly marginPercent: string | undefined;
  /** Calls whose cost nobody knows, which is in no sum. */
  readonly unpriced: number;
};

export type RevenueGroup = {
  /** `undefined`: of calls that are on record no more. */
  readonly value: string | undefined;
  readonly name: string | undefined;
  readonly sums: RevenueSums;
};

export type Revenue = {
  readonly edges: readonly number[];
  readonly creditPrice: NanoUsd;
  readonly total: RevenueSums;
  /** One for each bucket between the edges. */
  readonly periods: readonly RevenueSums[];
  /** What earned most first. */
  readonly organizations: readonly RevenueGroup[];
  readonly models: readonly RevenueGroup[];
};

type Deps = {
  readonly earnings: EarningsStore;
  readonly usage: UsageStore;
  /** What one credit is worth. */
  readonly creditPrice: () => Promise<NanoUsd>;
  readonly entriesMax?: number;
};

/**
 * What all organizations paid and what their calls cost: revenue from the ledger's entries by when they were posted, cost
 * from the records by when the calls began. So each side is that of its own books, and what is posted changes no earlier time.
 */
export function createRevenueReport({ earnings, usage, creditPrice, entriesMax = ENTRIES_MAX }: Deps) {
  return async (query: RevenueQuery): Promise<Revenue> => {
    const edges = bucketEdges(query, query.granularity);
    if ((await earnings.count(query, entriesMax + 1)) > entriesMax) throw tooMuch(entriesMax);
    const organizations = await earnings.organizations(query);
    const price = await creditPrice();
    const report = new Tally();
    // One after the other: nobody waits long for their turn at the store.
    for (const [bucket, toMs] of edges.slice(1).entries()) {
      const fromMs = edges[bucket] ?? toMs;
      for (const earned of await earnings.earned({ fromMs, toMs })) report.earn(bucket, earned);
    }
    for (const { id, hasUsage } of organizations) {
      if (!hasUsage) continue;
      const asked = { edges, filters: {}, groupBy: 'model', detail: 'counts' } as const;
      const sums = await usage.view({ organizationId: id }, (view) => view.sums(asked));
      for (const { bucket, value, measures } of sums)
        report.spend({ bucket, organizationId: id, model: value }, measures);
    }
    const names = new Map(organizations.map(({ id, name }) => [id, name]));
    return {
      edges,
      creditPrice: price,
      total: report.total.sums(price),
      periods: edges.slice(1).map((_, bucket) => (report.periods.get(bucket) ?? new Line()).sums(price)),
      organizations: groupsOf(report.organizations, price, (id) => names.get(id)),
      models: groupsOf(report.models, price, () => undefined),
    };
  };
}

function tooMuch(most: number): GatewayError {
  const message = `from: more than ${most} movements of credit lie in that time; take less.`;
  return new GatewayError('request.invalid', { message, param: 'from' });
}

/** One row of the report while it is added up. */
class Line {
  #chargedNano = NO_CREDITS;
  #refundedNano = NO_CREDITS;
  #boughtNano = NO_CREDITS;
  #costUsd = ZERO_NANO_USD;
  #unpriced = 0;
  #isEmpty = true;

  earn({ isRefund, grantKind, amountNano }: Earned): void {
    this.#isEmpty = false;
    if (isRefund) this.#refundedNano = lessCredits(this.#refundedNano, amountNano);
    else this.#chargedNano = addCredits(this.#chargedNano, amountNano);
    if (grantKind === 'purchased') this.#boughtNano = addCredits(this.#boughtNano, amountNano);
  }

  spend(measures: Measures): void {
    const unpriced = countOf(measures, 'unpriced');
    if (measures.costNano === 0n && unpriced === 0) return;
    this.#isEmpty = false;
    this.#costUsd = addNano(this.#costUsd, nanoUsd(measures.costNano));
    this.#unpriced += unpriced;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  sums(creditPrice: NanoUsd): RevenueSums {
    const revenueNano = lessCredits(this.#chargedNano, this.#refundedNano);
    const costNano = costInCredits(this.#costUsd, creditPrice);
    return {
      chargedNano: this.#chargedNano,
      refundedNano: this.#refundedNano,
      revenueNano,
      boughtNano: this.#boughtNano,
      costUsd: this.#costUsd,
      costNano,
      marginNano: lessCredits(revenueNano, costNano),
      marginPercent: marginPercent(revenueNano, costNano),
      unpriced: this.#unpriced,
    };
  }
}

class Tally {
  readonly total = new Line();
  readonly periods = new Map<number, Line>();
  readonly organizations = new Map<string, Line>();
  readonly models = new Map<string | undefined, Line>();

  earn(bucket: number, earned: Earned): void {
    for (const line of this.#linesOf({ bucket, ...earned })) line.earn(earned);
  }

  spend(place: Place, measures: Measures): void {
    for (const line of this.#linesOf(place)) line.spend(measures);
  }

  #linesOf({ bucket, organizationId, model }: Place): readonly Line[] {
    return [
      this.total,
      lineOf(this.periods, bucket),
      lineOf(this.organizations, organizationId),
      lineOf(this.models, model),
    ];
  }
}

type Place = { readonly bucket: number; readonly organizationId: string; readonly model: string | undefined };

function lineOf<Key>(lines: Map<Key, Line>, key: Key): Line {
  const known = lines.get(key);
  if (known !== undefined) return known;
  const made = new Line();
  lines.set(key, made);
  return made;
}

function groupsOf(
  lines: ReadonlyMap<string | undefined, Line>,
  creditPrice: NanoUsd,
  nameOf: (value: string) => string | undefined,
): readonly RevenueGroup[] {
  return [...lines]
    .filter(([, line]) => !line.isEmpty)
    .map(([value, line]) => ({
      value,
      name: value === undefined ? undefined : nameOf(value),
      sums: line.sums(creditPrice),
    }))
    .toSorted(
      (a, b) =>
        descending(a.sums.revenueNano, b.sums.revenueNano) ||
        descending(a.sums.costUsd, b.sums.costUsd) ||
        ((a.value ?? '') < (b.value ?? '') ? -1 : 1),
    );
}

function descending(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? 1 : -1;
}
