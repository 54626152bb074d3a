import { GatewayError } from '../kernel/errors.ts';
import { NamedSlots } from '../kernel/named-slots.ts';
import { bucketAt, Counter } from './counter.ts';
import { correct, isOfSame, type Taken, takeAll } from './decide.ts';
import type {
  CountedLimit,
  LimitCounters,
  Span,
  SubjectCount,
  Take,
  TakeResult,
  TakingCall,
  UsedBefore,
  UsedByCall,
} from './ports.ts';

const SWEEP_MS = 60_000;
/** Counts that are shown of one limit. */
const SHOWN_MAX = 100;

export type MemoryCountersDeps = {
  /**
   * What calls used of a limit before it was first asked for here, in the windows that are not over: what a former process
   * counted is on record. @throws GatewayError `hub.store_unavailable`
   */
  readonly usedBefore: (limit: CountedLimit) => Promise<readonly UsedBefore[]>;
};

/** `ready` while what was used before is being brought in. */
type Counted = {
  readonly countsSince: number;
  span: Span;
  readonly counters: Map<string, Counter>;
  ready: Promise<void> | undefined;
};
type OpenCall = { readonly id: string; readonly call: TakingCall; readonly taken: Taken[] };

/** Counts in the memory of one process, for itself or for all of a machine's. */
export class MemoryCounters implements LimitCounters {
  readonly #deps: MemoryCountersDeps;
  /** By the limit's id. Counts are begun anew where a limit changes, and calls may still end in those before. */
  readonly #limits = new Map<string, Counted[]>();
  readonly #open = new NamedSlots<OpenCall>();
  /** Calls whose counts are being brought in, and what those have used that ended meanwhile. */
  readonly #waiting = new Map<string, UsedByCall | undefined>();
  #sweptAt = 0;

  constructor(deps: MemoryCountersDeps) {
    this.#deps = deps;
  }

