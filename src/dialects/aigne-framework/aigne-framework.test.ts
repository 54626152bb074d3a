import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { readHead } from './read-head.ts';

const ASKED = { input: { messages: [{ role: 'user', content: 'Hello' }] } };

describe('the head of a request', () => {
  it('names the model of the input’s options, prefix and all', () => {
    const input = { modelOptions: { model: 'aignehub/openai/gpt-5' } };
    expect(readHead({ input }, 'chat').model).toBe('aignehub/openai/gpt-5');
  });

  it('names the client’s own default where a chat names no model', () => {
    expect(readHead(ASKED, 'chat').model).toBe('openai/gpt-5-mini');
  });

  it('has no default model for embeddings', () => {
    expect(() => readHead({ input: { input: 'tide' } }, 'embeddings')).toThrow(GatewayError);
  });

  it('finds the model of embeddings in the frame and in the flat form', () => {
    expect(readHead({ input: { input: 'tide', modelOptions: { model: 'a/b' } } }, 'embeddings').model).toBe('a/b');
    expect(readHead({ model: 'a/b', input: ['tide'] }, 'embeddings').model).toBe('a/b');
  });

  it('streams where the options say so, and always tells usage', () => {
    expect(readHead({ ...ASKED, options: { streaming: true } }, 'chat')).toMatchObject({
      streamed: true,
      wantsUsage: true,
    });
    expect(readHead(ASKED, 'chat').streamed).toBe(false);
  });
});

/** What callers send by mistake: each is refused or understood, and none is a crash. */
const NONSENSE: readonly JsonObject[] = [
  {},
  { input: null },
  { input: 7 },
  { input: [] },
  { input: { messages: {} } },
  { input: { messages: [[]] } },
  { input: { messages: [{ role: null }] } },
  { input: { messages: [{ role: 'agent', toolCalls: [null] }] } },
  { input: { messages: [{ role: 'agent', toolCalls: [{ id: 'a', function: 3 }] }] } },
  { input: { messages: [{ role: 'user', content: [null] }] } },
  { input: { messages: [{ role: 'user', content: [{ type: 'file', data: 3 }] }] } },
  { input: { messages: [], tools: [3] } },
  { input: { messages: [], tools: [{ type: 'function', function: { name: 'f' }, metadata: 3 }] } },
  { input: { messages: [], toolChoice: 3 } },
  { input: { messages: [], toolChoice: { function: {} } } },
  { input: { messages: [], responseFormat: [] } },
  { input: { messages: [], responseFormat: { type: 'json_schema' } } },
  { input: { messages: [], modelOptions: [] } },
  { input: { messages: [], modelOptions: { cacheConfig: { autoBreakpoints: 3 } } } },
  { input: { messages: [] }, options: 3 },
  { input: { messages: [] }, agent: {} },
];

it.each(NONSENSE.map((body) => [JSON.stringify(body), body] as const))(
  'refuses %s by naming a field',
  (_text, body) => {
    let thrown: unknown;
    try {
      decodeRequest(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'request.invalid', param: expect.any(String) as string });
  },
);

it('keeps every digit of a long number within arguments and within JSON', () => {
  const { body } = encodeResponse(
    {
      id: undefined,
      servedModel: undefined,
      serviceTier: undefined,
      choices: [
        {
          index: 0,
          parts: [
            { type: 'text', text: '{"imo":12345678901234567890}' },
            { type: 'tool-call', id: 'a', name: 'f', arguments: '{"imo":12345678901234567890}', kind: 'function' },
          ],
          reason: { kind: 'tool-call', raw: undefined },
        },
      ],
      usage: { usage: NO_USAGE, anomalies: [] },
    },
    NO_USAGE,
    {
      requestId: 'req_1',
      recordId: 'ur_1',
      model: 'asked',
      modelWithProvider: 'provider/routed',
      nowSeconds: 0,
      newId: (prefix) => `${prefix}_1`,
      request: { ...PLAIN_CHAT, responseFormat: { kind: 'json' } },
      keepReasoning: () => undefined,
    },
  );
  expect(JSON.stringify(body).match(/12345678901234567890/g)).toHaveLength(2);
});
