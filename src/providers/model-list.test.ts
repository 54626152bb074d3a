import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createModelListReader, LIST_MODELS_MAX, type ListShape, NO_FACTS, parseModelList } from './model-list.ts';

const parse = (answer: unknown, shape: ListShape = 'openai') =>
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
      {
        type: 'model',
        id: 'claude-x',
        display_name: 'Claude X',
        created_at: '2025-09-29T00:00:00Z',
        max_input_tokens: 200_000,
        max_tokens: 64_000,
      },
      {
        displayName: 'Claude X',
        createdAt: Date.UTC(2025, 8, 29),
        contextTokens: 200_000,
        maxOutputTokens: 64_000,
      },
    ],
    ['a list whose `max_tokens` may mean anything', { id: 'm', max_tokens: 8192 }, {}],
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

  test("Google's models go by their bare names, with their limits; those that serve nothing here are left out", () => {
    const models = [
      {
        name: 'models/gemini-x',
        displayName: 'Gemini X',
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
      { name: 'models/embed-x', inputTokenLimit: 2048, supportedGenerationMethods: ['embedContent'] },
      { name: 'models/socket-x', supportedGenerationMethods: ['bidiGenerateContent'] },
      { name: 'models/aqa', supportedGenerationMethods: ['generateAnswer'] },
      { name: 'tunedModels/my-own' },
    ];
    const list = parse({ models }, 'gemini');
    expect(list.models).toEqual([
      {
        upstreamModel: 'gemini-x',
        facts: { ...NO_FACTS, displayName: 'Gemini X', contextTokens: 1_048_576, maxOutputTokens: 65_536 },
      },
      { upstreamModel: 'embed-x', facts: { ...NO_FACTS, contextTokens: 2048 } },
      { upstreamModel: 'tunedModels/my-own', facts: NO_FACTS },
    ]);
    expect(list.refused).toBe(0);
  });

  test('Google leaves empty lists out: an empty last page is one, an empty answer is not', () => {
    const reader = createModelListReader('gemini');
    expect(() => reader.addPage(Buffer.from('{}'))).toThrow('could not be read');
    reader.addPage(Buffer.from('{"models":[{"name":"models/a"}],"nextPageToken":"b"}'));
    expect(reader.addPage(Buffer.from('{}'))).toBeUndefined();
    expect(reader.list().models).toHaveLength(1);
  });

  test.each<[ListShape, object, string | undefined]>([
    ['anthropic', { data: [], has_more: true, last_id: 'a/b' }, 'after_id=a%2Fb'],
    ['anthropic', { data: [], has_more: false, last_id: 'a' }, undefined],
    ['anthropic', { data: [] }, undefined],
    ['gemini', { models: [], nextPageToken: 'x&y=' }, 'pageToken=x%26y%3D'],
    ['gemini', { models: [], nextPageToken: '' }, undefined],
    ['openai', { data: [], has_more: true, last_id: 'a', nextPageToken: 'b' }, undefined],
  ])('a page of %s: %j asks for %s', (shape, page, query) => {
    expect(createModelListReader(shape).addPage(Buffer.from(JSON.stringify(page)))).toBe(query);
  });

  test('a list that says that there is more and not where cannot be trusted', () => {
    expect(() => parse({ data: [], has_more: true, last_id: null }, 'anthropic')).toThrow('could not be read');
  });

  test('pages are one list: an id counts once, and the bound is for all', () => {
    const reader = createModelListReader('anthropic');
    const page = (from: number) =>
      Buffer.from(JSON.stringify({ data: Array.from({ length: 9999 }, (_, index) => ({ id: `m${from + index}` })) }));
    reader.addPage(page(0));
    reader.addPage(page(5000));
    expect(reader.list().models).toHaveLength(14_999);
    expect(() => reader.addPage(page(20_000))).toThrow('more than 20000 models');
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
