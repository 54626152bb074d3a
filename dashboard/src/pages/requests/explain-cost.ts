import type { RateCard, UsageRecord } from '../../api/types.ts';

type Line = RateCard['prices'][number];
export type UsageClass = Exclude<keyof UsageRecord['usage'], 'provider_cost_usd'>;

/** Each class of usage with the units that may price it, its own first: providers bill a part without a price as the whole. */
const UNITS_OF = {
  input_tokens: ['input'],
  cached_input_tokens: ['cached-input', 'input'],
  cache_write_5m_tokens: ['cache-write-5m', 'input'],
  cache_write_1h_tokens: ['cache-write-1h', 'cache-write-5m', 'input'],
  audio_input_tokens: ['audio-input', 'input'],
  image_input_tokens: ['image-input', 'input'],
  output_tokens: ['output'],
  reasoning_tokens: ['reasoning', 'output'],
  audio_output_tokens: ['audio-output', 'output'],
  image_output_tokens: ['image-output', 'output'],
  images: ['image'],
  seconds: ['audio-second', 'video-second'],
  characters: ['character'],
  tool_calls: ['tool-call'],
} as const satisfies Record<UsageClass, readonly Line['unit'][]>;

const WHOLE_INPUT = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'image_input_tokens',
] as const;

const MILLION = 1_000_000n;
const NANO_PLACES = 9;

export type CostLine = {
  readonly name: UsageClass | 'request';
  readonly count: number;
  readonly usdPerMillion: string | undefined;
  /** In millionths of a nano-dollar, which is what a price times a count comes to. */
  readonly amount: bigint | undefined;
};

/**
 * What each class of usage cost. `isWhole` says whether the lines add up to the cost that was booked; they may not where
 * the card has conditions that a record does not tell.
 */
export function explainCost(
  record: UsageRecord,
  card: RateCard | undefined,
): { readonly lines: readonly CostLine[]; readonly isWhole: boolean } {
  const call = {
    input: WHOLE_INPUT.reduce((whole, name) => whole + (record.usage[name] ?? 0), 0),
    minute: minuteOf(record.started_at.slice(11, 16)),
  };
  // The names are those of the record above.
  const lines = (Object.keys(UNITS_OF) as readonly UsageClass[]).flatMap((name): CostLine[] => {
    const counted = record.usage[name];
    // That a class of little interest was not used is nothing to read about.
    if (counted === undefined || (counted === 0 && name !== 'input_tokens' && name !== 'output_tokens')) return [];
    return [lineOf(name, counted, priceOf(card, UNITS_OF[name], call))];
  });
  const perRequest = priceOf(card, ['request'], call);
  if (perRequest !== undefined && lines.length > 0) lines.push(lineOf('request', 1, perRequest));
  const sum = lines.reduce((whole, { amount }) => whole + (amount ?? 0n), 0n);
  const isWhole = card !== undefined && String((sum + MILLION - 1n) / MILLION) === record.cost_nano_usd;
  return { lines, isWhole };
}

function lineOf(name: CostLine['name'], counted: number, usdPerMillion: string | undefined): CostLine {
  const isFraction = !Number.isInteger(counted);
  const units = BigInt(isFraction ? Math.round(counted * Number(MILLION)) : counted);
  const product = usdPerMillion === undefined ? undefined : units * nanoOf(usdPerMillion);
  const amount = product === undefined || !isFraction ? product : (product + MILLION - 1n) / MILLION;
  return { name, count: counted, usdPerMillion, amount };
}

type Call = { readonly input: number; readonly minute: number };

/** The price of the first unit that has one: of its lines that apply, the most special. */
function priceOf(card: RateCard | undefined, units: readonly Line['unit'][], call: Call): string | undefined {
  for (const unit of units) {
    const best = card?.prices
      .filter((line) => line.unit === unit && applies(line, call))
      .toSorted((a, b) => rank(b) - rank(a))[0];
    if (best !== undefined) return best.usd_per_million;
  }
  return undefined;
}

function applies(line: Line, { input, minute }: Call): boolean {
  if (line.batch === true || line.image_size !== undefined || line.image_quality !== undefined) return false;
  if (line.above_input_tokens !== undefined && input <= line.above_input_tokens) return false;
  if (line.utc_window === undefined) return true;
  const [from, to] = [minuteOf(line.utc_window.from), minuteOf(line.utc_window.to)];
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** A time of day is more special than a length, and a greater length than a smaller one. */
function rank({ utc_window, above_input_tokens }: Line): number {
  return (utc_window === undefined ? 0 : 1e12) + (above_input_tokens ?? -1);
}

function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** `"1.25"` → 1 250 000 000 */
function nanoOf(usd: string): bigint {
  const [whole = '0', places = ''] = usd.split('.');
  return BigInt(whole + places.slice(0, NANO_PLACES).padEnd(NANO_PLACES, '0'));
}
