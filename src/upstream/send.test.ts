import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CALLS_PER_ORIGIN } from './agents.ts';
import type { Upstream } from './ports.ts';
import { callTo, type Heard, hear, testUpstream } from './testing/calls.ts';
import { type LoopbackServer, startHttp, startScripted, startTcp } from './testing/servers.ts';

/** How late a time-out may be: two ticks and the machine's own delay. */
const TIMEOUT_SLACK_MS = 1000;

const servers: LoopbackServer[] = [];
const upstreams: Upstream[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
});

async function reach(
  starting: Promise<LoopbackServer>,
): Promise<{ server: LoopbackServer; origin: string; upstream: Upstream }> {
  const server = await starting;
  const upstream = testUpstream({ allow: [server.hostPort] });
  servers.push(server);
  upstreams.push(upstream);
  return { server, origin: `http://${server.hostPort}`, upstream };
}

/** Ends an answer's listener and looks for calls that come too late. */
async function faultOf(heard: Heard) {
  const fault = await heard.ended;
  await new Promise(setImmediate);
  expect(heard.callsAfterEnd()).toBe(0);
  return fault;
}

describe('a call', () => {
  it('carries method, path, headers and body, and asks for an answer without compression', async () => {
    const seen: unknown[] = [];
    const { origin, upstream } = await reach(
      startHttp((request, response) => {
        let body = '';
        request.on('data', (chunk) => (body += String(chunk)));
        request.on('end', () => {
          seen.push({ method: request.method, url: request.url, headers: request.headers, body });
          response.writeHead(201, { 'x-request-id': 'r1' }).end('done');
        });
      }),
    );
    const heard = hear(upstream, callTo(origin, { path: '/v1/x?a=%20b', headers: { authorization: 'Bearer s' } }));
    expect(await faultOf(heard)).toBeUndefined();
    expect([heard.status(), heard.headers()['x-request-id'], heard.body()]).toEqual([201, 'r1', 'done']);
    expect(seen).toMatchObject([{ method: 'POST', url: '/v1/x?a=%20b', body: '{}' }]);
    expect(seen[0]).toHaveProperty('headers', {
      host: origin.slice('http://'.length),
      connection: 'keep-alive',
      'accept-encoding': 'identity',
      'user-agent': 'hub-test',
      authorization: 'Bearer s',
      'content-length': '2',
    });
  });

  it('uses the connections that stand', async () => {
    const { server, origin, upstream } = await reach(startHttp((_request, response) => response.end('ok')));
    for (let turn = 0; turn < 10; turn += 1) expect(await hear(upstream, callTo(origin)).ended).toBeUndefined();
    // A call that begins within the end of another finds that one's connection still busy.
    expect(server.accepted()).toBeLessThanOrEqual(2);
  });

  it('collects a whole answer of any status with `request`', async () => {
    const { origin, upstream } = await reach(
      startHttp((_request, response) => response.writeHead(404, { 'content-type': 'text/x' }).end('no such thing')),
    );
    const answer = await upstream.request(callTo(origin, { method: 'GET', body: undefined }));
    expect([answer.status, answer.headers['content-type'], answer.body.toString()]).toEqual([
      404,
      'text/x',
      'no such thing',
    ]);
  });

  it('gives `request` an error that quotes nothing of the answer', async () => {
    const { origin, upstream } = await reach(startHttp((_request, response) => response.end('secret '.repeat(100))));
    const failing = upstream.request(callTo(origin, { maxResponseBytes: 64 }));
    await expect(failing).rejects.toMatchObject({ code: 'upstream.answer_too_large' });
    await expect(failing).rejects.not.toThrow('secret');
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308, 300, 304])('%i is a fault and is not followed', async (status) => {
    const { server: target } = await reach(startHttp((_request, response) => response.end('reached')));
    const { origin, upstream } = await reach(
      startHttp((_request, response) => {
        response.writeHead(status, { location: `http://${target.hostPort}/` }).end();
      }),
    );
    const heard = hear(upstream, callTo(origin));
    expect(await faultOf(heard)).toMatchObject({ code: 'upstream.invalid_answer', phase: 'first_byte' });
    expect(heard.status()).toBeUndefined();
    expect(target.accepted()).toBe(0);
  });
});

