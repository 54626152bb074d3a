/** An amount of a currency as people write it: `NT$320`, `$10.00`. The API says it as decimal text. */
export function moneyText(amount: string, currency: string, language: string): string {
  const value = Number(amount);
  const isWhole = Number.isInteger(value);
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    ...(isWhole && WHOLE.has(currency) ? { minimumFractionDigits: 0 } : {}),
  }).format(value);
}

/** Currencies that nobody writes with parts. */
const WHOLE: ReadonlySet<string> = new Set(['HUF', 'ISK', 'TWD', 'UGX']);
