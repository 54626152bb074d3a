import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../protocol/deployment.ts';
import { loadBuiltInEntries } from '../providers/catalogue.ts';
import type { ProviderEntry, SpokenOperation } from '../providers/schema.ts';
import { compileEndpoints } from './compile-endpoints.ts';

const CHAT: SpokenOperation = { operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' };
const RESPONSES: SpokenOperation = { operation: 'chat', dialect: 'openai-responses', path: '/responses' };
const EMBEDDINGS: SpokenOperation = { operation: 'embeddings', dialect: 'openai-chat', path: '/embeddings' };

function entry(...speaks: readonly SpokenOperation[]): ProviderEntry {
  return {
    id: 'example',
    name: 'Example',
    docs: 'https://docs.example.com',
    baseUrl: 'https://api.example.com/v1',
    auth: { scheme: 'bearer' },
    speaks: [...speaks],
    models: { from: 'list', path: '/models', shape: 'openai' },
  };
}

/** The ways of a model's chat, each as its dialect. */
function chatOf(speaks: readonly SpokenOperation[], model: string): readonly string[] {
  const endpoints = compileEndpoints(entry(...speaks), '/v1')(model).get('chat') ?? [];
  return endpoints.map(({ dialect }) => dialect);
}

/** The ways of a chat with a model of the built-in catalogue. */
function builtInChat(id: string, model: string) {
  const found = loadBuiltInEntries().find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`the catalogue lacks ${id}`);
  return compileEndpoints(found, '/v1')(model).get('chat') ?? [];
}

