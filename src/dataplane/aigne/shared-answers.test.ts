import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WRITE_IDLE_MS } from '../end-answer.ts';
import {
  type CallerResponse,
  KEPT_BYTES_MAX,
  RETURN_MS,
  requestIdentity,
  SHARED_MAX,
  SharedAnswer,
  SharedAnswers,
} from './shared-answers.ts';

/** A caller's connection: what it got, whether it takes more, and its end. */
class Caller extends EventEmitter implements CallerResponse {
  headersSent = false;
  destroyed = false;
  useChunkedEncodingByDefault = true;
  takesMore = true;
  /** What is still to be sent when the answer ends, and after how long of nothing the connection is closed. */
  readonly socket = {
    writableLength: 0,
    idleMs: 0,
    setTimeout(idleMs: number) {
      this.idleMs = idleMs;
      return this;
    },
  };
  readonly headers: string[] = [];
  readonly got: string[] = [];

  writeHead(status: number, headers: string[]): void {
    this.headersSent = true;
    this.headers.push(...headers);
    this.got.push(String(status));
  }

  write(bytes: Buffer | string): boolean {
    this.got.push(bytes.toString());
    return this.takesMore;
  }

  addTrailers(trailers: readonly [string, string][]): void {
    this.got.push(`trailers ${trailers.length}`);
  }

  end(): void {
    this.got.push('end');
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.got.push('destroyed');
    this.emit('close');
  }

  /** The connection is lost. */
  leave(): void {
    this.emit('close');
  }
}

/** Timers that run when the test says so. */
function byHand() {
  const pending = new Set<() => void>();
  return {
    run: () => {
      for (const callback of pending) {
        pending.delete(callback);
        callback();
      }
    },
    waiting: () => pending.size,
    ports: {
      after: (delayMs: number, callback: () => void) => {
        expect(delayMs).toBe(RETURN_MS);
        pending.add(callback);
        return () => void pending.delete(callback);
      },
    },
  };
}

function began(shared: SharedAnswers, identity: string, caller: Caller): SharedAnswer {
  const joined = shared.join(identity, caller);
  if (joined === undefined || joined === 'joined') throw new Error('a new call was expected');
  return joined.begun;
}

describe('a request that comes again while the first runs', () => {
  it('gets the same answer from its first byte on', () => {
    const shared = new SharedAnswers(byHand().ports);
    const [first, second] = [new Caller(), new Caller()];
    const answer = began(shared, 'a', first);
    answer.writeHead(200, []);
    answer.write(' ');
    expect(shared.join('a', second)).toBe('joined');
    answer.addTrailers([['x-hub-cost', '0']]);
    answer.end('{}');
    const all = ['200', ' ', 'trailers 1', '{}', 'end'];
    expect(first.got).toEqual(all);
    expect(second.got).toEqual(all);
    expect(shared.size).toBe(0);
  });

  it('is a call of its own where anything differs', () => {
    const shared = new SharedAnswers(byHand().ports);
    expect(began(shared, 'a', new Caller())).not.toBe(began(shared, 'b', new Caller()));
  });

  it('is a call of its own once the first is over', () => {
    const shared = new SharedAnswers(byHand().ports);
    const first = began(shared, 'a', new Caller());
    first.end('{}');
    expect(began(shared, 'a', new Caller())).not.toBe(first);
  });
});

describe('a caller that leaves', () => {
  it('finds its call still running when it comes back', () => {
    const shared = new SharedAnswers(byHand().ports);
    const [first, again] = [new Caller(), new Caller()];
    const answer = began(shared, 'a', first);
    let isClosed = false;
    answer.once('close', () => {
      isClosed = true;
    });
    first.leave();
    expect(isClosed).toBe(false);
    expect(shared.join('a', again)).toBe('joined');
    answer.end('{}');
    expect(again.got).toEqual(['{}', 'end']);
  });

  it('finds the answer that was finished meanwhile, once', () => {
    const time = byHand();
    const shared = new SharedAnswers(time.ports);
    const [first, again] = [new Caller(), new Caller()];
    const answer = began(shared, 'a', first);
    first.leave();
    answer.end('{}');
    expect(answer.writableFinished).toBe(true);
    expect(shared.join('a', again)).toBe('joined');
    expect(again.got).toEqual(['{}', 'end']);
    expect(shared.size).toBe(0);
    expect(time.waiting()).toBe(0);
  });

  it('ends the call if it does not come back', () => {
    const time = byHand();
    const shared = new SharedAnswers(time.ports);
    const first = new Caller();
    const answer = began(shared, 'a', first);
    let closes = 0;
    answer.on('close', () => {
      closes += 1;
    });
    first.leave();
    time.run();
    expect([closes, answer.writableFinished, answer.destroyed, shared.size]).toEqual([1, false, true, 0]);
  });

  it('leaves a finished answer to be forgotten', () => {
    const time = byHand();
    const shared = new SharedAnswers(time.ports);
    const first = new Caller();
    const answer = began(shared, 'a', first);
    first.leave();
    answer.end('{}');
    time.run();
    expect(shared.size).toBe(0);
  });

  it('takes nothing from who stays', () => {
    const time = byHand();
    const shared = new SharedAnswers(time.ports);
    const [first, second] = [new Caller(), new Caller()];
    const answer = began(shared, 'a', first);
    shared.join('a', second);
    first.leave();
    expect(time.waiting()).toBe(0);
    answer.end('{}');
    expect(second.got).toEqual(['{}', 'end']);
  });
});

