import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadBuiltInEntries } from './catalogue.ts';
import { createModelIdentity } from './model-identity.ts';
import { loadVendors } from './vendors.ts';

const entries = loadBuiltInEntries();
const vendors = loadVendors();
const identity = createModelIdentity({ vendors, entries });

/** Each row is one model: every `provider: id` of it has the canonical name on the left. */
const ONE_MODEL: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'claude-sonnet-4-5',
    [
      ['anthropic', 'claude-sonnet-4-5'],
      ['anthropic', 'claude-sonnet-4-5-20250929'],
      ['amazon-bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ['amazon-bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ['amazon-bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ['amazon-bedrock', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
      [
        'amazon-bedrock',
        'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      ],
      ['amazon-bedrock', 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ['openrouter', 'anthropic/claude-sonnet-4.5'],
      ['poe', 'Claude-Sonnet-4.5'],
    ],
  ],
  [
    'claude-sonnet-4',
    [
      ['anthropic', 'claude-sonnet-4-0'],
      ['anthropic', 'claude-sonnet-4-20250514'],
      ['amazon-bedrock', 'apac.anthropic.claude-sonnet-4-20250514-v1:0'],
      ['openrouter', 'anthropic/claude-sonnet-4'],
    ],
  ],
  [
    'claude-3-5-sonnet',
    [
      ['anthropic', 'claude-3-5-sonnet-20241022'],
      ['amazon-bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
      ['openrouter', 'anthropic/claude-3.5-sonnet'],
    ],
  ],
  [
    'claude-3-5-sonnet-20240620',
    [
      ['anthropic', 'claude-3-5-sonnet-20240620'],
      ['amazon-bedrock', 'anthropic.claude-3-5-sonnet-20240620-v1:0'],
      ['openrouter', 'anthropic/claude-3.5-sonnet-20240620'],
    ],
  ],
  [
    'claude-opus-4-6',
    [
      ['anthropic', 'claude-opus-4-6'],
      ['amazon-bedrock', 'global.anthropic.claude-opus-4-6-v1:0'],
      ['amazon-bedrock', 'global.anthropic.claude-opus-4-6'],
    ],
  ],
  [
    'gemini-2.5-flash',
    [
      ['google', 'models/gemini-2.5-flash'],
      ['google', 'gemini-2.5-flash'],
      ['openrouter', 'google/gemini-2.5-flash'],
    ],
  ],
  ['gemini-3.1-pro', [['poe', 'Gemini-3.1-Pro']]],
  [
    'gpt-4o-2024-08-06',
    [
      ['openai', 'gpt-4o-2024-08-06'],
      ['openrouter', 'openai/gpt-4o-2024-08-06'],
    ],
  ],
  [
    'gpt-4o-mini',
    [
      ['openai', 'gpt-4o-mini'],
      ['openrouter', 'openai/gpt-4o-mini'],
    ],
  ],
  [
    'gpt-oss-120b',
    [
      ['groq', 'openai/gpt-oss-120b'],
      ['cerebras', 'gpt-oss-120b'],
      ['huggingface', 'openai/gpt-oss-120b'],
      ['fireworks', 'accounts/fireworks/models/gpt-oss-120b'],
    ],
  ],
  [
    'deepseek-r1',
    [
      ['openrouter', 'deepseek/deepseek-r1'],
      ['huggingface', 'deepseek-ai/DeepSeek-R1'],
      ['siliconflow', 'deepseek-ai/DeepSeek-R1'],
    ],
  ],
  [
    'llama3.2',
    [
      ['ollama', 'llama3.2'],
      ['ollama', 'llama3.2:latest'],
    ],
  ],
  [
    'nova-lite',
    [
      ['amazon-bedrock', 'amazon.nova-lite-v1:0'],
      ['amazon-bedrock', 'us.amazon.nova-lite-v1:0'],
      ['openrouter', 'amazon/nova-lite'],
    ],
  ],
  [
    'glm-4.6',
    [
      ['zhipu', 'glm-4.6'],
      ['zai', 'glm-4.6'],
      ['openrouter', 'z-ai/glm-4.6'],
      ['huggingface', 'zai-org/GLM-4.6'],
    ],
  ],
];

/** No two of a row are the same model. */
const APART: readonly (readonly (readonly [string, string])[])[] = [
  [
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-4o-2024-05-13'],
    ['openai', 'gpt-4o-2024-08-06'],
    ['openai', 'chatgpt-4o-latest'],
    ['openai', 'gpt-4'],
    ['openai', 'gpt-4-0613'],
    ['openai', 'gpt-4.1'],
    ['openai', 'gpt-4.1-mini'],
  ],
  [
    ['openrouter', 'anthropic/claude-3.7-sonnet'],
    ['openrouter', 'anthropic/claude-3.7-sonnet:thinking'],
    ['openrouter', 'anthropic/claude-3.7-sonnet:beta'],
    ['anthropic', 'claude-3-5-sonnet-20241022'],
    ['anthropic', 'claude-3-5-sonnet-20240620'],
    ['anthropic', 'claude-3-5-haiku-20241022'],
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-sonnet-4-20250514'],
    ['anthropic', 'claude-opus-4-5-20251101'],
    ['anthropic', 'claude-opus-4-1-20250805'],
  ],
  [
    ['openrouter', 'deepseek/deepseek-r1'],
    ['openrouter', 'deepseek/deepseek-r1:free'],
    ['openrouter', 'deepseek/deepseek-r1-0528'],
    ['openrouter', 'deepseek/deepseek-r1-distill-llama-70b'],
    ['siliconflow', 'Pro/deepseek-ai/DeepSeek-R1'],
    ['ollama', 'deepseek-r1:7b'],
  ],
  [
    ['ollama', 'llama3.2'],
    ['ollama', 'llama3.2:1b'],
    ['ollama', 'llama3.1:8b'],
    ['ollama', 'llama3.1:70b'],
    ['openrouter', 'meta-llama/llama-3.1-8b-instruct'],
    ['openrouter', 'meta-llama/llama-3.1-70b-instruct'],
    ['openrouter', 'someone/llama-3.1-8b-instruct'],
    ['groq', 'llama-3.3-70b-versatile'],
  ],
  [
    ['amazon-bedrock', 'amazon.titan-embed-text-v1'],
    ['amazon-bedrock', 'amazon.titan-embed-text-v2:0'],
    ['amazon-bedrock', 'anthropic.claude-v2:1'],
    ['amazon-bedrock', 'anthropic.claude-v2'],
    ['amazon-bedrock', 'anthropic.claude-3-haiku-20240307-v1:0'],
    ['amazon-bedrock', 'anthropic.claude-3-haiku-20240307-v1:0:48k'],
    ['amazon-bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1'],
    ['amazon-bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/b2'],
  ],
  [
    ['google', 'models/gemini-2.5-flash'],
    ['google', 'models/gemini-2.5-flash-lite'],
    ['google', 'models/gemini-2.5-flash-preview-05-20'],
    ['google', 'models/gemini-2.5-pro'],
  ],
];

describe('canonical models', () => {
  test.each(ONE_MODEL.flatMap(([canonical, names]) => names.map((name) => [...name, canonical] as const)))(
    '%s: %s is %s',
    (provider, upstream, canonical) => {
      expect(identity.canonicalModel(provider, upstream)).toBe(canonical);
      expect(identity.canonicalName(upstream)).toBe(canonical);
    },
  );

  test.each(APART.map((row) => [row.map(([, id]) => id).join(', '), row] as const))('stay apart: %s', (_, row) => {
    const names = row.map(([provider, id]) => identity.canonicalModel(provider, id));
    expect(new Set(names).size, names.join(', ')).toBe(row.length);
  });

  test('a canonical name is its own canonical name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ONE_MODEL.flatMap(([, names]) => names), ...APART.flat()), ([provider, id]) => {
        const canonical = identity.canonicalModel(provider, id);
        expect(identity.canonicalName(canonical)).toBe(canonical);
      }),
    );
  });

  test('sizes and variants never merge, whatever the stem', () => {
    const stem = fc.constantFrom('gpt-9', 'claude-nova-7', 'llama9', 'qwen9', 'something');
    const tail = fc
      .stringMatching(/^(?:-\d{1,3}b|:[a-z]{3,9}|-(?:mini|nano|pro|lite))$/)
      .filter((t) => t !== ':latest');
    fc.assert(
      fc.property(stem, tail, tail, (name, a, b) => {
        fc.pre(a !== b);
        expect(identity.canonicalName(name + a)).not.toBe(identity.canonicalName(name + b));
        expect(identity.canonicalName(name + a)).not.toBe(identity.canonicalName(name));
      }),
    );
  });

  test("an operator's correction wins over the rules, for its provider only", () => {
    const corrected = createModelIdentity({
      vendors,
      entries,
      corrections: [{ providerId: 'azure-openai', upstreamModel: 'our-chat', canonicalModel: 'gpt-4o' }],
    });
    expect(corrected.canonicalModel('azure-openai', 'our-chat')).toBe('gpt-4o');
    expect(corrected.canonicalModel('openai', 'our-chat')).toBe('our-chat');
  });
});

describe("the model's own vendor", () => {
  test.each([
    ['anthropic', 'claude-sonnet-4-5-20250929', true],
    ['amazon-bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', false],
    ['amazon-bedrock', 'us.amazon.nova-lite-v1:0', true],
    ['openrouter', 'anthropic/claude-sonnet-4.5', false],
    ['google', 'models/gemini-2.5-flash', true],
    ['openai', 'o3-mini', true],
    ['azure-openai', 'gpt-4o', false],
    ['doubao', 'doubao-seed-1-8-251228', true],
    ['doubao', 'kimi-k2-5-260127', false],
    ['xai', 'grok-4', true],
    ['ollama', 'llama3.2:latest', false],
    ['nobody', 'gpt-4o', false],
  ])('%s: %s → %s', (provider, model, own) => {
    expect(identity.isOwnVendor(provider, model)).toBe(own);
  });

  test.each([
    ['claude-sonnet-4-5', 'anthropic'],
    ['gpt-4o', 'openai'],
    ['llama3.2', 'meta'],
    ['kimi-k2', 'moonshotai'],
    ['ep-20250101-abcde', undefined],
  ])('%s belongs to %s', (model, vendor) => {
    expect(identity.vendorOf(model)).toBe(vendor);
  });
});
