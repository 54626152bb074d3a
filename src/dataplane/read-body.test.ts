import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closeServer, listenOnLoopback } from '../../test/support/listen.ts';
import { systemClock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { Exchange } from './exchange.ts';
import { BodyBudget, readBody } from './read-body.ts';
import { callerOf } from './routes.ts';

const BYTES_MAX = 100;

type Reading = { readonly exchange: Exchange; readonly result: Promise<Buffer> };

/** Sends bytes to a hub that reads a body of at most 100, and gives what came of it. */
async function send(text: string, budget = new BodyBudget(1000)) {
  const readings: Reading[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const newId = createIdMaker(systemClock.now);
    const exchange = new Exchange({
      request,
      response,
      operation: 'chat',
      caller: callerOf('openai-chat'),
      clock: systemClock,
      newId,
      clientAddress: undefined,
    });
    const result = readBody(exchange, BYTES_MAX, budget);
    result.catch(() => undefined);
    readings.push({ exchange, result });
    server.emit('reading');
  });
  onTestFinished(() => closeServer(server));
  const socket = connect(await listenOnLoopback(server, 0), '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const begun = once(server, 'reading');
  socket.write(text);
  await begun;
  const [reading] = readings;
  if (reading === undefined) throw new Error('the request was not read');
  return { socket, ...reading };
}

const head = (fields: string) => `POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\n`;
const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

describe('a body', () => {
  test.each([
    ['with its length', `${head('content-length: 100')}${'x'.repeat(100)}`, 100],
    ['in chunks', `${head('transfer-encoding: chunked')}${chunk(60)}${chunk(40)}0\r\n\r\n`, 100],
    ['that is empty', head('content-length: 0'), 0],
    ['said to be encoded as it is', `${head('content-encoding: identity\r\ncontent-length: 1')}x`, 1],
  ])('%s is read whole, and its bytes are taken from the budget', async (_name, text, length) => {
    const budget = new BodyBudget(1000);
    const { result, exchange } = await send(text, budget);
    expect((await result).toString()).toBe('x'.repeat(length));
    expect(exchange.bodyIdleSince).toBeUndefined();
    expect(budget.take(1000 - length)).toBeUndefined();
    expect(budget.take(1)?.code).toBe('hub.overloaded');
  });

  test.each([
    ['longer than may be, by its own word', `${head('content-length: 101')}`, 'request.too_large'],
    [
      'longer than may be, in chunks without a word',
      `${head('transfer-encoding: chunked')}${chunk(60)}${chunk(41)}`,
      'request.too_large',
    ],
    ['in one chunk that is too long', `${head('transfer-encoding: chunked')}${chunk(101)}`, 'request.too_large'],
    ['that is compressed', `${head('content-encoding: gzip\r\ncontent-length: 1')}x`, 'request.content_encoding'],
  ])('%s is refused, and gives back what it took', async (_name, text, code) => {
    const budget = new BodyBudget(1000);
    const { result } = await send(text, budget);
    await expect(result).rejects.toMatchObject({ code });
    expect(budget.take(1000)).toBeUndefined();
  });

  test('for which the process has no room is refused', async () => {
    const budget = new BodyBudget(50);
    const { result } = await send(`${head('transfer-encoding: chunked')}${chunk(40)}${chunk(40)}`, budget);
    await expect(result).rejects.toMatchObject({ code: 'hub.overloaded' });
    expect(budget.take(50)).toBeUndefined();
  });

  test('that never ends is given up when the exchange is stopped', async () => {
    const budget = new BodyBudget(1000);
    const { result, exchange } = await send(`${head('content-length: 50')}${'x'.repeat(20)}`, budget);
    expect(exchange.bodyIdleSince).toBeDefined();
    exchange.stop(new GatewayError('request.timeout'));
    await expect(result).rejects.toMatchObject({ code: 'request.timeout' });
    expect(budget.take(1000)).toBeUndefined();
  });

  test('that was read keeps its room when the exchange is stopped: its caller gives it back', async () => {
    const budget = new BodyBudget(100);
    const { result, exchange } = await send(`${head('content-length: 50')}${'x'.repeat(50)}`, budget);
    await result;
    exchange.stop(new GatewayError('client.closed'));
    expect(budget.take(51)?.code).toBe('hub.overloaded');
    expect(budget.take(50)).toBeUndefined();
  });

  test('whose caller hangs up is given up', async () => {
    const budget = new BodyBudget(1000);
    const { result, socket } = await send(`${head('content-length: 50')}${'x'.repeat(20)}`, budget);
    socket.destroy();
    await expect(result).rejects.toMatchObject({ code: 'client.closed' });
    expect(budget.take(1000)).toBeUndefined();
  });
});