describe('where an operation is asked', () => {
  test('is below the base path, or at the origin where the entry says so', () => {
    const native: SpokenOperation = {
      operation: 'chat',
      dialect: 'ollama-chat',
      path: '/api/chat',
      relativeTo: 'origin',
    };
    const endpoints = compileEndpoints(entry(CHAT, native), '/v1')('any').get('chat');
    expect(endpoints?.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/api/chat']);
  });

  test('keeps the order of the entry, each operation apart', () => {
    const endpoints = compileEndpoints(entry(RESPONSES, EMBEDDINGS, CHAT), '')('any');
    expect([...endpoints.keys()]).toEqual(['chat', 'embeddings']);
    expect(endpoints.get('chat')?.map(({ dialect }) => dialect)).toEqual(['openai-responses', 'openai-chat']);
  });

  test('is shared by all models that are asked alike', () => {
    const of = compileEndpoints(entry(CHAT, { ...RESPONSES, only: ['deep-*'] }), '');
    expect(of('a')).toBe(of('b'));
    expect(of('deep-1')).toBe(of('deep-2'));
    expect(of('a')).not.toBe(of('deep-1'));
  });
});

describe('a way that is the only one of some models', () => {
  const speaks = [CHAT, { ...RESPONSES, only: ['o1-pro*', '*deep-research*'] }];

  test.each<[string, readonly string[]]>([
    ['gpt-5-mini', ['openai-chat', 'openai-responses']],
    ['o1', ['openai-chat', 'openai-responses']],
    ['o1-pro', ['openai-responses']],
    ['o1-pro-2025-03-19', ['openai-responses']],
    ['O4-mini-Deep-Research', ['openai-responses']],
    ['not-o1-pro', ['openai-chat', 'openai-responses']],
  ])('%s → %j', (model, dialects) => {
    expect(chatOf(speaks, model)).toEqual(dialects);
  });

  test('binds no other operation', () => {
    expect(compileEndpoints(entry(...speaks, EMBEDDINGS), '')('o1-pro').get('embeddings')).toHaveLength(1);
  });
});

describe('a way for some models', () => {
  test('serves them and no others', () => {
    const speaks = [CHAT, { ...RESPONSES, models: ['claude-*'] }];
    expect(chatOf(speaks, 'claude-x')).toEqual(['openai-chat', 'openai-responses']);
    expect(chatOf(speaks, 'gpt-x')).toEqual(['openai-chat']);
    expect(chatOf([{ ...CHAT, models: ['a'] }], 'b')).toEqual([]);
  });

  test('stands in the place of the general way of its dialect', () => {
    const special: SpokenOperation = { ...CHAT, models: ['small'], quirks: { refuses: ['stop'] } };
    const of = compileEndpoints(entry(CHAT, special, RESPONSES), '');
    const refused = (model: string) =>
      of(model)
        .get('chat')
        ?.map(({ quirks }) => quirks.refuses);
    expect(refused('small')).toEqual([['stop'], []]);
    expect(refused('large')).toEqual([[], []]);
  });

  test('takes every character of a pattern but the star for itself', () => {
    const speaks = [{ ...CHAT, models: ['a.b-*', 'x/y:z'] }];
    expect(chatOf(speaks, 'a.b-1')).toEqual(['openai-chat']);
    expect(chatOf(speaks, 'axb-1')).toEqual([]);
    expect(chatOf(speaks, 'x/y:z')).toEqual(['openai-chat']);
    expect(chatOf(speaks, 'x/y:zz')).toEqual([]);
  });
});

describe('quirks', () => {
  test('are none where none are said', () => {
    expect(compileEndpoints(entry(CHAT), '')('any').get('chat')?.[0]?.quirks).toBe(NO_QUIRKS);
  });

  test('are what the entry says, and nothing else', () => {
    const quirks: SpokenOperation['quirks'] = {
      noStreamOptions: true,
      maxTokensField: 'max_tokens',
      refuses: ['seed'],
      noDeveloperRole: true,
      jsonObjectOnly: true,
      reasoningField: 'reasoning_content',
      thinkingField: true,
      thinkingEfforts: ['low', 'high'],
      cacheControl: true,
      noImageUrls: true,
    };
    expect(compileEndpoints(entry({ ...CHAT, quirks }), '')('any').get('chat')?.[0]?.quirks).toEqual(quirks);
    const one = compileEndpoints(entry({ ...CHAT, quirks: { refuses: ['seed'] } }), '')('any').get('chat');
    expect(one?.[0]?.quirks).toEqual({ ...NO_QUIRKS, refuses: ['seed'] });
  });
});

describe('the built-in catalogue', () => {
  test.each([
    ['openai', 'gpt-5-mini', ['openai-chat', 'openai-responses']],
    ['openai', 'gpt-5-pro', ['openai-responses']],
    ['openai', 'gpt-5.1-codex-max', ['openai-responses']],
    ['openai', 'o3-deep-research-2025-06-26', ['openai-responses']],
    ['openai', 'o3-mini', ['openai-chat', 'openai-responses']],
    ['ollama', 'qwen3:8b', ['ollama-chat', 'openai-chat']],
    ['xai', 'grok-4.20-multi-agent-0309', ['openai-responses']],
    ['dashscope', 'qwen-plus', ['openai-chat', 'anthropic-messages']],
    ['dashscope', 'deepseek-v3.2', ['openai-chat']],
  ])('%s speaks with %s in %j', (id, model, dialects) => {
    expect(builtInChat(id, model).map(({ dialect }) => dialect)).toEqual(dialects);
  });

  test('asks for a chat in Ollama’s own dialect and in Anthropic’s at the origin', () => {
    expect(builtInChat('ollama', 'any').find(({ dialect }) => dialect === 'ollama-chat')?.path).toBe('/api/chat');
    const deepseek = builtInChat('deepseek', 'any').find(({ dialect }) => dialect === 'anthropic-messages');
    expect(deepseek?.path).toBe('/anthropic/v1/messages');
  });

  test.each([
    ['grok-4.3', ['presence_penalty', 'frequency_penalty', 'stop']],
    ['grok-4', ['presence_penalty', 'frequency_penalty', 'stop', 'reasoning_effort']],
    ['grok-4.20-non-reasoning', []],
  ])('keeps from %s what it refuses', (model, refuses) => {
    expect(builtInChat('xai', model)[0]?.quirks.refuses).toEqual(refuses);
  });
});
