import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import type { UpstreamCall } from '../upstream/ports.ts';
import { UpstreamAnswer } from './upstream-answer.ts';

const CALL: UpstreamCall = {
  origin: 'https://provider.test',
  path: '/v1/chat/completions',
  method: 'POST',
  headers: {},
  body: undefined,
  timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
  maxResponseBytes: 1,
};

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

describe('a caller who hangs up while the call is still being signed', () => {
  afterEach(() => void process.off('unhandledRejection', note));

  test('causes no call, and nothing is left to bring the process down', async () => {
    process.on('unhandledRejection', note);
    const answer = new UpstreamAnswer({ streams: () => true, nowMs: () => 0 });
    answer.abort(new GatewayError('client.closed'));
    await setImmediate();
    let calls = 0;
    const handle = { abort: () => undefined, pause: () => undefined, resume: () => undefined };
    answer.send(() => {
      calls += 1;
      return handle;
    }, CALL);
    await expect(answer.ready).rejects.toMatchObject({ code: 'client.closed' });
    expect({ calls, unhandled }).toEqual({ calls: 0, unhandled: [] });
  });
});
