import { describe, expect, it } from 'vitest';
import { creditRate, credits, exactCredits } from './amounts.ts';

describe('credits', () => {
  it.each([
    ['1234.5', { language: 'en' }, '1,234.50'],
    ['0', { language: 'en', prefix: '★' }, '★0.00'],
    ['-12.345', { language: 'en', prefix: '$' }, '-$12.35'],
    ['12.345', { language: 'en', decimals: 0 }, '12'],
    ['0.25', { language: 'en', decimals: 0 }, '0.25'],
    ['0.000125', { language: 'en' }, '0.000125'],
    ['0.000000002', { language: 'en', decimals: 8 }, '0.000000002'],
    ['90071992547409.931234567', { language: 'en', decimals: 9 }, '90,071,992,547,409.931234567'],
  ])('%s with %o is shown as %s', (text, look, shown) => {
    expect(credits(text, look)).toBe(shown);
  });

  it('are exact to the last place where they are added up, with as many as the operator shows at least', () => {
    expect(exactCredits('0.000000123', { language: 'en', prefix: '¥' })).toBe('¥0.000000123');
    expect(exactCredits('3', { language: 'en', decimals: 0 })).toBe('3');
    expect(creditRate('2.5', { language: 'en', prefix: '€', decimals: 4 })).toBe('€2.5000');
  });
});
