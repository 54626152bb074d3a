import { type NanoUsd, type NanoUsdPerMillion, type PricedUnits, sumPriced } from '../kernel/money.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import type { Usage } from '../protocol/usage.ts';
import {
  CHARGED_CLASSES,
  type CompiledRateCard,
  findLine,
  type LineConditions,
  priceTable,
  utcMinute,
} from './compile-rate-card.ts';

/** What is charged: a call's usage, and when it started in milliseconds since the epoch. */
export type ChargedCall = {
  readonly usage: Usage;
  readonly at: number;
  readonly isBatch?: boolean;
  /** Size and quality of the images made, in the provider's own words. */
  readonly imageSize?: string | undefined;
  readonly imageQuality?: string | undefined;
};

/**
 * What a call cost. `costNano` is `undefined` when it is not known, never zero instead: then either `missing` names the
 * units that were used and have no price, or nothing was told about what was used.
 */
export type Charge = { readonly costNano: NanoUsd | undefined; readonly missing: readonly PriceUnit[] };

/** What of a call is paid for: so many units at that price. */
export type ChargedLine = PricedUnits & { readonly unit: PriceUnit };

/** Every line of a call, or why they are not known. */
export type ChargedLines =
  | { readonly kind: 'lines'; readonly lines: readonly ChargedLine[] }
  /** `units` were used and have no price; `lines` are the others. */
  | { readonly kind: 'missing'; readonly units: readonly PriceUnit[]; readonly lines: readonly ChargedLine[] }
  | { readonly kind: 'not-told' };

const NONE_MISSING: readonly PriceUnit[] = [];
const FREE: ChargedLines = { kind: 'lines', lines: [] };
const NOT_TOLD: ChargedLines = { kind: 'not-told' };

/** What a call cost: the exact sum of its lines, rounded up once. */
export function charge(compiled: CompiledRateCard, call: ChargedCall): Charge {
  return costOf(chargedLines(compiled, call));
}

export function costOf(charged: ChargedLines): Charge {
  switch (charged.kind) {
    case 'lines':
      return { costNano: sumPriced(charged.lines), missing: NONE_MISSING };
    case 'missing':
      return { costNano: undefined, missing: charged.units };
    case 'not-told':
      return { costNano: undefined, missing: NONE_MISSING };
  }
}

/**
 * Usage through a rate card. A context tier is chosen by the whole input and then prices the whole call; a time of day is
 * that of the call's start. Counts are whole and not negative, as reading them from an answer made sure.
 */
export function chargedLines(compiled: CompiledRateCard, call: ChargedCall): ChargedLines {
  if (compiled.isFree) return FREE;
  const { usage } = call;
  const table = priceTable(compiled, {
    at: call.at,
    inputTokens: wholeInput(usage),
    isBatch: call.isBatch ?? false,
  });
  const lines: ChargedLine[] = [];
  const image = usage.images === undefined ? undefined : imageLine(compiled, call, usage.images);
  const isPaidByPiece = image !== undefined && image !== 'missing';
  let missing: PriceUnit[] | undefined;
  let isTold = false;
  for (let index = 0; index < CHARGED_CLASSES.length; index += 1) {
    const charged = CHARGED_CLASSES[index];
    if (charged === undefined) continue;
    const units = usage[charged.field];
    if (units === undefined) continue;
    isTold = true;
    // A picture that is paid for by the piece is not paid for by its tokens, too.
    if (units === 0 || (isPaidByPiece && charged.field === 'imageOutputTokens')) continue;
    const price =
      charged.field === 'seconds' ? secondPrice(compiled, call, table.classes[index]) : table.classes[index];
    const unit = charged.field === 'seconds' ? unitOfSeconds(compiled) : charged.units[0];
    // Speech that is told in tokens, too, is paid for by those.
    if (price === undefined && charged.field === 'characters' && usage.audioOutputTokens !== undefined) continue;
    if (price === undefined) (missing ??= []).push(unit);
    else lines.push({ unit, units, price });
  }
  if (usage.images !== undefined) {
    isTold = true;
    // Pictures that are told in tokens, too, are paid for by those.
    if (image === 'missing' && !isToldInTokens(usage)) (missing ??= []).push('image');
    else if (isPaidByPiece) lines.push(image);
  }
  if (missing !== undefined) return { kind: 'missing', units: missing, lines };
  if (!isTold) return NOT_TOLD;
  if (table.request !== undefined) lines.push({ unit: 'request', units: 1, price: table.request });
  return { kind: 'lines', lines };
}

/** Everything that was sent, cached or not: what context tiers are measured by. */
function wholeInput(usage: Usage): number {
  return (
    (usage.inputTokens ?? 0) +
    (usage.cachedInputTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0) +
    (usage.audioInputTokens ?? 0) +
    (usage.imageInputTokens ?? 0)
  );
}

function isToldInTokens(usage: Usage): boolean {
  return usage.outputTokens !== undefined || usage.imageOutputTokens !== undefined;
}

/** What a model makes seconds of: sound, unless it has a price for those of film. */
function unitOfSeconds({ card: { prices } }: CompiledRateCard): PriceUnit {
  return prices.some(({ unit }) => unit === 'video-second') ? 'video-second' : 'audio-second';
}

/** A second of film may have a price by its size, which is more special than one without. */
function secondPrice(
  compiled: CompiledRateCard,
  call: ChargedCall,
  plain: NanoUsdPerMillion | undefined,
): NanoUsdPerMillion | undefined {
  if (call.imageSize === undefined && call.imageQuality === undefined) return plain;
  return findLine(compiled.card.prices, 'video-second', conditionsOf(call))?.price ?? plain;
}

/**
 * Images are priced by size and quality, which are too many for a table. Where their tokens are told and have a price of
 * their own, those are what is paid for.
 */
function imageLine(compiled: CompiledRateCard, call: ChargedCall, images: number): ChargedLine | 'missing' | undefined {
  if (images === 0) return undefined;
  const conditions = conditionsOf(call);
  const areTokensPriced =
    (call.usage.imageOutputTokens ?? 0) > 0 && findLine(compiled.card.prices, 'image-output', conditions) !== undefined;
  if (areTokensPriced) return undefined;
  const line = findLine(compiled.card.prices, 'image', conditions);
  return line === undefined ? 'missing' : { unit: 'image', units: images, price: line.price };
}

/** The dearest line of a unit by size and quality; those that are given count as they are. */
export function dearestLine(
  { card }: CompiledRateCard,
  unit: PriceUnit,
  { imageSize, imageQuality }: MadeAs,
): Price | undefined {
  let most: Price | undefined;
  for (const line of card.prices) {
    if (line.unit !== unit) continue;
    const isOther =
      (imageSize !== undefined && line.imageSize !== undefined && line.imageSize !== imageSize) ||
      (imageQuality !== undefined && line.imageQuality !== undefined && line.imageQuality !== imageQuality);
    if (!isOther && (most === undefined || line.price > most.price)) most = line;
  }
  return most;
}

function conditionsOf(call: ChargedCall): LineConditions {
  return {
    minute: utcMinute(call.at),
    inputTokens: wholeInput(call.usage),
    isBatch: call.isBatch ?? false,
    imageSize: call.imageSize,
    imageQuality: call.imageQuality,
  };
}
