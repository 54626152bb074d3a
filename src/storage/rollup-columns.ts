import { mergeSketchText, sketchText } from '../kernel/sketch.ts';
import { COUNTS, DISTRIBUTIONS, type Measures, noMeasures, sketchAt } from '../protocol/measures.ts';

/** The lengths of time that usage is summed over, in UTC, as they stand in `usage_rollups.level`. */
export const LEVELS = { quarterHour: 0, hour: 1, day: 2, month: 3, sixHours: 4 } as const;
export type Level = (typeof LEVELS)[keyof typeof LEVELS];

export const QUARTER_MS = 900_000;
export const HOUR_MS = 3_600_000;
export const SIX_HOURS_MS = 6 * HOUR_MS;
export const DAY_MS = 86_400_000;

/** Where the length of time begins that an instant lies in. */
export function startOf(level: Level, at: number): number {
  switch (level) {
    case LEVELS.quarterHour:
      return Math.floor(at / QUARTER_MS) * QUARTER_MS;
    case LEVELS.hour:
      return Math.floor(at / HOUR_MS) * HOUR_MS;
    case LEVELS.sixHours:
      return Math.floor(at / SIX_HOURS_MS) * SIX_HOURS_MS;
    case LEVELS.day:
      return Math.floor(at / DAY_MS) * DAY_MS;
    case LEVELS.month: {
      const date = new Date(at);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
  }
}

/** Where the length of time ends that begins at an instant. */
export function endOf(level: Level, startAt: number): number {
  switch (level) {
    case LEVELS.quarterHour:
      return startAt + QUARTER_MS;
    case LEVELS.hour:
      return startAt + HOUR_MS;
    case LEVELS.sixHours:
      return startAt + SIX_HOURS_MS;
    case LEVELS.day:
      return startAt + DAY_MS;
    case LEVELS.month:
      return startOf(LEVELS.month, startAt + 32 * DAY_MS);
  }
}

/** The columns of `usage_rollups` with their types, in the order in which {@link packCell} writes them. */
export const ROLLUP_COLUMNS: readonly (readonly [string, string])[] = [
  ['series_id', 'BIGINT'],
  ['level', 'BIGINT'],
  ['start_at', 'BIGINT'],
  ['organization_id', 'TEXT'],
  ...COUNTS.map((name) => [name, 'BIGINT'] as const),
  ['cost_nano', 'BIGINT'],
  ...DISTRIBUTIONS.map((name) => [name, 'TEXT'] as const),
];

/** What rankings and charts show. PostgreSQL has it of days and months in an index, too. */
export const INDEXED_SUMS = ['requests', 'failed', 'input_tokens', 'output_tokens', 'cost_nano'] as const;

export const CELL_KEY = ['series_id', 'level', 'start_at'] as const;

/** A value of a packed row; what may lie beyond 2^53 travels as text. */
export type PackedValue = string | number | null;

/** Sums as they are stored: a NULL takes no room, and most counts of most rows are zero. */
export function packMeasures({ counts, costNano, sketches }: Measures): readonly PackedValue[] {
  return [
    ...counts.map((count) => (count === 0 ? null : count)),
    costNano === 0n ? null : costNano.toString(),
    ...DISTRIBUTIONS.map((_, index) => {
      const sketch = sketches[index];
      return sketch === undefined ? null : (sketchText(sketch) ?? null);
    }),
  ];
}

/** A row of `usage_rollups`, `cost_nano` cast to text → its sums. */
export function unpackMeasures(row: Readonly<Record<string, PackedValue>>): Measures {
  const measures = noMeasures();
  for (const [index, name] of COUNTS.entries()) measures.counts[index] = Number(row[name] ?? 0);
  measures.costNano = BigInt(row['cost_nano'] ?? 0);
  for (const [index, name] of DISTRIBUTIONS.entries()) {
    const text = row[name];
    if (typeof text === 'string') mergeSketchText(sketchAt(measures, index), text);
  }
  return measures;
}
