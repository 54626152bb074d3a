import { dataOf, forEachEvent } from '../upstream/framing/sse.ts';

/**
 * Gives the events of a stream as the items of one JSON list that grows, the form in which Gemini's API streams to who
 * does not ask for events. What an event holds is not read: its bytes are the item.
 */
export class ListStream {
  #isOpen = false;

  /** The items of a run of whole events. */
  push(events: Buffer | string): string {
    const run = typeof events === 'string' ? Buffer.from(events) : events;
    let items = '';
    forEachEvent(run, (start, end) => {
      const data = dataOf(run, start, end);
      if (data === '') return;
      items += `${this.#isOpen ? ',\r\n' : '['}${data}`;
      this.#isOpen = true;
    });
    return items;
  }

  /** The last items, and the end of the list. */
  end(events: Buffer | string): string {
    const items = this.push(events);
    return `${items}${this.#isOpen ? '' : '['}]`;
  }
}
