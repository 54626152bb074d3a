import type { LoadResult } from './load.ts';

/** One target in one round of one scenario. */
export type Sample = {
  readonly target: string;
  readonly scenario: string;
  readonly round: number;
  /** CPU of the target for each request; `undefined` for the upstream asked directly. */
  readonly cpuMicrosPerRequest: number | undefined;
  /** At full concurrency. */
  readonly load: LoadResult;
  /** One request at a time. */
  readonly single: LoadResult;
};

/** The middle of the values and their range. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** @throws Error for an empty list */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new Error('no values');
  const upper = sorted[Math.floor(sorted.length / 2)] ?? max;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? min;
  return { median: (upper + lower) / 2, min, max };
}

/** A table for one scenario, a row for each target in the order of their first appearance. */
export function tableOf(scenario: string, samples: readonly Sample[]): string {
  const own = samples.filter((sample) => sample.scenario === scenario);
  const names = [...new Set(own.map((sample) => sample.target))];
  const directP50 = medianOf(own, 'direct', (sample) => sample.single.p50Ms);
  const directP99 = medianOf(own, 'direct', (sample) => sample.single.p99Ms);
  const rows = names.map((name) => [
    name,
    show(
      spreadFor(own, name, (sample) => sample.cpuMicrosPerRequest),
      0,
    ),
    show(
      spreadFor(own, name, (sample) => sample.load.requests / sample.load.seconds),
      0,
    ),
    show(
      spreadFor(own, name, (sample) => sample.load.p50Ms),
      2,
    ),
    show(
      spreadFor(own, name, (sample) => sample.load.p99Ms),
      2,
    ),
    added(
      medianOf(own, name, (sample) => sample.single.p50Ms),
      directP50,
    ),
    added(
      medianOf(own, name, (sample) => sample.single.p99Ms),
      directP99,
    ),
  ]);
  const heads = ['', 'CPU µs/request', 'requests/s', 'p50 ms', 'p99 ms', 'added p50 ms', 'added p99 ms'];
  return aligned([heads, ...rows]);
}

/** The ratio of two targets' CPU per request, round by round, so that a slow minute weighs on both. */
export function ratioOf(
  target: string,
  base: string,
  { scenario, samples }: { readonly scenario: string; readonly samples: readonly Sample[] },
): Spread | undefined {
  const cpuOf = (name: string, round: number): number | undefined =>
    samples.find((sample) => sample.target === name && sample.scenario === scenario && sample.round === round)
      ?.cpuMicrosPerRequest;
  const rounds = [...new Set(samples.map((sample) => sample.round))];
  const ratios = rounds.flatMap((round) => {
    const [own, other] = [cpuOf(target, round), cpuOf(base, round)];
    return own === undefined || other === undefined ? [] : [own / other];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

/** `median (min–max)`. */
export function show(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return '–';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) => value.toFixed(digits));
  return `${median ?? ''} (${min ?? ''}–${max ?? ''})`;
}

function spreadFor(
  samples: readonly Sample[],
  target: string,
  valueOf: (sample: Sample) => number | undefined,
): Spread | undefined {
  const values = samples.filter((sample) => sample.target === target).flatMap((sample) => valueOf(sample) ?? []);
  return values.length === 0 ? undefined : spreadOf(values);
}

function medianOf(samples: readonly Sample[], target: string, valueOf: (sample: Sample) => number): number | undefined {
  return spreadFor(samples, target, valueOf)?.median;
}

function added(own: number | undefined, direct: number | undefined): string {
  return own === undefined || direct === undefined ? '–' : (own - direct).toFixed(2);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
