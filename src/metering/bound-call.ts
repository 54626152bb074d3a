import { type NanoCredits, type NanoUsdPerMillion, sumPriced } from '../kernel/money.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import { type ChargedLine, dearestLine } from './charge.ts';
import { CHARGED_CLASSES, type CompiledRateCard, type PriceTable, priceTable } from './compile-rate-card.ts';
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
  return priceAt(terms, ratesOf(terms, bound, at), bound);
}

/** {@link boundPrice} of one call as it would be with fewer tokens: what its units cost is looked up once. */
export function boundPricer(
  terms: PriceTerms,
  bound: CallBound,
  at: number,
): (fewer: Partial<Pick<CallBound, 'inputTokens' | 'outputTokens'>>) => BoundPrice {
  const rates = ratesOf(terms, bound, at);
  const hasTiers = terms.cost.tierThresholds.length > 0 || (terms.list?.tierThresholds.length ?? 0) > 0;
  return (fewer) => {
    const changed = { ...bound, ...fewer };
    const isOtherTier = hasTiers && changed.inputTokens !== bound.inputTokens;
    return priceAt(terms, isOtherTier ? ratesOf(terms, changed, at) : rates, changed);
  };
}

/**
 * The most output tokens that an amount pays for besides the rest of the call, up to those of the bound; `undefined`
 * where it does not pay for the rest.
 */
export function affordableOutput(
  terms: PriceTerms,
  { bound, at, amountNano }: { readonly bound: CallBound; readonly at: number; readonly amountNano: NanoCredits },
): number | undefined {
  const priceOf = boundPricer(terms, bound, at);
  const isAffordable = (outputTokens: number): boolean => {
    const price = priceOf({ outputTokens });
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

type BoundRates = { readonly cost: CardRates; readonly list: CardRates | undefined };

function ratesOf({ cost, list }: PriceTerms, bound: CallBound, at: number): BoundRates {
  return { cost: dearestRates(cost, bound, at), list: list && dearestRates(list, bound, at) };
}

function priceAt(terms: PriceTerms, { cost, list }: BoundRates, bound: CallBound): BoundPrice {
  const costs = dearestLines(cost, bound);
  const priced = list === undefined ? costs : dearestLines(list, bound);
  if (priced.missing.length > 0) return { kind: 'unpriced', units: priced.missing };
  // A floor that is not known in part holds for the rest of what is.
  const costNano = list === undefined ? undefined : sumPriced(costs.lines);
  return { kind: 'most', priceNano: priceOfLines(terms, priced.lines, costNano) };
}

/** What the units of a call cost at most: none of a card that is free. */
type CardRates = {
  readonly isFree: boolean;
  readonly units: readonly (readonly [PriceUnit, BoundCount, NanoUsdPerMillion | undefined])[];
  readonly request: NanoUsdPerMillion | undefined;
};
type BoundCount = Exclude<keyof CallBound, 'inputClasses' | 'outputClasses' | 'madeAs'>;

const FREE_RATES: CardRates = { isFree: true, units: [], request: undefined };
const IMAGE_TOKENS: readonly ChargedField[] = ['imageOutputTokens'];
const CHARACTERS: readonly ChargedField[] = ['characters'];
const TOOL_CALLS: readonly ChargedField[] = ['toolCalls'];
const SECONDS: readonly ChargedField[] = ['seconds'];

function dearestRates(card: CompiledRateCard, bound: CallBound, at: number): CardRates {
  if (card.isFree) return FREE_RATES;
  const tables = tablesWithin(card, bound.inputTokens, at);
  const second = dearestClass(tables, SECONDS);
  const film =
    bound.seconds + bound.filmSeconds === 0 ? undefined : dearestLine(card, 'video-second', bound.madeAs)?.price;
  const image = bound.images === 0 ? undefined : dearestLine(card, 'image', bound.madeAs)?.price;
  let request: NanoUsdPerMillion | undefined;
  for (const table of tables) request = dearer(request, table.request);
  return {
    isFree: false,
    units: [
      ['input', 'inputTokens', dearestClass(tables, bound.inputClasses)],
      ['output', 'outputTokens', dearestClass(tables, bound.outputClasses)],
      ['image-output', 'imageTokens', dearestClass(tables, IMAGE_TOKENS)],
      ['character', 'characters', dearestClass(tables, CHARACTERS)],
      ['tool-call', 'toolCalls', dearestClass(tables, TOOL_CALLS)],
      ['audio-second', 'seconds', dearer(second, film)],
      ['video-second', 'filmSeconds', dearer(second, film)],
      ['image', 'images', image],
    ],
    request,
  };
}

type Dearest = { readonly lines: readonly ChargedLine[]; readonly missing: readonly PriceUnit[] };

function dearestLines({ isFree, units, request }: CardRates, bound: CallBound): Dearest {
  const lines: ChargedLine[] = [];
  const missing: PriceUnit[] = [];
  if (isFree) return { lines, missing };
  for (const [unit, count, price] of units) {
    if (bound[count] === 0) continue;
    if (price === undefined) missing.push(unit);
    else lines.push({ unit, units: bound[count], price });
  }
  if (request !== undefined) lines.push({ unit: 'request', units: 1, price: request });
  return { lines, missing };
}

/** The tables of all tiers that a call of so much input at most may be in. */
function tablesWithin(card: CompiledRateCard, inputTokens: number, at: number): readonly PriceTable[] {
  const first = priceTable(card, { at, inputTokens: 0, isBatch: false });
  const reached = card.tierThresholds.filter((threshold) => threshold < inputTokens);
  return [first, ...reached.map((threshold) => priceTable(card, { at, inputTokens: threshold + 1, isBatch: false }))];
}

function dearestClass(tables: readonly PriceTable[], fields: readonly ChargedField[]): NanoUsdPerMillion | undefined {
  let most: NanoUsdPerMillion | undefined;
  for (const field of fields) {
    const place = CLASS_PLACES.get(field) ?? -1;
    for (const { classes } of tables) most = dearer(most, classes[place]);
  }
  return most;
}

const CLASS_PLACES: ReadonlyMap<ChargedField, number> = new Map(
  CHARGED_CLASSES.map(({ field }, place) => [field, place]),
);

function dearer(a: NanoUsdPerMillion | undefined, b: NanoUsdPerMillion | undefined): NanoUsdPerMillion | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