describe('time-outs', () => {
  const HANG = (): void => undefined;
  const HEADERS_ONLY = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200).flushHeaders();
  };
  const ONE_CHUNK = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200).write('data: 1\n\n');
  };
  const DRIPPING = (_request: IncomingMessage, response: ServerResponse): void => {
    const drip = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(drip));
  };
  it.each([
    ['no answer at all', HANG, { firstByteMs: 150 }, 'first_byte', '150 ms'],
    ['headers but no first byte', HEADERS_ONLY, { firstByteMs: 150 }, 'first_byte', '150 ms'],
    ['silence after the first byte', ONE_CHUNK, { idleMs: 150 }, 'body', 'between two bytes: 150 ms'],
    ['a trickle that never ends', DRIPPING, { idleMs: 150, totalMs: 400 }, 'body', 'in total: 400 ms'],
  ] as const)('%s', async (_name, listener, timeouts, phase, text) => {
    const { server, origin, upstream } = await reach(startHttp(listener));
    const startMs = performance.now();
    const fault = await faultOf(hear(upstream, callTo(origin, { timeouts })));
    const elapsedMs = performance.now() - startMs;
    expect(fault).toMatchObject({ code: 'upstream.timeout', phase });
    expect(fault?.message).toContain(text);
    expect(elapsedMs).toBeGreaterThanOrEqual(150);
    expect(elapsedMs).toBeLessThan(400 + TIMEOUT_SLACK_MS);
    if (server.open() > 0) await server.nextClose();
  });

  it('no connection, as a name that does not resolve in time', async () => {
    const upstream = testUpstream({ resolve: () => undefined });
    upstreams.push(upstream);
    const fault = await faultOf(hear(upstream, callTo('https://slow.test', { timeouts: { connectMs: 100 } })));
    expect(fault).toMatchObject({ code: 'upstream.timeout', phase: 'connect' });
  });

  it('do not count time in which the caller paused the answer', async () => {
    const { origin, upstream } = await reach(startHttp(ONE_CHUNK));
    const heard = hear(upstream, callTo(origin, { timeouts: { idleMs: 100, totalMs: 700 } }), (handle) =>
      handle.pause(),
    );
    expect(await faultOf(heard)).toMatchObject({
      code: 'upstream.timeout',
      message: expect.stringContaining('in total'),
    });
  });

  it('take up counting when the caller resumes', async () => {
    const { origin, upstream } = await reach(startHttp(ONE_CHUNK));
    const heard = hear(upstream, callTo(origin, { timeouts: { idleMs: 200 } }), (handle) => handle.pause());
    await heard.firstData;
    heard.handle.resume();
    expect(await faultOf(heard)).toMatchObject({ message: expect.stringContaining('between two bytes') });
  });
});