  take(call: TakingCall, takes: readonly Take[]): TakeResult | Promise<TakeResult> {
    for (const take of takes) {
      if (this.#countedOf(take, call.organizationId).ready !== undefined) return this.#takeOnce(call, takes);
    }
    return this.#takeNow(call, takes);
  }

  end(callId: string, used: UsedByCall): void {
    if (this.#waiting.has(callId)) this.#waiting.set(callId, used);
    const open = this.#open.remove(callId);
    if (open !== undefined) correct(open.taken, used);
  }

  async peek(limits: readonly CountedLimit[], now: number): Promise<readonly (readonly SubjectCount[])[]> {
    const counts = limits.map((limit) => this.#countedOf(limit, limit.organizationId));
    await Promise.all(counts.map(async ({ ready }) => await ready));
    return limits.map((limit) => this.#countsOf(limit, now));
  }

  /** Gives back the slots of an instance that is gone, and tells which calls it had under way: what they used is to be said. */
  lose(holder: string): readonly (TakingCall & { readonly heldNano: bigint })[] {
    return this.#open.all
      .filter(({ call }) => call.holder === holder)
      .map(({ call, taken }) => {
        let heldNano = 0n;
        for (const each of taken) {
          if (each.take.measure === 'money') heldNano = each.held;
          if (each.take.measure !== 'concurrent') continue;
          each.counter.add(each.take.span, each.bucket, 0n - each.held);
          each.held = 0n;
        }
        return { ...call, heldNano };
      });
  }

  /** A call may have ended, as one that waited too long, before its counts are there. */
  async #takeOnce(call: TakingCall, takes: readonly Take[]): Promise<TakeResult> {
    this.#waiting.set(call.id, undefined);
    try {
      await Promise.all(takes.map(async (take) => await this.#countedOf(take, call.organizationId).ready));
      return this.#takeNow(call, takes);
    } finally {
      const used = this.#waiting.get(call.id);
      this.#waiting.delete(call.id);
      if (used !== undefined) this.end(call.id, used);
    }
  }

  #takeNow(call: TakingCall, takes: readonly Take[]): TakeResult {
    const known = this.#open.get(call.id);
    const wanted: Taken[] = [];
    for (const take of takes)
      wanted.push(known?.taken.find((each) => isOfSame(each.take, take)) ?? this.#taken(call, take));
    const result = takeAll(call, takes, wanted);
    if (result.kind === 'admitted') {
      if (known === undefined) this.#open.add({ id: call.id, call, taken: wanted });
      else for (const each of wanted) if (!known.taken.includes(each)) known.taken.push(each);
    }
    this.#sweep(call.at);
    return result;
  }

  /** Nothing yet, of a limit that the call has not taken from. */
  #taken({ at, organizationId }: TakingCall, take: Take): Taken {
    const { counters } = this.#countedOf(take, organizationId);
    let counter = counters.get(take.subject);
    if (counter === undefined) {
      counter = new Counter();
      counters.set(take.subject, counter);
    }
    return { take, counter, bucket: bucketAt(take.span, at), held: 0n };
  }

  #find(limitId: string, countsSince: number): Counted | undefined {
    const known = this.#limits.get(limitId);
    return known?.[0]?.countsSince === countsSince ? known[0] : known?.find((each) => each.countsSince === countsSince);
  }

  #countedOf({ limitId, countsSince, span }: Omit<CountedLimit, 'organizationId'>, organizationId: string): Counted {
    const known = this.#find(limitId, countsSince);
    if (known !== undefined) {
      if (isLater(span, known.span)) known.span = span;
      return known;
    }
    const counted: Counted = { countsSince, span, counters: new Map(), ready: undefined };
    // Nothing is under way of a limit that nobody has taken from.
    if (span.kind !== 'concurrent')
      counted.ready = this.#bringIn(counted, { organizationId, limitId, countsSince, span });
    this.#limits.set(limitId, [counted, ...(this.#limits.get(limitId) ?? [])]);
    return counted;
  }

  async #bringIn(counted: Counted, limit: CountedLimit): Promise<void> {
    const { counters } = counted;
    try {
      for (const { subject, at, used } of await this.#deps.usedBefore(limit)) {
        const counter = counters.get(subject) ?? new Counter();
        counters.set(subject, counter);
        const { span } = limit;
        const isInside = span.kind !== 'calendar' || at >= span.startMs;
        if (isInside) counter.add(span, bucketOf(span, at), used);
      }
      counted.ready = undefined;
    } catch (cause) {
      // The next call asks again.
      const others = this.#limits.get(limit.limitId)?.filter((each) => each !== counted) ?? [];
      if (others.length > 0) this.#limits.set(limit.limitId, others);
      else this.#limits.delete(limit.limitId);
      throw cause instanceof GatewayError
        ? cause
        : new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
    }
  }

  #countsOf({ limitId, countsSince, span }: CountedLimit, now: number): readonly SubjectCount[] {
    const counted = this.#find(limitId, countsSince);
    if (counted === undefined) return [];
    const counts = [...counted.counters].map(([subject, counter]) => {
      const used = counter.used(span, now);
      return { subject, used, resetAtMs: counter.freeAt(span, now, { amount: used, cap: used }) };
    });
    return counts
      .filter(({ used }) => used !== 0n)
      .sort((a, b) => (a.used < b.used ? 1 : -1))
      .slice(0, SHOWN_MAX);
  }

  /** Forgets counts that nothing is left of, such as those of end users who are gone. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const inUse = new Set(this.#open.all.flatMap(({ taken }) => taken.map(({ counter }) => counter)));
    for (const { span, counters } of [...this.#limits.values()].flat()) {
      for (const [subject, counter] of counters) {
        if (!inUse.has(counter) && counter.isOver(span, now)) counters.delete(subject);
      }
    }
  }
}

/** Of two windows of a calendar: a call that came before the other began may be heard of after it. */
function isLater(a: Span, b: Span): boolean {
  return a.kind === 'calendar' && b.kind === 'calendar' && a.startMs > b.startMs;
}

/** Of a calendar, the window that an instant lies in may be a later one than the one that was asked about. */
function bucketOf(span: Span, at: number): number {
  return span.kind === 'calendar' && at >= span.endMs ? span.endMs : bucketAt(span, at);
}
