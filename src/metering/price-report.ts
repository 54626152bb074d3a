import { inCreditsPerMillion, marginOver } from '../kernel/money.ts';
import { linePlace, type Price, type RateCard } from '../protocol/rate-card.ts';
import { CHARGED_CLASSES, type CompiledRateCard } from './compile-rate-card.ts';
import { creditsPerMillion, creditTerms, type PriceTerms } from './price-call.ts';

/** One line of what is charged, beside what the provider bills for it. */
export type ReportLine = {
  /** Its unit and conditions. */
  readonly of: Omit<Price, 'price'>;
  /** `undefined` where nobody knows it. */
  readonly cost: Price['price'] | undefined;
  /** Decimal credits for a million units. */
  readonly creditsPerMillion: string;
  /** In millionths of the cost; `undefined` where there is none. */
  readonly marginMillionths: number | undefined;
};

/** What calls of one model cost whoever pays for them. */
export type PriceReport = {
  readonly lines: readonly ReportLine[];
  /**
   * Whether a line says less than its cost; calls are charged their cost then all the same, unless the rule allows for less.
   */
  readonly isBelowCost: boolean;
};

/** The terms of a model line by line: those of the operator's list, or of the provider's card. */
export function reportPrices(terms: PriceTerms): PriceReport {
  const { list, cost, creditPrice } = terms;
  const own = creditTerms(terms);
  const lines = (list ?? cost).card.prices.map(({ price, ...of }): ReportLine => {
    const billed = list === undefined ? price : costOf(cost, of);
    return {
      of,
      cost: billed,
      creditsPerMillion: creditsPerMillion(price, own),
      marginMillionths: list === undefined ? own.marginMillionths : marginOver(billed, price, creditPrice),
    };
  });
  return { lines, isBelowCost: lines.some(({ marginMillionths }) => (marginMillionths ?? 0) < 0) };
}

/** What is charged as a card, in nano-credits for a million units, each rounded up to a whole one. */
export function chargedCard(terms: PriceTerms): RateCard {
  const { card } = terms.list ?? terms.cost;
  const own = creditTerms(terms);
  const prices = card.prices.map((line) => ({ ...line, price: inCreditsPerMillion(line.price, own) }));
  return { ...card, prices };
}

/** What the provider bills for a line of a list: its own line of the same conditions, else the plain one of the unit. */
function costOf({ card }: CompiledRateCard, of: Omit<Price, 'price'>): Price['price'] | undefined {
  for (const unit of unitsOf(of.unit)) {
    const lines = card.prices.filter((line) => line.unit === unit && line.batch === of.batch);
    const same = lines.find((line) => linePlace(line) === linePlace({ ...of, unit }));
    const found = same ?? lines.find(isPlain);
    if (found !== undefined) return found.price;
  }
  return undefined;
}

/** The units by which a unit may be billed, its own first. */
function unitsOf(unit: Price['unit']): readonly Price['unit'][] {
  return CHARGED_CLASSES.find(({ units }) => units[0] === unit)?.units ?? [unit];
}

function isPlain({ aboveInputTokens, utcWindow, imageSize, imageQuality }: Price): boolean {
  return [aboveInputTokens, utcWindow, imageSize, imageQuality].every((condition) => condition === undefined);
}
