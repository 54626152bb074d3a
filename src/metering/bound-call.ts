import { type NanoCredits, type NanoUsdPerMillion, sumPriced } from '../kernel/money.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import { type ChargedLine, dearestLine } from './charge.ts';
import { CHARGED_CLASSES, type CompiledRateCard, priceTable } from './compile-rate-card.ts';
import { type PriceTerms, priceOfLines } from './price-call.ts';

type ChargedField = (typeof CHARGED_CLASSES)[number]['field'];

/** The most that a call can use, before it is made. */
export type CallBound = {
  readonly inputTokens: number;
  /** What its tokens may turn out to be: the dearest of these counts. */
  readonly inputClasses: readonly ChargedField[];
  /** Of all choices together. */
  readonly outputTokens: number;
  readonly outputClasses: readonly ChargedField[];
  readonly images: number;
  /** Of all pictures together, where they are paid for by their tokens. */
  readonly imageTokens: number;
  readonly madeAs: MadeAs;
  /** Of sound, and of film. */
  readonly seconds: number;
  readonly filmSeconds: number;
  readonly characters: number;
  readonly toolCalls: number;
};

export const NOTHING_BOUND: CallBound = {
  inputTokens: 0,
  inputClasses: ['inputTokens', 'cachedInputTokens'],
  outputTokens: 0,
  outputClasses: ['outputTokens', 'reasoningTokens'],
  images: 0,
  imageTokens: 0,
  madeAs: {},
  seconds: 0,
  filmSeconds: 0,
  characters: 0,
  toolCalls: 0,
};

/** The most that a call can be charged, or the units of it that have no price. */
export type BoundPrice =
  | { readonly kind: 'most'; readonly priceNano: NanoCredits }
  | { readonly kind: 'unpriced'; readonly units: readonly PriceUnit[] };

/**
 * The most that a call can be charged by what it can use: each unit at the dearest price that it may have, whichever tier
 * the call turns out to be in. `at` is when it starts, in milliseconds since the epoch: times of day are known.
 */
export function boundPrice(terms: PriceTerms, bound: CallBound, at: number): BoundPrice {
  const cost = dearestLines(terms.cost, bound, at);
  const priced = terms.list === undefined ? cost : dearestLines(terms.list, bound, at);
  if (priced.missing.length > 0) return { kind: 'unpriced', units: priced.missing };
  // A floor that is not known in part holds for the rest of what is.
  const costNano = terms.list === undefined ? undefined : sumPriced(cost.lines);
  return { kind: 'most', priceNano: priceOfLines(terms, priced.lines, costNano) };
}

/**
 * The most output tokens that an amount pays for besides the rest of the call, up to those of the bound; `undefined`
 * where it does not pay for the rest.
 */
export function affordableOutput(
  terms: PriceTerms,
  { bound, at, amountNano }: { readonly bound: CallBound; readonly at: number; readonly amountNano: NanoCredits },
): number | undefined {
  const isAffordable = (outputTokens: number): boolean => {
    const price = boundPrice(terms, { ...bound, outputTokens }, at);
    return price.kind === 'most' && price.priceNano <= amountNano;
  };
  if (!isAffordable(0)) return undefined;
  let [affordable, tooMany] = [0, bound.outputTokens + 1];
  while (tooMany - affordable > 1) {
    const middle = Math.floor((affordable + tooMany) / 2);
    if (isAffordable(middle)) affordable = middle;
    else tooMany = middle;
  }
  return affordable;
}

type Dearest = { readonly lines: readonly ChargedLine[]; readonly missing: readonly PriceUnit[] };

function dearestLines(card: CompiledRateCard, bound: CallBound, at: number): Dearest {
  if (card.isFree) return { lines: [], missing: [] };
  const tables = tablesWithin(card, bound.inputTokens, at);
  const lines: ChargedLine[] = [];
  const missing: PriceUnit[] = [];
  const add = (unit: PriceUnit, units: number, price: NanoUsdPerMillion | undefined): void => {
    if (units === 0) return;
    if (price === undefined) missing.push(unit);
    else lines.push({ unit, units, price });
  };
  const dearestClass = (fields: readonly ChargedField[]): NanoUsdPerMillion | undefined =>
    dearest(fields.flatMap((field) => tables.map(({ classes }) => classes[placeOf(field)])));
  add('input', bound.inputTokens, dearestClass(bound.inputClasses));
  add('output', bound.outputTokens, dearestClass(bound.outputClasses));
  add('image-output', bound.imageTokens, dearestClass(['imageOutputTokens']));
  add('character', bound.characters, dearestClass(['characters']));
  add('tool-call', bound.toolCalls, dearestClass(['toolCalls']));
  const second = dearest([dearestClass(['seconds']), dearestLine(card, 'video-second', bound.madeAs)?.price]);
  add('audio-second', bound.seconds, second);
  add('video-second', bound.filmSeconds, second);
  add('image', bound.images, dearestLine(card, 'image', bound.madeAs)?.price);
  const request = dearest(tables.map((table) => table.request));
  if (request !== undefined) lines.push({ unit: 'request', units: 1, price: request });
  return { lines, missing };
}

/** The tables of all tiers that a call of so much input at most may be in. */
function tablesWithin(card: CompiledRateCard, inputTokens: number, at: number) {
  const reached = card.tierThresholds.filter((threshold) => threshold < inputTokens);
  return [0, ...reached.map((threshold) => threshold + 1)].map((tokens) =>
    priceTable(card, { at, inputTokens: tokens, isBatch: false }),
  );
}

function placeOf(field: ChargedField): number {
  return CHARGED_CLASSES.findIndex((charged) => charged.field === field);
}

function dearest(prices: readonly (NanoUsdPerMillion | undefined)[]): NanoUsdPerMillion | undefined {
  let most: NanoUsdPerMillion | undefined;
  for (const price of prices) if (price !== undefined && (most === undefined || price > most)) most = price;
  return most;
}
