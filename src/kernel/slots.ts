/**
 * A collection for things that come and go many thousand times a second. A `Set` or `Map` in their place grows a new
 * table after every few removals and leaves the old one pointing at it and at what it held; once one such table has
 * grown old, the collector takes the whole chain for alive until its next full pass, and every request with it.
 */
export class Slots<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #free: number[] = [];

  /** How many there are. */
  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** Adds an item and gives the slot that it is removed by. Slots are used again. */
  add(item: Item): number {
    const slot = this.#free.pop();
    if (slot === undefined) return this.#items.push(item) - 1;
    this.#items[slot] = item;
    return slot;
  }

  /** Takes the item out of its slot and gives it back; `undefined` when the slot is empty. */
  remove(slot: number): Item | undefined {
    const item = this.#items[slot];
    if (item === undefined) return undefined;
    this.#items[slot] = undefined;
    this.#free.push(slot);
    return item;
  }

  /** Calls `visit` with each item, in no order; `visit` may add and remove. */
  forEach(visit: (item: Item) => void): void {
    for (const item of this.#items) if (item !== undefined) visit(item);
  }
}
