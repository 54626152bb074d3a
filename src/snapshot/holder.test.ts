import { describe, expect, test } from 'vitest';
import { type ConfigurationState, NO_CONFIGURATION } from '../protocol/configuration.ts';
import { SnapshotHolder } from './holder.ts';

const EMPTY: ConfigurationState = { ...NO_CONFIGURATION, version: 1 };

/** A configuration that changes, is slow or is gone, as the test says. */
function setUp() {
  let version = 1;
  let isDown = false;
  let loads = 0;
  let gate: Promise<void> | undefined;
  let hint: () => void = () => undefined;
  let poll: () => void = () => undefined;
  const stopped: string[] = [];
  const errors: unknown[] = [];
  const seen: number[] = [];
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    if (isDown) throw new Error('the store is gone');
    const read = value();
    await gate;
    return read;
  };
  const open = () =>
    SnapshotHolder.open<number>({
      store: {
        version: () => answer(() => version),
        load: () => {
          loads += 1;
          return answer(() => ({ ...EMPTY, version }));
        },
        onHint: (changed) => {
          hint = changed;
          return () => void stopped.push('hint');
        },
      },
      compile: (state) => state.version * 10,
      repeat: (run, everyMs) => {
        expect(everyMs).toBeLessThanOrEqual(1000);
        poll = run;
        return () => void stopped.push('poll');
      },
      onError: (error) => errors.push(error),
      onChange: (snapshot) => seen.push(snapshot),
    });
  return {
    open,
    seen,
    errors,
    stopped,
    loads: () => loads,
    change: (to: number) => {
      version = to;
    },
    down: (now: boolean) => {
      isDown = now;
    },
    /** Holds every answer back until the function it returns is called. */
    hold: () => {
      let release: () => void = () => undefined;
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        gate = undefined;
        release();
      };
    },
    hint: () => hint(),
    poll: () => poll(),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('SnapshotHolder', () => {
  test.each(['hint', 'poll'] as const)('sees at a %s what another process changed', async (way) => {
    const world = setUp();
    const holder = await world.open();
    expect([holder.current, holder.version]).toEqual([10, 1]);
    world.change(2);
    expect(holder.current).toBe(10);
    world[way]();
    await settled();
    expect([holder.current, holder.version]).toEqual([20, 2]);
    expect(world.seen).toEqual([10, 20]);
  });

  test('loads nothing while the version stays', async () => {
    const world = setUp();
    await world.open();
    for (let turn = 0; turn < 5; turn += 1) world.poll();
    await settled();
    expect(world.loads()).toBe(1);
  });

  test('sees a change made during a load: a refresh never rests on what was read before it was asked for', async () => {
    const world = setUp();
    const holder = await world.open();
    const release = world.hold();
    const early = holder.refresh();
    world.change(2);
    const late = [holder.refresh(), holder.refresh()];
    release();
    await Promise.all([early, ...late]);
    expect(holder.current).toBe(20);
    // The two that came together share one load.
    expect(world.loads()).toBe(3);
  });

  test('keeps the last value while the store is gone, and catches up', async () => {
    const world = setUp();
    const holder = await world.open();
    world.change(2);
    world.down(true);
    world.poll();
    await settled();
    await expect(holder.refresh()).rejects.toThrow('gone');
    expect(holder.current).toBe(10);
    expect(world.errors).toHaveLength(1);
    world.down(false);
    world.poll();
    await settled();
    expect(holder.current).toBe(20);
  });

  test('does not open without a first value', async () => {
    const world = setUp();
    world.down(true);
    await expect(world.open()).rejects.toThrow('gone');
  });

  test('stops looking when it is closed', async () => {
    const world = setUp();
    (await world.open()).close();
    expect(world.stopped).toEqual(['hint', 'poll']);
  });
});
