import { expect, test } from 'vitest';
import { openFramer } from './open-framer.ts';

test.each([
  ['sse', 'event: a\ndata: {}\n\n', [{ event: 'a', data: '{}' }]],
  ['ndjson', '{"a":1}\n', [{ event: undefined, data: '{"a":1}' }]],
] as const)('a stream of %s is cut as such', (framing, text, frames) => {
  expect(openFramer(framing).push(Buffer.from(text))).toEqual(frames);
});

test.each(['sse', 'ndjson'] as const)('the limit is that of the options: %s', (framing) => {
  const push = () => openFramer(framing, { frameBytesMax: 8 }).push(Buffer.from('data: 123456789'));
  expect(push).toThrow('larger than 8 bytes');
});
