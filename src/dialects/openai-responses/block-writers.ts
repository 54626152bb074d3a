import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { Citation, Opaque } from '../../protocol/chat-parts.ts';
import { packCallId } from '../carried-opaque.ts';
import type { OutputItems } from './output-items.ts';
import { packReasoning } from './reasoning-item.ts';

/** Writes one block of an answer as it comes. What a kind of block cannot have is told as a loss. */
export abstract class BlockWriter {
  protected readonly output: OutputItems;

  constructor(output: OutputItems) {
    this.output = output;
  }

  abstract delta(text: string): string;
  abstract end(): string;

  /** The words of a sound. */
  transcript(_text: string): string {
    return '';
  }

  opaque(opaque: Opaque): string {
    this.output.keep(opaque);
    return '';
  }

  citation(_citation: Citation): string {
    this.output.losses.add('citations', 'only a text has them');
    return '';
  }

  logprobs(_logprobs: readonly JsonValue[]): string {
    this.output.losses.add('logprobs', 'only a text has them');
    return '';
  }
}

/**
 * Reasoning is told as a summary, whatever it is: the `ai` package reads nothing else, and Codex shows nothing else unless
 * it is told to. Who gets it back is told apart by what stands in `encrypted_content`.
 */
export class ReasoningWriter extends BlockWriter {
  readonly #id: string;
  readonly #isSummary: boolean | undefined;
  readonly #texts: string[] = [];
  #index = -1;
  #deltaHead = '';
  #opaque: Opaque | undefined;

  constructor(output: OutputItems, head: { readonly id: string | undefined; readonly isSummary: boolean | undefined }) {
    super(output);
    this.#id = head.id ?? output.newId('rs');
    this.#isSummary = head.isSummary;
  }

