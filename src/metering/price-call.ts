import {
  type CreditTerms,
  costInCredits,
  formatCredits,
  formatUsdPerMillion,
  lessShown,
  type NanoCredits,
  type NanoUsd,
  type NanoUsdPerMillion,
  NO_CREDITS,
  nanoUsd,
  showInCredits,
  sumInCredits,
} from '../kernel/money.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import { type ChargedCall, type ChargedLine, chargedLines, costOf } from './charge.ts';
import type { CompiledRateCard } from './compile-rate-card.ts';

/**
 * What an account pays for a call: cost with a margin, or by a list of the operator's own. Agreed when credit is held for
 * the call, and settled by whatever has become of the prices meanwhile.
 */
export type PriceTerms = {
  /** What the provider bills. */
  readonly cost: CompiledRateCard;
  /** What one credit is worth; above zero. */
  readonly creditPrice: NanoUsd;
  /** In millionths of the cost. Counts where there is no list. */
  readonly marginMillionths: number;
  /** A list of prices in nano-credits for a million units. */
  readonly list: CompiledRateCard | undefined;
  /** Whether the price may be below the cost. */
  readonly isBelowCostAllowed: boolean;
  /** The operator's rule that says so; `undefined`: the hub's settings. */
  readonly ruleId: string | undefined;
};

/** `unpriced`: units that were used and have no price; the price is that of the others. */
export type PricedCallResult = {
  readonly costNano: NanoUsd | undefined;
  readonly priceNano: NanoCredits;
  readonly unpriced: readonly PriceUnit[];
};

/** Rates are for so many units. */
const UNITS = 1_000_000;

/** Lists are in credits already. */
const AS_LISTED: CreditTerms = { marginMillionths: 0, creditPrice: nanoUsd(1_000_000_000n) };

/** What a call costs the operator, and its account. */
export function priceCall(terms: PriceTerms, call: ChargedCall): PricedCallResult {
  const cost = chargedLines(terms.cost, call);
  const { costNano } = costOf(cost);
  const priced = terms.list === undefined ? cost : chargedLines(terms.list, call);
  if (priced.kind === 'not-told') return { costNano, priceNano: NO_CREDITS, unpriced: [] };
  return {
    costNano,
    priceNano: priceOfLines(terms, priced.lines, costNano),
    unpriced: priced.kind === 'missing' ? priced.units : [],
  };
}

/** The price of lines of the list, or of the cost where there is none, and at least the cost. */
export function priceOfLines(
  terms: PriceTerms,
  lines: readonly ChargedLine[],
  costNano: NanoUsd | undefined,
): NanoCredits {
  const sum = sumInCredits(lines, creditTerms(terms));
  const floor = floorOf(terms, costNano);
  return sum > floor ? sum : floor;
}

/** What counts of terms: a margin below cost only where that is allowed, and none with a list. */
export function creditTerms({ list, marginMillionths, creditPrice, isBelowCostAllowed }: PriceTerms): CreditTerms {
  if (list !== undefined) return AS_LISTED;
  return { marginMillionths: isBelowCostAllowed ? marginMillionths : Math.max(0, marginMillionths), creditPrice };
}

/** A list may be below what a call costs; a margin that is not is above it already. */
function floorOf({ list, creditPrice, isBelowCostAllowed }: PriceTerms, costNano: NanoUsd | undefined): NanoCredits {
  if (list === undefined || isBelowCostAllowed || costNano === undefined) return NO_CREDITS;
  return costInCredits(costNano, creditPrice);
}

/** One line of an explained charge. Amounts are credits; all lines, the floor and the rounding come to the whole. */
export type ExplainedLine = {
  readonly unit: PriceUnit;
  readonly units: number;
  /** Dollars for a million units that the provider bills, or credits where a list says so. */
  readonly perMillion: string;
  /** The same as whoever pays has it: in credits, with the margin. */
  readonly creditsPerMillion: string;
  readonly credits: string;
};

export type ExplainedCharge = {
  /** What one credit was worth. */
  readonly creditPrice: NanoUsd;
  readonly lines: readonly ExplainedLine[];
  readonly marginMillionths: number;
  readonly isListed: boolean;
  /** Added so that the price is not below the cost. */
  readonly floorCredits: string;
  readonly roundingCredits: string;
  readonly credits: string;
  /** The versions that say so; `undefined` where nobody knew the cost, or no rule was about the call. */
  readonly rateCardId: string | undefined;
  readonly ruleId: string | undefined;
};

/** Each unit times its rate, so that whoever pays can add it up. */
export function explainCharge(terms: PriceTerms, call: ChargedCall): ExplainedCharge {
  const { priceNano, costNano } = priceCall(terms, call);
  const priced = chargedLines(terms.list ?? terms.cost, call);
  const own = creditTerms(terms);
  const lines = priced.kind === 'not-told' ? [] : priced.lines.map((line) => explainLine(line, own));
  const nanoLines = lines.map(({ nano }) => nano);
  const sum = priced.kind === 'not-told' ? NO_CREDITS : sumInCredits(priced.lines, own);
  const floor = floorOf(terms, costNano);
  return {
    creditPrice: terms.creditPrice,
    lines: lines.map(({ nano, ...line }) => ({ ...line, credits: creditsOf(nano) })),
    marginMillionths: own.marginMillionths,
    isListed: terms.list !== undefined,
    floorCredits: creditsOf(floor > sum ? lessShown(floor, [String(sum)]) : '0'),
    roundingCredits: creditsOf(lessShown(sum, nanoLines)),
    credits: formatCredits(priceNano),
    rateCardId: terms.cost.card.id === '' ? undefined : terms.cost.card.id,
    ruleId: terms.ruleId,
  };
}

function explainLine({ unit, units, price }: ChargedLine, terms: CreditTerms) {
  const nano = showInCredits([{ units, price }], terms);
  const perMillion = formatUsdPerMillion(price);
  return { unit, units, perMillion, creditsPerMillion: creditsPerMillion(price, terms), nano };
}

/** What a million units are charged at a price, in decimal credits. */
export function creditsPerMillion(price: NanoUsdPerMillion, terms: CreditTerms): string {
  return creditsOf(showInCredits([{ units: UNITS, price }], terms));
}

/** A decimal of nano-credits → of credits. */
function creditsOf(nano: string): string {
  const isNegative = nano.startsWith('-');
  const [whole = '0', fraction = ''] = (isNegative ? nano.slice(1) : nano).split('.');
  const digits = whole.padStart(10, '0');
  const places = `${digits.slice(-9)}${fraction}`.replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${digits.slice(0, -9)}${places === '' ? '' : `.${places}`}`;
}
