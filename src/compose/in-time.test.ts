import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { createPatience, inTime } from './in-time.ts';

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

describe('a store that is asked by many', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const patiently = (): ReturnType<typeof createPatience> => createPatience({ silenceMs: 100, longestMs: 1000 });
  /** When it is given up, in milliseconds from now. */
  async function givenUpAfter(waiting: Promise<unknown>, signs: () => Promise<unknown>): Promise<number> {
    const begun = performance.now();
    let over: number | undefined;
    waiting.catch(() => {
      over = performance.now() - begun;
    });
    for (let ticks = 0; ticks < 200 && over === undefined; ticks += 1) {
      await vi.advanceTimersByTimeAsync(10);
      await signs().catch(() => undefined);
    }
    return over ?? Number.NaN;
  }

  test('is given up where it answers nobody', async () => {
    const ask = patiently();
    expect(await givenUpAfter(ask(never, late), async () => undefined)).toBeCloseTo(100, -1);
  });

  test('is waited for as long as it answers others, and no longer', async () => {
    const ask = patiently();
    let signs = 0;
    const answers = async (): Promise<unknown> => (signs++ < 50 ? ask(Promise.resolve('there'), late) : undefined);
    expect(await givenUpAfter(ask(never, late), answers)).toBeCloseTo(500 + 100, -2);
  });

  test('is not waited for beyond the longest', async () => {
    const ask = patiently();
    const answers = (): Promise<unknown> => ask(Promise.resolve('there'), late);
    expect(await givenUpAfter(ask(never, late), answers)).toBeCloseTo(1000, -1);
  });

  test('shows no sign of life with what fails', async () => {
    const ask = patiently();
    const failures = (): Promise<unknown> => ask(Promise.reject(new Error('out of reach')), late);
    expect(await givenUpAfter(ask(never, late), failures)).toBeCloseTo(100, -1);
  });
});
