/**
 * Money is counted in whole nano-dollars (10⁻⁹ USD), credit in whole nano-credits, as `bigint`. This is the only module
 * that multiplies, rounds or parses money, and every function says which way it rounds.
 */

/** A whole number of nano-dollars. A plain `bigint` or `number` does not compile where this is asked for. */
export type NanoUsd = bigint & { readonly __unit: 'nano-usd' };

/** A price: nano-dollars for one million units (tokens, characters, …), so that $0.0375 per million stays whole. */
export type NanoUsdPerMillion = bigint & { readonly __unit: 'nano-usd-per-million' };

/** A whole number of nano-credits, which is what accounts hold. One credit is worth what the operator fixed once. */
export type NanoCredits = bigint & { readonly __unit: 'nano-credit' };

const NANO_PER_USD = 1_000_000_000n;
const MILLION = 1_000_000n;

export const ZERO_NANO_USD = 0n as NanoUsd;

/** Brands a whole number of nano-dollars, as read back from the store. */
export function nanoUsd(amount: bigint): NanoUsd {
  return amount as NanoUsd;
}

export function nanoUsdPerMillion(amount: bigint): NanoUsdPerMillion {
  return amount as NanoUsdPerMillion;
}

export const NO_CREDITS = 0n as NanoCredits;

/** Brands a whole number of nano-credits, as read back from the store. */
export function nanoCredits(amount: bigint): NanoCredits {
  return amount as NanoCredits;
}

export function addCredits(a: NanoCredits, b: NanoCredits): NanoCredits {
  return (a + b) as NanoCredits;
}

export function lessCredits(a: NanoCredits, b: NanoCredits): NanoCredits {
  return (a - b) as NanoCredits;
}

export function negateCredits(amount: NanoCredits): NanoCredits {
  return (0n - amount) as NanoCredits;
}

export function minCredits(a: NanoCredits, b: NanoCredits): NanoCredits {
  return a < b ? a : b;
}

/**
 * Parses a decimal dollar amount such as `"0.0375"` or `"1e-7"` into whole `1/scale` parts, rounding up.
 * @throws RangeError when the text is not a finite, non-negative decimal number.
 */
function parseDecimal(text: string, scale: bigint): bigint {
  const match = /^(\d{1,30})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) throw new RangeError(`not a non-negative decimal number: ${text.slice(0, 40)}`);
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction) * scale;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

/** `"12.5"` dollars → nano-dollars, rounding up. @throws RangeError on anything but a non-negative decimal. */
export function usdToNano(usd: string): NanoUsd {
  return parseDecimal(usd, NANO_PER_USD) as NanoUsd;
}

/** A price in dollars per million units → {@link NanoUsdPerMillion}, rounding up. @throws RangeError */
export function usdPerMillion(usd: string): NanoUsdPerMillion {
  return parseDecimal(usd, NANO_PER_USD) as NanoUsdPerMillion;
}

/** A price in dollars per single unit (as OpenRouter lists them) → {@link NanoUsdPerMillion}, rounding up. */
export function usdPerUnit(usd: string): NanoUsdPerMillion {
  return parseDecimal(usd, NANO_PER_USD * MILLION) as NanoUsdPerMillion;
}

/**
 * A price in dollars for `units` units (`"5"` for 1,000n searches, `"0.36"` for an hour of 3,600n seconds) →
 * {@link NanoUsdPerMillion}, rounding up. `units` is above zero. @throws RangeError
 */
export function usdPerUnits(usd: string, units: bigint): NanoUsdPerMillion {
  // Rounding up twice gives the same as rounding up once: the inner result is whole and so is the divisor.
  return ((parseDecimal(usd, NANO_PER_USD * MILLION) + units - 1n) / units) as NanoUsdPerMillion;
}

/** The price of one of `parts` equal parts of the unit (a second of a minute), rounding up. `parts` is above zero. */
export function pricePerPart(price: NanoUsdPerMillion, parts: bigint): NanoUsdPerMillion {
  return ((price + parts - 1n) / parts) as NanoUsdPerMillion;
}

/** One line of a charge: how many units at which price. `units` is not negative; only seconds have a fraction. */
export type PricedUnits = { readonly units: number; readonly price: NanoUsdPerMillion };

/**
 * The total of several lines. The sum is exact; it is rounded up to a whole nano-dollar once, at the end, so that
 * splitting a charge into more lines never makes it dearer.
 */
export function sumPriced(lines: readonly PricedUnits[]): NanoUsd {
  return ceilDivide(exactSum(lines), EXACT_PER_NANO) as NanoUsd;
}

/** `"-2.5"` percent → -25,000 millionths, rounding away from zero beyond the fourth place. @throws RangeError */
export function percentToMillionths(percent: string): number {
  const isNegative = percent.startsWith('-');
  const millionths = Number(parseDecimal(isNegative ? percent.slice(1) : percent, 10_000n));
  return isNegative && millionths > 0 ? -millionths : millionths;
}

