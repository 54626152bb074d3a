import type { MadeAs } from '../protocol/media.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import type { Usage } from '../protocol/usage.ts';
import { type BoundPrice, boundPrice, type CallBound } from './bound-call.ts';
import { type ChargedCall, chargedLines, dearestLine } from './charge.ts';
import type { PriceTerms } from './price-call.ts';

/**
 * What pictures and sound are counted in differs by provider: pieces, seconds and characters, or tokens. A measure is one
 * way to count the same.
 */
export type Measure = Partial<Usage>;

/** What was made, counted for a provider that does not tell it. */
export type LikelyMade = {
  /** What of it a price may be for. */
  readonly units: readonly PriceUnit[];
  /** What was asked for, in the provider's own words. */
  readonly made: MadeAs;
  /** Of the whole call, and of what goes in alone; the first choice first. */
  readonly whole: readonly Measure[];
  readonly given: readonly Measure[];
};

/** The most that a call can be charged that may be counted in several ways, by the dearest of those that have a price. */
export function boundMeasures(terms: PriceTerms, measures: readonly CallBound[], at: number): BoundPrice {
  let dearest: BoundPrice | undefined;
  let unpriced: BoundPrice | undefined;
  for (const measure of measures) {
    const price = boundPrice(terms, measure, at);
    if (price.kind === 'unpriced') unpriced ??= price;
    else if (dearest?.kind !== 'most' || price.priceNano > dearest.priceNano) dearest = price;
  }
  return dearest ?? unpriced ?? { kind: 'unpriced', units: [] };
}

/**
 * The call as it can be charged: as it was told where that has a price, else counted in the first measure that has one.
 * Of pictures whose size was not told and not asked for, the dearest that they may be.
 */
export function countMade(terms: PriceTerms, call: ChargedCall, likely: LikelyMade, isWhole: boolean): ChargedCall {
  const card = terms.list ?? terms.cost;
  // A provider that says it made no picture is believed.
  if (card.isFree || call.usage.images === 0) return call;
  const isPaid = (counted: ChargedCall): boolean => {
    const charged = chargedLines(card, counted);
    return charged.kind !== 'not-told' && charged.lines.some(({ unit }) => !isWhole || likely.units.includes(unit));
  };
  const measures: readonly Measure[] = [{}, ...(isWhole ? likely.whole : likely.given)];
  for (const made of [madeOf(call), likely.made, dearestMade(terms, likely.made)]) {
    for (const measure of measures) {
      const counted = { ...call, ...made, usage: withMeasure(call.usage, measure) };
      if (isPaid(counted)) return counted;
    }
  }
  return call;
}

function madeOf({ imageSize, imageQuality }: ChargedCall): MadeAs {
  return { imageSize, imageQuality };
}

function dearestMade({ list, cost }: PriceTerms, made: MadeAs): MadeAs {
  const line = dearestLine(list ?? cost, 'image', made);
  return { imageSize: line?.imageSize ?? made.imageSize, imageQuality: line?.imageQuality ?? made.imageQuality };
}

/** What was told counts, unless it is nothing. */
function withMeasure(usage: Usage, measure: Measure): Usage {
  const told = Object.entries(usage).filter(([, value]) => value !== undefined && value !== 0);
  return { ...usage, ...measure, ...Object.fromEntries(told) };
}
