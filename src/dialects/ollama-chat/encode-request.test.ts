import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../kernel/json.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import type { Target } from '../contract.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';

const TARGET: Target = {
  upstreamModel: 'm',
  path: '/api/chat',
  quirks: NO_QUIRKS,
  facts: {
    displayName: undefined,
    contextTokens: 131_072,
    maxOutputTokens: undefined,
    inputModalities: undefined,
    outputModalities: undefined,
    embeddingDimensions: undefined,
    createdAt: undefined,
  },
  newId: (prefix) => prefix,
};

const encode = (request: Partial<ChatRequest>) =>
  encodeRequest({ ...PLAIN_CHAT, dialect: 'openai-chat', ...request }, TARGET);

function bodyOf(request: Partial<ChatRequest>): JsonObject {
  const body = parseJson(encode(request).call.body.toString());
  if (!isJsonObject(body)) throw new Error('the body is no object');
  return body;
}

describe('a prompt that does not fit', () => {
  test('is to be an error, and no context is chosen, whatever is known of the model', () => {
    expect(bodyOf({})).toEqual({ model: 'm', messages: [], stream: false, truncate: false });
  });

  test('is cut where the caller says so', () => {
    expect(bodyOf({ extra: { truncate: true } })['truncate']).toBe(true);
  });
});

describe('Ollama’s own fields', () => {
  test.each<[string, ChatRequest['extra']]>([
    ['options', { options: [] }],
    ['options', { options: 'fast' }],
    ['keep_alive', { keep_alive: {} }],
    ['think', { think: 1 }],
    ['truncate', { truncate: 'no' }],
    ['shift', { shift: 0 }],
    ['num_ctx', { num_ctx: { of: 1 } }],
    ['min_p', { min_p: [0.1] }],
  ])('of the wrong kind are the caller’s to mend: %s', (field, extra) => {
    expect(() => encode({ extra })).toThrow(expect.objectContaining({ code: 'request.invalid', param: field }));
  });

  test('say nothing where they are null', () => {
    const nothing = { options: null, keep_alive: null, think: null, truncate: null, num_ctx: null };
    expect(bodyOf({ extra: nothing })).toEqual(bodyOf({}));
    expect(encode({ extra: nothing }).losses).toEqual([]);
  });
});

test('a call’s arguments go back digit by digit', () => {
  const call = {
    type: 'tool-call',
    id: 'c',
    name: 'f',
    arguments: '{"id":1234567890123456789}',
    kind: 'function',
  } as const;
  const { body } = encode({ messages: [{ role: 'assistant', parts: [call] }] }).call;
  expect(body.toString()).toContain('{"id":1234567890123456789}');
});

test('results of an earlier turn stay in that turn', () => {
  const turn = (id: string) => [
    { role: 'assistant', parts: [{ type: 'tool-call', id, name: id, arguments: '', kind: 'function' }] } as const,
    { role: 'tool', callId: id, parts: [] } as const,
  ];
  const messages = bodyOf({ messages: [...turn('b'), ...turn('a')] })['messages'];
  const names = Array.isArray(messages) ? messages.map((message) => isJsonObject(message) && message['tool_name']) : [];
  expect(names).toEqual([undefined, 'b', undefined, 'a']);
});

describe('embeddings', () => {
  const request = {
    inputs: ['a'],
    dimensions: undefined,
    encodingFormat: 'float',
    endUser: undefined,
    extra: {},
  } as const;

  test('of token numbers are refused, since a text cannot be made of them', () => {
    expect(() => embeddings.encodeRequest({ ...request, inputs: ['a', [1, 2]] }, TARGET)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param: 'input[1]' }),
    );
  });

  test.each(['null', '{}', '{"embeddings":{}}', '{"embeddings":[1]}', '{"embeddings":[["a"]]}', '{'])(
    'that are none are an error: %s',
    (body) => {
      expect(() => embeddings.decodeResponse(Buffer.from(body))).toThrow(
        expect.objectContaining({ code: 'upstream.invalid_answer' }),
      );
    },
  );

  test('may be answered with an error in their place', () => {
    expect(() => embeddings.decodeResponse(Buffer.from('{"error":"out of memory"}'))).toThrow(
      expect.objectContaining({ code: 'upstream.error' }),
    );
  });
});
