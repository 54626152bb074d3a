import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { unpackCallId } from '../carried-opaque.ts';
import { readCitation } from './annotations.ts';
import type { AnswerHeld } from './finish.ts';
import { NAME } from './name.ts';
import { unpackReasoning } from './reasoning-item.ts';

/** A block that was begun: whether anything of it was told, and how many sources. */
type OpenBlock = { readonly block: number; hasText: boolean; citations: number; isOpen: boolean };

/** What is under way at one place of the output. */
type OpenItem = {
  id: string | undefined;
  /** Texts and refusals of a message by their place; the arguments of a call at 0. */
  readonly parts: Map<number, OpenBlock>;
  summary: OpenBlock | undefined;
  /** The last summary part that was told; the next one is a paragraph of its own. */
  summaryIndex: number;
  reasoning: OpenBlock | undefined;
  isDone: boolean;
};

const CHOICE = 0;

/** Words between two parts of a summary: each is a paragraph. */
const PARAGRAPH = '\n\n';

/**
 * Turns the output of a Response into blocks, piece by piece or item by item. What was told in pieces is not told again
 * when its item comes whole, and what came in no piece is told then; so it does not matter which events a provider sends.
 */
export class OutputDecoder {
  readonly #items = new Map<number, OpenItem>();
  #events: ChatEvent[] = [];
  #blocks = 0;
  #hasCall = false;
  #hasRefusal = false;

  get held(): AnswerHeld {
    return { hasCall: this.#hasCall, hasRefusal: this.#hasRefusal };
  }

  /** Whether no item was told so far. */
  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** The events since they were last taken. */
  take(): readonly ChatEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** An item is announced. A call's id and name are known from here. */
  added(index: number, item: JsonObject): void {
    const type = item['type'];
    if (type === 'function_call' || type === 'custom_tool_call') this.#openCall(index, item);
    else this.#item(index).id ??= stringOf(item['id']);
  }

  text(index: number, part: number, delta: string): void {
    this.#delta(this.#part(index, part, 'text'), delta);
  }

  refusal(index: number, part: number, delta: string): void {
    this.#delta(this.#part(index, part, 'refusal'), delta);
  }

  logprobs(index: number, part: number, logprobs: readonly JsonValue[]): void {
    const { block, isOpen } = this.#part(index, part, 'text');
    if (isOpen) this.#events.push({ type: 'block-logprobs', block, logprobs });
  }

  annotation(index: number, part: number, annotation: JsonObject): void {
    this.#cite(this.#part(index, part, 'text'), annotation);
  }

  /** A part of a message is whole: what of it was not told is told now. */
  partDone(index: number, place: number, part: JsonObject): void {
    const isRefusal = part['type'] === 'refusal';
    const text = part[isRefusal ? 'refusal' : 'text'];
    if ((!isRefusal && part['type'] !== 'output_text') || typeof text !== 'string') return;
    const open = this.#part(index, place, isRefusal ? 'refusal' : 'text');
    if (!open.isOpen) return;
    if (!open.hasText) {
      this.#delta(open, text);
      const { logprobs } = part;
      if (Array.isArray(logprobs) && logprobs.length > 0) {
        this.#events.push({ type: 'block-logprobs', block: open.block, logprobs });
      }
    }
    const annotations = Array.isArray(part['annotations']) ? part['annotations'] : [];
    for (const annotation of annotations.slice(open.citations)) {
      if (isJsonObject(annotation)) this.#cite(open, annotation);
    }
    this.#close(open);
  }

  summary(index: number, part: number, delta: string): void {
    const item = this.#item(index);
    const open = this.#openReasoning(item, 'summary', true);
    if (part !== item.summaryIndex && open.hasText) this.#delta(open, PARAGRAPH);
    item.summaryIndex = part;
    this.#delta(open, delta);
  }

  reasoning(index: number, delta: string): void {
    this.#delta(this.#openReasoning(this.#item(index), 'reasoning', undefined), delta);
  }

  /** Arguments of a call. They mean nothing before the call itself was told, and come again with it. */
  arguments(index: number, delta: string): void {
    const open = this.#items.get(index)?.parts.get(0);
    if (open !== undefined) this.#delta(open, delta);
  }

  /** An item is whole: what of it was not told is told now. */
  done(index: number, item: JsonObject): void {
    const open = this.#item(index);
    if (open.isDone) return;
    open.isDone = true;
    open.id ??= stringOf(item['id']);
    switch (stringOf(item['type']) ?? '') {
      case 'message':
        return this.#messageDone(index, item);
      case 'reasoning':
        return this.#reasoningDone(open, item);
      case 'function_call':
      case 'custom_tool_call':
        return this.#callDone(index, item);
      case 'image_generation_call':
        return this.#imageDone(item);
      default:
        return this.#foreignDone(item);
    }
  }

  /** The answer is over: blocks whose end was not told end here. */
  closeAll(): void {
    for (const { parts, summary, reasoning } of this.#items.values()) {
      for (const open of parts.values()) this.#close(open);
      if (summary !== undefined) this.#close(summary);
      if (reasoning !== undefined) this.#close(reasoning);
    }
  }

  #messageDone(index: number, item: JsonObject): void {
    const content = Array.isArray(item['content']) ? item['content'] : [];
    for (let place = 0; place < content.length; place += 1) {
      const part = content[place];
      if (isJsonObject(part)) this.partDone(index, place, part);
    }
    for (const open of this.#item(index).parts.values()) this.#close(open);
  }

  #reasoningDone(open: OpenItem, item: JsonObject): void {
    const summary = textsOf(item['summary']).join(PARAGRAPH);
    const content = textsOf(item['content']).join('');
    const encrypted = typeof item['encrypted_content'] === 'string' ? item['encrypted_content'] : undefined;
    const { opaque, isSummary } = unpackReasoning(encrypted);
    if (summary !== '' && open.summary === undefined) {
      this.#delta(this.#openReasoning(open, 'summary', isSummary), summary);
    }
    if (content !== '' && open.reasoning === undefined) {
      this.#delta(this.#openReasoning(open, 'reasoning', undefined), content);
    }
    if (opaque !== undefined) {
      const carrier = open.summary ?? open.reasoning ?? this.#openReasoning(open, 'reasoning', undefined);
      this.#events.push({ type: 'block-opaque', block: carrier.block, opaque });
    }
    if (open.summary !== undefined) this.#close(open.summary);
    if (open.reasoning !== undefined) this.#close(open.reasoning);
  }

