import { describe, expect, it } from 'vitest';
import { createLastUsed } from './last-used.ts';

function start(touch: (uses: readonly { id: string; usedAt: number }[]) => Promise<void>) {
  const errors: unknown[] = [];
  let tick: () => void = () => undefined;
  let running = false;
  const lastUsed = createLastUsed({
    touch,
    repeat: (run) => {
      tick = run;
      running = true;
      return () => {
        running = false;
      };
    },
    onError: (error) => errors.push(error),
  });
  return { lastUsed, errors, tick: () => tick(), isRunning: () => running };
}

describe('last use', () => {
  it('reaches the store on the timer, the latest time of each key, and once', async () => {
    const calls: unknown[] = [];
    const { lastUsed, tick } = start(async (uses) => void calls.push(uses));
    lastUsed.note('vk_1', 10);
    lastUsed.note('vk_2', 11);
    lastUsed.note('vk_1', 30);
    lastUsed.note('vk_1', 20);
    tick();
    await lastUsed.flush();
    tick();
    await lastUsed.flush();
    expect(calls).toEqual([
      [
        { id: 'vk_1', usedAt: 30 },
        { id: 'vk_2', usedAt: 11 },
      ],
    ]);
  });

  it('is told again after the store failed, and nothing newer is overwritten', async () => {
    const calls: unknown[] = [];
    let isDown = true;
    const { lastUsed, errors } = start(async (uses) => {
      if (isDown) {
        lastUsed.note('vk_1', 50);
        throw new Error('down');
      }
      calls.push(uses);
    });
    lastUsed.note('vk_1', 10);
    await lastUsed.flush();
    expect(errors).toHaveLength(1);
    isDown = false;
    await lastUsed.flush();
    expect(calls).toEqual([[{ id: 'vk_1', usedAt: 50 }]]);
  });

  it('is told a last time on close, after a flush that is under way', async () => {
    const calls: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const { lastUsed, isRunning } = start(async ([use]) => {
      if (use?.id === 'vk_1') await gate.promise;
      calls.push(use?.id ?? '');
    });
    lastUsed.note('vk_1', 1);
    const first = lastUsed.flush();
    await Promise.resolve();
    lastUsed.note('vk_2', 2);
    const closing = lastUsed.close();
    expect(isRunning()).toBe(false);
    gate.resolve(undefined);
    await Promise.all([first, closing]);
    expect(calls).toEqual(['vk_1', 'vk_2']);
  });
});
