import type { Span } from './ports.ts';

/** A rolling window is counted in so many parts; what is counted too long is at most one of them. */
const PARTS = 60;
/** Windows of a calendar that are kept for calls which began in them and have not ended. */
const WINDOWS_MAX = 8;
/** When to ask again where only the end of another call makes room: nobody knows when that is. */
const CONCURRENT_RETRY_MS = 1000;

/** How long one part of a rolling window is. */
export function partMsOf(lengthMs: number): number {
  return Math.max(1, Math.ceil(lengthMs / PARTS));
}

/** The bucket of a count that an instant falls into. */
export function bucketAt(span: Span, at: number): number {
  switch (span.kind) {
    case 'calendar':
      return span.startMs;
    case 'rolling':
      return Math.floor(at / partMsOf(span.lengthMs));
    case 'concurrent':
      return 0;
  }
}

/** Where the two numbers lie that change with every call: written in place, where a `bigint` would be made anew each time. */
const SUM = 0;
const HOT = 1;

/**
 * One count. A calendar's is exact: a bucket is a window. A rolling window is the sum of whole parts, the one that it only
 * touches among them, and of whatever came later: so no span of its length ever holds more than is said. It holds up to
 * 2⁶³: of money, nine thousand million credits.
 */
export class Counter {
  readonly #buckets: Map<number, bigint>;
  /** The bucket that was added to last; what it holds lies with the sum until it is stowed. */
  #hot: number | undefined;
  /** The sum of a rolling window from that bucket on, which is the same until its next part begins. */
  #oldest: number | undefined;
  readonly #numbers = new BigInt64Array(2);

  constructor(buckets: Iterable<readonly [number, bigint]> = []) {
    this.#buckets = new Map(buckets);
  }

  /** What is counted in which bucket. */
  get buckets(): readonly (readonly [number, bigint])[] {
    return [...this.#stowed()];
  }

  used(span: Span, at: number): bigint {
    if (span.kind !== 'rolling') return this.#countOf(bucketAt(span, at));
    const oldest = bucketAt(span, at - span.lengthMs);
    if (oldest !== this.#oldest) {
      let used = 0n;
      for (const [bucket, count] of this.#stowed()) if (bucket >= oldest) used += count;
      this.#oldest = oldest;
      this.#numbers[SUM] = used;
    }
    return this.#numbers[SUM] ?? 0n;
  }

  add(span: Span, bucket: number, by: bigint): void {
    if (by === 0n) return;
    if (bucket !== this.#hot) this.#heat(span, bucket);
    const numbers = this.#numbers;
    if (this.#oldest !== undefined && bucket >= this.#oldest) numbers[SUM] = (numbers[SUM] ?? 0n) + by;
    numbers[HOT] = (numbers[HOT] ?? 0n) + by;
  }

  /** When so much is free, if nothing else is taken; of more than the cap, when all is. */
  freeAt(span: Span, at: number, wanted: { readonly amount: bigint; readonly cap: bigint }): number {
    if (span.kind === 'calendar') return span.endMs;
    if (span.kind === 'concurrent') return at + CONCURRENT_RETRY_MS;
    const partMs = partMsOf(span.lengthMs);
    const oldest = bucketAt(span, at - span.lengthMs);
    let over = this.used(span, at) + wanted.amount - wanted.cap;
    if (over <= 0n) return at;
    let freeAt = at;
    for (const bucket of [...this.#stowed().keys()].filter((each) => each >= oldest).sort((a, b) => a - b)) {
      if (over <= 0n) break;
      over -= this.#buckets.get(bucket) ?? 0n;
      freeAt = (bucket + 1) * partMs + span.lengthMs;
    }
    return freeAt;
  }

  /** Whether nothing is counted that could still matter at an instant. */
  isOver(span: Span, at: number): boolean {
    if (span.kind === 'calendar') return at >= span.endMs;
    if (span.kind === 'concurrent') return this.#countOf(0) === 0n;
    return this.used(span, at) === 0n;
  }

  #countOf(bucket: number): bigint {
    return (bucket === this.#hot ? this.#numbers[HOT] : this.#buckets.get(bucket)) ?? 0n;
  }

  /** Has what is added to a bucket lie with the sum; most calls are counted in the bucket of the one before. */
  #heat(span: Span, bucket: number): void {
    const buckets = this.#stowed();
    this.#hot = bucket;
    this.#numbers[HOT] = buckets.get(bucket) ?? 0n;
    if (span.kind === 'rolling' && buckets.size > PARTS * 3) this.#forgetBefore(bucket - PARTS * 2);
    if (span.kind === 'calendar' && buckets.size > WINDOWS_MAX) buckets.delete(Math.min(...buckets.keys()));
  }

  /** All that is counted, in its buckets. */
  #stowed(): Map<number, bigint> {
    if (this.#hot === undefined) return this.#buckets;
    const count = this.#countOf(this.#hot);
    if (count === 0n) this.#buckets.delete(this.#hot);
    else this.#buckets.set(this.#hot, count);
    this.#hot = undefined;
    return this.#buckets;
  }

  #forgetBefore(oldest: number): void {
    for (const bucket of this.#buckets.keys()) if (bucket < oldest) this.#buckets.delete(bucket);
    this.#oldest = undefined;
  }
}
