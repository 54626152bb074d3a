/** Numbers as people read them, in the language that is spoken. */

const NANO_PER_DOLLAR = 1_000_000_000n;
const PLACES_SMALL = 6;
const CREDIT_DECIMALS = 2;
/** Rates are exact to more places than amounts. */
const PLACES_MAX = 18;

/** `12,345`, or from ten thousand on `12.3K` where there is little room. */
export function count(value: number, language: string, room: 'wide' | 'narrow' = 'wide'): string {
  const isShort = room === 'narrow' && Math.abs(value) >= 10_000;
  return new Intl.NumberFormat(
    language,
    isShort ? { notation: 'compact', maximumFractionDigits: 1 } : { maximumFractionDigits: 0 },
  ).format(value);
}

/** Whole nano-dollars → `$1.23`; what is less than a cent keeps as many places as it needs to be seen. */
export function dollars(nano: string | bigint, language: string): string {
  const whole = BigInt(nano);
  const size = whole < 0n ? -whole : whole;
  // A double holds every amount that fits on a page to more places than are shown.
  const value = Number(whole / NANO_PER_DOLLAR) + Number(whole % NANO_PER_DOLLAR) / Number(NANO_PER_DOLLAR);
  const isSmall = size > 0n && size < NANO_PER_DOLLAR / 100n;
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: isSmall ? PLACES_SMALL : 2,
  }).format(value);
}

/** Nano-dollars to their last place: `$0.000000123`. */
export function exactDollars(nano: string | bigint, language: string): string {
  const whole = BigInt(nano);
  const size = whole < 0n ? -whole : whole;
  const places = String(size % NANO_PER_DOLLAR).padStart(9, '0');
  return price(`${whole < 0n ? '-' : ''}${size / NANO_PER_DOLLAR}.${places}`, language);
}

/** How amounts of credit look: what stands before them, and how many places they have, two where nobody says. */
export type CreditLook = { readonly language: string; readonly prefix?: string; readonly decimals?: number };

/** Decimal credits as the API writes them → `1,234.50`; what is too small for its places keeps those it needs to be seen. */
export function credits(text: string, look: CreditLook): string {
  const { decimals = CREDIT_DECIMALS } = look;
  const isSmall = /[1-9]/.test(text) && !/[1-9]/.test(cutTo(text, decimals));
  return creditsTo(text, look, isSmall ? Math.max(PLACES_SMALL, decimals + 1) : decimals);
}

/** Credits to their last place: `0.000000123`. */
export function exactCredits(text: string, look: CreditLook): string {
  return creditsTo(text, look, PLACES_MAX);
}

/** Credits for many units, to as many places as tell one rate from another at a glance. */
export function creditRate(text: string, look: CreditLook): string {
  return creditsTo(text, look, Math.max(PLACES_SMALL, look.decimals ?? CREDIT_DECIMALS));
}

/** A margin in percent as the API writes it: `20` → `+20%`. */
export function marginPercent(text: string, language: string): string {
  const places = { maximumFractionDigits: 4, signDisplay: 'exceptZero' } as const;
  return `${new Intl.NumberFormat(language, places).format(text as `${number}`)}%`;
}

function creditsTo(
  text: string,
  { language, prefix = '', decimals = CREDIT_DECIMALS }: CreditLook,
  most: number,
): string {
  const places = { minimumFractionDigits: decimals, maximumFractionDigits: most };
  // A decimal text has more places than a double; the formatter takes it as it is.
  const amount = new Intl.NumberFormat(language, places).format(text as `${number}`);
  // The sign comes first, as with money.
  return amount.startsWith('-') ? `-${prefix}${amount.slice(1)}` : `${prefix}${amount}`;
}

function cutTo(text: string, places: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return whole + fraction.slice(0, places);
}

/** Decimal dollars as the API writes them, with every place: `$0.15`. */
export function price(usd: string, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: 12,
    // A decimal text has more places than a double; the formatter takes it as it is.
  }).format(usd as `${number}`);
}

/** `0.123` → `12.3%` */
export function percent(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** `1,234` bytes → `1.2 kB` */
export function bytes(value: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[step] ?? 'byte',
    // The short form of a byte is the same for one and for many.
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(value / 1000 ** step);
}

/** Milliseconds → `0.4 ms`, `640 ms`, `1.24 s`, `3 min` */
export function duration(ms: number, language: string): string {
  const [value, unit, places] =
    ms < 1000
      ? [ms, 'millisecond', ms < 10 ? 1 : 0]
      : ms < 120_000
        ? [ms / 1000, 'second', 2]
        : [ms / 60_000, 'minute', 1];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'short',
    maximumFractionDigits: Number(places),
  }).format(Number(value));
}

/** The change from one amount to another: `+12%`; `undefined` where there was nothing before. */
export function change(now: number, before: number, language: string): string | undefined {
  if (before === 0) return undefined;
  return new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: Math.abs(now - before) < before / 10 ? 1 : 0,
    signDisplay: 'exceptZero',
  }).format((now - before) / before);
}
