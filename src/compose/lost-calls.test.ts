import { expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { MemoryCounters } from '../limits/memory-counters.ts';
import { endCallsOf } from './limits.ts';

/** An instance that is gone had one call under way; the store of counts does not answer so many times. */
function setUp(silences: number) {
  let left = silences;
  const lost: string[] = [];
  const warned: unknown[] = [];
  const again: (() => void)[] = [];
  const core = {
    counts: {
      memory: new MemoryCounters({ usedBefore: () => Promise.resolve([]) }),
      shared: { lose: ({ call }: { call: { id: string } }) => Promise.resolve(void lost.push(call.id)) },
      store: {
        left: () => {
          left -= 1;
          if (left >= 0) return Promise.reject(new GatewayError('hub.store_unavailable'));
          return Promise.resolve([{ call: { id: 'ur_1', organizationId: 'org_1', requestId: 'req_1' }, taken: [] }]);
        },
      },
    },
    store: { records: { get: () => Promise.resolve(undefined) } },
    logger: { warn: (event: unknown) => warned.push(event) },
  } as unknown as Parameters<typeof endCallsOf>[1];
  const delay = (_: number, run: () => void): (() => void) => {
    again.push(run);
    return () => undefined;
  };
  return { core, delay, lost, warned, again };
}

test('what an instance that is gone had taken is given back, once the counts can be had', async () => {
  const { core, delay, lost, warned, again } = setUp(2);
  await endCallsOf('inst_1', core, { delay });
  expect([lost, warned.length]).toEqual([[], 1]);
  again.shift()?.();
  await expect.poll(() => again.length).toBe(1);
  again.shift()?.();
  await expect.poll(() => lost).toEqual(['ur_1']);
  expect([warned.length, again]).toEqual([2, []]);
});

test('that is given up after so many tries: leases end it then', async () => {
  const { core, delay, lost, again } = setUp(3);
  await endCallsOf('inst_1', core, { delay, tries: 1 });
  expect([lost, again]).toEqual([[], []]);
});
