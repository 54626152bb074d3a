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

/**
 * One count. A calendar's is exact: a bucket is a window. A rolling window is the sum of whole parts, the one that it only
 * touches among them, and of whatever came later: so no span of its length ever holds more than is said.
 */
export class Counter {
  readonly #buckets: Map<number, bigint>;
  /** The sum of a rolling window from that bucket on, which is the same until its next part begins. */
  #oldest: number | undefined;
  #sum = 0n;

  constructor(buckets: Iterable<readonly [number, bigint]> = []) {
    this.#buckets = new Map(buckets);
  }

  /** What is counted in which bucket. */
  get buckets(): readonly (readonly [number, bigint])[] {
    return [...this.#buckets];
  }

  used(span: Span, at: number): bigint {
    if (span.kind !== 'rolling') return this.#buckets.get(bucketAt(span, at)) ?? 0n;
    const oldest = bucketAt(span, at - span.lengthMs);
    if (oldest === this.#oldest) return this.#sum;
    let used = 0n;
    for (const [bucket, count] of this.#buckets) if (bucket >= oldest) used += count;
    this.#oldest = oldest;
    this.#sum = used;
    return used;
  }

  add(span: Span, bucket: number, by: bigint): void {
    if (by === 0n) return;
    if (this.#oldest !== undefined && bucket >= this.#oldest) this.#sum += by;
    const count = (this.#buckets.get(bucket) ?? 0n) + by;
    if (count === 0n) this.#buckets.delete(bucket);
    else this.#buckets.set(bucket, count);
    if (span.kind === 'rolling' && this.#buckets.size > PARTS * 3) this.#forgetBefore(bucket - PARTS * 2);
    if (span.kind === 'calendar' && this.#buckets.size > WINDOWS_MAX)
      this.#buckets.delete(Math.min(...this.#buckets.keys()));
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
    for (const bucket of [...this.#buckets.keys()].filter((each) => each >= oldest).sort((a, b) => a - b)) {
      if (over <= 0n) break;
      over -= this.#buckets.get(bucket) ?? 0n;
      freeAt = (bucket + 1) * partMs + span.lengthMs;
    }
    return freeAt;
  }

  /** Whether nothing is counted that could still matter at an instant. */
  isOver(span: Span, at: number): boolean {
    if (span.kind === 'calendar') return at >= span.endMs;
    if (span.kind === 'concurrent') return this.#buckets.size === 0;
    return this.used(span, at) === 0n;
  }

  #forgetBefore(oldest: number): void {
    for (const bucket of this.#buckets.keys()) if (bucket < oldest) this.#buckets.delete(bucket);
    this.#oldest = undefined;
  }
}