  begin(): string {
    const { index, text } = this.output.add({ id: this.#id, type: 'reasoning', status: 'in_progress', summary: [] });
    this.#index = index;
    return text;
  }

  delta(text: string): string {
    const before = this.#texts.length === 0 ? this.#beginSummary() : '';
    this.#texts.push(text);
    return before + this.output.sink.delta(this.#deltaHead, text, '');
  }

  override opaque(opaque: Opaque): string {
    this.#opaque = opaque;
    return '';
  }

  end(): string {
    const text = this.#texts.join('');
    const summary = text === '' ? [] : [{ type: 'summary_text', text }];
    const carried = { opaque: this.#opaque, isSummary: this.#isSummary };
    return (
      this.#endSummary(text) +
      this.output.done(this.#index, {
        id: this.#id,
        type: 'reasoning',
        status: 'completed',
        summary,
        encrypted_content: packReasoning(carried),
      })
    );
  }

  #beginSummary(): string {
    const place = this.#place();
    this.#deltaHead = this.output.sink.deltaHead('response.reasoning_summary_text.delta', place);
    const part = { type: 'summary_text', text: '' };
    return this.output.sink.event('response.reasoning_summary_part.added', { ...place, part });
  }

  #endSummary(text: string): string {
    if (text === '') return '';
    const place = this.#place();
    const { sink } = this.output;
    return (
      sink.event('response.reasoning_summary_text.done', { ...place, text }) +
      sink.event('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } })
    );
  }

  #place(): JsonObject {
    return { item_id: this.#id, output_index: this.#index, summary_index: 0 };
  }
}

/**
 * A call that the caller is to make. Its id carries the signature of the call, if it has one, and the id is said at the
 * beginning: so the call is only announced with its second delta or at its end, by when a signature has come from those
 * that sign (they send a call's arguments at once).
 */
export class CallWriter extends BlockWriter {
  readonly #id: string;
  readonly #callId: string;
  readonly #name: string;
  readonly #isCustom: boolean;
  readonly #texts: string[] = [];
  #index = -1;
  #deltaHead = '';
  #opaque: Opaque | undefined;

  constructor(
    output: OutputItems,
    head: { readonly id: string; readonly name: string; readonly toolKind: 'function' | 'custom' },
  ) {
    super(output);
    this.#isCustom = head.toolKind === 'custom';
    this.#id = output.newId(this.#isCustom ? 'ctc' : 'fc');
    this.#callId = head.id;
    this.#name = head.name;
  }

  delta(text: string): string {
    this.#texts.push(text);
    if (this.#texts.length === 1) return '';
    return this.#index < 0 ? this.#announce() : this.output.sink.delta(this.#deltaHead, text, '');
  }

  override opaque(opaque: Opaque): string {
    if (this.#index < 0) this.#opaque = opaque;
    else this.output.keep(opaque);
    return '';
  }

  end(): string {
    const announced = this.#index < 0 ? this.#announce() : '';
    const value = this.#texts.join('') || this.#nothing();
    const place = { item_id: this.#id, output_index: this.#index };
    const { sink } = this.output;
    const done = this.#isCustom
      ? sink.event('response.custom_tool_call_input.done', { ...place, input: value })
      : sink.event('response.function_call_arguments.done', { ...place, name: this.#name, arguments: value });
    return announced + done + this.output.done(this.#index, this.#item(value, 'completed'));
  }

  #announce(): string {
    const { index, text } = this.output.add(this.#item('', 'in_progress'));
    this.#index = index;
    const type = this.#isCustom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
    const { sink } = this.output;
    this.#deltaHead = sink.deltaHead(type, { item_id: this.#id, output_index: index });
    let announced = text;
    for (const held of this.#texts) announced += sink.delta(this.#deltaHead, held, '');
    return announced;
  }

  /** A function that takes nothing is called with an empty object. */
  #nothing(): string {
    return this.#isCustom ? '' : '{}';
  }

  #item(value: string, status: 'in_progress' | 'completed'): JsonObject {
    return {
      id: this.#id,
      type: this.#isCustom ? 'custom_tool_call' : 'function_call',
      status,
      call_id: packCallId(this.#callId, this.#opaque),
      name: this.#name,
      ...(this.#isCustom ? { input: value } : { arguments: value }),
    };
  }
}

/** A picture that a model made stands where the API's own tool for pictures puts it. */
export class ImageWriter extends BlockWriter {
  readonly #format: string;
  readonly #texts: string[] = [];

  constructor(output: OutputItems, mediaType: string) {
    super(output);
    this.#format = mediaType.slice(mediaType.indexOf('/') + 1);
  }

  delta(text: string): string {
    this.#texts.push(text);
    return '';
  }

  end(): string {
    const id = this.output.newId('ig');
    const item = { id, type: 'image_generation_call' };
    const { index, text } = this.output.add({ ...item, status: 'in_progress' });
    const done = { ...item, status: 'completed', output_format: this.#format, result: this.#texts.join('') };
    return text + this.output.done(index, done);
  }
}

/** A sound has no place in this dialect; its words are told as text. */
export class AudioWriter extends BlockWriter {
  readonly #openText: () => { readonly writer: BlockWriter; readonly text: string };
  #words: BlockWriter | undefined;

  constructor(output: OutputItems, openText: () => { readonly writer: BlockWriter; readonly text: string }) {
    super(output);
    this.#openText = openText;
    output.losses.add('audio', 'the Responses API answers with no sound; its words are told as text');
  }

  delta(_text: string): string {
    return '';
  }

  override transcript(text: string): string {
    if (this.#words !== undefined) return this.#words.delta(text);
    const opened = this.#openText();
    this.#words = opened.writer;
    return opened.text + opened.writer.delta(text);
  }

  end(): string {
    return this.#words?.end() ?? '';
  }
}

/** A block that nothing is written of: it was a loss already, or it was whole at its beginning. */
export class SilentWriter extends BlockWriter {
  delta(_text: string): string {
    return '';
  }

  end(): string {
    return '';
  }
}
