import type { JsonObject } from '../../kernel/json.ts';
import type { Opaque } from '../../protocol/chat-parts.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Losses } from '../losses.ts';
import type { EventSink } from './event-sink.ts';

/** What the writers of one answer share: its output so far, and what they need of the world. */
export class OutputItems {
  readonly sink: EventSink;
  readonly losses: Losses;
  readonly newId: (prefix: string) => string;
  readonly #keepReasoning: (opaque: Opaque) => Loss | undefined;
  readonly #items: JsonObject[] = [];

  constructor(
    sink: EventSink,
    losses: Losses,
    world: {
      readonly newId: (prefix: string) => string;
      readonly keepReasoning: (opaque: Opaque) => Loss | undefined;
    },
  ) {
    this.sink = sink;
    this.losses = losses;
    this.newId = world.newId;
    this.#keepReasoning = world.keepReasoning;
  }

  get list(): readonly JsonObject[] {
    return this.#items;
  }

  /** Begins an item. Gives its place in the output, and the event that says so. */
  add(item: JsonObject): { readonly index: number; readonly text: string } {
    const index = this.#items.length;
    this.#items.push(item);
    return { index, text: this.sink.event('response.output_item.added', { output_index: index, item }) };
  }

  /** Ends an item as it now is. */
  done(index: number, item: JsonObject): string {
    this.#items[index] = item;
    return this.sink.event('response.output_item.done', { output_index: index, item });
  }

  /** Opaque reasoning in a place from which this dialect cannot give it back. */
  keep(opaque: Opaque): void {
    const loss = this.#keepReasoning(opaque);
    if (loss !== undefined) this.losses.add(loss.field, loss.reason);
  }
}
