import { type NanoUsdPerMillion, pricePerPart } from '../kernel/money.ts';
import type { Price, PriceUnit, RateCard } from '../protocol/rate-card.ts';
import { PRICE_UNITS } from './price-units.ts';

/**
 * Turns a rate card into tables in which each class of usage already stands beside its one price, so that charging a call
 * is a loop over a dozen numbers. A card has a table per time of day, context tier and batch; each is built when a call first
 * needs it.
 */
export type CompiledRateCard = {
  readonly card: RateCard;
  /** Ascending; a call longer than the n-th threshold is in tier n + 1. */
  readonly tierThresholds: readonly number[];
  /** Minutes of the UTC day at which prices change; ascending, the first is 0. */
  readonly segmentStarts: readonly number[];
  readonly hasBatch: boolean;
  /** The tables built so far, by their place. */
  readonly tables: Map<number, PriceTable>;
  /** Whether the card prices every unit at zero, so that a call costs nothing whatever it used. */
  readonly isFree: boolean;
};

/** One price per class of {@link CHARGED_CLASSES}, and the price of the request itself. */
export type PriceTable = {
  readonly classes: readonly (NanoUsdPerMillion | undefined)[];
  readonly request: NanoUsdPerMillion | undefined;
};

/** What a call is, as far as prices depend on it. `at` is when it started, in milliseconds since the epoch. */
export type PricedCall = { readonly at: number; readonly inputTokens: number; readonly isBatch: boolean };

/**
 * The classes of usage that are charged by count, each with the units that may price it, its own first. Where a list has
 * no price of its own for a part, providers bill that part as the whole it belongs to.
 */
export const CHARGED_CLASSES = [
  { field: 'inputTokens', units: ['input'] },
  { field: 'cachedInputTokens', units: ['cached-input', 'input'] },
  { field: 'cacheWrite5mTokens', units: ['cache-write-5m', 'input'] },
  { field: 'cacheWrite1hTokens', units: ['cache-write-1h', 'cache-write-5m', 'input'] },
  { field: 'audioInputTokens', units: ['audio-input', 'input'] },
  { field: 'imageInputTokens', units: ['image-input', 'input'] },
  { field: 'outputTokens', units: ['output'] },
  { field: 'reasoningTokens', units: ['reasoning', 'output'] },
  { field: 'audioOutputTokens', units: ['audio-output', 'output'] },
  { field: 'imageOutputTokens', units: ['image-output', 'output'] },
  { field: 'seconds', units: ['audio-second', 'video-second', 'minute'] },
  { field: 'characters', units: ['character'] },
  { field: 'toolCalls', units: ['tool-call'] },
] as const satisfies readonly { readonly field: string; readonly units: readonly [PriceUnit, ...PriceUnit[]] }[];

const MINUTES_PER_DAY = 1440;
const MS_PER_MINUTE = 60_000;
const SECONDS_PER_MINUTE = 60n;

/** Prepares a card for charging; do it once per card. Times of day on the card are `HH:MM`, as its schema promises. */
export function compileRateCard(card: RateCard): CompiledRateCard {
  const thresholds = new Set<number>();
  const starts = new Set<number>([0]);
  for (const { aboveInputTokens, utcWindow } of card.prices) {
    if (aboveInputTokens !== undefined) thresholds.add(aboveInputTokens);
    if (utcWindow === undefined) continue;
    starts.add(minuteOfDay(utcWindow.from));
    starts.add(minuteOfDay(utcWindow.to) % MINUTES_PER_DAY);
  }
  return {
    card,
    tierThresholds: [...thresholds].sort((a, b) => a - b),
    segmentStarts: [...starts].sort((a, b) => a - b),
    hasBatch: card.prices.some((price) => price.batch),
    tables: new Map(),
    isFree: card.prices.every((line) => line.price === 0n) && PRICE_UNITS.every((unit) => hasPlainLine(card, unit)),
  };
}

