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
  let millionths = 0n;
  /** Of a millionth: parts of units that have a fraction, which count to their sixth place. */
  let millionthParts = 0n;
  for (const { units, price } of lines) {
    if (Number.isInteger(units)) millionths += BigInt(units) * price;
    else millionthParts += BigInt(Math.round(units * 1_000_000)) * price;
  }
  if (millionthParts > 0n) millionths += (millionthParts + MILLION - 1n) / MILLION;
  return ((millionths + MILLION - 1n) / MILLION) as NanoUsd;
}

export function addNano(a: NanoUsd, b: NanoUsd): NanoUsd {
  return (a + b) as NanoUsd;
}

/** The mean of at least one amount, rounded up: it lies between the smallest and the largest of them. */
export function meanNano(amounts: readonly NanoUsd[]): NanoUsd {
  const count = BigInt(amounts.length);
  const sum = amounts.reduce(addNano, ZERO_NANO_USD);
  // Division cuts towards zero, which is up where the sum is negative.
  return ((sum > 0n ? sum + count - 1n : sum) / count) as NanoUsd;
}

/** An amount as often as that. */
export function timesNano(amount: NanoUsd, times: number): NanoUsd {
  return (amount * BigInt(times)) as NanoUsd;
}

/** Writes nano-dollars as plain decimal dollars with nine places trimmed of trailing zeros: `1500n` → `"0.0000015"`. */
export function formatUsd(amount: NanoUsd): string {
  const negative = amount < 0n;
  const absolute: bigint = negative ? 0n - amount : amount;
  const whole = absolute / NANO_PER_USD;
  const fraction = (absolute % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Writes a price as plain decimal dollars per million units; {@link usdPerMillion} reads it back without loss. */
export function formatUsdPerMillion(price: NanoUsdPerMillion): string {
  return formatUsd(nanoUsd(price));
}
