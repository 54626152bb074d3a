import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../kernel/json.ts';
import { formatUsdPerMillion } from '../kernel/money.ts';
import { providerPriceCards } from './provider-prices.ts';

function lines(pricing: JsonValue | undefined): readonly string[] {
  const [card] = providerPriceCards('p', [{ upstreamModel: 'm', pricing }], 1000);
  return (card?.prices ?? []).map((line) => {
    const tier = line.aboveInputTokens === undefined ? '' : ` above ${line.aboveInputTokens}`;
    const window = line.utcWindow === undefined ? '' : ` ${line.utcWindow.from}-${line.utcWindow.to}`;
    return `${line.unit} ${formatUsdPerMillion(line.price)}${tier}${window}`;
  });
}

test('prices for one token become prices for a million, to the last digit', () => {
  expect(
    lines({
      prompt: '0.000003',
      completion: '0.000015',
      input_cache_read: '0.0000003',
      input_cache_write: '0.00000375',
      input_cache_write_1h: '0.000006',
      audio: '0.00001',
      request: '0.005',
      web_search: '0.01',
      image: '0.0048',
    }),
  ).toEqual([
    'input 3',
    'output 15',
    'cached-input 0.3',
    'cache-write-5m 3.75',
    'cache-write-1h 6',
    'audio-input 10',
    'request 5000',
    'tool-call 10000',
  ]);
});

test('a free model is priced at zero, and its parts with it', () => {
  expect(lines({ prompt: '0', completion: '0', internal_reasoning: '0' })).toEqual(['input 0', 'output 0']);
});

test('a zero for a part means that it has no price of its own', () => {
  expect(lines({ prompt: '0.000001', completion: '0.000002', internal_reasoning: '0', request: '0' })).toEqual([
    'input 1',
    'output 2',
  ]);
});

test('long-context and time-of-day prices', () => {
  expect(
    lines({
      prompt: '0.000001',
      completion: '0.000002',
      overrides: [
        { min_prompt_tokens: 200000, prompt: '0.000002' },
        { utc_start: 1630, utc_end: 30, prompt: '0.0000005', completion: '0.000001' },
        { prompt: '0.9' },
        { only_on: 'sundays', prompt: '0.9' },
        { utc_start: 1690, utc_end: 30, prompt: '0.9' },
        'nonsense',
      ],
    }),
  ).toEqual(['input 1', 'output 2', 'input 2 above 200000', 'input 0.5 16:30-00:30', 'output 1 16:30-00:30']);
});

describe('prices that are none leave the model without a card', () => {
  test.each<[string, JsonValue | undefined]>([
    ['negative', { prompt: '-1', completion: '-1' }],
    ['one of them negative', { prompt: '0.000001', completion: '-1' }],
    ['missing', { prompt: '0.000001' }],
    ['absurd', { prompt: '5', completion: '5' }],
    ['words', { prompt: 'free', completion: 'free' }],
    ['endless', { prompt: `0.${'0'.repeat(60)}1`, completion: '0' }],
    ['no object', 'free'],
    ['nothing', undefined],
  ])('%s', (_name, pricing) => {
    expect(lines(pricing)).toEqual([]);
  });

  test('an absurd price of a part is left out alone', () => {
    expect(lines({ prompt: '0.000001', completion: '0.000002', input_cache_read: '-1', audio: '7' })).toEqual([
      'input 1',
      'output 2',
    ]);
  });
});

test('cards are in force from the time the list was read', () => {
  expect(
    providerPriceCards('p', [{ upstreamModel: 'm', pricing: { prompt: '1e-6', completion: '2e-6' } }], 1000),
  ).toMatchObject([{ providerId: 'p', model: 'm', source: 'provider', effectiveFrom: 1000 }]);
});
