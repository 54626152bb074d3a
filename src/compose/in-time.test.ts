import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { inTime } from './in-time.ts';

const late = (): GatewayError => new GatewayError('hub.store_unavailable');
const never = new Promise<never>(() => undefined);

/** Keeps the process from doing anything else. */
function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('what is waited for', () => {
  test('is there in time, or is given up', async () => {
    expect(await inTime(Promise.resolve('there'), 1000, late)).toBe('there');
    await expect(inTime(never, 1, late)).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    expect(await inTime(never, 1, undefined)).toBeUndefined();
    await expect(inTime(Promise.reject(new Error('refused')), 1000, late)).rejects.toThrow('refused');
  });

  test('is not given up where it came while this process stood still', async () => {
    // After this come timers, and only then messages.
    await setImmediate();
    const { port1: here, port2: there } = new MessageChannel();
    const answer = new Promise((resolve) => here.once('message', resolve));
    const waiting = inTime(answer, 1, late);
    there.postMessage('there');
    stall(20);
    expect(await waiting).toBe('there');
    here.close();
  });
});
