import { GatewayError } from '../kernel/errors.ts';
import { bucketAt, Counter } from './counter.ts';
import { correct, isOfSame, type Taken, takeAll } from './decide.ts';
import type {
  CountedLimit,
  LimitCounters,
  SubjectCount,
  Take,
  TakeResult,
  TakingCall,
  UsedBefore,
  UsedByCall,
} from './ports.ts';
import type { CountKey, SharedCountsStore, StoredCount, StoredTake } from './shared-ports.ts';

/** How long what an instance holds is good for without a sign of life. */
const LEASE_MS = 60_000;
/** Counts that are shown of one limit. */
const SHOWN_MAX = 100;
const END_RETRY_MS = 1000;

export type SharedCountersDeps = {
  readonly store: SharedCountsStore;
  /** What calls used of a limit before anybody counted it. */
  readonly usedBefore: (limit: CountedLimit) => Promise<readonly UsedBefore[]>;
  /** Rejects with `hub.store_unavailable` what the store does not answer in time. */
  readonly inTime: <T>(asked: Promise<T>) => Promise<T>;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
};

/** Counts in a store that several instances share. Each take and each end is one transaction. */
export class SharedCounters implements LimitCounters {
  readonly #deps: SharedCountersDeps;
  readonly #begun = new Map<string, Promise<void>>();
  readonly #ending = new Set<Promise<void>>();
  readonly #taking = new Map<string, Promise<TakeResult>>();
  #isClosed = false;

  constructor(deps: SharedCountersDeps) {
    this.#deps = deps;
  }

