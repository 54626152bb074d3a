import type { Counter } from './counter.ts';
import type { Granted, Take, TakeResult, TakingCall, UsedByCall } from './ports.ts';
import { usedOf } from './used.ts';

/** What a call has taken of one limit, and in which bucket of which count. */
export type Taken = { readonly take: Take; readonly counter: Counter; readonly bucket: number; held: bigint };

/** Takes from all limits, or from none and changes nothing. `takenOf` says what the call has of a limit so far. */
export function takeAll(
  call: TakingCall,
  takes: readonly Take[],
  takenOf: (take: Take, place: number) => Taken,
): { readonly result: TakeResult; readonly taken: readonly Taken[] } {
  const wanted: Taken[] = [];
  const more: bigint[] = [];
  const granted: Granted[] = [];
  for (const [place, take] of takes.entries()) {
    const taken = takenOf(take, place);
    const { counter, held } = taken;
    const { span, cap, amount, least } = take;
    const free = cap - counter.used(span, call.at) + held;
    const given = !take.isHard || amount <= free ? amount : free;
    if (given < least) {
      const resetAtMs = counter.freeAt(span, call.at, { amount: (least < cap ? least : cap) - held, cap });
      return { result: { kind: 'refused', place, standing: { left: notBelowZero(free), resetAtMs } }, taken: [] };
    }
    const resetAtMs = span.kind === 'calendar' ? span.endMs : counter.freeAt(span, call.at, { amount: given, cap });
    granted.push({ granted: given, left: notBelowZero(free - given), resetAtMs });
    // Who asks again keeps what it has, so that an estimate is never below what was agreed.
    wanted.push(taken);
    more.push(given > held ? given - held : 0n);
  }
  for (const [place, taken] of wanted.entries()) {
    const by = more[place] ?? 0n;
    taken.counter.add(taken.take.span, taken.bucket, by);
    taken.held += by;
  }
  return { result: { kind: 'admitted', granted }, taken: wanted };
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

function notBelowZero(amount: bigint): bigint {
  return amount < 0n ? 0n : amount;
}
