import type { ConditionalPrice, ModelPrice } from '@pydantic/genai-prices';
import { type NanoUsdPerMillion, usdPerMillion, usdPerUnits } from '../kernel/money.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import { priceLine } from './price-line.ts';

/**
 * Turns the price list of `@pydantic/genai-prices` into lines of a rate card. The list's own rules are kept:
 * https://github.com/pydantic/genai-prices
 *
 * - A tier is chosen by the whole input, cached included, and its price then holds for the whole call (`start` is the
 *   greatest input that is still below it), which is what `aboveInputTokens` means.
 * - Entries of one model are read from the last to the first and the first whose condition holds is the only one used.
 */

/** A stretch of time in which the same lines are in force; `from` is in milliseconds since the epoch. */
export type PricePeriod = { readonly from: number; readonly prices: readonly Price[] };

type Amount = number | Exclude<ModelPrice[string], number | undefined>;

const THOUSAND = 1000n;
const SECONDS_PER_HOUR = 3600n;

/** The list's price keys that a card can hold; those by the thousand or the hour name how many units the price is for. */
const UNITS: Readonly<Record<string, { readonly unit: PriceUnit; readonly per: 'million' | bigint }>> = {
  input_mtok: { unit: 'input', per: 'million' },
  cache_read_mtok: { unit: 'cached-input', per: 'million' },
  cache_write_mtok: { unit: 'cache-write-5m', per: 'million' },
  cache_write_1h_mtok: { unit: 'cache-write-1h', per: 'million' },
  input_audio_mtok: { unit: 'audio-input', per: 'million' },
  output_mtok: { unit: 'output', per: 'million' },
  output_reasoning_mtok: { unit: 'reasoning', per: 'million' },
  output_audio_mtok: { unit: 'audio-output', per: 'million' },
  input_image_mtok: { unit: 'image-input', per: 'million' },
  output_image_mtok: { unit: 'image-output', per: 'million' },
  requests_kcount: { unit: 'request', per: THOUSAND },
  web_searches_kcount: { unit: 'tool-call', per: THOUSAND },
  audio_hours: { unit: 'audio-second', per: SECONDS_PER_HOUR },
};

/**
 * Keys that say nothing about what a call through this hub uses, or repeat another key. Prices of cached audio and cached
 * images are among them, since providers do not tell those apart from other cached input.
 */
const IGNORED: ReadonlySet<string> = new Set([
  'input_audio_hours',
  'cache_audio_read_mtok',
  'cache_image_read_mtok',
  'storage_searches_kcount',
]);

/** What a part is billed as where a list of prices has no line for it. */
const WHOLE_OF: Partial<Record<PriceUnit, PriceUnit>> = {
  'cached-input': 'input',
  'cache-write-5m': 'input',
  'cache-write-1h': 'cache-write-5m',
  'audio-input': 'input',
  reasoning: 'output',
  'audio-output': 'output',
  'image-input': 'input',
  'image-output': 'output',
};

/**
 * The periods of a model's prices from `now` on, the current one first; none when a price is by a unit that a card cannot
 * hold (tokens of films, pages), because a card that left it out would charge too little.
 */
export function pricePeriods(entries: readonly ConditionalPrice[], now: number): readonly PricePeriod[] {
  const [first] = entries;
  if (first === undefined || entries.some(({ prices }) => !isExpressible(prices))) return [];
  const starts = [Number.NEGATIVE_INFINITY, ...entries.flatMap(startOf)].sort((a, b) => a - b);
  const current = starts.findLastIndex((start) => start <= now);
  return starts.slice(current).map((from) => ({
    from: Number.isFinite(from) ? from : 0,
    prices: linesInForce(entries, first, from),
  }));
}

/** Whether every price of an entry has a place on a card. */
function isExpressible(prices: ModelPrice): boolean {
  return Object.keys(prices).every((key) => prices[key] === undefined || key in UNITS || IGNORED.has(key));
}

function startOf(entry: ConditionalPrice): readonly number[] {
  return entry.constraint?.type === 'start_date' ? [Date.parse(`${entry.constraint.start_date}T00:00:00Z`)] : [];
}

/** The lines of the entry that holds at `at` at any hour, then those of the later entries, which hold at some hours. */
function linesInForce(entries: readonly ConditionalPrice[], first: ConditionalPrice, at: number): readonly Price[] {
  const index = entries.findLastIndex(
    (entry) => entry.constraint === undefined || startOf(entry).some((start) => start <= at),
  );
  const plain = linesOf((entries[index] ?? first).prices, undefined);
  const timed = entries.slice(index + 1).flatMap((entry) => timedLines(entry, plain));
  return [...plain, ...timed];
}

/** A timed entry replaces all others while it holds, so what it leaves out falls back within it, not beyond it. */
function timedLines(entry: ConditionalPrice, plain: readonly Price[]): readonly Price[] {
  if (entry.constraint?.type !== 'time_of_date') return [];
  const window = { from: utcTime(entry.constraint.start_time), to: utcTime(entry.constraint.end_time) };
  const lines = linesOf(entry.prices, window);
  const units = new Set(lines.map(({ unit }) => unit));
  const left = new Set(plain.map(({ unit }) => unit).filter((unit) => !units.has(unit)));
  return [...lines, ...[...left].flatMap((unit) => asWhole(unit, lines))];
}

/** The lines of the unit that `unit` is a part of, as lines of `unit`. */
function asWhole(unit: PriceUnit, lines: readonly Price[]): readonly Price[] {
  const whole = WHOLE_OF[unit];
  if (whole === undefined) return [];
  const own = lines.filter((line) => line.unit === whole).map((line) => ({ ...line, unit }));
  return own.length > 0 ? own : asWhole(whole, lines).map((line) => ({ ...line, unit }));
}

function linesOf(prices: ModelPrice, utcWindow: Price['utcWindow']): readonly Price[] {
  return Object.entries(prices).flatMap(([key, amount]) => {
    const target = UNITS[key];
    if (target === undefined || amount === undefined) return [];
    return amountLines(amount).map(({ usd, aboveInputTokens }) =>
      priceLine(target.unit, toPrice(usd, target.per), { aboveInputTokens, utcWindow }),
    );
  });
}

function amountLines(
  amount: Amount,
): readonly { readonly usd: number; readonly aboveInputTokens: number | undefined }[] {
  if (typeof amount === 'number') return [{ usd: amount, aboveInputTokens: undefined }];
  const tiers = amount.tiers.map(({ start, price }) => ({ usd: price, aboveInputTokens: start }));
  return [{ usd: amount.base, aboveInputTokens: undefined }, ...tiers];
}

/**
 * The list keeps prices as floating-point numbers, some with the noise of an earlier multiplication (0.18000000000000002).
 * The decimal that was meant is the shortest within twelve significant digits.
 */
function toPrice(usd: number, per: 'million' | bigint): NanoUsdPerMillion {
  const meant = String(Number(usd.toPrecision(12)));
  return per === 'million' ? usdPerMillion(meant) : usdPerUnits(meant, per);
}

/** `00:30:00Z` or with an offset such as `+08:00` → `HH:MM` in UTC. @throws RangeError on anything else. */
function utcTime(text: string): string {
  const time = new Date(`2000-01-02T${text}`);
  if (Number.isNaN(time.getTime())) throw new RangeError(`not a time of day: ${text}`);
  return time.toISOString().slice(11, 16);
}
