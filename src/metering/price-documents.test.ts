import { describe, expect, test } from 'vitest';
import { usdPerMillion } from '../kernel/money.ts';
import { readPriceDocument } from './price-documents.ts';
import { priceLine } from './price-line.ts';

const NOW = Date.UTC(2026, 0, 1);
const usd = (amount: string) => usdPerMillion(amount);

describe('the hub’s own document', () => {
  const text = JSON.stringify({
    prices: [
      {
        provider_id: 'acme',
        model: 'large',
        effective_from: '2025-06-01T00:00:00Z',
        prices: [{ unit: 'input', usd_per_million: '2.5' }],
      },
      { provider_id: 'acme', model: 'small', prices: [{ unit: 'input', usd_per_million: '0.1' }] },
    ],
  });

  test('says what its cards say, from when they say', () => {
    const document = readPriceDocument(text, NOW);
    expect(document.find({ providerId: 'acme', model: 'large' })).toEqual({
      providerId: 'acme',
      model: 'large',
      source: 'catalogue',
      effectiveFrom: Date.UTC(2025, 5, 1),
      prices: [priceLine('input', usd('2.5'))],
    });
    expect(document.find({ providerId: 'acme', model: 'small' })?.effectiveFrom).toBe(NOW);
    expect(document.find({ providerId: 'other', model: 'large' })).toBeUndefined();
  });
});

describe('LiteLLM’s list', () => {
  const list = {
    sample_spec: { litellm_provider: 'one of many', input_cost_per_token: 0 },
    'gpt-9': {
      litellm_provider: 'openai',
      input_cost_per_token: 2.5e-6,
      output_cost_per_token: 1e-5,
      cache_read_input_token_cost: 2.5e-7,
      input_cost_per_token_above_272k_tokens: 5e-6,
      input_cost_per_token_batches: 1.25e-6,
      input_cost_per_token_priority: 9e-6,
      input_cost_per_token_above_272k_tokens_priority: 9e-6,
      output_cost_per_reasoning_token: 0,
      supports_vision: true,
    },
    'claude-9': {
      litellm_provider: 'anthropic',
      input_cost_per_token: 5e-6,
      output_cost_per_token: 2.5e-5,
      cache_creation_input_token_cost: 6.25e-6,
      cache_creation_input_token_cost_above_1hr: 1e-5,
      cache_creation_input_token_cost_above_200k_tokens: 1.25e-5,
    },
    'gemini/gemini-9': { litellm_provider: 'gemini', input_cost_per_token: 1.25e-6, output_cost_per_token: 1e-5 },
    'gemini-9': { litellm_provider: 'vertex_ai-language-models', input_cost_per_token: 1, output_cost_per_token: 1 },
    'nova-9': { litellm_provider: 'bedrock_converse', input_cost_per_token: 6e-8, output_cost_per_token: 2.4e-7 },
    'free-9': { litellm_provider: 'groq', input_cost_per_token: 0, output_cost_per_token: 0 },
    absurd: { litellm_provider: 'groq', input_cost_per_token: 5, output_cost_per_token: -1 },
    'half-9': { litellm_provider: 'groq', output_cost_per_token: 1e-6 },
  };
  const document = readPriceDocument(JSON.stringify(list), NOW);
  const linesOf = (providerId: string, model: string) => document.find({ providerId, model })?.prices;

  test('gives every class, context tier and batch that cards have, and no other service tier', () => {
    expect(linesOf('openai', 'gpt-9')).toEqual([
      priceLine('input', usd('2.5')),
      priceLine('output', usd('10')),
      priceLine('cached-input', usd('0.25')),
      priceLine('input', usd('5'), { aboveInputTokens: 272_000 }),
      { ...priceLine('input', usd('1.25')), batch: true },
    ]);
    expect(linesOf('anthropic', 'claude-9')).toEqual([
      priceLine('input', usd('5')),
      priceLine('output', usd('25')),
      priceLine('cache-write-5m', usd('6.25')),
      priceLine('cache-write-1h', usd('10')),
      priceLine('cache-write-5m', usd('12.5'), { aboveInputTokens: 200_000 }),
    ]);
  });

  test('knows the hub’s providers by their own names, and no model of another', () => {
    expect(linesOf('google', 'gemini-9')).toEqual([priceLine('input', usd('1.25')), priceLine('output', usd('10'))]);
    expect(linesOf('amazon-bedrock', 'nova-9')).toHaveLength(2);
    expect(linesOf('groq', 'gpt-9')).toBeUndefined();
    expect(linesOf('openai', 'sample_spec')).toBeUndefined();
  });

  test('may say that a model is free; not that it has no price for its input, or an absurd one', () => {
    expect(linesOf('groq', 'free-9')).toEqual([priceLine('input', usd('0')), priceLine('output', usd('0'))]);
    expect(linesOf('groq', 'absurd')).toBeUndefined();
    expect(linesOf('groq', 'half-9')).toBeUndefined();
  });
});

test.each([
  ['no JSON', '<html>'],
  ['a list', '[]'],
  ['something else', '{"models":{}}'],
  ['a card that says nothing', '{"prices":[{"provider_id":"acme"}]}'],
])('a document that is %s is refused', (_what, text) => {
  expect(() => readPriceDocument(text, NOW)).toThrow('The document of prices');
});