/** -25,000 millionths → `"-2.5"` percent. */
export function formatPercent(millionths: number): string {
  return decimalOf(BigInt(millionths), 10_000n);
}

/**
 * What a price in nano-credits is above its cost, both for as many units, in millionths of the cost, rounding down;
 * `undefined` of no cost, or one that nobody knows.
 */
export function marginOver(
  cost: NanoUsdPerMillion | undefined,
  price: NanoUsdPerMillion,
  creditPrice: NanoUsd,
): number | undefined {
  if (cost === undefined || cost === 0n) return undefined;
  const above = (price * creditPrice - cost * NANO_PER_USD) * MILLION;
  const by = cost * NANO_PER_USD;
  return Number(above >= 0n ? above / by : -ceilDivide(-above, by));
}

/** What was earned above its cost, in percent of the cost, cut down to the fourth place; `undefined` without a cost. */
export function marginPercent(revenue: NanoCredits, cost: NanoCredits): string | undefined {
  if (cost <= 0n) return undefined;
  const above = (revenue - cost) * MILLION;
  return decimalOf(above >= 0n ? above / cost : -ceilDivide(-above, cost), 10_000n);
}

/** On what terms cost in dollars becomes a price in credits. */
export type CreditTerms = {
  /** Added to the cost, in millionths of it: 20 % are 200,000. Less than zero is below cost, by -1,000,000 at most. */
  readonly marginMillionths: number;
  /** What one credit is worth; above zero. */
  readonly creditPrice: NanoUsd;
};

/** The price of several lines in credits. Exact up to its end, where it is rounded up to a whole nano-credit, once. */
export function sumInCredits(lines: readonly PricedUnits[], terms: CreditTerms): NanoCredits {
  const { numerator, denominator } = exactCredits(exactSum(lines), terms);
  return ceilDivide(numerator, denominator) as NanoCredits;
}

/** A price in dollars as one in nano-credits, both for a million units, rounded up. */
export function inCreditsPerMillion(price: NanoUsdPerMillion, terms: CreditTerms): NanoUsdPerMillion {
  return nanoUsdPerMillion(sumInCredits([{ units: 1_000_000, price }], terms));
}

/** A price in nano-credits as one in dollars, both for a million units, rounded up. */
export function inDollars(price: NanoUsdPerMillion, creditPrice: NanoUsd): NanoUsdPerMillion {
  return nanoUsdPerMillion(ceilDivide(price * creditPrice, NANO_PER_USD));
}

/** The price of several lines in nano-credits as a decimal of 18 places, cut off there; for explaining a sum, not for one. */
export function showInCredits(lines: readonly PricedUnits[], terms: CreditTerms): string {
  const { numerator, denominator } = exactCredits(exactSum(lines), terms);
  return decimalOf((numerator * SHOWN_PARTS) / denominator, SHOWN_PARTS);
}

/** A whole amount less decimals that {@link showInCredits} gave, as a decimal. */
export function lessShown(whole: NanoCredits, parts: readonly string[]): string {
  const sum = parts.reduce((all, part) => all + partsOf(part), 0n);
  return decimalOf(whole * SHOWN_PARTS - sum, SHOWN_PARTS);
}

/** A dearer amount of two wins: cost in nano-dollars as nano-credits, rounded up. */
export function costInCredits(cost: NanoUsd, creditPrice: NanoUsd): NanoCredits {
  return ceilDivide(cost * NANO_PER_USD, creditPrice) as NanoCredits;
}

/** Of a nano-dollar: prices are for a million units, and parts of units count to their sixth place. */
const EXACT_PER_NANO = MILLION * MILLION;
/** Eighteen places. */
const SHOWN_PARTS = NANO_PER_USD * NANO_PER_USD;

function exactSum(lines: readonly PricedUnits[]): bigint {
  let sum = 0n;
  for (const { units, price } of lines) {
    sum += (Number.isInteger(units) ? BigInt(units) * MILLION : BigInt(Math.round(units * 1_000_000))) * price;
  }
  return sum;
}

function exactCredits(exact: bigint, { marginMillionths, creditPrice }: CreditTerms) {
  return {
    numerator: exact * (MILLION + BigInt(marginMillionths)) * NANO_PER_USD,
    denominator: EXACT_PER_NANO * MILLION * creditPrice,
  };
}

/** `by` is above zero. Division cuts towards zero, which is up where the amount is below it. */
function ceilDivide(amount: bigint, by: bigint): bigint {
  return (amount > 0n ? amount + by - 1n : amount) / by;
}

function partsOf(text: string): bigint {
  return text.startsWith('-') ? -parseDecimal(text.slice(1), SHOWN_PARTS) : parseDecimal(text, SHOWN_PARTS);
}

