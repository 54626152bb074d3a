import { describe, expect, it } from 'vitest';
import type { NewCall } from '../identity/call-ports.ts';
import { systemClock } from '../kernel/clock.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const OVER = { leaseMs: -1 };

function callOf(more: Partial<NewCall> = {}): NewCall {
  return {
    id: 'hash_1',
    organizationId: 'org_default',
    projectId: 'proj_default',
    fingerprint: 'print',
    recordId: 'ur_1',
    instanceId: 'inst_1',
    leaseMs: 60_000,
    keptMs: DAY_MS,
    ...more,
  };
}

describe.each(TEST_ENGINES)('calls that are made once, on $kind', (engine) => {
  const test = it.skipIf(engine.skip !== undefined);

  test('are taken by one of many, and told to the others as running', async () => {
    const { idempotentCalls } = await freshStore(engine);
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, index) => idempotentCalls.take(callOf({ recordId: `ur_${index}` }))),
    );
    expect(found.filter((each) => each === undefined)).toHaveLength(1);
    expect(new Set(found.flatMap((each) => each?.state ?? []))).toEqual(new Set(['running']));
  });

  test('are told with their answer once they are over, and forgotten after their time', async () => {
    const { idempotentCalls } = await freshStore(engine);
    const call = callOf({ keptMs: -1 });
    await idempotentCalls.take(callOf({ id: 'hash_2', recordId: 'ur_2' }));
    await idempotentCalls.finish({ ...call, id: 'hash_2', recordId: 'ur_2' }, 'kept', 'sealed');
    expect(await idempotentCalls.take(callOf({ id: 'hash_2' }))).toEqual({
      fingerprint: 'print',
      recordId: 'ur_2',
      state: 'kept',
      sealed: 'sealed',
    });
    await idempotentCalls.take(call);
    await idempotentCalls.finish(call, 'kept', 'sealed');
    expect(await idempotentCalls.take({ ...call, recordId: 'ur_3' })).toBeUndefined();
    expect(await idempotentCalls.removeExpired(10)).toBe(1);
    expect(await idempotentCalls.removeExpired(10)).toBe(0);
  });

  test('are dead once their lease is over, and taken over by one', async () => {
    const { idempotentCalls } = await freshStore(engine);
    await idempotentCalls.take(callOf(OVER));
    expect(await idempotentCalls.take(callOf({ recordId: 'ur_2' }))).toMatchObject({ state: 'dead', recordId: 'ur_1' });
    const taken = await Promise.all(
      ['ur_2', 'ur_3'].map((recordId) => idempotentCalls.takeOver(callOf({ recordId }), 'ur_1')),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    // Who was taken for dead ends nothing that is another's by now.
    await idempotentCalls.finish(callOf(), 'kept', 'sealed');
    await idempotentCalls.free(callOf());
    expect(await idempotentCalls.take(callOf({ recordId: 'ur_4' }))).toMatchObject({ state: 'running' });
  });

  test('live on while their leases are renewed, and not when their process is known to be dead', async () => {
    const { idempotentCalls } = await freshStore(engine);
    const other = callOf({ id: 'hash_2', recordId: 'ur_2', instanceId: 'inst_2' });
    await idempotentCalls.take(callOf(OVER));
    await idempotentCalls.take(other);
    await idempotentCalls.finish(other, 'lost', undefined);
    expect(await idempotentCalls.renew([callOf(), other], 60_000)).toEqual(['ur_1']);
    expect(await idempotentCalls.take(callOf())).toMatchObject({ state: 'running' });
    await idempotentCalls.endLeasesOf('inst_1');
    expect(await idempotentCalls.take(callOf())).toMatchObject({ state: 'dead' });
    expect(await idempotentCalls.take(other)).toMatchObject({ state: 'lost' });
  });

  test('are free again where they used nothing', async () => {
    const { idempotentCalls } = await freshStore(engine);
    await idempotentCalls.take(callOf());
    await idempotentCalls.free(callOf());
    expect(await idempotentCalls.take(callOf({ fingerprint: 'another' }))).toBeUndefined();
  });

  test('have no fate that is known where neither record nor credit tells of them', async () => {
    const { idempotentCalls } = await freshStore(engine);
    expect(await idempotentCalls.fateOf('org_default', `ur_${systemClock.now()}`)).toBe('unknown');
  });
});
