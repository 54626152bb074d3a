import { EventStreamCodec } from '@smithy/eventstream-codec';
import { expect } from 'vitest';
import type { Frame, Framing } from '../../../src/protocol/frame.ts';
import { openFramer } from '../../../src/upstream/framing/open-framer.ts';
import type { Case } from '../cases.ts';
import { framesOf } from '../frames.ts';
import { dialectNamed } from '../surroundings.ts';
import type { Check } from './check.ts';

/** A longer stream is split at places spread over it; framing has tests of its own for every place. */
const SPLITS_MAX = 400;

/** However a stream's chunks fall, its frames are the same. */
export function framingChecks(fixture: Case): readonly Check[] {
  const framing = dialectNamed(fixture.dialect).outbound?.framing;
  if (fixture.meta.face === 'inbound' || framing === undefined || !fixture.has('wire.stream.txt')) return [];
  return [{ name: 'stream split at every byte', run: () => split(fixture.text('wire.stream.txt'), framing) }];
}

function split(text: string, framing: Framing): void {
  const expected = framesOf(text, framing);
  const bytes = bytesOf(text, framing);
  expect(framed([bytes], framing)).toEqual(expected);
  expect(framed(eachByte(bytes), framing), 'byte by byte').toEqual(expected);
  const step = Math.max(1, Math.ceil(bytes.length / SPLITS_MAX));
  for (let at = 1; at < bytes.length; at += step) {
    const frames = framed([bytes.subarray(0, at), bytes.subarray(at)], framing);
    if (JSON.stringify(frames) !== JSON.stringify(expected)) expect(frames, `split at byte ${at}`).toEqual(expected);
  }
}

function framed(chunks: readonly Buffer[], framing: Framing): readonly Frame[] {
  const framer = openFramer(framing);
  return [...chunks.flatMap((chunk) => framer.push(chunk)), ...framer.end().frames];
}

function eachByte(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

function bytesOf(text: string, framing: Framing): Buffer {
  if (framing !== 'aws-event-stream') return Buffer.from(text);
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString(),
    (string) => Buffer.from(string),
  );
  return Buffer.concat(
    framesOf(text, framing).map(({ event = '', data }) => {
      const isException = event.startsWith('exception:');
      const kind = isException ? 'exception' : 'event';
      const headers = {
        ':message-type': kind,
        [`:${kind}-type`]: isException ? event.slice('exception:'.length) : event,
        ':content-type': 'application/json',
      };
      return codec.encode({
        headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, { type: 'string', value }])),
        body: Buffer.from(data),
      });
    }),
  );
}