/** The table for one call. */
export function priceTable(compiled: CompiledRateCard, call: PricedCall): PriceTable {
  let tier = 0;
  for (const threshold of compiled.tierThresholds) if (call.inputTokens > threshold) tier += 1;
  let segment = 0;
  if (compiled.segmentStarts.length > 1) {
    const minute = utcMinute(call.at);
    while (minute >= (compiled.segmentStarts[segment + 1] ?? MINUTES_PER_DAY)) segment += 1;
  }
  const batch = call.isBatch && compiled.hasBatch ? 1 : 0;
  const place = (segment * (compiled.tierThresholds.length + 1) + tier) * 2 + batch;
  const known = compiled.tables.get(place);
  if (known !== undefined) return known;
  const built = buildTable(compiled.card.prices, {
    minute: compiled.segmentStarts[segment] ?? 0,
    inputTokens: call.inputTokens,
    isBatch: batch === 1,
  });
  compiled.tables.set(place, built);
  return built;
}

/**
 * The line of `unit` that applies, or `undefined`: the most specific wins, and of two alike the later one. Batch is more
 * specific than a time of day, that than a context tier, and a higher tier than a lower one.
 */
export function findLine(lines: readonly Price[], unit: PriceUnit, call: LineConditions): Price | undefined {
  let best: Price | undefined;
  for (const line of lines) {
    if (line.unit !== unit || !applies(line, call)) continue;
    if (best === undefined || !isMoreSpecific(best, line)) best = line;
  }
  return best;
}

/** What a line's conditions are held against. `minute` is the minute of the UTC day. */
export type LineConditions = {
  readonly minute: number;
  readonly inputTokens: number;
  readonly isBatch: boolean;
  readonly imageSize?: string | undefined;
  readonly imageQuality?: string | undefined;
};

/** The minute of the UTC day at a time in milliseconds since the epoch. */
export function utcMinute(at: number): number {
  return Math.floor(at / MS_PER_MINUTE) % MINUTES_PER_DAY;
}

/** Whether the card has a line for the unit that applies under any condition. */
function hasPlainLine(card: RateCard, unit: PriceUnit): boolean {
  return card.prices.some(
    (line) =>
      line.unit === unit &&
      !line.batch &&
      line.utcWindow === undefined &&
      line.aboveInputTokens === undefined &&
      imageRank(line) === 0,
  );
}

function buildTable(lines: readonly Price[], call: LineConditions): PriceTable {
  return {
    classes: CHARGED_CLASSES.map(({ units }) => firstPrice(lines, units, call)),
    request: findLine(lines, 'request', call)?.price,
  };
}

function firstPrice(
  lines: readonly Price[],
  units: readonly PriceUnit[],
  call: LineConditions,
): NanoUsdPerMillion | undefined {
  for (const unit of units) {
    const line = findLine(lines, unit, call);
    if (line === undefined) continue;
    // Usage counts seconds; a price by the minute is spread over them.
    return unit === 'minute' ? pricePerPart(line.price, SECONDS_PER_MINUTE) : line.price;
  }
  return undefined;
}

function applies(line: Price, call: LineConditions): boolean {
  if (line.batch && !call.isBatch) return false;
  if (line.aboveInputTokens !== undefined && call.inputTokens <= line.aboveInputTokens) return false;
  if (line.imageSize !== undefined && line.imageSize !== call.imageSize) return false;
  if (line.imageQuality !== undefined && line.imageQuality !== call.imageQuality) return false;
  return line.utcWindow === undefined || isWithin(line.utcWindow, call.minute);
}

/** Whether a minute is in `[from, to)`; a window that ends where it starts, or before, passes midnight. */
function isWithin(window: { readonly from: string; readonly to: string }, minute: number): boolean {
  const from = minuteOfDay(window.from);
  const to = minuteOfDay(window.to);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function isMoreSpecific(a: Price, b: Price): boolean {
  const difference =
    imageRank(a) - imageRank(b) ||
    Number(a.batch) - Number(b.batch) ||
    Number(a.utcWindow !== undefined) - Number(b.utcWindow !== undefined) ||
    (a.aboveInputTokens ?? -1) - (b.aboveInputTokens ?? -1);
  return difference > 0;
}

function imageRank(line: Price): number {
  return Number(line.imageSize !== undefined) + Number(line.imageQuality !== undefined);
}

function minuteOfDay(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