it('breaks off for everybody alike', () => {
  const shared = new SharedAnswers(byHand().ports);
  const [first, second] = [new Caller(), new Caller()];
  const answer = began(shared, 'a', first);
  shared.join('a', second);
  answer.destroy();
  expect([first.destroyed, second.destroyed, shared.size]).toEqual([true, true, 0]);
});

it('goes at the pace of the slowest, until that one leaves', () => {
  const shared = new SharedAnswers(byHand().ports);
  const [first, slow] = [new Caller(), new Caller()];
  const answer = began(shared, 'a', first);
  shared.join('a', slow);
  slow.takesMore = false;
  let drains = 0;
  answer.on('drain', () => {
    drains += 1;
  });
  expect(answer.write('a')).toBe(false);
  slow.emit('drain');
  expect(drains).toBe(1);
  expect(answer.write('b')).toBe(false);
  slow.leave();
  expect(drains).toBe(2);
  expect(answer.write('c')).toBe(true);
});

it('parts with who takes nothing for long, and goes on for the others', () => {
  const shared = new SharedAnswers(byHand().ports);
  const [stuck, second] = [new Caller(), new Caller()];
  const answer = began(shared, 'a', stuck);
  shared.join('a', second);
  stuck.takesMore = false;
  expect(answer.write('a')).toBe(false);
  answer.dropFull();
  expect([stuck.destroyed, second.destroyed]).toEqual([true, false]);
  expect(answer.write('b')).toBe(true);
  answer.end('c');
  expect(second.got).toEqual(['a', 'b', 'c', 'end']);
});

it('closes the connection of who does not take the last bytes', () => {
  const shared = new SharedAnswers(byHand().ports);
  const [reading, stuck] = [new Caller(), new Caller()];
  const answer = began(shared, 'a', reading);
  shared.join('a', stuck);
  stuck.socket.writableLength = 10;
  answer.end('{}');
  expect([reading.socket.idleMs, stuck.socket.idleMs]).toEqual([0, WRITE_IDLE_MS]);
});

it('announces trailers to those who can have them: HTTP/1.0 has none', () => {
  const shared = new SharedAnswers(byHand().ports);
  const [first, old] = [new Caller(), new Caller()];
  old.useChunkedEncodingByDefault = false;
  const answer = began(shared, 'a', first);
  shared.join('a', old);
  answer.writeHead(200, ['content-type', 'text/event-stream', 'trailer', 'x-hub-cost', 'x-request-id', 'r']);
  expect(first.headers).toContain('trailer');
  expect(old.headers).toEqual(['content-type', 'text/event-stream', 'x-request-id', 'r']);
});

it('keeps no answer that is too long, which nobody can join then', () => {
  const time = byHand();
  const shared = new SharedAnswers(time.ports);
  const first = new Caller();
  const answer = began(shared, 'a', first);
  answer.write('x'.repeat(KEPT_BYTES_MAX));
  answer.write('x');
  expect(shared.size).toBe(0);
  let isClosed = false;
  answer.once('close', () => {
    isClosed = true;
  });
  first.leave();
  expect(isClosed).toBe(true);
});

it('answers the second connection where the first was lost', async () => {
  const shared = new SharedAnswers(byHand().ports);
  const begun: SharedAnswer[] = [];
  const lost = new EventEmitter();
  const server = createServer((_request, response: ServerResponse) => {
    const joined = shared.join('a', response);
    if (joined === undefined || joined === 'joined') return;
    begun.push(joined.begun);
    response.once('close', () => lost.emit('lost'));
    joined.begun.writeHead(200, ['content-type', 'application/json']);
    joined.begun.write(' ');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A listening TCP server has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const giveUp = new AbortController();
  const wasLost = once(lost, 'lost');
  const first = await fetch(url, { signal: giveUp.signal });
  giveUp.abort();
  await expect(first.text()).rejects.toThrow();
  await wasLost;
  const second = await fetch(url);
  begun[0]?.end('{"images":[]}');
  expect(await second.json()).toEqual({ images: [] });
  expect([begun.length, shared.size]).toEqual([1, 0]);
  server.close();
});

it('shares so many calls and no more', () => {
  const shared = new SharedAnswers(byHand().ports);
  for (let index = 0; index < SHARED_MAX; index += 1) began(shared, String(index), new Caller());
  expect(shared.join('one more', new Caller())).toBeUndefined();
});

it('tells requests apart by key, client, address, what is accepted, what may be lost, idempotency key, and body', () => {
  const body = Buffer.from('{}');
  const request = {
    keyId: 'k',
    clientId: 'c',
    path: '/p',
    accept: undefined,
    refusesLosses: false,
    idempotencyKey: undefined,
    body,
  };
  const identities = [
    request,
    { ...request, keyId: 'k2' },
    { ...request, clientId: undefined },
    { ...request, path: '/p2' },
    { ...request, accept: 'text/event-stream' },
    { ...request, refusesLosses: true },
    { ...request, idempotencyKey: 'once' },
    { ...request, body: Buffer.from('{ }') },
    // A separator within a value must not make two requests the same.
    { ...request, keyId: 'k","c', clientId: '' },
  ].map(requestIdentity);
  expect(new Set(identities).size).toBe(identities.length);
  expect(requestIdentity({ ...request })).toBe(identities[0]);
});
