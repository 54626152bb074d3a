import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listenOnLoopback } from '../../test/support/listen.ts';
import { createServerStop } from './stop-server.ts';

/** More than the system's buffers of one connection hold. */
const ANSWER_BYTES = 32 * 1024 * 1024;
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

async function start(answer: RequestListener) {
  const server = createServer(answer);
  const stop = createServerStop(server);
  const port = await listenOnLoopback(server, 0);
  onTestFinished(() => server.closeAllConnections());
  return { stop, call: () => connect(port, '127.0.0.1').on('error', () => undefined) };
}

describe('a server that is stopped', () => {
  test('lets a slow reader have the whole of an answer that was ended, then closes', async () => {
    const ended = vi.fn();
    const { stop, call } = await start((_request, response) => {
      response.writeHead(200, { 'content-length': ANSWER_BYTES }).end(Buffer.alloc(ANSWER_BYTES));
      ended();
    });
    const reader = call().pause();
    reader.write(REQUEST);
    await vi.waitUntil(() => ended.mock.calls.length > 0);
    const closed = stop.stopListening();
    expect(stop.closeIdle()).toBe(false);
    let bytes = 0;
    reader.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    reader.resume();
    await vi.waitUntil(() => stop.closeIdle());
    await once(reader, 'close');
    expect(bytes).toBeGreaterThan(ANSWER_BYTES);
    await closed;
  });

  test('closes a connection that carries nothing, and takes no new one', async () => {
    const { stop, call } = await start((_request, response) => void response.end());
    const idle = call();
    idle.write(REQUEST);
    await once(idle, 'data');
    const closed = stop.stopListening();
    await vi.waitUntil(() => stop.closeIdle());
    await closed;
    const late = call();
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
