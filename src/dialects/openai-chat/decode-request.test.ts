import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { targetOf } from './testing/requests.ts';

const FIELDS = [
  'messages',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'response_format',
  'reasoning',
  'thinking',
  'stop',
  'stream',
  'stream_options',
  'logprobs',
  'top_logprobs',
  'n',
  'audio',
  'modalities',
  'metadata',
  'user',
  'cache_control',
];
const KEYS = ['role', 'content', 'type', 'text', 'image_url', 'url', 'file', 'function', 'name', 'arguments', 'id'];
const WORDS = [
  'user',
  'assistant',
  'tool',
  'function',
  'text',
  'image_url',
  'file',
  'tool_calls',
  'json_schema',
  'auto',
];

/** JSON that resembles a request here and there, and is nonsense everywhere else. */
const nonsense = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, '', ...WORDS),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS, 'tool_calls', 'reasoning_details', 'custom', '__proto__x'), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;
const body = fc.dictionary(fc.constantFrom(...FIELDS), nonsense, { maxKeys: 5 });

test('whatever a caller sends is understood, or refused with the field that is wrong', () => {
  let understood = 0;
  fc.assert(
    fc.property(body, (sent) => {
      // The dictionary holds JSON and nothing else.
      const wire = { messages: [], ...sent } as JsonObject;
      try {
        const request = decodeRequest(wire);
        understood += 1;
        encodeRequest(request, targetOf({}));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(GatewayError);
        expect(thrown).toMatchObject({ code: 'request.invalid', param: expect.stringMatching(/^[a-z_]+/) });
      }
    }),
    { numRuns: 2000 },
  );
  // The property would hold for a decoder that refuses everything.
  expect(understood).toBeGreaterThan(50);
});

test('fields that are null were not said', () => {
  const said = Object.fromEntries(FIELDS.map((field) => [field, null]));
  expect(decodeRequest({ ...said, model: 'm', messages: [] })).toEqual({
    ...PLAIN_CHAT,
    wantsUsage: false,
    dialect: 'openai-chat',
  });
});

describe('an extra field', () => {
  const decode = (fields: JsonObject) => decodeRequest({ model: 'm', messages: [], ...fields });

  test.each([
    ['of a provider', { plugins: [{ id: 'web' }] }, { plugins: [{ id: 'web' }] }],
    [
      'a format that only its provider knows',
      { response_format: { type: 'grammar' } },
      { response_format: { type: 'grammar' } },
    ],
    [
      'a voice of one’s own',
      { audio: { voice: { id: 'v_1' }, format: 'mp3' } },
      { audio: { voice: { id: 'v_1' }, format: 'mp3' } },
    ],
    ['an id for safety beside another user', { user: 'u', safety_identifier: 's' }, { safety_identifier: 's' }],
    ['stream options beside usage', { stream_options: { include_usage: true, x: 1 } }, { stream_options: { x: 1 } }],
    [
      'padding that is wished for',
      { stream_options: { include_obfuscation: true } },
      { stream_options: { include_obfuscation: true } },
    ],
  ])('%s is kept as it was written', (_name, fields, extra) => {
    expect(decode(fields).extra).toEqual(extra);
  });

  test('goes back to the same dialect, but for what stood within messages and tools', () => {
    const request = decodeRequest({
      messages: [{ role: 'user', content: 'Hi', mood: 1 }],
      plugins: [1],
      functions: [],
    });
    const { call, losses } = encodeRequest(request, targetOf({}));
    expect(JSON.parse(call.body.toString())).toEqual({
      model: 'routed-model',
      messages: [{ role: 'user', content: 'Hi' }],
      plugins: [1],
    });
    expect(losses.map(({ field }) => field)).toEqual(['messages.mood']);
  });
});

test.each([
  [0, 'low'],
  [1024, 'low'],
  [4608, 'low'],
  [4609, 'medium'],
  [16_384, 'medium'],
  [16_385, 'high'],
  [100_000, 'high'],
])('a budget of %d tokens is the effort %s', (budgetTokens, effort) => {
  const reasoning = { effort: undefined, budgetTokens, enabled: undefined, summary: undefined };
  const { call } = encodeRequest({ ...PLAIN_CHAT, reasoning }, targetOf({}));
  expect(JSON.parse(call.body.toString())).toMatchObject({ reasoning_effort: effort });
});
