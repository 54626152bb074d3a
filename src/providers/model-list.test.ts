import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIST_MODELS_MAX, NO_FACTS, parseModelList } from './model-list.ts';

const parse = (answer: unknown, shape: 'openai' | 'ollama-tags' = 'openai') =>
  parseModelList(Buffer.from(JSON.stringify(answer)), shape);

describe('lists of models', () => {
  test.each<[string, object, object]>([
    [
      'OpenAI',
      { id: 'gpt-4o', object: 'model', created: 1715367049, owned_by: 'system' },
      { createdAt: 1715367049000 },
    ],
    [
      'OpenRouter',
      {
        id: 'openai/gpt-4o',
        name: 'OpenAI: GPT-4o',
        created: 1715558400,
        context_length: 128000,
        architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
        top_provider: { context_length: 128000, max_completion_tokens: 16384 },
      },
      {
        displayName: 'OpenAI: GPT-4o',
        createdAt: 1715558400000,
        contextTokens: 128000,
        maxOutputTokens: 16384,
        inputModalities: ['text', 'image'],
        outputModalities: ['text'],
      },
    ],
    [
      'Mistral',
      { id: 'pixtral-12b', max_context_length: 131072, capabilities: { completion_chat: true, vision: true } },
      { contextTokens: 131072, inputModalities: ['text', 'image'] },
    ],
    [
      'Groq',
      { id: 'llama-3.3-70b-versatile', context_window: 131072, max_completion_tokens: 32768 },
      { contextTokens: 131072, maxOutputTokens: 32768 },
    ],
    ['vLLM', { id: 'qwen', max_model_len: 32768, owned_by: 'vllm' }, { contextTokens: 32768 }],
    ['llama.cpp', { id: 'm.gguf', meta: { n_ctx_train: 8192 } }, { contextTokens: 8192 }],
    [
      'Anthropic',
      { type: 'model', id: 'claude-x', display_name: 'Claude X', created_at: '2025-09-29T00:00:00Z' },
      { displayName: 'Claude X', createdAt: Date.UTC(2025, 8, 29) },
    ],
    ['a server that says nonsense', { id: 'm', created: 0, context_length: -1, architecture: 'big' }, {}],
  ])('%s', (_, row, facts) => {
    const [found] = parse({ object: 'list', data: [row] }).models;
    expect(found?.facts).toEqual({ ...NO_FACTS, ...facts });
  });

  test('a bare array, as Together answers, is a list', () => {
    expect(parse([{ id: 'a' }, { id: 'b' }]).models.map((model) => model.upstreamModel)).toEqual(['a', 'b']);
  });

  test("Ollama's tags are a list", () => {
    const answer = { models: [{ name: 'llama3.2:latest', model: 'llama3.2:latest', details: { format: 'gguf' } }] };
    expect(parse(answer, 'ollama-tags').models).toEqual([{ upstreamModel: 'llama3.2:latest', facts: NO_FACTS }]);
  });

  test.each([
    ['a page of HTML', '<html>'],
    ['an object without a list', '{"object":"list"}'],
    ['a list of another shape', '{"models":[]}'],
  ])('%s is no list', (_, text) => {
    expect(() => parseModelList(Buffer.from(text), 'openai')).toThrow('could not be read');
  });

  test('rows without a usable id are counted and left out; an id counts once', () => {
    const rows = [
      { id: 'a' },
      { id: 'a' },
      { id: 'b\u0000c' },
      { id: 'x'.repeat(257) },
      { id: ' padded' },
      {},
      'text',
      null,
    ];
    const list = parse({ data: rows });
    expect(list.models.map((model) => model.upstreamModel)).toEqual(['a']);
    expect(list.refused).toBe(6);
  });

  test('a list beyond the bound is refused whole', () => {
    const rows = Array.from({ length: LIST_MODELS_MAX + 1 }, (_, index) => ({ id: `m${index}` }));
    expect(() => parse({ data: rows })).toThrow('more than 20000 models');
  });

  test('who owns the models is said only where all rows agree', () => {
    expect(
      parse({
        data: [
          { id: 'a', owned_by: 'vllm' },
          { id: 'b', owned_by: 'vllm' },
        ],
      }).ownedBy,
    ).toBe('vllm');
    expect(parse({ data: [{ id: 'a', owned_by: 'vllm' }, { id: 'b' }] }).ownedBy).toBeUndefined();
  });

  test('no answer makes it throw anything but a named error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (answer) => {
        try {
          parse({ data: [answer] });
          parse(answer);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GatewayError' });
        }
      }),
    );
  });
});

describe('listed prices', () => {
  test('are the decimal texts of the list, and nothing else', () => {
    const pricing = {
      prompt: '0.0000025',
      completion: '0.00001',
      input_cache_read: '0.00000125',
      image: 'free',
      request: '0',
    };
    expect(parse({ data: [{ id: 'a', pricing }] }).prices).toEqual([
      { model: 'a', prompt: '0.0000025', completion: '0.00001', input_cache_read: '0.00000125', request: '0' },
    ]);
  });

  test('a price that depends (negative) is not known', () => {
    expect(parse({ data: [{ id: 'auto', pricing: { prompt: '-1', completion: '-1' } }] }).prices).toEqual([]);
  });
});
