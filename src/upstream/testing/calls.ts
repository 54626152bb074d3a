import { systemClock } from '../../kernel/clock.ts';
import { type ResolveHost, systemResolve } from '../egress-guard.ts';
import type { AnswerHeaders, TransportFault, Upstream, UpstreamCall, UpstreamHandle } from '../ports.ts';
import { createUpstream, type UpstreamDeps } from '../send.ts';

const GENEROUS_MS = 5000;
const MEBIBYTE = 1024 * 1024;

/** An upstream that trusts nothing but what the test lists. */
export function testUpstream(options: Partial<UpstreamDeps> = {}): Upstream {
  return createUpstream({
    allow: [],
    resolve: systemResolve,
    proxy: { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined },
    extraCaPem: undefined,
    userAgent: 'hub-test',
    clock: systemClock,
    ...options,
  });
}

/** A call with limits that no test runs into unless it sets them. */
export function callTo(
  origin: string,
  change: Partial<Omit<UpstreamCall, 'timeouts'>> & { readonly timeouts?: Partial<UpstreamCall['timeouts']> } = {},
): UpstreamCall {
  return {
    origin,
    path: '/v1/chat',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
    maxResponseBytes: 16 * MEBIBYTE,
    ...change,
    timeouts: {
      connectMs: GENEROUS_MS,
      firstByteMs: GENEROUS_MS,
      idleMs: GENEROUS_MS,
      totalMs: 2 * GENEROUS_MS,
      ...change.timeouts,
    },
  };
}

/** Everything that a listener heard of one call. */
export type Heard = {
  readonly handle: UpstreamHandle;
  /** Resolves with the fault, or `undefined` for a proper end. */
  readonly ended: Promise<TransportFault | undefined>;
  readonly firstData: Promise<void>;
  readonly status: () => number | undefined;
  readonly headers: () => AnswerHeaders;
  readonly body: () => string;
  readonly bytes: () => number;
  /** How many of the listener's functions were called after the end. */
  readonly callsAfterEnd: () => number;
};

/** Sends a call and writes down what its listener hears. */
export function hear(upstream: Upstream, call: UpstreamCall, onData?: (handle: UpstreamHandle) => void): Heard {
  let status: number | undefined;
  let headers: AnswerHeaders = {};
  let callsAfterEnd = 0;
  let isOver = false;
  const chunks: Buffer[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<TransportFault | undefined>();
  const { promise: firstData, resolve: tellFirst } = Promise.withResolvers<void>();
  const note = (): void => {
    if (isOver) callsAfterEnd += 1;
  };
  const end = (fault: TransportFault | undefined): void => {
    note();
    isOver = true;
    resolve(fault);
  };
  const handle = upstream.send(call, {
    onHeaders: (...answer) => {
      note();
      [status, headers] = answer;
    },
    onData: (chunk) => {
      note();
      chunks.push(chunk);
      tellFirst();
      onData?.(handle);
    },
    onEnd: () => end(undefined),
    onFault: end,
  });
  return {
    handle,
    ended,
    firstData,
    status: () => status,
    headers: () => headers,
    body: () => Buffer.concat(chunks).toString(),
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    callsAfterEnd: () => callsAfterEnd,
  };
}

/** A resolver that gives each name's answers in turn, the last one for ever. */
export function scriptedResolver(answers: Readonly<Record<string, readonly (readonly string[])[]>>): {
  readonly resolve: ResolveHost;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const resolve: ResolveHost = (hostname, answer) => {
    const script = answers[hostname] ?? [];
    const turn = asked.filter((name) => name === hostname).length;
    asked.push(hostname);
    const addresses = script[Math.min(turn, script.length - 1)];
    if (addresses === undefined) answer(Object.assign(new Error('unknown name'), { code: 'ENOTFOUND' }), []);
    else
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
  return { resolve, asked };
}
