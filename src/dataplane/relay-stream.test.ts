import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../kernel/errors.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { TransportFault } from '../upstream/ports.ts';
import { type Arriving, type Relayed, startRelayPair } from './testing/relay-pair.ts';

let pair: Awaited<ReturnType<typeof startRelayPair>>;
beforeAll(async () => {
  pair = await startRelayPair();
});
afterAll(() => pair.close());

const transcript = (name: string): Buffer =>
  readFileSync(new URL(`../dialects/openai-chat/fixtures/${name}/arrives.txt`, import.meta.url));

function cut(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const bounds = [0, ...offsets.toSorted((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}

/** What must not depend on how the bytes came in chunks. */
function essence({ status, body, endings, trailers, losses, complete }: Relayed) {
  const [ending] = endings;
  return {
    status,
    // The id of the request stands in an error event.
    text: body.toString().replace(/req_\w+/, 'req_'),
    trailers,
    losses,
    complete,
    count: endings.length,
    ending: [ending?.status, ending?.finishReason, ending?.servedModel, ending?.error?.code, ending?.usageBasis],
    usage: ending?.usageBasis === 'reported' ? ending.usage : undefined,
  };
}

describe('however the bytes are cut', () => {
  const names = ['stream-framing', 'stream-tool-calls', 'stream-usage-hidden', 'stream-garbage', 'stream-cut'];

  test.each(names)('%s: at every offset, and into single bytes', { timeout: 60_000 }, async (name) => {
    const bytes = transcript(name);
    const whole = essence(await pair.relay({ chunks: [bytes] }));
    for (let offset = 1; offset < bytes.length; offset += 1) {
      const relayed = await pair.relay({ chunks: cut(bytes, [offset]), early: offset % 7 === 0 });
      expect(essence(relayed), `cut at ${offset}`).toEqual(whole);
    }
    expect(essence(await pair.relay({ chunks: [...bytes].map((byte) => Buffer.from([byte])) }))).toEqual(whole);
  });

  test.each(names)('%s: at several offsets at once', async (name) => {
    const bytes = transcript(name);
    const whole = essence(await pair.relay({ chunks: [bytes] }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(bytes.length), { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        async (offsets, early) => {
          expect(essence(await pair.relay({ chunks: cut(bytes, offsets), early }))).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  });
});

const CONTENT = 'data: {"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const DONE = 'data: [DONE]\n\n';

function relayText(text: string, arriving: Partial<Arriving> = {}): Promise<Relayed> {
  return pair.relay({ chunks: [Buffer.from(text)], ...arriving });
}

function fault(code: ErrorCode): TransportFault {
  return { code, phase: 'body', message: 'it broke', cause: new Error('why') };
}

describe('the end of an answer', () => {
  test('is held until the records are safe', async () => {
    let release: () => void = () => undefined;
    const safe = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isOver = false;
    const relaying = relayText(CONTENT + STOP + DONE, { settle: () => safe }).then((relayed) => {
      isOver = true;
      return relayed;
    });
    await pairIdle();
    expect(isOver).toBe(false);
    release();
    const relayed = await relaying;
    expect(relayed.body.toString()).toBe(CONTENT + STOP + DONE);
    expect(relayed.complete).toBe(true);
  });

  test('never comes when the records are nowhere safe', async () => {
    const settle = () => Promise.reject(new GatewayError('hub.store_unavailable'));
    const relayed = await relayText(CONTENT + STOP + DONE, { settle });
    expect(relayed.complete).toBe(false);
    expect(relayed.body.toString()).not.toContain('[DONE]');
    expect(relayed.endings).toHaveLength(1);
  });

  test('tells the cost in a trailer, or that there is no price', async () => {
    const relayed = await relayText(CONTENT + STOP + DONE);
    expect(relayed.headers['trailer']).toBe('x-hub-cost, x-hub-losses');
    expect(relayed.trailers).toEqual({ 'x-hub-cost': 'unpriced' });
  });

  test('is the first: what comes behind the terminator is dropped', async () => {
    const relayed = await relayText(CONTENT + STOP + DONE + CONTENT + DONE);
    expect(relayed.body.toString()).toBe(CONTENT + STOP + DONE);
    expect(relayed.endings).toHaveLength(1);
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['a reset', CONTENT, 'upstream.cut', 'upstream.cut', 'cut'],
    ['a host that is gone', CONTENT, 'upstream.unreachable', 'upstream.cut', 'cut'],
    ['a time-out', CONTENT, 'upstream.timeout', 'upstream.timeout', 'timeout'],
    [
      'an answer that is too large',
      CONTENT,
      'upstream.answer_too_large',
      'upstream.answer_too_large',
      'upstream_error',
    ],
  ] as const)('%s within the stream ends it in an error event', async (_name, text, code, told, status) => {
    const relayed = await relayText(text, { fault: fault(code) });
    expect(relayed.status).toBe(200);
    expect(relayed.body.toString().startsWith(text)).toBe(true);
    expect(relayed.body.toString()).toContain(`"code":"${told}"`);
    expect(relayed.body.toString()).not.toContain('[DONE]');
    expect(relayed.complete).toBe(true);
    expect(relayed.endings).toEqual([expect.objectContaining({ status, httpStatus: 200 })]);
  });

  test('a reset after every choice has ended is a finished answer', async () => {
    const relayed = await relayText(CONTENT + STOP, { fault: fault('upstream.cut') });
    expect(relayed.body.toString()).toBe(CONTENT + STOP + DONE);
    expect(relayed.endings[0]?.status).toBe('success');
  });

  test.each([
    ['nothing at all', ''],
    ['half an event', CONTENT.slice(0, 20)],
    ['an error', 'data: {"error":{"message":"overloaded"}}\n\n'],
    ['what is no event stream', 'data: <html>\n\n'],
  ])('%s before the first event is answered with a status of its own', async (_name, text) => {
    const relayed = await relayText(text);
    expect(relayed.status).toBe(502);
    expect(relayed.headers['content-type']).toBe('application/json');
    expect(JSON.parse(relayed.body.toString())).toMatchObject({ error: { type: 'server_error' } });
    expect(relayed.endings).toEqual([expect.objectContaining({ httpStatus: 502 })]);
  });

  test('an event without end is given up at a megabyte', async () => {
    const relayed = await relayText(`${CONTENT}data: ${'x'.repeat(1024 * 1024)}`);
    expect(relayed.endings[0]?.error?.code).toBe('upstream.answer_too_large');
    expect(relayed.upstreamAborted).toBe(true);
  });
});

/** Lets what is on its way between the two ends of the connection arrive. */
async function pairIdle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('a caller that speaks HTTP/1.0 gets the same events, without a trailer, which it could not read', async () => {
  const answer = await pair.relayOverHttp10({ chunks: [Buffer.from(`${CONTENT}${STOP}data: [DONE]\n\n`)] });
  const [head = '', ...body] = answer.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  expect(head.toLowerCase()).not.toContain('trailer');
  expect(body.join('')).toBe(`${CONTENT}${STOP}data: [DONE]\n\n`);
});

test('what a provider says went wrong within its stream reaches the caller without secrets', async () => {
  const relayed = await pair.relay({
    chunks: [Buffer.from(`${CONTENT}data: {"error":{"message":"bad key sk-canary"}}\n\n`)],
    hideSecrets: ({ code, upstream }) =>
      new GatewayError(code, {
        upstream: upstream && { ...upstream, message: upstream.message.replace('sk-canary', '[credential]') },
      }),
  });
  expect(relayed.body.toString()).toContain('bad key [credential]');
  expect(relayed.body.toString()).not.toContain('canary');
});
