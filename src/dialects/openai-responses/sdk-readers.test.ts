import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../kernel/errors.ts';
import type { BlockHead, ChatEvent } from '../../protocol/chat-events.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { collectEvents } from '../collect.ts';
import type { Answering } from '../contract.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeStreamError } from './encode-error.ts';
import { encodeResponse } from './encode-response.ts';
import { openEncoder } from './stream-encoder.ts';

/** OpenAI's SDK puts a stream together while it checks every id, place and number of its events. */

const USAGE = { ...NO_USAGE, inputTokens: 10, cachedInputTokens: 5, outputTokens: 7, reasoningTokens: 3 };
const SIGNATURE = { dialect: 'anthropic-messages', kind: 'signature', value: 'c2lnbmVk' } as const;

function answering(): Answering {
  let ids = 0;
  return {
    requestId: 'req_7',
    recordId: 'ur_7',
    model: 'm',
    modelWithProvider: 'p/m',
    nowSeconds: 1_700_000_000,
    newId: (prefix) => {
      ids += 1;
      return `${prefix}_${ids}`;
    },
    request: { ...PLAIN_CHAT, dialect: 'openai-responses' },
    keepReasoning: () => undefined,
  };
}

const begin = (block: number, head: BlockHead): ChatEvent => ({ type: 'block-start', choice: 0, block, head });
const add = (block: number, text: string): ChatEvent => ({ type: 'block-delta', block, text });
const end = (block: number): ChatEvent => ({ type: 'block-end', block });
const callHead = (id: string): BlockHead => ({ kind: 'tool-call', id, name: 'tide', toolKind: 'function' });

/** Everything that an answer may hold, two calls and a text running at once. */
const EVENTS: readonly ChatEvent[] = [
  { type: 'start', id: 'x', servedModel: 'm' },
  begin(0, { kind: 'reasoning' }),
  add(0, 'The small'),
  add(0, ' boat.'),
  { type: 'block-opaque', block: 0, opaque: SIGNATURE },
  end(0),
  begin(1, { kind: 'text' }),
  add(1, 'Oban. '),
  end(1),
  begin(2, { kind: 'text' }),
  add(2, 'Mal'),
  begin(3, callHead('call_a')),
  add(3, '{"harbour":'),
  begin(4, callHead('call_b')),
  add(2, 'laig.'),
  add(3, '"Oban"'),
  add(4, '{}'),
  end(2),
  add(3, '}'),
  end(4),
  end(3),
  begin(5, { kind: 'refusal' }),
  add(5, 'No more.'),
  end(5),
  { type: 'choice-end', choice: 0, reason: { kind: 'tool-call', raw: 'tool_use' } },
];

function streamOf(events: readonly ChatEvent[], ending: GatewayError | undefined): string {
  const encoder = openEncoder(answering());
  const text = events.map((event) => encoder.push(event)).join('');
  return text + (ending === undefined ? encoder.finish(USAGE) : encodeStreamError(ending, 'req_7'));
}

function clientOf(body: string, contentType: string): OpenAI {
  const fetch = (): Promise<Response> =>
    Promise.resolve(new Response(body, { headers: { 'content-type': contentType } }));
  return new OpenAI({ apiKey: 'sk-hub-test', baseURL: 'http://127.0.0.1:1/v1', maxRetries: 0, fetch });
}

describe('OpenAI’s SDK', () => {
  test('puts the whole answer together', async () => {
    const client = clientOf(streamOf(EVENTS, undefined), 'text/event-stream');
    const final = await client.responses.stream({ model: 'm', input: 'x' }).finalResponse();
    expect(final.output_text).toBe('Oban. Mallaig.');
    expect(final.output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
      'message',
    ]);
    const calls = final.output.filter((item) => item.type === 'function_call');
    expect(calls.map(({ call_id: id, arguments: text }) => [id, text])).toEqual([
      ['call_a', '{"harbour":"Oban"}'],
      ['call_b', '{}'],
    ]);
    expect(final.usage).toMatchObject({ input_tokens: 15, output_tokens: 10, total_tokens: 25 });
  });

  test('sees every number once and in order', async () => {
    const client = clientOf(streamOf(EVENTS, undefined), 'text/event-stream');
    const numbers: number[] = [];
    for await (const event of await client.responses.create({ model: 'm', input: 'x', stream: true })) {
      numbers.push(event.sequence_number);
    }
    expect(numbers).toEqual(numbers.map((_number, index) => index));
  });

  test('throws what ended a stream early', async () => {
    const text = streamOf(EVENTS.slice(0, 8), new GatewayError('upstream.cut'));
    const stream = clientOf(text, 'text/event-stream').responses.stream({ model: 'm', input: 'x' });
    await expect(stream.finalResponse()).rejects.toMatchObject({
      code: 'upstream.cut',
      message: expect.stringContaining('ended before it was complete'),
    });
  });

  test('gives items back that are read as what they were', async () => {
    const { response } = collectEvents([...EVENTS, { type: 'finish' }]);
    const { body } = encodeResponse(response, USAGE, answering());
    const whole = await clientOf(JSON.stringify(body), 'application/json').responses.create({ model: 'm', input: 'x' });
    const next = decodeRequest(
      JSON.parse(JSON.stringify({ model: 'm', input: [...whole.output, { role: 'user', content: 'And?' }] })),
    );
    const [turn] = next.messages;
    expect(turn?.parts.map((part) => part.type)).toEqual([
      'reasoning',
      'text',
      'text',
      'tool-call',
      'tool-call',
      'refusal',
    ]);
    expect(turn?.parts[0]).toMatchObject({ text: 'The small boat.', opaque: SIGNATURE });
    expect(next.extra).toEqual({});
  });
});
