import type { JsonObject } from '../../kernel/json.ts';

/**
 * Where the events of an answer are written. The first key of every event is its type, then come its fields, and its
 * number last: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export type EventSink = {
  /** The text of one event. */
  readonly event: (type: string, fields: JsonObject) => string;
  /** What every delta of one block begins with, made once; `fields` name the block. */
  readonly deltaHead: (type: string, fields: JsonObject) => string;
  /** A delta behind its head. `tail` is JSON text for further fields, with its comma. */
  readonly delta: (head: string, text: string, tail: string) => string;
};

/** Writes server-sent events. */
export class StreamSink implements EventSink {
  #sequence = 0;

  event(type: string, fields: JsonObject): string {
    return `${opening(type, fields)}"sequence_number":${this.#next()}}\n\n`;
  }

  deltaHead(type: string, fields: JsonObject): string {
    return `${opening(type, fields)}"delta":`;
  }

  delta(head: string, text: string, tail: string): string {
    return `${head}${JSON.stringify(text)}${tail},"sequence_number":${this.#next()}}\n\n`;
  }

  #next(): number {
    const number = this.#sequence;
    this.#sequence += 1;
    return number;
  }
}

/** An event up to the fields that differ from one to the next. */
function opening(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: {"type":"${type}",${JSON.stringify(fields).slice(1, -1)},`;
}

/** Writes nothing: a whole answer is made of the same items, and its events are nobody's. */
export const NO_SINK: EventSink = { event: () => '', deltaHead: () => '', delta: () => '' };
