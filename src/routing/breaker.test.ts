import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerState } from './breaker.ts';

/** What happens to a breaker, one thing after the other: what an answer or a failure is told with is when its call began. */
type Event = { readonly atMs: number; readonly is: 'answer' | 'failure' | 'probe'; readonly begunAtMs?: number };

function after(events: readonly Event[]): Breaker {
  const breaker = new Breaker();
  for (const { atMs, is, begunAtMs = atMs } of events) {
    if (is === 'probe') breaker.beginProbe(atMs);
    else if (is === 'answer') breaker.noteAnswer(begunAtMs, atMs);
    else breaker.noteFailure(begunAtMs, atMs);
  }
  return breaker;
}

function times(count: number, is: 'answer' | 'failure', atMs: number, everyMs = 0): readonly Event[] {
  return Array.from({ length: count }, (_, index) => ({ atMs: atMs + index * everyMs, is }));
}

const OPENED = times(5, 'failure', 0);

describe('a breaker', () => {
  it.each<[string, readonly Event[], number, BreakerState]>([
    ['is closed at first', [], 0, 'closed'],
    ['stays closed after four failures in a row', times(4, 'failure', 0), 0, 'closed'],
    ['opens with the fifth', OPENED, 999, 'open'],
    ['however long they are apart', times(5, 'failure', 0, 60_000), 240_001, 'open'],
    [
      'counts anew after an answer',
      [...times(4, 'failure', 0), ...times(1, 'answer', 0), ...times(4, 'failure', 0)],
      0,
      'closed',
    ],
    [
      'opens when half of what came within ten seconds failed',
      Array.from({ length: 5 }, (_, index) => [...times(1, 'answer', index), ...times(1, 'failure', index)]).flat(),
      5,
      'open',
    ],
    [
      'and not when the answers are older than the failures',
      [...times(30, 'answer', 0), ...times(4, 'failure', 11_000)],
      11_000,
      'closed',
    ],
    ['lets one try after a second', OPENED, 1000, 'half-open'],
    ['and no other one meanwhile', [...OPENED, { atMs: 1000, is: 'probe' }], 1001, 'open'],
    ['until that one has had its time', [...OPENED, { atMs: 1000, is: 'probe' }], 31_000, 'half-open'],
    [
      'closes with its answer',
      [...OPENED, { atMs: 1000, is: 'probe' }, { atMs: 1500, is: 'answer', begunAtMs: 1000 }],
      1500,
      'closed',
    ],
    [
      'stays open when it fails',
      [...OPENED, { atMs: 1000, is: 'probe' }, { atMs: 1500, is: 'failure', begunAtMs: 1000 }],
      3499,
      'open',
    ],
    [
      'for twice as long',
      [...OPENED, { atMs: 1000, is: 'probe' }, { atMs: 1500, is: 'failure', begunAtMs: 1000 }],
      3500,
      'half-open',
    ],
    [
      'takes an answer from before it opened for no sign',
      [...OPENED, { atMs: 900, is: 'answer', begunAtMs: -50 }],
      950,
      'open',
    ],
  ])('%s', (_name, events, atMs, state) => {
    expect(after(events).stateAt(atMs)).toBe(state);
  });

  it('lets somebody try within eight seconds, however often that failed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 20 }), (waits) => {
        const breaker = after(OPENED);
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          if (breaker.stateAt(nowMs) !== 'half-open') continue;
          breaker.beginProbe(nowMs);
          breaker.noteFailure(nowMs, nowMs);
        }
        return breaker.stateAt(nowMs + 8000) === 'half-open';
      }),
    );
  });
});
