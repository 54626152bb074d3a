import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatEvent, ChatResponse } from '../../protocol/chat-events.ts';
import { PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { collectEvents } from '../collect.ts';
import { emitResponse } from '../emit.ts';
import { openDecoder } from './stream-decoder.ts';
import { openEncoder } from './stream-encoder.ts';

const frame = (data: unknown) => ({ event: undefined, data: typeof data === 'string' ? data : JSON.stringify(data) });
const delta = (fields: object, finish: string | null = null) =>
  frame({ id: 'c', choices: [{ index: 0, delta: fields, finish_reason: finish }] });

function decode(frames: readonly ReturnType<typeof frame>[]): readonly ChatEvent[] {
  const decoder = openDecoder();
  return [...frames.flatMap((each) => decoder.push(each)), ...decoder.end()];
}

describe('the end', () => {
  test('comes once: nothing follows it', () => {
    const decoder = openDecoder();
    decoder.push(delta({ content: 'Hi' }, 'stop'));
    expect(decoder.push(frame('[DONE]')).at(-1)).toEqual({ type: 'finish' });
    expect(decoder.push(delta({ content: 'more' }))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  test('is a fault where one came before it, and nothing follows that either', () => {
    const decoder = openDecoder();
    expect(decoder.push(frame({ error: { message: 'no' } }))).toMatchObject([{ type: 'fault' }]);
    expect(decoder.push(delta({ content: 'more' }, 'stop'))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });
});

describe('pieces of a call', () => {
  const call = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });
  const head = (index: number) => call(index, { id: `call_${index}`, function: { name: 'f', arguments: '{}' } });

  test('that come behind its whole arguments are told as lost', () => {
    const events = decode([head(0), head(1), call(0, { function: { arguments: '{"x":1}' } }), delta({}, 'tool_calls')]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'loss', field: 'tool-call.arguments' }));
  });

  test('that are nothing but space are passed over', () => {
    const events = decode([head(0), head(1), call(0, { function: { arguments: '\n' } }), delta({}, 'tool_calls')]);
    expect(events.filter(({ type }) => type === 'loss')).toEqual([]);
  });

  test('that belong to no call are told as lost', () => {
    const events = decode([call(3, { function: { arguments: '{}' } }), delta({}, 'stop')]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'loss', field: 'tool-call' }));
  });
});

const anyJson = fc.oneof(
  fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
  fc.constantFrom('x', 0, null),
);
const anyDelta = fc.dictionary(
  fc.constantFrom(
    'content',
    'reasoning',
    'reasoning_details',
    'tool_calls',
    'refusal',
    'audio',
    'images',
    'annotations',
  ),
  fc.oneof(
    anyJson,
    fc.array(fc.dictionary(fc.constantFrom('type', 'text', 'function', 'id', 'index', 'image_url'), anyJson), {
      maxLength: 2,
    }),
  ),
);
const anyChunk = fc.record(
  { id: anyJson, model: anyJson, usage: anyJson, choices: fc.array(fc.record({ delta: anyDelta, index: anyJson })) },
  { requiredKeys: [] },
);

test('whatever a provider sends, the stream ends once and never in an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyChunk, anyJson), { maxLength: 4 }), (chunks) => {
      const events = decode(chunks.map(frame));
      const ends = events.filter(({ type }) => type === 'finish' || type === 'fault');
      expect(ends).toEqual([events.at(-1)]);
    }),
    { numRuns: 1000 },
  );
});

const said = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const part = fc.oneof(
  said.map((text) => ({ type: 'text', text }) as const),
  said.map((text) => ({ type: 'reasoning', text }) as const),
  said.map((text) => ({ type: 'refusal', text }) as const),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.uuid(),
    name: fc.constantFrom('f', 'g'),
    arguments: fc.json({ maxDepth: 1 }),
    kind: fc.constant('function' as const),
  }),
);
/** What may stand in one answer: the format has no word for where one text ends and the next begins. */
const parts = fc
  .array(part, { maxLength: 6 })
  .map((list) => list.filter((each, at) => each.type !== list[at - 1]?.type || each.type === 'tool-call'));

test('what the encoder writes, the decoder reads', () => {
  fc.assert(
    fc.property(fc.array(parts, { minLength: 1, maxLength: 3 }), (choices) => {
      const response: ChatResponse = {
        id: 'chatcmpl-1',
        servedModel: 'm',
        serviceTier: undefined,
        choices: choices.map((list, index) => {
          const hasCall = list.some(({ type }) => type === 'tool-call');
          const reason = hasCall
            ? ({ kind: 'tool-call', raw: 'tool_calls' } as const)
            : ({ kind: 'stop', raw: 'stop' } as const);
          return { index, parts: list, reason };
        }),
        usage: { usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 4 }, anomalies: [] },
      };
      const encoder = openEncoder({
        requestId: 'req_1',
        recordId: 'ur_1',
        model: 'm',
        modelWithProvider: 'p/m',
        nowSeconds: 1,
        newId: (prefix) => `${prefix}_1`,
        request: { ...PLAIN_CHAT, wantsUsage: true },
        keepReasoning: () => undefined,
      });
      let text = '';
      for (const event of emitResponse(response)) {
        if (event.type !== 'usage' && event.type !== 'finish') text += encoder.push(event);
      }
      text += encoder.finish(response.usage.usage);
      const frames = text
        .split('\n\n')
        .filter((each) => each !== '')
        .map((each) => frame(each.slice('data: '.length)));
      const read = collectEvents(decode(frames)).response;
      const gapless = JSON.stringify(read).replaceAll('"\\n\\n', '"');
      expect(JSON.parse(gapless)).toEqual(JSON.parse(JSON.stringify(response)));
    }),
    { numRuns: 300 },
  );
});

test('whole calls without ids that share an index are calls of their own', () => {
  const call = (name: string, text: string) => ({ index: 0, id: '', function: { name, arguments: text } });
  const calls = [call('tide', '{"port":"Oban"}'), call('wind', '{"port":"Oban"}')];
  const { response } = collectEvents(decode([delta({ tool_calls: calls }), delta({}, 'tool_calls'), frame('[DONE]')]));
  expect(response.choices[0]?.parts).toEqual([
    { type: 'tool-call', id: 'call_c_0_0', name: 'tide', arguments: '{"port":"Oban"}', kind: 'function' },
    { type: 'tool-call', id: 'call_c_0_1', name: 'wind', arguments: '{"port":"Oban"}', kind: 'function' },
  ]);
});
