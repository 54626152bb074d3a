import { formatMinor, type MinorUnits, parseMinor } from '../kernel/money.ts';

/**
 * How many places payment services count a currency with; all others have two. By
 * https://docs.stripe.com/currencies#minor-units: Ugandan shillings and Icelandic krónur are counted with two, too.
 */
const NO_PLACES: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
);
const THREE_PLACES: ReadonlySet<string> = new Set('BHD JOD KWD OMR TND'.split(' '));

/**
 * Currencies of which only whole ones are taken: krónur and shillings have no others, and what is left of a forint or a New
 * Taiwan dollar is never paid out. https://docs.stripe.com/currencies#special-cases
 */
const WHOLE_ONLY: ReadonlySet<string> = new Set(['HUF', 'ISK', 'TWD', 'UGX']);

export function placesOf(currency: string): number {
  if (NO_PLACES.has(currency)) return 0;
  return THREE_PLACES.has(currency) ? 3 : 2;
}

/** An amount of a currency as a service counts it; `undefined` for what is none, or cannot be paid to the last place. */
export function readAmount(text: string, currency: string): MinorUnits | undefined {
  const places = placesOf(currency);
  const amount = parseMinor(text, places);
  if (amount === undefined) return undefined;
  // Of three places, card networks take two: https://docs.stripe.com/currencies#three-decimal
  const step = WHOLE_ONLY.has(currency) ? 100n : places === 3 ? 10n : 1n;
  return amount % step === 0n ? amount : undefined;
}

export function writeAmount(amount: MinorUnits, currency: string): string {
  return formatMinor(amount, placesOf(currency));
}
