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
import {
  type Changed,
  type CountKey,
  CountsLostError,
  type SharedCountsStore,
  type StoredCount,
  type StoredTake,
} from './shared-ports.ts';
import { usedOf } from './used.ts';

/** How long what an instance holds is good for without a sign of life. */
const LEASE_MS = 60_000;
/** Counts that are shown of one limit. */
const SHOWN_MAX = 100;
const END_RETRY_MS = 1000;
/** Who follows another asks by itself all the same, since that one may be refused for a reason of its own. */
const FOLLOW_RETRY_MS = 15_000;
/** Counts that are lost again each time they were brought in are no counts. */
const LOST_TRIES_MAX = 3;

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
  /** What calls under way here have taken: the store may forget it. */
  readonly #open = new Map<string, OpenCall>();
  /** Ends that the store did not take wait for the first of them. */
  #outage: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  constructor(deps: SharedCountersDeps) {
    this.#deps = deps;
  }

  take(call: TakingCall, takes: readonly Take[]): Promise<TakeResult> {
    const open = this.#open.get(call.id) ?? { call, taken: [] };
    this.#open.set(call.id, open);
    const taking = this.#untilKept(() => this.#take(open, takes));
    this.#taking.set(call.id, taking);
    taking.catch(() => undefined).finally(() => this.#taking.delete(call.id));
    return this.#deps.inTime(taking).catch(sayUnavailable);
  }

  end(callId: string, used: UsedByCall): void {
    const open = this.#open.get(callId);
    if (open !== undefined) void this.#endLater(open, used, []);
  }

  /**
   * Counts what a call used that was admitted without the store, beside what it may have taken there. Resolves once it is
   * told.
   */
  endUnasked(call: TakingCall, takes: readonly Take[], used: UsedByCall): Promise<void> {
    const open = this.#open.get(call.id) ?? { call, taken: [] };
    this.#open.set(call.id, open);
    return this.#endLater(open, used, takes);
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
    await this.#change(call, [], (counters) => {
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

  async #take(open: OpenCall, takes: readonly Take[]): Promise<TakeResult> {
    const { call } = open;
    await this.#beginAll(call, takes);
    const { result, all } = await this.#deps.store.change(call, takes, ({ take: before, counts }) => {
      const counters = toCounters(counts);
      const own = takenOf(before, counters);
      const wanted = takes.map(
        (take): Taken =>
          own.find((each) => isOfSame(each.take, take)) ?? {
            take,
            counter: counterOf(counters, take),
            bucket: bucketAt(take.span, call.at),
            held: 0n,
          },
      );
      const decided = takeAll(call, takes, wanted);
      const isChanged = decided.kind === 'admitted';
      const taken = isChanged ? [...own.filter((each) => !wanted.includes(each)), ...wanted] : own;
      return {
        result: { result: decided, all: taken },
        changed: isChanged ? this.#changedTo(counters, { call, taken }) : undefined,
      };
    });
    open.taken = all;
    return result;
  }

  #changedTo(counters: Counters, take: StoredTake): Changed {
    return { counts: fromCounters(counters), take: { ...take, leaseUntil: this.#deps.now() + LEASE_MS } };
  }

  async #beginAll({ organizationId }: TakingCall, takes: readonly Take[]): Promise<void> {
    await Promise.all(takes.map((take) => this.#begin({ ...take, organizationId })));
  }

  /** Asks once more where the store has lost its counts: they are brought in, and what is under way here is put back. */
  async #untilKept<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        if (tries > 1) await Promise.all([...this.#open.values()].map((open) => this.#putBack(open)));
        return await ask();
      } catch (error) {
        if (!(error instanceof CountsLostError) || tries === LOST_TRIES_MAX) throw error;
        this.#begun.clear();
      }
    }
  }

  /** Writes what a call has taken that the store does not know of. */
  async #putBack(open: OpenCall): Promise<void> {
    const { call, taken } = open;
    if (taken.length === 0) return;
    const takes = taken.map(({ take }) => take);
    await this.#beginAll(call, takes);
    await this.#deps.store.change(call, takes, ({ take: before, counts }) => {
      const known = before?.taken ?? [];
      const missing = taken.filter(({ take }) => !known.some((each) => isOfSame(each.take, take)));
      const isOver = this.#open.get(call.id) !== open;
      if (isOver || missing.length === 0) return { result: undefined, changed: undefined };
      const counters = toCounters(counts);
      for (const { take, bucket, held } of missing) counterOf(counters, take).add(take.span, bucket, held);
      return { result: undefined, changed: this.#changedTo(counters, { call, taken: [...known, ...missing] }) };
    });
  }

  #endLater(open: OpenCall, used: UsedByCall, unasked: readonly Take[]): Promise<void> {
    const ending = this.#endUntilDone(open, used, unasked).finally(() => {
      this.#open.delete(open.call.id);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
    return ending;
  }

  async #endUntilDone(open: OpenCall, used: UsedByCall, unasked: readonly Take[]): Promise<void> {
    const { call } = open;
    // One that came too late for its call may be written all the same.
    await this.#taking.get(call.id)?.catch(() => undefined);
    if (unasked.length > 0) {
      const isTaken = (take: Take): boolean => open.taken.some((each) => isOfSame(each.take, take));
      const counted = unasked
        .filter((take) => !isTaken(take))
        .map((take) => ({ take, bucket: bucketAt(take.span, call.at), held: usedOf(used, take.measure) }));
      open.taken = [...open.taken, ...counted];
      // First as something taken: what is asked again, since nobody knows whether it was written, is then counted once.
      await this.#untilDone(() => this.#putBack(open));
    }
    await this.#untilDone(() => this.#end(open, used));
  }

  async #end({ call, taken }: OpenCall, used: UsedByCall): Promise<void> {
    const keys = taken.map(({ take }) => take);
    await this.#beginAll(call, keys);
    await this.#change(call, keys, (_, own) => correct(own, used));
  }

  /** While the store does not answer, one of those that wait asks again; the others follow it. */
  async #untilDone(ask: () => Promise<void>): Promise<void> {
    let isLeading = false;
    for (;;) {
      try {
        await this.#untilKept(ask);
        if (isLeading) this.#endOutage();
        return;
      } catch (error) {
        if (this.#isClosed) {
          if (isLeading) this.#endOutage();
          return;
        }
        if (this.#outage === undefined) {
          this.#outage = Promise.withResolvers();
          this.#deps.onError(error);
          isLeading = true;
        }
        const again = this.#deps.pause(isLeading ? END_RETRY_MS : FOLLOW_RETRY_MS);
        await (isLeading ? again : Promise.race([again, this.#outage.promise]));
      }
    }
  }

  #endOutage(): void {
    this.#outage?.resolve();
    this.#outage = undefined;
  }

  /** Changes the counts of a call that is over, once: afterwards there is no take of it. */
  async #change(
    call: Pick<TakingCall, 'id' | 'organizationId'>,
    keys: readonly CountKey[],
    change: (counters: Counters, own: readonly Taken[]) => void,
  ): Promise<void> {
    await this.#deps.store.change(call, keys, ({ take, counts }) => {
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

/** What a call has taken in the store, as far as it is known here. */
type OpenCall = { readonly call: TakingCall; taken: StoredTake['taken'] };
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
