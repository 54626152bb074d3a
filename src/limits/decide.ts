import type { Counter } from './counter.ts';
import type { Granted, Take, TakeResult, TakingCall, UsedByCall } from './ports.ts';
import { usedOf } from './used.ts';

/** What a call has taken of one limit, and in which bucket of which count. */
export type Taken = { readonly take: Take; readonly counter: Counter; readonly bucket: number; held: bigint };

/**
 * Takes from all limits, or from none and changes nothing. `wanted`: what the call has of each so far. Done for every call
 * under a limit, so that no more is made than is given back.
 */
export function takeAll({ at }: TakingCall, takes: readonly Take[], wanted: readonly Taken[]): TakeResult {
  const granted: Granted[] = [];
  for (const [place, take] of takes.entries()) {
    const taken = wanted[place];
    if (taken === undefined) throw new Error('a limit is asked whose count is missing');
    const { span, cap, amount, least, isHard } = take;
    const { counter, held } = taken;
    const free = cap - counter.used(span, at) + held;
    const given = !isHard || amount <= free ? amount : free;
    if (given < least) {
      const resetAtMs = counter.freeAt(span, at, { amount: (least < cap ? least : cap) - held, cap });
      return { kind: 'refused', place, standing: { left: free < 0n ? 0n : free, resetAtMs } };
    }
    const resetAtMs = counter.freeAt(span, at, { amount: given, cap });
    granted.push({ granted: given, left: given < free ? free - given : 0n, resetAtMs });
  }
  for (let place = 0; place < wanted.length; place += 1) {
    const taken = wanted[place];
    const given = granted[place];
    // Who asks again keeps what it has, so that an estimate is never below what was agreed.
    if (taken === undefined || given === undefined || given.granted <= taken.held) continue;
    const more = given.granted - taken.held;
    taken.counter.add(taken.take.span, taken.bucket, more);
    taken.held += more;
  }
  return { kind: 'admitted', granted };
}

/** Puts what a call used in place of what it took. */
export function correct(taken: readonly Taken[], used: UsedByCall): void {
  for (const each of taken) {
    each.counter.add(each.take.span, each.bucket, usedOf(used, each.take.measure) - each.held);
    each.held = 0n;
  }
}

export function isOfSame(
  a: Pick<Take, 'limitId' | 'countsSince' | 'subject'>,
  b: Pick<Take, 'limitId' | 'countsSince' | 'subject'>,
): boolean {
  return a.limitId === b.limitId && a.countsSince === b.countsSince && a.subject === b.subject;
}
