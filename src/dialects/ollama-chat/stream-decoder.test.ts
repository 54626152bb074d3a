import { describe, expect, test } from 'vitest';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { decodeResponse } from './decode-response.ts';
import { OllamaDecoder } from './stream-decoder.ts';

/** The events of a stream of these lines, to its end. */
function read(...lines: readonly string[]): readonly ChatEvent[] {
  const decoder = new OllamaDecoder();
  const events = lines.flatMap((data) => decoder.push({ event: undefined, data }));
  return [...events, ...decoder.end()];
}

const calling = (call: string, createdAt = '"created_at":"2025-11-04T09:12:33.104562Z",') =>
  `{"model":"m",${createdAt}"message":{"role":"assistant","content":"","tool_calls":[${call}]},"done":true}`;

const callsOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'block-start' && event.head.kind === 'tool-call' ? [event.head.id] : []));

const textsOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'block-delta' ? [event.text] : []));

describe('the arguments of a call', () => {
  test.each([
    ['an id of nineteen digits keeps them all', '{"id":1234567890123456789,"small":7}'],
    ['the order of keys stays', '{"b":1,"a":{"d":2,"c":3}}'],
  ])('%s', (_, text) => {
    const events = read(calling(`{"function":{"name":"f","arguments":${text}}}`));
    expect(textsOf(events)).toEqual([text]);
  });

  test('that are text already are taken as they are', () => {
    const events = read(calling('{"function":{"name":"f","arguments":"{\\"a\\":1}"}}'));
    expect(textsOf(events)).toEqual(['{"a":1}']);
  });
});

describe('ids of calls that have none', () => {
  const call = '{"function":{"name":"f","arguments":{}}}';

  test('differ within an answer, and from those of an answer at another time', () => {
    const first = callsOf(read(calling(`${call},${call}`)));
    const second = callsOf(read(calling(call, '"created_at":"2025-11-04T09:12:34.000001Z",')));
    expect(new Set([...first, ...second]).size).toBe(3);
  });

  test('are the same when the same answer is read again', () => {
    expect(callsOf(read(calling(call)))).toEqual(callsOf(read(calling(call))));
  });

  test('are there without any time, too', () => {
    expect(callsOf(read(calling(call, '')))).toEqual(['call_0']);
  });
});

describe('after its end', () => {
  test('a stream gives nothing more', () => {
    const decoder = new OllamaDecoder();
    decoder.push({ event: undefined, data: '{"done":true,"done_reason":"stop"}' });
    expect(decoder.push({ event: undefined, data: '{"error":"late"}' })).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  test.each(['null', '[]', '7', '"text"', '{', ''])('a line that is no object ended it: %j', (line) => {
    const events = read(line, '{"done":true}');
    expect(events.map(({ type }) => type)).toEqual(['fault']);
  });
});

test.each([
  ['{"message":{"content":"half"},"done":false}', 'upstream.cut'],
  ['not json', 'upstream.invalid_answer'],
  ['{"error":"out of memory"}', 'upstream.error'],
])('a whole answer that is none is an error: %s', (body, code) => {
  expect(() => decodeResponse(Buffer.from(body))).toThrow(expect.objectContaining({ code }));
});
