import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import { packCallId } from '../carried-opaque.ts';
import type { Answering, InboundFace, StreamEncoder, ToldCharge } from '../contract.ts';
import { encodeUsage } from './usage.ts';

/** How a chunk ends: the brace of its object, and the empty line. */
const CHUNK_END = '}\n\n';
const TERMINATOR = 'data: [DONE]\n\n';

type Call = {
  readonly id: string;
  readonly name: string;
  readonly isCustom: boolean;
  arguments: string;
  packedId: string;
};

/**
 * OpenAI's chunks with the first choice flat beside them, in `delta`. Readers of the flat form know no index by which
 * pieces of parallel calls could be told apart, so they get each call whole, in the last chunk. Usage stands there and
 * nowhere else: an old library takes every chunk with an object or `null` in `usage` for the count.
 */
export function openEncoder(openai: InboundFace, answering: Answering): StreamEncoder {
  const { request } = answering;
  // OpenAI's encoder is asked for no usage, since it knows one spelling of it.
  const plain = openai.openEncoder({
    ...answering,
    model: answering.modelWithProvider,
    request: { ...request, wantsUsage: false },
  });
  return new FlatEncoder(plain, answering.recordId);
}

class FlatEncoder implements StreamEncoder {
  readonly #openai: StreamEncoder;
  readonly #recordId: string;
  readonly #spoken = new Set<number>();
  readonly #calls = new Map<number, Call>();
  #hasBegun = false;

  constructor(openai: StreamEncoder, recordId: string) {
    this.#openai = openai;
    this.#recordId = recordId;
  }

  get losses(): readonly Loss[] {
    return this.#openai.losses;
  }

  push(event: ChatEvent): string {
    // The model is called by its provider and name throughout, as in a whole answer.
    const chunks = this.#openai.push(event.type === 'start' ? { ...event, servedModel: undefined } : event);
    const delta = this.#flatDelta(event);
    return delta === '' || !chunks.endsWith(CHUNK_END) ? chunks : addFields(chunks, `"delta":${delta}`);
  }

  finish(usage: Usage, charge?: ToldCharge): string {
    const chunks = this.#openai.finish(usage);
    const isTerminated = chunks.endsWith(TERMINATOR);
    const before = isTerminated ? chunks.slice(0, -TERMINATOR.length) : chunks;
    const counted = encodeUsage(usage, { charge, recordId: this.#recordId });
    const fields = [
      ...(this.#calls.size === 0 ? [] : [`"delta":${JSON.stringify({ toolCalls: this.#wholeCalls() })}`]),
      ...(counted === undefined ? [] : [`"usage":${JSON.stringify(counted)}`]),
    ].join(',');
    const isPlain = fields === '' || !before.endsWith(CHUNK_END);
    return (isPlain ? before : addFields(before, fields)) + (isTerminated ? TERMINATOR : '');
  }

  /** What the flat form shows of an event, as JSON; empty where that is nothing. */
  #flatDelta(event: ChatEvent): string {
    switch (event.type) {
      case 'block-start':
        this.#open(event);
        return this.#firstDelta(event.choice);
      case 'choice-end':
        return this.#firstDelta(event.choice);
      case 'block-delta': {
        if (this.#spoken.has(event.block)) return `{"content":${JSON.stringify(event.text)}}`;
        const call = this.#calls.get(event.block);
        if (call !== undefined) call.arguments += event.text;
        return '';
      }
      case 'block-opaque': {
        const call = this.#calls.get(event.block);
        // Later than that the id has left already, without its signature.
        if (call?.arguments === '') call.packedId = packCallId(call.id, event.opaque);
        return '';
      }
      case 'block-transcript':
      case 'block-citation':
      case 'block-logprobs':
      case 'start':
      case 'block-end':
      case 'usage':
      case 'loss':
      case 'finish':
      case 'fault':
        return '';
      default:
        return assertNever(event);
    }
  }

  #firstDelta(choice: number): string {
    if (choice !== 0 || this.#hasBegun) return '';
    this.#hasBegun = true;
    return '{"role":"assistant","content":""}';
  }

  #open({ choice, block, head }: Extract<ChatEvent, { readonly type: 'block-start' }>): void {
    if (choice !== 0) return;
    if (head.kind === 'text' || head.kind === 'refusal') this.#spoken.add(block);
    if (head.kind !== 'tool-call') return;
    const { id, name } = head;
    this.#calls.set(block, { id, name, isCustom: head.toolKind === 'custom', arguments: '', packedId: id });
  }

  #wholeCalls(): JsonObject[] {
    return [...this.#calls.values()].map(({ packedId: id, name, isCustom, arguments: text }, index) =>
      isCustom
        ? { index, id, type: 'custom', custom: { name, input: text } }
        : { index, id, type: 'function', function: { name, arguments: text === '' ? '{}' : text } },
    );
  }
}

/** Puts fields at the end of the last chunk's object. */
function addFields(chunks: string, fields: string): string {
  return `${chunks.slice(0, -CHUNK_END.length)},${fields}${CHUNK_END}`;
}
