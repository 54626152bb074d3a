import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { readCallSignature } from './call-signature.ts';

const ANSWER_ID_CHARACTERS = 24;

/** Numbers an answer's blocks in the order in which they begin. */
export type BlockCounter = { next: number };

/** One call as far as it was told. Its block begins with the first piece that names it. */
type Call = {
  readonly block: number;
  /** The id as the provider gave it, by which its later pieces are told from those of another call. */
  readonly givenId: string | undefined;
  readonly isCustom: boolean;
  text: string;
  isOpen: boolean;
};

/**
 * Reads the tool calls of one choice. OpenAI streams each under its `index`; others send calls whole, without an index, or
 * all under the index 0 and apart by id alone: https://platform.openai.com/docs/guides/function-calling#streaming
 */
export class CallsReader {
  readonly #choice: number;
  readonly #answerId: string | undefined;
  readonly #blocks: BlockCounter;
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();

  constructor(place: {
    readonly choice: number;
    readonly answerId: string | undefined;
    readonly blocks: BlockCounter;
  }) {
    this.#choice = place.choice;
    this.#answerId = place.answerId;
    this.#blocks = place.blocks;
  }

  get count(): number {
    return this.#calls.length;
  }

  take(piece: JsonObject, events: ChatEvent[]): void {
    const called = isJsonObject(piece['function']) ? piece['function'] : piece['custom'];
    const inner = isJsonObject(called) ? called : {};
    const call = this.#find(piece, inner) ?? this.#begin(piece, inner, events);
    if (call === undefined) {
      events.push({ type: 'loss', field: 'tool-call', reason: 'it belongs to no call that was begun' });
      return;
    }
    const text = textOf(call.isCustom ? inner['input'] : inner['arguments']);
    if (text === '') return;
    if (!call.isOpen) {
      // What follows a whole JSON text can be nothing but space.
      if (text.trim() !== '') events.push({ type: 'loss', field: 'tool-call.arguments', reason: 'it was complete' });
      return;
    }
    call.text += text;
    events.push({ type: 'block-delta', block: call.block, text });
  }

  /** Ends every call that is open. */
  close(events: ChatEvent[]): void {
    for (const call of this.#calls) end(call, events);
  }

  /** The call that a piece goes on with; `undefined` for the first piece of a new one. */
  #find(piece: JsonObject, inner: JsonObject): Call | undefined {
    const { id, index } = piece;
    const isNamed = filled(id) !== undefined && filled(inner['name']) !== undefined;
    if (typeof index === 'number') {
      const call = this.#byIndex.get(index);
      if (call === undefined || beginsAnother(call, piece, inner)) return undefined;
      return isNamed && call.givenId !== undefined && call.givenId !== id ? undefined : call;
    }
    if (filled(id) !== undefined) return this.#calls.find(({ givenId }) => givenId === id);
    return filled(inner['name']) === undefined ? this.#calls.at(-1) : undefined;
  }

  #begin(piece: JsonObject, inner: JsonObject, events: ChatEvent[]): Call | undefined {
    const name = filled(inner['name']);
    if (name === undefined) return undefined;
    // Once the next call begins, one whose arguments are whole has ended; two that are sent by turns stay open.
    for (const other of this.#calls) if (other.isOpen && isWhole(other)) end(other, events);
    const givenId = filled(piece['id']);
    const isCustom = isJsonObject(piece['custom']) && !isJsonObject(piece['function']);
    const block = this.#blocks.next;
    this.#blocks.next += 1;
    const call: Call = { block, givenId, isCustom, text: '', isOpen: true };
    const toolKind = isCustom ? 'custom' : 'function';
    const head = { kind: 'tool-call', id: givenId ?? this.#madeId(), name, toolKind } as const;
    events.push({ type: 'block-start', choice: this.#choice, block, head });
    this.#calls.push(call);
    if (typeof piece['index'] === 'number') this.#byIndex.set(piece['index'], call);
    const opaque = readCallSignature(piece);
    if (opaque !== undefined) events.push({ type: 'block-opaque', block, opaque });
    return call;
  }

  /** For a provider that gives its calls no ids: one that no other answer's call has. */
  #madeId(): string {
    const answer = (this.#answerId ?? '').replaceAll(/[^a-zA-Z0-9_-]/g, '').slice(-ANSWER_ID_CHARACTERS);
    return ['call', answer, this.#choice, this.#calls.length].filter((piece) => piece !== '').join('_');
  }
}

/** Whether a piece that names a function, with arguments but without an id, comes behind a call that is whole. */
function beginsAnother(call: Call, piece: JsonObject, inner: JsonObject): boolean {
  const isUnnumbered = call.givenId === undefined && filled(piece['id']) === undefined;
  return isUnnumbered && filled(inner['name']) !== undefined && textOf(inner['arguments']) !== '' && isWhole(call);
}

function end(call: Call, events: ChatEvent[]): void {
  if (!call.isOpen) return;
  call.isOpen = false;
  events.push({ type: 'block-end', block: call.block });
}

function isWhole({ isCustom, text }: Call): boolean {
  return !isCustom && parseJsonOrUndefined(text) !== undefined;
}

/** Some providers send arguments as the object that they stand for. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : '';
}

function filled(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
