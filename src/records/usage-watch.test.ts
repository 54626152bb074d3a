import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../protocol/records.ts';
import { createUsageWatch } from './usage-watch.ts';

const ACME = { organizationId: 'org_acme' };
const OTHER = { organizationId: 'org_other' };

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A watch whose looks a test takes one by one. */
function start() {
  const newest = new Map<string, string>();
  const timers = new Set<() => void>();
  const errors: unknown[] = [];
  let looks = 0;
  let isDown = false;
  const watch = createUsageWatch({
    list: async ({ organizationId }) => {
      looks += 1;
      if (isDown) throw new Error('the store is down');
      const id = newest.get(organizationId);
      return id === undefined ? [] : [{ id } as UsageRecord];
    },
    repeat: (run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    onError: (error) => errors.push(error),
  });
  const look = async (): Promise<void> => {
    await settled();
    for (const run of timers) run();
    await settled();
  };
  return { watch, newest, timers, errors, look, looks: () => looks, setDown: (down: boolean) => (isDown = down) };
}

describe('a watch of usage', () => {
  it('tells everybody who listens to an organization of its new records, and nobody else', async () => {
    const { watch, newest, look } = start();
    const heard: string[] = [];
    watch.subscribe(ACME, () => heard.push('first'));
    watch.subscribe(ACME, () => heard.push('second'));
    watch.subscribe(OTHER, () => heard.push('other'));
    await look();
    expect(heard).toEqual([]);
    newest.set(ACME.organizationId, 'ur_1');
    await look();
    expect(heard).toEqual(['first', 'second']);
    await look();
    expect(heard).toHaveLength(2);
  });

  it('looks once for all who listen to the same organization, and not at all for nobody', async () => {
    const { watch, timers, look, looks } = start();
    const leave = [watch.subscribe(ACME, () => undefined), watch.subscribe(ACME, () => undefined)];
    await look();
    expect([timers.size, looks()]).toEqual([1, 2]);
    for (const one of leave) one();
    expect(timers.size).toBe(0);
  });

  it('goes on after a look that failed', async () => {
    const { watch, newest, look, errors, setDown } = start();
    let heard = 0;
    watch.subscribe(ACME, () => (heard += 1));
    await look();
    setDown(true);
    await look();
    setDown(false);
    newest.set(ACME.organizationId, 'ur_1');
    await look();
    expect([errors.length, heard]).toEqual([1, 1]);
  });
});
