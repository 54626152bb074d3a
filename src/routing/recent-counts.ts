/** How often something happened lately, by buckets of time. Times are monotonic milliseconds. */
export class RecentCounts {
  readonly #bucketMs: number;
  readonly #counts: number[];
  #bucket = 0;
  #total = 0;

  constructor(bucketMs: number, buckets: number) {
    this.#bucketMs = bucketMs;
    this.#counts = Array.from({ length: buckets }, () => 0);
  }

  add(nowMs: number): void {
    const place = this.#placeAt(nowMs);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
  }

  totalAt(nowMs: number): number {
    this.#placeAt(nowMs);
    return this.#total;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The bucket of that time, once those that are too old are empty. */
  #placeAt(nowMs: number): number {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const passed = Math.min(bucket - this.#bucket, this.#counts.length);
    for (let back = 0; back < passed; back += 1) {
      const stale = (bucket - back) % this.#counts.length;
      this.#total -= this.#counts[stale] ?? 0;
      this.#counts[stale] = 0;
    }
    this.#bucket = Math.max(bucket, this.#bucket);
    return this.#bucket % this.#counts.length;
  }
}
