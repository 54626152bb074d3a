import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listenOnLoopback } from '../../test/support/listen.ts';
import { endAnswer } from './end-answer.ts';

/** More than the system's buffers of one connection hold. */
const LARGE_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 50;
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

async function call(bytes: number) {
  const server = createServer((_request, response) => endAnswer(response, Buffer.alloc(bytes), IDLE_MS));
  onTestFinished(() => closeServer(server));
  const port = await listenOnLoopback(server, 0);
  const connected = once(server, 'connection');
  const caller = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void caller.destroy());
  // The event hands over the one argument that Node documents for it.
  const [socket] = (await connected) as [Socket];
  return { caller, socket };
}

test('a caller that takes nothing of an ended answer loses its connection', async () => {
  const { caller, socket } = await call(LARGE_BYTES);
  caller.pause().write(REQUEST);
  await once(socket, 'close');
  expect(socket.bytesWritten).toBeGreaterThan(0);
});

test('one that has taken it all keeps its connection for the next', async () => {
  const { caller, socket } = await call(2);
  for (let turn = 0; turn < 2; turn += 1) {
    caller.write(REQUEST);
    await once(caller, 'data');
  }
  expect(socket.destroyed).toBe(false);
  expect(socket.timeout).not.toBe(IDLE_MS);
});
