const BUCKETS = 256;

/**
 * What {@link Slots} is, for things that are found by an id: a `Map` that is added to and removed from thousands of times a
 * second keeps what it held for the collector. Ids end at random, so their last letters say where they lie.
 */
export class NamedSlots<Item extends { readonly id: string }> {
  readonly #buckets: readonly Item[][] = Array.from({ length: BUCKETS }, () => []);

  readonly #short: Item[] = [];

  /** Every item, in no order. */
  get all(): readonly Item[] {
    return [...this.#buckets.flat(), ...this.#short];
  }

  get(id: string): Item | undefined {
    for (const item of this.#bucketOf(id)) if (item.id === id) return item;
    return undefined;
  }

  /** Adds an item; there is none of its id. */
  add(item: Item): void {
    this.#bucketOf(item.id).push(item);
  }

  /** Takes the item out and gives it back. */
  remove(id: string): Item | undefined {
    const bucket = this.#bucketOf(id);
    const place = bucket.findIndex((item) => item.id === id);
    const found = bucket[place];
    if (found === undefined) return undefined;
    const last = bucket.pop();
    if (last !== undefined && last !== found) bucket[place] = last;
    return found;
  }

  #bucketOf(id: string): Item[] {
    const letters = id.charCodeAt(id.length - 1) * 31 + id.charCodeAt(id.length - 2);
    // An id of a letter or none has no such places.
    return this.#buckets[letters % BUCKETS] ?? this.#short;
  }
}