  #callDone(index: number, item: JsonObject): void {
    const open = this.#openCall(index, item);
    const value = item[item['type'] === 'custom_tool_call' ? 'input' : 'arguments'];
    if (!open.hasText && typeof value === 'string') this.#delta(open, value);
    this.#close(open);
  }

  /** The picture is an answer like any other; a call without one is the tool's own affair. */
  #imageDone(item: JsonObject): void {
    const { result, output_format: format } = item;
    if (typeof result !== 'string' || result === '') return this.#foreignDone(item);
    const mediaType = `image/${typeof format === 'string' ? format : 'png'}`;
    const block = this.#nextBlock();
    this.#events.push(
      { type: 'block-start', choice: CHOICE, block, head: { kind: 'image', mediaType } },
      { type: 'block-delta', block, text: result },
      { type: 'block-end', block },
    );
  }

  #foreignDone(item: JsonObject): void {
    const name = typeof item['type'] === 'string' ? item['type'] : 'item';
    const block = this.#nextBlock();
    this.#events.push(
      { type: 'block-start', choice: CHOICE, block, head: { kind: 'foreign', dialect: NAME, name, value: item } },
      { type: 'block-end', block },
    );
  }

  #openCall(index: number, item: JsonObject): OpenBlock {
    const { parts } = this.#item(index);
    const known = parts.get(0);
    if (known !== undefined) return known;
    this.#hasCall = true;
    const told = stringOf(item['call_id']) ?? stringOf(item['id']) ?? `call_${index}`;
    const { id, opaque } = unpackCallId(told);
    const open = this.#begin();
    const name = stringOf(item['name']) ?? '';
    const toolKind = item['type'] === 'custom_tool_call' ? 'custom' : 'function';
    this.#events.push({
      type: 'block-start',
      choice: CHOICE,
      block: open.block,
      head: { kind: 'tool-call', id, name, toolKind },
    });
    if (opaque !== undefined) this.#events.push({ type: 'block-opaque', block: open.block, opaque });
    parts.set(0, open);
    return open;
  }

  #openReasoning(item: OpenItem, kind: 'summary' | 'reasoning', isSummary: boolean | undefined): OpenBlock {
    const known = item[kind];
    if (known !== undefined) return known;
    const open = this.#begin();
    item[kind] = open;
    const { id } = item;
    this.#events.push({
      type: 'block-start',
      choice: CHOICE,
      block: open.block,
      head: {
        kind: 'reasoning',
        ...(id === undefined ? {} : { id }),
        ...(isSummary === undefined ? {} : { isSummary }),
      },
    });
    return open;
  }

  #part(index: number, place: number, kind: 'text' | 'refusal'): OpenBlock {
    const { parts } = this.#item(index);
    const known = parts.get(place);
    if (known !== undefined) return known;
    if (kind === 'refusal') this.#hasRefusal = true;
    const open = this.#begin();
    this.#events.push({ type: 'block-start', choice: CHOICE, block: open.block, head: { kind } });
    parts.set(place, open);
    return open;
  }

  #item(index: number): OpenItem {
    const known = this.#items.get(index);
    if (known !== undefined) return known;
    const item: OpenItem = {
      id: undefined,
      parts: new Map(),
      summary: undefined,
      summaryIndex: 0,
      reasoning: undefined,
      isDone: false,
    };
    this.#items.set(index, item);
    return item;
  }

  #begin(): OpenBlock {
    return { block: this.#nextBlock(), hasText: false, citations: 0, isOpen: true };
  }

  #nextBlock(): number {
    const block = this.#blocks;
    this.#blocks += 1;
    return block;
  }

  #delta(open: OpenBlock, text: string): void {
    if (text === '' || !open.isOpen) return;
    open.hasText = true;
    this.#events.push({ type: 'block-delta', block: open.block, text });
  }

  #cite(open: OpenBlock, annotation: JsonObject): void {
    if (!open.isOpen) return;
    open.citations += 1;
    this.#events.push({ type: 'block-citation', block: open.block, citation: readCitation(annotation) });
  }

  #close(open: OpenBlock): void {
    if (!open.isOpen) return;
    open.isOpen = false;
    this.#events.push({ type: 'block-end', block: open.block });
  }
}

function textsOf(parts: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : []));
}

function stringOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