  take(call: TakingCall, takes: readonly Take[]): Promise<TakeResult> {
    const taking = this.#take(call, takes);
    this.#taking.set(call.id, taking);
    taking.catch(() => undefined).finally(() => this.#taking.delete(call.id));
    return this.#deps.inTime(taking).catch(sayUnavailable);
  }

  end(callId: string, used: UsedByCall): void {
    const ending = this.#endUntilDone(callId, used).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async peek(limits: readonly CountedLimit[], now: number): Promise<readonly (readonly SubjectCount[])[]> {
    return await this.#deps.inTime(this.#peek(limits, now));
  }

  /** Says that the instance lives, whose calls are under way here. */
  renew(holder: string): Promise<void> {
    return this.#deps.store.renew(holder, this.#deps.now() + LEASE_MS);
  }

  /** Ends a call of an instance that is gone; without what it used, all that it took stays but its place. */
  async lose({ call, taken }: StoredTake, used: UsedByCall | undefined): Promise<void> {
    await this.#change(call, (counters) => {
      const own = taken.map((each) => ({ ...each, counter: counterOf(counters, each.take) }));
      const kept = used === undefined ? own.filter(({ take }) => take.measure === 'concurrent') : own;
      correct(kept, used ?? { requests: 0, inputTokens: 0, outputTokens: 0, moneyNano: 0n });
    });
  }

  /** Waits for the ends that the store has not taken yet. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#ending);
  }

  async #take(call: TakingCall, takes: readonly Take[]): Promise<TakeResult> {
    const { organizationId } = call;
    await Promise.all(takes.map((take) => this.#begin({ ...take, organizationId })));
    return await this.#deps.store.change(call, takes, ({ take: before, counts }) => {
      const counters = toCounters(counts);
      const own = takenOf(before, counters);
      const { result, taken } = takeAll(
        call,
        takes,
        (take) =>
          own.find((each) => isOfSame(each.take, take)) ?? {
            take,
            counter: counterOf(counters, take),
            bucket: bucketAt(take.span, call.at),
            held: 0n,
          },
      );
      if (taken.length === 0) return { result, changed: undefined };
      const all = [...own.filter((each) => !taken.includes(each)), ...taken];
      const leaseUntil = this.#deps.now() + LEASE_MS;
      return { result, changed: { counts: fromCounters(counters), take: { call, taken: all, leaseUntil } } };
    });
  }

  async #endUntilDone(callId: string, used: UsedByCall): Promise<void> {
    // One that came too late for its call may be written all the same.
    await this.#taking.get(callId)?.catch(() => undefined);
    for (;;) {
      try {
        await this.#change({ id: callId, organizationId: '' }, (_, own) => correct(own, used));
        return;
      } catch (error) {
        this.#deps.onError(error);
        if (this.#isClosed) return;
        await this.#deps.pause(END_RETRY_MS);
      }
    }
  }

  /** Changes the counts of a call that is over, once: afterwards there is no take of it. */
  async #change(
    call: Pick<TakingCall, 'id' | 'organizationId'>,
    change: (counters: Counters, own: readonly Taken[]) => void,
  ): Promise<void> {
    await this.#deps.store.change(call, [], ({ take, counts }) => {
      if (take === undefined) return { result: undefined, changed: undefined };
      const counters = toCounters(counts);
      change(counters, takenOf(take, counters));
      return { result: undefined, changed: { counts: fromCounters(counters), take: undefined } };
    });
  }

  /** The first who asks brings in what was used before; whoever asks meanwhile waits. */
  #begin(limit: CountedLimit): Promise<void> {
    const key = `${limit.limitId} ${limit.countsSince}`;
    const known = this.#begun.get(key);
    if (known !== undefined) return known;
    const begun = this.#bringIn(limit);
    this.#begun.set(key, begun);
    // The next call asks again.
    begun.catch(() => this.#begun.delete(key));
    return begun;
  }

  async #bringIn(limit: CountedLimit): Promise<void> {
    const { store, usedBefore } = this.#deps;
    if (await store.hasBegun(limit)) return;
    const counters: Counters = new Map();
    if (limit.span.kind !== 'concurrent') {
      for (const { subject, at, used } of await usedBefore(limit)) {
        counterOf(counters, { ...limit, subject }).add(limit.span, bucketAt(limit.span, at), used);
      }
    }
    await store.begin(limit, fromCounters(counters));
  }

  async #peek(limits: readonly CountedLimit[], now: number): Promise<readonly (readonly SubjectCount[])[]> {
    await Promise.all(limits.map((limit) => this.#begin(limit)));
    const stored = await this.#deps.store.list(limits);
    return limits.map(({ limitId, countsSince, span }) =>
      stored
        .filter((each) => each.limitId === limitId && each.countsSince === countsSince)
        .map(({ subject, buckets }) => {
          const counter = new Counter(buckets);
          const used = counter.used(span, now);
          return { subject, used, resetAtMs: counter.freeAt(span, now, { amount: used, cap: used }) };
        })
        .filter(({ used }) => used !== 0n)
        .sort((a, b) => (a.used < b.used ? 1 : -1))
        .slice(0, SHOWN_MAX),
    );
  }
}

type Counters = Map<string, { readonly key: CountKey; readonly counter: Counter }>;

function nameOf({ limitId, countsSince, subject }: CountKey): string {
  return `${limitId} ${countsSince} ${subject}`;
}

function counterOf(counters: Counters, { limitId, countsSince, subject }: CountKey): Counter {
  const key = { limitId, countsSince, subject };
  const known = counters.get(nameOf(key));
  if (known !== undefined) return known.counter;
  const counter = new Counter();
  counters.set(nameOf(key), { key, counter });
  return counter;
}

function toCounters(stored: readonly StoredCount[]): Counters {
  return new Map(stored.map((each) => [nameOf(each), { key: each, counter: new Counter(each.buckets) }]));
}

function fromCounters(counters: Counters): readonly StoredCount[] {
  return [...counters.values()].map(({ key: { limitId, countsSince, subject }, counter }) => ({
    limitId,
    countsSince,
    subject,
    buckets: counter.buckets,
  }));
}

function takenOf(stored: StoredTake | undefined, counters: Counters): readonly Taken[] {
  return (stored?.taken ?? []).map((each) => ({ ...each, counter: counterOf(counters, each.take) }));
}

/** What cannot be had from the store, and when to come again. */
export function noCounts(cause?: unknown): GatewayError {
  return new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
}

function sayUnavailable(cause: unknown): never {
  throw cause instanceof GatewayError ? noCounts(cause) : cause;
}
