import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { writeAnnotation } from './annotations.ts';
import { BlockWriter } from './block-writers.ts';
import type { OutputItems } from './output-items.ts';

/**
 * A message of the answer. Texts and refusals that follow one another are parts of one message, as the API itself writes
 * them; so a message ends with the next item that is none, or with the answer.
 */
export class MessageWriter {
  readonly id: string;
  readonly index: number;
  readonly opening: string;
  readonly #output: OutputItems;
  readonly #content: JsonObject[] = [];
  #openParts = 0;
  #isReleased = false;

  constructor(output: OutputItems) {
    this.#output = output;
    this.id = output.newId('msg');
    const { index, text } = output.add(this.#item('in_progress', []));
    this.index = index;
    this.opening = text;
  }

  /** Whether another part may follow: the parts of a message come one after the other. */
  get isIdle(): boolean {
    return this.#openParts === 0;
  }

  addPart(part: JsonObject): { readonly place: JsonObject; readonly text: string } {
    const place = { item_id: this.id, output_index: this.index, content_index: this.#content.length };
    this.#content.push(part);
    this.#openParts += 1;
    return { place, text: this.#output.sink.event('response.content_part.added', { ...place, part }) };
  }

  endPart(place: JsonObject, part: JsonObject): string {
    const { content_index: index } = place;
    if (typeof index === 'number') this.#content[index] = part;
    this.#openParts -= 1;
    const text = this.#output.sink.event('response.content_part.done', { ...place, part });
    return this.#isReleased && this.isIdle ? text + this.#done('completed') : text;
  }

  /** Nothing will follow: the message ends now, or with the part that is still open. */
  release(status: 'completed' | 'incomplete'): string {
    this.#isReleased = true;
    return this.isIdle ? this.#done(status) : '';
  }

  #done(status: 'completed' | 'incomplete'): string {
    return this.#output.done(this.index, this.#item(status, this.#content));
  }

  #item(status: 'in_progress' | 'completed' | 'incomplete', content: JsonObject[]): JsonObject {
    return { id: this.id, type: 'message', status, role: 'assistant', content };
  }
}

/** A text part, with its sources and the probabilities of its tokens. */
export class TextWriter extends BlockWriter {
  readonly opening: string;
  readonly #message: MessageWriter;
  readonly #place: JsonObject;
  readonly #deltaHead: string;
  readonly #texts: string[] = [];
  readonly #annotations: JsonObject[] = [];
  readonly #logprobs: JsonValue[] = [];
  #length = 0;

  constructor(output: OutputItems, message: MessageWriter) {
    super(output);
    this.#message = message;
    const { place, text } = message.addPart({ type: 'output_text', annotations: [], logprobs: [], text: '' });
    this.#place = place;
    this.#deltaHead = output.sink.deltaHead('response.output_text.delta', place);
    this.opening = text;
  }

  delta(text: string): string {
    this.#texts.push(text);
    this.#length += text.length;
    return this.output.sink.delta(this.#deltaHead, text, ',"logprobs":[]');
  }

  override citation(citation: Citation): string {
    const annotation = writeAnnotation(citation, this.#length);
    if (annotation === undefined) {
      this.output.losses.add('citations', 'a document is only cited by the id that the provider knows it by');
      return '';
    }
    const fields = { ...this.#place, annotation_index: this.#annotations.length, annotation };
    this.#annotations.push(annotation);
    return this.output.sink.event('response.output_text.annotation.added', fields);
  }

  /** They come behind their text, and readers take them from deltas alone: so they come with an empty one. */
  override logprobs(logprobs: readonly JsonValue[]): string {
    for (const logprob of logprobs) this.#logprobs.push(logprob);
    return this.output.sink.delta(this.#deltaHead, '', `,"logprobs":${JSON.stringify(logprobs)}`);
  }

  end(): string {
    const text = this.#texts.join('');
    const done = this.output.sink.event('response.output_text.done', {
      ...this.#place,
      text,
      logprobs: this.#logprobs,
    });
    const part = { type: 'output_text', annotations: this.#annotations, logprobs: this.#logprobs, text };
    return done + this.#message.endPart(this.#place, part);
  }
}

/** What a model says in refusing. */
export class RefusalWriter extends BlockWriter {
  readonly opening: string;
  readonly #message: MessageWriter;
  readonly #place: JsonObject;
  readonly #deltaHead: string;
  readonly #texts: string[] = [];

  constructor(output: OutputItems, message: MessageWriter) {
    super(output);
    this.#message = message;
    const { place, text } = message.addPart({ type: 'refusal', refusal: '' });
    this.#place = place;
    this.#deltaHead = output.sink.deltaHead('response.refusal.delta', place);
    this.opening = text;
  }

  delta(text: string): string {
    this.#texts.push(text);
    return this.output.sink.delta(this.#deltaHead, text, '');
  }

  end(): string {
    const refusal = this.#texts.join('');
    return (
      this.output.sink.event('response.refusal.done', { ...this.#place, refusal }) +
      this.#message.endPart(this.#place, { type: 'refusal', refusal })
    );
  }
}