describe('answers that break off', () => {
  const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  it.each([
    ['shorter than its length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'upstream.cut', 'body'],
    ['without its last chunk', `${CHUNKED}3\r\nabc\r\n`, 'upstream.cut', 'body'],
    ['within a chunk', `${CHUNKED}9\r\nabc`, 'upstream.cut', 'body'],
    [
      'of a connection to be closed, within a chunk',
      `${CHUNKED.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')}9\r\nabc`,
      'upstream.cut',
      'body',
    ],
    ['without a byte', '', 'upstream.cut', 'first_byte'],
    ['within the headers', 'HTTP/1.1 200 OK\r\nx-a: b', 'upstream.cut', 'first_byte'],
    ['after the headers', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', 'upstream.cut', 'first_byte'],
  ] as const)('%s are faults, by FIN and by RST', async (_name, bytes, code, phase) => {
    for (const ending of ['fin', 'reset'] as const) {
      const { origin, upstream } = await reach(startScripted(bytes, ending));
      expect(await faultOf(hear(upstream, callTo(origin))), ending).toMatchObject({ code, phase });
    }
  });

  it('of no stated length end with FIN and are cut by RST', async () => {
    const endless = 'HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n';
    const whole = await reach(startScripted(endless, 'fin'));
    const heard = hear(whole.upstream, callTo(whole.origin));
    expect(await faultOf(heard)).toBeUndefined();
    expect(heard.body()).toBe('data: 1\n\n');
    const broken = await reach(startScripted(endless, 'reset'));
    expect(await faultOf(hear(broken.upstream, callTo(broken.origin)))).toMatchObject({ code: 'upstream.cut' });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['a length that contradicts itself', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['headers beyond the limit', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`],
    ['a chunk of no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n'],
  ])('with %s are invalid', async (_name, bytes) => {
    const { origin, upstream } = await reach(startScripted(bytes, 'hang'));
    expect(await faultOf(hear(upstream, callTo(origin)))).toMatchObject({ code: 'upstream.invalid_answer' });
  });

  it('beyond the size that the call accepts are refused, by their stated length or as they come', async () => {
    for (const head of ['content-length: 1000', 'transfer-encoding: chunked']) {
      const { origin, upstream } = await reach(
        startScripted(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n3e8\r\n${'x'.repeat(1000)}`, 'hang'),
      );
      const heard = hear(upstream, callTo(origin, { maxResponseBytes: 999 }));
      expect(await faultOf(heard), head).toMatchObject({ code: 'upstream.answer_too_large' });
    }
  });

  it('from a port where nobody listens are unreachable', async () => {
    const { server, origin, upstream } = await reach(startTcp(() => undefined));
    await server.close();
    servers.length = 0;
    const fault = await faultOf(hear(upstream, callTo(origin)));
    expect(fault).toMatchObject({ code: 'upstream.unreachable', phase: 'connect' });
    expect(fault?.message).toContain('ECONNREFUSED');
    expect(fault?.message).not.toContain('127.0.0.1');
  });
});

describe('back-pressure', () => {
  it('stops the provider while the caller is paused, and loses nothing', async () => {
    const TOTAL_BYTES = 64 * 1024 * 1024;
    const CHUNK = Buffer.alloc(256 * 1024, 0x61);
    let written = 0;
    const stalled = Promise.withResolvers<void>();
    const { origin, upstream } = await reach(
      startHttp((_request, response) => {
        const fill = (): void => {
          while (written < TOTAL_BYTES) {
            written += CHUNK.length;
            if (response.write(CHUNK)) continue;
            const noDrain = setTimeout(stalled.resolve, 300);
            response.once('drain', () => {
              clearTimeout(noDrain);
              fill();
            });
            return;
          }
          response.end();
        };
        fill();
      }),
    );
    let hasPaused = false;
    const heard = hear(upstream, callTo(origin, { maxResponseBytes: 2 * TOTAL_BYTES }), (handle) => {
      if (!hasPaused) handle.pause();
      hasPaused = true;
    });
    await stalled.promise;
    expect(written).toBeLessThan(TOTAL_BYTES / 2);
    expect(heard.bytes()).toBeLessThan(1024 * 1024);
    heard.handle.resume();
    expect(await faultOf(heard)).toBeUndefined();
    expect(heard.bytes()).toBe(TOTAL_BYTES);
  });
});

describe('abort', () => {
  it('closes the provider’s socket at once, and the listener hears nothing more', async () => {
    const { server, origin, upstream } = await reach(
      startHttp((_request, response) => {
        const drip = setInterval(() => response.write('x'), 5);
        response.on('close', () => clearInterval(drip));
      }),
    );
    let ends = 0;
    const heard = hear(upstream, callTo(origin));
    void heard.ended.then(() => (ends += 1));
    await heard.firstData;
    const closed = server.nextClose();
    const startMs = performance.now();
    heard.handle.abort();
    const bytes = heard.bytes();
    await closed;
    expect(performance.now() - startMs).toBeLessThan(1000);
    await new Promise(setImmediate);
    expect([ends, heard.bytes(), server.open()]).toEqual([0, bytes, 0]);
  });

  it('before a connection stands, never sends the request', async () => {
    const requests: string[] = [];
    const { origin, upstream } = await reach(
      startHttp((request, response) => {
        requests.push(request.url ?? '');
        response.end();
      }),
    );
    hear(upstream, callTo(origin, { path: '/given-up' })).handle.abort();
    expect(await hear(upstream, callTo(origin, { path: '/wanted' })).ended).toBeUndefined();
    expect(requests).toEqual(['/wanted']);
  });

  it('after the end leaves the connection to the call that has it now', async () => {
    const { origin, upstream } = await reach(
      startHttp((_request, response) => {
        response.write('a');
        setImmediate(() => response.end('b'));
      }),
    );
    const first = hear(upstream, callTo(origin));
    await first.ended;
    const second = hear(upstream, callTo(origin));
    await second.firstData;
    first.handle.abort();
    expect(await second.ended).toBeUndefined();
    expect(second.body()).toBe('ab');
  });
});

describe('close', () => {
  it('lets calls in flight end, refuses later ones and leaves no connection', async () => {
    const held: ServerResponse[] = [];
    const { server, origin, upstream } = await reach(
      startHttp((_request, response) => {
        response.write('a');
        held.push(response);
      }),
    );
    const heard = hear(upstream, callTo(origin));
    await heard.firstData;
    const closing = upstream.close();
    expect((await hear(upstream, callTo(origin)).ended)?.code).toBe('hub.draining');
    held[0]?.end('b');
    expect(await heard.ended).toBeUndefined();
    await closing;
    while (server.open() > 0) await server.nextClose();
  });

  it('does not wait for a connection that nobody waits for', async () => {
    const upstream = testUpstream({ resolve: () => undefined });
    hear(upstream, callTo('https://slow.test')).handle.abort();
    const startMs = performance.now();
    await upstream.close();
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

describe('calls to one provider', () => {
  it('are bounded: one beyond is refused, and has its place once another has ended', async () => {
    let failLookup: (() => void) | undefined;
    const upstream = testUpstream({
      resolve: (_hostname, answer) => {
        failLookup ??= () => answer(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
      },
    });
    upstreams.push(upstream);
    const call = callTo('https://slow.test');
    const waiting = Array.from({ length: CALLS_PER_ORIGIN }, () => hear(upstream, call));
    expect((await faultOf(hear(upstream, call)))?.code).toBe('hub.overloaded');
    failLookup?.();
    expect((await Promise.race(waiting.map(({ ended }) => ended)))?.code).toBe('upstream.unreachable');
    const admitted = hear(upstream, call);
    for (const { handle } of [admitted, ...waiting]) handle.abort();
    await expect(Promise.race([admitted.ended, Promise.resolve('waits')])).resolves.toBe('waits');
  });
});

describe('informational answers', () => {
  it('are passed over', async () => {
    const { origin, upstream } = await reach(
      startTcp((socket: Socket) => {
        void once(socket, 'data').then(() => {
          socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        });
      }),
    );
    const heard = hear(upstream, callTo(origin));
    expect(await faultOf(heard)).toBeUndefined();
    expect([heard.status(), heard.body()]).toEqual([200, 'ok']);
  });
});
