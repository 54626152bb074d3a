import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryCounters, type MemoryCountersDeps } from './memory-counters.ts';
import type { Span, Take, TakeResult, TakingCall, UsedByCall } from './ports.ts';
import { NOTHING_USED } from './used.ts';

const MINUTE: Span = { kind: 'calendar', startMs: 60_000, endMs: 120_000 };
const NEXT: Span = { kind: 'calendar', startMs: 120_000, endMs: 180_000 };

let calls = 0;
function callAt(at: number, holder = 'inst_1'): TakingCall {
  calls += 1;
  return { id: `ur_${calls}`, requestId: `req_${calls}`, organizationId: 'org_1', holder, at };
}

function take(more: Partial<Take> = {}): Take {
  const amount = more.amount ?? 1n;
  return {
    limitId: 'lim_1',
    countsSince: 1,
    subject: '',
    measure: 'requests',
    span: MINUTE,
    cap: 3n,
    isHard: true,
    amount,
    least: amount,
    ...more,
  };
}

function counting(usedBefore: MemoryCountersDeps['usedBefore'] = async () => []) {
  const counters = new MemoryCounters({ usedBefore });
  return {
    counters,
    ask: async (call: TakingCall, ...takes: Take[]): Promise<TakeResult> => counters.take(call, takes),
  };
}

const used = (more: Partial<UsedByCall>): UsedByCall => ({ ...NOTHING_USED, requests: 1, ...more });

describe('a calendar’s window', () => {
  it('admits exactly so many, and the next begins with none', async () => {
    const { ask } = counting();
    const kinds = [];
    for (let turn = 0; turn < 5; turn += 1) kinds.push((await ask(callAt(70_000), take())).kind);
    expect(kinds).toEqual(['admitted', 'admitted', 'admitted', 'refused', 'refused']);
    expect(await ask(callAt(70_000), take())).toEqual({
      kind: 'refused',
      place: 0,
      standing: { left: 0n, resetAtMs: 120_000 },
    });
    expect((await ask(callAt(120_000), take({ span: NEXT }))).kind).toBe('admitted');
  });

  it('is corrected where the call was counted, once, however late it ends', async () => {
    const { counters, ask } = counting();
    const call = callAt(119_000);
    await ask(call, take({ measure: 'output_tokens', cap: 100n, amount: 80n }));
    await ask(callAt(121_000), take({ measure: 'output_tokens', cap: 100n, amount: 90n, span: NEXT }));
    counters.end(call.id, used({ outputTokens: 30 }));
    counters.end(call.id, used({ outputTokens: 99 }));
    const limit = { organizationId: 'org_1', limitId: 'lim_1', countsSince: 1 };
    expect(
      await counters.peek(
        [
          { ...limit, span: MINUTE },
          { ...limit, span: NEXT },
        ],
        121_000,
      ),
    ).toMatchObject([[{ used: 30n }], [{ used: 90n }]]);
  });

  it('gives back a call that was refused before it left', async () => {
    const { counters, ask } = counting();
    const call = callAt(70_000);
    await ask(call, take({ cap: 1n }));
    expect((await ask(callAt(70_000), take({ cap: 1n }))).kind).toBe('refused');
    counters.end(call.id, NOTHING_USED);
    expect((await ask(callAt(70_000), take({ cap: 1n }))).kind).toBe('admitted');
  });

  it('takes from all limits or from none', async () => {
    const { ask } = counting();
    const wide = take({ limitId: 'lim_wide', cap: 2n });
    const narrow = take({ limitId: 'lim_narrow', cap: 1n });
    expect((await ask(callAt(70_000), wide, narrow)).kind).toBe('admitted');
    expect(await ask(callAt(70_000), wide, narrow)).toMatchObject({ kind: 'refused', place: 1 });
    expect((await ask(callAt(70_000), wide)).kind).toBe('admitted');
    expect((await ask(callAt(70_000), wide)).kind).toBe('refused');
  });

  it('grants what is left where less will do', async () => {
    const { ask } = counting();
    const budget = (amount: bigint, least: bigint) => take({ measure: 'money', cap: 100n, amount, least });
    expect(await ask(callAt(70_000), budget(70n, 10n))).toMatchObject({ granted: [{ granted: 70n, left: 30n }] });
    expect(await ask(callAt(70_000), budget(70n, 10n))).toMatchObject({ granted: [{ granted: 30n, left: 0n }] });
    expect((await ask(callAt(70_000), budget(70n, 10n))).kind).toBe('refused');
  });

  it('holds the larger amount of a call that asks twice', async () => {
    const { ask } = counting();
    const call = callAt(70_000);
    const budget = (amount: bigint) => take({ measure: 'money', cap: 100n, amount });
    await ask(call, budget(60n));
    expect(await ask(call, budget(90n))).toMatchObject({ granted: [{ granted: 90n, left: 10n }] });
    expect((await ask(callAt(70_000), budget(11n))).kind).toBe('refused');
  });

  it('of a soft limit never refuses, and counts', async () => {
    const { ask } = counting();
    const soft = take({ cap: 1n, isHard: false });
    await ask(callAt(70_000), soft);
    expect(await ask(callAt(70_000), soft)).toMatchObject({ kind: 'admitted', granted: [{ left: 0n }] });
  });
});

