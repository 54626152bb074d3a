import type { Metric } from 'prom-client';

/**
 * Counters and histograms for the hot path. The library's own hash their labels at every call; these add to a number and
 * take their labels' form only when somebody reads the metrics.
 */

type Labels = Readonly<Record<string, string>>;
type Value = {
  readonly labels: Labels & { readonly le?: string };
  readonly value: number;
  readonly metricName?: string;
};

/** What the registry asks of a metric: https://github.com/siimon/prom-client */
type Readable = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: 'sum';
  readonly get: () => Promise<{ name: string; help: string; type: string; aggregator: 'sum'; values: Value[] }>;
  readonly reset: () => void;
};

type Description<Label extends string> = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
};

/** A counter whose label values are given in the order of their names. */
export class Tally<Label extends string> implements Readable {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly aggregator = 'sum';
  readonly #labelNames: readonly Label[];
  readonly #counts = new Map<string, number>();

  constructor({ name, help, labelNames }: Description<Label>) {
    this.name = name;
    this.help = help;
    this.#labelNames = labelNames;
    if (labelNames.length === 0) this.#counts.set('', 0);
  }

  /** Adds to the series of these label values, which are joined by a character that none of them holds. */
  add(series: string, amount = 1): void {
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + amount);
  }

  async get() {
    const values = [...this.#counts].map(([series, value]) => ({ labels: labelsOf(this.#labelNames, series), value }));
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values } as const;
  }

  reset(): void {
    this.#counts.clear();
  }
}

type Distribution = { readonly counts: number[]; sum: number; count: number };

/** A histogram by one label. */
export class Spread<Label extends string> implements Readable {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #labelName: Label;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Distribution>();

  constructor(input: {
    readonly name: string;
    readonly help: string;
    readonly labelName: Label;
    readonly bounds: readonly number[];
  }) {
    this.name = input.name;
    this.help = input.help;
    this.#labelName = input.labelName;
    this.#bounds = input.bounds;
  }

  observe(series: string, value: number): void {
    let found = this.#series.get(series);
    if (found === undefined) {
      found = { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
      this.#series.set(series, found);
    }
    found.sum += value;
    found.count += 1;
    const place = this.#bounds.findIndex((bound) => value <= bound);
    if (place >= 0) found.counts[place] = (found.counts[place] ?? 0) + 1;
  }

  async get() {
    const values = [...this.#series].flatMap(([series, distribution]) => this.#valuesOf(series, distribution));
    return {
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: this.aggregator,
      values,
    } as const;
  }

  #valuesOf(series: string, { counts, sum, count }: Distribution): Value[] {
    const labels = { [this.#labelName]: series };
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      return { labels: { ...labels, le: String(bound) }, value: below, metricName: `${this.name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${this.name}_bucket` },
      { labels, value: sum, metricName: `${this.name}_sum` },
      { labels, value: count, metricName: `${this.name}_count` },
    ];
  }

  reset(): void {
    this.#series.clear();
  }
}

/** Parts the label values of a series: no label value of ours holds a line break. */
export const LABEL_BREAK = '\n';

function labelsOf(names: readonly string[], series: string): Labels {
  const values = series.split(LABEL_BREAK);
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

/** The registry's type knows only the library's own classes, and asks no more of a metric than these have. */
export function asMetric(metric: Readable): Metric {
  return metric as unknown as Metric;
}
