import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCredits, nanoUsd, usdPerMillion, usdToNano } from '../kernel/money.ts';
import type { Price, PriceUnit, RateCard } from '../protocol/rate-card.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import type { ChargedCall } from './charge.ts';
import { CHARGED_CLASSES, compileRateCard } from './compile-rate-card.ts';
import { explainCharge, type PriceTerms, priceCall } from './price-call.ts';
import { priceLine } from './price-line.ts';
import { PRICE_UNITS } from './price-units.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const DOLLAR = usdToNano('1');

function card(prices: readonly Price[]): RateCard {
  return { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0, prices };
}

function line(unit: PriceUnit, amount: string, conditions: Partial<Price> = {}): Price {
  return { ...priceLine(unit, usdPerMillion(amount)), ...conditions };
}

function termsOf(prices: readonly Price[], fields: Partial<PriceTerms> = {}): PriceTerms {
  return {
    cost: compileRateCard(card(prices)),
    creditPrice: DOLLAR,
    marginMillionths: 0,
    list: undefined,
    isBelowCostAllowed: false,
    ruleId: undefined,
    ...fields,
  };
}

const callOf = (usage: Partial<Usage>, fields: Partial<ChargedCall> = {}): ChargedCall => ({
  usage: { ...NO_USAGE, ...usage },
  at: NOON,
  ...fields,
});

describe('the price of a call', () => {
  const PLAIN = [line('input', '3'), line('output', '15')];
  const USED = { inputTokens: 1000, outputTokens: 1000 };

  test.each<[string, Partial<PriceTerms>, string]>([
    ['is its cost where there is no margin', {}, '0.018'],
    ['is its cost and the margin', { marginMillionths: 20_000 }, '0.01836'],
    [
      'is fewer credits where a credit is worth more',
      { marginMillionths: 20_000, creditPrice: usdToNano('2') },
      '0.00918',
    ],
    ['is more credits where it is worth less', { creditPrice: usdToNano('0.01') }, '1.8'],
    ['is never below the cost', { marginMillionths: -500_000 }, '0.018'],
    ['unless that is allowed', { marginMillionths: -500_000, isBelowCostAllowed: true }, '0.009'],
    ['is what a list says', { list: compileRateCard(card([line('input', '10'), line('output', '20')])) }, '0.03'],
    [
      'is the cost where the list says less',
      { list: compileRateCard(card([line('input', '1'), line('output', '1')])) },
      '0.018',
    ],
    [
      'is less where that is allowed',
      { list: compileRateCard(card([line('input', '1'), line('output', '1')])), isBelowCostAllowed: true },
      '0.002',
    ],
    ['is rounded up to a nano-credit once', { creditPrice: usdToNano('0.7') }, '0.025714286'],
  ])('%s', (_, terms, credits) => {
    const { priceNano, costNano } = priceCall(termsOf(PLAIN, terms), callOf(USED));
    expect(formatCredits(priceNano)).toBe(credits);
    expect(costNano).toBe(usdToNano('0.018'));
  });

  test('is that of the rest where a unit has no price, which is named', () => {
    const priced = priceCall(termsOf(PLAIN), callOf({ ...USED, toolCalls: 2 }));
    expect(priced).toEqual({ costNano: undefined, priceNano: 18_000_000n, unpriced: ['tool-call'] });
  });

  test('does not depend on how its cost would be rounded', () => {
    // A third of a nano-dollar costs one; at a tenth of a dollar a credit it is four nano-credits and not ten.
    const terms = termsOf([line('input', '0.000000333')], { creditPrice: usdToNano('0.1') });
    expect(priceCall(terms, callOf({ inputTokens: 1000 }))).toMatchObject({ costNano: 1n, priceNano: 4n });
  });
});

/** The millionths of a nano-credit and smaller in a decimal number of credits. */
function exact(text: string): bigint {
  const isNegative = text.startsWith('-');
  const [whole = '0', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
  const parts = BigInt(whole + fraction.padEnd(27, '0'));
  return isNegative ? -parts : parts;
}

function expectToAddUp(terms: PriceTerms, call: ChargedCall): void {
  const { lines, floorCredits, roundingCredits, credits } = explainCharge(terms, call);
  const sum = [...lines.map((each) => each.credits), floorCredits, roundingCredits].reduce(
    (all, each) => all + exact(each),
    0n,
  );
  expect(sum).toBe(exact(credits));
  expect(credits).toBe(formatCredits(priceCall(terms, call).priceNano));
  // Less than a nano-credit is rounded, and only up.
  expect(exact(roundingCredits)).toBeGreaterThanOrEqual(0n);
  expect(exact(roundingCredits)).toBeLessThan(10n ** 18n);
}

describe('an explained charge', () => {
  /** Every unit at a price of its own, dearer above 200,000 tokens, cheaper by night and in a batch. */
  const EVERYTHING = PRICE_UNITS.flatMap((unit, index) => [
    line(unit, `${index + 1}.37`),
    line(unit, `${index + 2}.91`, { aboveInputTokens: 200_000 }),
    line(unit, `0.${index + 10}7`, { utcWindow: { from: '22:00', to: '04:00' } }),
    line(unit, `0.${index + 20}3`, { batch: true }),
  ]);
  const MARGINS: readonly Partial<PriceTerms>[] = [
    {},
    { marginMillionths: 20_000 },
    { marginMillionths: 333_333, creditPrice: usdToNano('0.03') },
    { list: compileRateCard(card(EVERYTHING.map((each) => ({ ...each, price: usdPerMillion('0.001') })))) },
  ];
  const fields = [...CHARGED_CLASSES.map(({ field }) => field), 'images' as const];

  test.each(fields)('%s: units, rate and rounding come to the charge, in every tier, hour and batch', (field) => {
    for (const terms of MARGINS.map((each) => termsOf(EVERYTHING, each))) {
      for (const units of [1, 7, 200_001, field === 'seconds' ? 12.345678 : 3]) {
        for (const at of [NOON, Date.parse('2026-11-23T23:30:00Z')]) {
          for (const isBatch of [false, true]) expectToAddUp(terms, callOf({ [field]: units }, { at, isBatch }));
        }
      }
    }
  });

  test('comes to the charge whatever was used at whatever price', () => {
    const usage = fc.record(
      Object.fromEntries(fields.map((field) => [field, fc.option(fc.nat(3_000_000), { nil: undefined })])),
    );
    const terms = fc.record({
      marginMillionths: fc.integer({ min: -900_000, max: 5_000_000 }),
      creditPrice: fc.bigInt({ min: 1n, max: 10n ** 12n }).map(nanoUsd),
      isBelowCostAllowed: fc.boolean(),
    });
    fc.assert(fc.property(usage, terms, (used, own) => expectToAddUp(termsOf(EVERYTHING, own), callOf(used))));
  });

  test('says what of it is the floor', () => {
    const list = compileRateCard(card([line('input', '1')]));
    expect(explainCharge(termsOf([line('input', '3')], { list }), callOf({ inputTokens: 1_000_000 }))).toEqual({
      rateCardId: 'rc_1',
      ruleId: undefined,
      creditPrice: usdToNano('1'),
      lines: [{ unit: 'input', units: 1_000_000, perMillion: '1', creditsPerMillion: '1', credits: '1' }],
      marginMillionths: 0,
      isListed: true,
      floorCredits: '2',
      roundingCredits: '0',
      credits: '3',
    });
  });
});
