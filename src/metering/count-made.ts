import { isDeepStrictEqual } from 'node:util';
import type { MadeAs } from '../protocol/media.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import type { Usage } from '../protocol/usage.ts';
import { type BoundPrice, boundPrice, type CallBound } from './bound-call.ts';
import { type ChargedCall, chargedLines, dearestLine } from './charge.ts';
import type { PriceTerms } from './price-call.ts';

/**
 * What pictures, sound and films are counted in differs by provider: pieces, seconds and characters, or tokens. A measure is one
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
 * Of pictures or a film whose size was not told and not asked for, the dearest that they may be.
 */
export function countMade(terms: PriceTerms, call: ChargedCall, likely: LikelyMade, isWhole: boolean): ChargedCall {
  const card = terms.list ?? terms.cost;
  // A provider that says it made no picture, or no film, is believed.
  if (card.isFree || call.usage.images === 0 || (isFilm(likely) && call.usage.seconds === 0)) return call;
  const isPaid = (counted: ChargedCall): boolean => {
    const charged = chargedLines(card, counted);
    return charged.kind !== 'not-told' && charged.lines.some(({ unit }) => !isWhole || likely.units.includes(unit));
  };
  const measures: readonly Measure[] = [{}, ...(isWhole ? likely.whole : likely.given)];
  // A film is made as it was asked for, where its provider does not say otherwise.
  const told = isFilm(likely) && call.imageSize === undefined ? [] : [madeOf(call)];
  for (const made of [...told, likely.made, dearestMade(terms, likely)]) {
    for (const measure of measures) {
      const counted = { ...call, ...made, usage: withMeasure(call.usage, measure) };
      if (isPaid(counted)) return counted;
    }
  }
  return call;
}

/** Whether nothing was added to what was told. */
export function isCountedAsTold(counted: ChargedCall, told: ChargedCall): boolean {
  return (
    counted.imageSize === told.imageSize &&
    counted.imageQuality === told.imageQuality &&
    isDeepStrictEqual(counted.usage, told.usage)
  );
}

function madeOf({ imageSize, imageQuality }: ChargedCall): MadeAs {
  return { imageSize, imageQuality };
}

function isFilm({ units }: LikelyMade): boolean {
  return units.includes('video-second');
}

function dearestMade({ list, cost }: PriceTerms, likely: LikelyMade): MadeAs {
  const { made } = likely;
  const line = dearestLine(list ?? cost, isFilm(likely) ? 'video-second' : 'image', made);
  return { imageSize: line?.imageSize ?? made.imageSize, imageQuality: line?.imageQuality ?? made.imageQuality };
}

/** What was told counts, unless it is nothing. */
function withMeasure(usage: Usage, measure: Measure): Usage {
  const told = Object.entries(usage).filter(([, value]) => value !== undefined && value !== 0);
  return { ...usage, ...measure, ...Object.fromEntries(told) };
}