describe('a rolling window', () => {
  const SECONDS = 10;
  const span: Span = { kind: 'rolling', lengthMs: SECONDS * 1000 };

  it('never holds more than so many in any span of its length, in whichever order calls are heard of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 120 }),
        async (cap, times) => {
          const { ask } = counting();
          const admitted: number[] = [];
          for (const at of times) {
            const { kind } = await ask(callAt(at), take({ span, cap: BigInt(cap) }));
            if (kind === 'admitted') admitted.push(at);
          }
          const most = Math.max(
            ...admitted.map((from) => admitted.filter((at) => at >= from && at < from + span.lengthMs).length),
          );
          expect(most).toBeLessThanOrEqual(cap);
        },
      ),
    );
  });

  it('admits again when it says so, and not a part of it later', async () => {
    const { ask } = counting();
    await ask(callAt(1_000_000), take({ span, cap: 1n }));
    const refused = await ask(callAt(1_003_000), take({ span, cap: 1n }));
    const at = refused.kind === 'refused' ? refused.standing.resetAtMs : 0;
    expect(at).toBeGreaterThanOrEqual(1_010_000);
    expect(at).toBeLessThanOrEqual(1_010_000 + (SECONDS * 1000) / 60 + 1);
    expect((await ask(callAt(at - 1), take({ span, cap: 1n }))).kind).toBe('refused');
    expect((await ask(callAt(at), take({ span, cap: 1n }))).kind).toBe('admitted');
  });
});

describe('concurrency', () => {
  const slot = take({ measure: 'concurrent', span: { kind: 'concurrent' }, cap: 1n });

  it('is given back at the end of a call, and of an instance', async () => {
    const { counters, ask } = counting();
    const call = callAt(0);
    await ask(call, slot);
    expect((await ask(callAt(0), slot)).kind).toBe('refused');
    counters.end(call.id, used({}));
    const lost = callAt(0, 'inst_2');
    expect((await ask(lost, slot)).kind).toBe('admitted');
    expect(counters.lose('inst_2')).toMatchObject([{ id: lost.id }]);
    expect((await ask(callAt(0), slot)).kind).toBe('admitted');
  });
});

describe('after a start', () => {
  it('goes on with what is on record, which is read once', async () => {
    let reads = 0;
    const { ask } = counting(async () => {
      reads += 1;
      return [{ subject: '', at: 60_000, used: 2n }];
    });
    const results = await Promise.all([1, 2, 3].map(() => ask(callAt(70_000), take())));
    expect(results.map(({ kind }) => kind)).toEqual(['admitted', 'refused', 'refused']);
    expect(reads).toBe(1);
  });

  it('refuses as unavailable while that cannot be read, and asks again', async () => {
    let isDown = true;
    const { ask } = counting(async () => {
      if (isDown) throw new Error('the store is gone');
      return [];
    });
    await expect(ask(callAt(70_000), take())).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    isDown = false;
    expect((await ask(callAt(70_000), take())).kind).toBe('admitted');
  });

  it('leaves nothing taken for a call that ended while it waited', async () => {
    const gate = Promise.withResolvers<readonly []>();
    const { counters, ask } = counting(() => gate.promise);
    const call = callAt(70_000);
    const taking = ask(call, take({ cap: 1n }));
    counters.end(call.id, NOTHING_USED);
    gate.resolve([]);
    await taking;
    expect((await ask(callAt(70_000), take({ cap: 1n }))).kind).toBe('admitted');
  });
});