function decimalOf(amount: bigint, parts: bigint): string {
  const absolute = amount < 0n ? -amount : amount;
  const places = String(parts).length - 1;
  const fraction = String(absolute % parts)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${absolute / parts}${fraction === '' ? '' : `.${fraction}`}`;
}

export function addNano(a: NanoUsd, b: NanoUsd): NanoUsd {
  return (a + b) as NanoUsd;
}

/** The mean of at least one amount, rounded up: it lies between the smallest and the largest of them. */
export function meanNano(amounts: readonly NanoUsd[]): NanoUsd {
  const count = BigInt(amounts.length);
  const sum = amounts.reduce(addNano, ZERO_NANO_USD);
  return ceilDivide(sum, count) as NanoUsd;
}

/** An amount as often as that. */
export function timesNano(amount: NanoUsd, times: number): NanoUsd {
  return (amount * BigInt(times)) as NanoUsd;
}

/** Writes nano-dollars as plain decimal dollars with nine places trimmed of trailing zeros: `1500n` → `"0.0000015"`. */
export function formatUsd(amount: NanoUsd): string {
  return decimalOf(amount, NANO_PER_USD);
}

/** As {@link formatUsd}, for credits. */
export function formatCredits(amount: NanoCredits): string {
  return decimalOf(amount, NANO_PER_USD);
}

/** A billion: what one amount that somebody names may come to. It fits a column of 64 bits nine times. */
const CREDITS_MAX = 1_000_000_000n;
const NANO_PLACES = 9;

/** `"12.5"` credits → nano-credits, exactly; `undefined` for what is no such amount: more than nine places, none, too many. */
export function parseCredits(text: string): NanoCredits | undefined {
  const [, whole, fraction = ''] = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const amount = BigInt(whole + fraction.padEnd(NANO_PLACES, '0'));
  return amount > 0n && amount <= CREDITS_MAX * NANO_PER_USD ? (amount as NanoCredits) : undefined;
}

/** Credits that somebody counts in whole units of so many places, rounded down where those are finer than a nano-credit. */
export function creditsOfUnits(units: bigint, places: number): NanoCredits {
  const shift = NANO_PLACES - places;
  return (shift >= 0 ? units * 10n ** BigInt(shift) : units / 10n ** BigInt(-shift)) as NanoCredits;
}

/** The most of an amount above zero that can be said with so many places. */
export function cutCredits(amount: NanoCredits, places: number): NanoCredits {
  const step = 10n ** BigInt(Math.max(0, NANO_PLACES - places));
  return (amount - (amount % step)) as NanoCredits;
}

/** Writes a price for a million units as the decimal of one, with fifteen places at most. */
export function formatPerUnit(price: NanoUsdPerMillion): string {
  return decimalOf(price, NANO_PER_USD * MILLION);
}

/** Writes a price as plain decimal dollars per million units; {@link usdPerMillion} reads it back without loss. */
export function formatUsdPerMillion(price: NanoUsdPerMillion): string {
  return formatUsd(nanoUsd(price));
}

/** A whole number of a currency's smallest unit, as payment services count it: cents of a dollar, yen. */
export type MinorUnits = bigint & { readonly __unit: 'minor' };

export const NO_MINOR = 0n as MinorUnits;

/** Brands a whole number of a currency's smallest unit, as read back from the store. */
export function minorUnits(amount: bigint): MinorUnits {
  return amount as MinorUnits;
}

/** `"12.5"` of a currency with so many places → its smallest unit, exactly; `undefined` for what is no such amount, or zero. */
export function parseMinor(text: string, places: number): MinorUnits | undefined {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,4}))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > places) return undefined;
  const amount = BigInt(whole + fraction.padEnd(places, '0'));
  return amount > 0n ? (amount as MinorUnits) : undefined;
}

/** As plain decimal text with all of the currency's places: `1250n` cents → `"12.50"`. */
export function formatMinor(amount: MinorUnits, places: number): string {
  const digits = String(amount).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

export function minMinor(a: MinorUnits, b: MinorUnits): MinorUnits {
  return a < b ? a : b;
}

export function addMinor(a: MinorUnits, b: MinorUnits): MinorUnits {
  return (a + b) as MinorUnits;
}

/**
 * The credits that an amount of money buys, rounded down. `creditPrice`: what one credit costs in the currency, as decimal
 * text of nine places at most. @throws RangeError where that is no price
 */
export function creditsFor(amount: MinorUnits, places: number, creditPrice: string): NanoCredits {
  const price = parseDecimal(creditPrice, NANO_PER_USD);
  if (price <= 0n) throw new RangeError('a credit has to cost something');
  return ((amount * NANO_PER_USD * NANO_PER_USD) / (10n ** BigInt(places) * price)) as NanoCredits;
}

/** The part of credits that belongs to a part of the money they were bought with, rounded down; all of them for all of it. */
export function shareOfCredits(credits: NanoCredits, part: MinorUnits, whole: MinorUnits): NanoCredits {
  return part >= whole ? credits : (((credits * part) / whole) as NanoCredits);
}
