import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from './ports.ts';
import { callTo, type Heard, hear, testUpstream } from './testing/calls.ts';
import { type LoopbackServer, startHttp } from './testing/servers.ts';

const gzip = promisify(zlib.gzip);
const MEBIBYTE = 1024 * 1024;
const TEXT = `data: ${'漢字 and words; '.repeat(200)}\n\n`;

let server: LoopbackServer;
let upstream: Upstream;

afterEach(async () => {
  await server.close();
  await upstream.close();
});

/** Asks a server that answers with these encodings; `answer` writes the body. */
async function ask(
  encodings: string,
  answer: (response: ServerResponse) => void,
  maxResponseBytes = 64 * MEBIBYTE,
): Promise<Heard> {
  server = await startHttp((_request, response) => {
    response.writeHead(200, { 'content-encoding': encodings, 'content-type': 'text/event-stream' });
    answer(response);
  });
  upstream = testUpstream({ allow: [server.hostPort] });
  return hear(upstream, callTo(`http://${server.hostPort}`, { maxResponseBytes }));
}

describe('a compressed answer', () => {
  it.each([
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    ['GZIP', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', zlib.zstdCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
    ['gzip, br', (text: string) => zlib.brotliCompressSync(zlib.gzipSync(text))],
  ] as const)('in %s is undone, and its headers no longer speak of it', async (encoding, compress) => {
    const bytes = compress(TEXT);
    const heard = await ask(encoding, (response) => {
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    expect(await heard.ended).toBeUndefined();
    expect(heard.body()).toBe(TEXT);
    expect(heard.headers()).not.toHaveProperty('content-encoding');
    expect(heard.headers()).not.toHaveProperty('content-length');
    expect(heard.headers()['content-type']).toBe('text/event-stream');
  });

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', zlib.zstdCompressSync],
  ] as const)('in %s that ends too early is cut', async (encoding, compress) => {
    const whole = compress(Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 31) % 251)));
    const heard = await ask(encoding, (response) => response.end(whole.subarray(0, whole.length - 20)));
    expect(await heard.ended).toMatchObject({ code: 'upstream.cut' });
  });

  it.each([
    ['an unknown encoding', 'compress'],
    ['three encodings', 'gzip, gzip, gzip'],
    ['a thousand encodings', Array(1000).fill('gzip').join(', ')],
    ['bytes that are not what they say', 'gzip'],
  ])('with %s is invalid', async (_name, encodings) => {
    const heard = await ask(encodings, (response) => response.end('plain text'));
    expect(await heard.ended).toMatchObject({ code: 'upstream.invalid_answer' });
    expect(heard.bytes()).toBe(0);
  });

  it.each([
    ['once', 1, 'gzip'],
    ['twice', 2, 'gzip, gzip'],
  ])('that is a bomb, compressed %s, is refused within a second and 16 MiB', async (_name, times, encodings) => {
    let bomb: Buffer = Buffer.alloc(512 * MEBIBYTE);
    for (let layer = 0; layer < times; layer += 1) bomb = await gzip(bomb);
    const startMs = performance.now();
    const heard = await ask(encodings, (response) => response.end(bomb), 1024 * MEBIBYTE);
    expect(await heard.ended).toMatchObject({
      code: 'upstream.invalid_answer',
      message: expect.stringContaining('swells'),
    });
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(heard.bytes()).toBeLessThan(16 * MEBIBYTE);
  });

  it('counts against the size that the call accepts after it is undone', async () => {
    const bytes = zlib.gzipSync('a'.repeat(5000));
    const heard = await ask('gzip', (response) => response.end(bytes), 4999);
    expect(await heard.ended).toMatchObject({ code: 'upstream.answer_too_large' });
  });

  it('that was paused before its headers came goes on when it is resumed', async () => {
    const heard = await ask('gzip', (response) => response.end(zlib.gzipSync('late')));
    heard.handle.pause();
    await expect.poll(() => heard.status()).toBe(200);
    expect(heard.bytes()).toBe(0);
    heard.handle.resume();
    expect(await heard.ended).toBeUndefined();
    expect(heard.body()).toBe('late');
  });

  it('obeys back-pressure and loses nothing', async () => {
    const random = Buffer.from(Array.from({ length: MEBIBYTE }, (_, index) => (index * 7919) % 256));
    const bytes = zlib.gzipSync(Buffer.concat(Array<Buffer>(16).fill(random)), { level: 0 });
    const heard = await ask('gzip', (response) => response.end(bytes));
    let pauses = 0;
    const nudge = setInterval(() => {
      if (pauses % 2 === 0) heard.handle.pause();
      else heard.handle.resume();
      pauses += 1;
    }, 5);
    expect(await heard.ended).toBeUndefined();
    clearInterval(nudge);
    expect(heard.bytes()).toBe(16 * MEBIBYTE);
  });
});
