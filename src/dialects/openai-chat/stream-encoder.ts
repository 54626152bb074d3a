import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import type { Opaque } from '../../protocol/chat-parts.ts';
import type { Loss } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import { packCallId } from '../carried-opaque.ts';
import type { Answering, StreamEncoder } from '../contract.ts';
import { Losses } from '../losses.ts';
import {
  annotationOf,
  asksFunctions,
  imageEntry,
  keepOpaque,
  logprobsField,
  REASONING_GAP,
} from './encode-response.ts';
import { encodeUsage } from './encode-usage.ts';
import { writeFinish } from './finish.ts';
import { OPENAI_CHAT } from './name.ts';
import { writeDetail } from './reasoning-details.ts';

/** What ends a finished stream: https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream */
export const TERMINATOR = 'data: [DONE]\n\n';

type EventOf<Type> = Extract<ChatEvent, { readonly type: Type }>;

type Choice = {
  readonly index: number;
  calls: number;
  textLength: number;
  hasReasoning: boolean;
  reason: FinishReason | undefined;
};

type Block = {
  readonly choice: Choice;
  readonly head: BlockHead;
  /** The place of a call among its choice's calls. */
  readonly callIndex: number;
  /** Where its text begins within the choice's text. */
  readonly textStart: number;
  /** Whether a call, or a gap between two blocks of reasoning, is still to be opened by what comes next. */
  isPending: boolean;
  opaque: Opaque | undefined;
  /** A picture, which is sent whole; reasoning, to be told again with its signature; the first piece of arguments. */
  readonly pieces: string[];
};

/**
 * Writes an answer's events as chunks: https://platform.openai.com/docs/api-reference/chat/streaming
 * What is the same in every chunk is written once, so that a delta costs one short text.
 */
export function openEncoder(answering: Answering): StreamEncoder {
  return new ChunkEncoder(answering);
}

class ChunkEncoder implements StreamEncoder {
  readonly #answering: Answering;
  readonly #losses = new Losses();
  readonly #isLegacy: boolean;
  readonly #choices = new Map<number, Choice>();
  readonly #blocks = new Map<number, Block>();
  /** A chunk up to its choices, and from behind them. */
  #before = '';
  #behind = ']}\n\n';

  constructor(answering: Answering) {
    this.#answering = answering;
    this.#isLegacy = asksFunctions(answering.request);
  }

  get losses(): readonly Loss[] {
    return this.#losses.list;
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'block-delta':
        return this.#delta(event);
      case 'start':
        this.#start(event);
        return '';
      case 'block-start':
        return this.#startBlock(event);
      case 'block-transcript':
        return this.#withBlock(event.block, (block) => {
          return this.#chunk(block.choice, `{"audio":{"transcript":${JSON.stringify(event.text)}}}`);
        });
      case 'block-opaque':
        return this.#withBlock(event.block, (block) => this.#takeOpaque(block, event.opaque));
      case 'block-citation':
        return this.#withBlock(event.block, (block) => this.#citation(block, event));
      case 'block-logprobs':
        return this.#withBlock(event.block, (block) => this.#logprobs(block, event));
      case 'block-end':
        return this.#withBlock(event.block, (block) => this.#endBlock(block, event.block));
      case 'choice-end':
        return this.#endChoice(event);
      // What the decoder lost is told by whoever reads its events.
      case 'loss':
      case 'usage':
      case 'finish':
      case 'fault':
        return '';
      default:
        return assertNever(event);
    }
  }

  finish(usage: Usage): string {
    let text = '';
    for (const { index, reason } of this.#choices.values()) {
      if (reason === undefined) continue;
      const choice: JsonObject = { index, delta: {}, ...writeFinish(reason, this.#isLegacy) };
      text += this.#before + JSON.stringify(choice) + this.#behind;
    }
    const used = this.#answering.request.wantsUsage ? encodeUsage(usage) : undefined;
    // The usage chunk has no choices: https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
    if (used !== undefined) text += `${this.#before}],"usage":${JSON.stringify(used)}${this.#behind.slice(1)}`;
    return text + TERMINATOR;
  }

  #start({ id, servedModel, serviceTier }: EventOf<'start'>): void {
    const { newId, nowSeconds, model } = this.#answering;
    const chunk = {
      id: id ?? newId('chatcmpl'),
      object: 'chat.completion.chunk',
      created: nowSeconds,
      model: servedModel ?? model,
    };
    this.#before = `data: ${JSON.stringify(chunk).slice(0, -1)},"choices":[`;
    if (serviceTier !== undefined) this.#behind = `],"service_tier":${JSON.stringify(serviceTier)}}\n\n`;
  }

  #delta(event: EventOf<'block-delta'>): string {
    const block = this.#blocks.get(event.block);
    if (block === undefined) return '';
    const { choice, head } = block;
    switch (head.kind) {
      case 'text':
        choice.textLength += event.text.length;
        return this.#chunk(choice, `{"content":${JSON.stringify(event.text)}}`);
      case 'reasoning':
        return this.#reasoning(block, event.text);
      case 'refusal':
        return this.#chunk(choice, `{"refusal":${JSON.stringify(event.text)}}`);
      case 'tool-call':
        return this.#callDelta(block, event.text);
      case 'audio':
        return this.#chunk(choice, `{"audio":{"data":${JSON.stringify(event.text)}}}`);
      case 'image':
        block.pieces.push(event.text);
        return '';
      case 'foreign':
        return '';
      default:
        return assertNever(head);
    }
  }

  #startBlock({ choice: index, block: number, head }: EventOf<'block-start'>): string {
    const role = this.#beginChoice(index);
    const choice = this.#choice(index);
    const isCall = head.kind === 'tool-call';
    const isSecond = head.kind === 'reasoning' && choice.hasReasoning;
    this.#blocks.set(number, {
      choice,
      head,
      callIndex: isCall ? choice.calls : 0,
      textStart: choice.textLength,
      isPending: isCall || isSecond,
      opaque: undefined,
      pieces: [],
    });
    if (isCall) choice.calls += 1;
    if (head.kind === 'foreign') return role + this.#foreign(choice, head);
    if (head.kind !== 'audio') return role;
    const id = head.id ?? this.#answering.newId('audio');
    return role + this.#chunk(choice, `{"audio":{"id":${JSON.stringify(id)}}}`);
  }

  #foreign(choice: Choice, head: Extract<BlockHead, { readonly kind: 'foreign' }>): string {
    if (head.dialect === OPENAI_CHAT && head.value['type'] !== head.name) {
      return this.#chunk(choice, JSON.stringify(head.value));
    }
    this.#losses.add(head.name, `it belongs to ${head.dialect}`);
    return '';
  }

  #reasoning(block: Block, text: string): string {
    const { choice } = block;
    const said = block.isPending ? REASONING_GAP + text : text;
    block.isPending = false;
    choice.hasReasoning = true;
    block.pieces.push(text);
    return this.#chunk(choice, `{"reasoning_content":${JSON.stringify(said)}}`);
  }

  /**
   * A call's signature rides in its id and may come behind the arguments of a call that is told at once, so that the head
   * and the first piece of the arguments wait for what follows.
   */
  #callDelta(block: Block, text: string): string {
    if (block.isPending && block.pieces.length === 0) {
      block.pieces.push(text);
      return '';
    }
    return this.#openCall(block) + this.#arguments(block, text);
  }

  #openCall(block: Block): string {
    const { head, choice, opaque, callIndex } = block;
    if (!block.isPending || head.kind !== 'tool-call') return '';
    block.isPending = false;
    const name = JSON.stringify(head.name);
    const first = block.pieces[0] === undefined ? '' : this.#arguments(block, block.pieces[0]);
    if (this.#isLegacy) {
      if (callIndex > 0) this.#losses.add('tool-call', 'a function_call is one call alone');
      return callIndex > 0 ? '' : this.#chunk(choice, `{"function_call":{"name":${name},"arguments":""}}`) + first;
    }
    const id = JSON.stringify(packCallId(head.id, opaque));
    const called =
      head.toolKind === 'custom'
        ? `"type":"custom","custom":{"name":${name},"input":""}`
        : `"type":"function","function":{"name":${name},"arguments":""}`;
    return this.#chunk(choice, `{"tool_calls":[{"index":${callIndex},"id":${id},${called}}]}`) + first;
  }

  #arguments({ head, choice, callIndex }: Block, text: string): string {
    const piece = JSON.stringify(text);
    if (this.#isLegacy) return callIndex > 0 ? '' : this.#chunk(choice, `{"function_call":{"arguments":${piece}}}`);
    const isCustom = head.kind === 'tool-call' && head.toolKind === 'custom';
    const called = isCustom ? `"custom":{"input":${piece}}` : `"function":{"arguments":${piece}}`;
    return this.#chunk(choice, `{"tool_calls":[{"index":${callIndex},${called}}]}`);
  }

  #takeOpaque(block: Block, opaque: Opaque): string {
    if (block.head.kind === 'tool-call' && block.isPending) {
      block.opaque = opaque;
      return '';
    }
    if (block.head.kind === 'reasoning' && opaque.dialect === OPENAI_CHAT) {
      // A signature holds for the text that it was made over, which stands beside it whole.
      const detail = writeDetail({ type: 'reasoning', text: block.pieces.join(''), opaque });
      return this.#chunk(block.choice, `{"reasoning_details":${JSON.stringify([detail])}}`);
    }
    keepOpaque(opaque, this.#answering, this.#losses);
    return '';
  }

  #citation({ choice, textStart }: Block, { citation }: EventOf<'block-citation'>): string {
    const annotation = annotationOf(citation, { start: textStart, end: choice.textLength }, this.#losses);
    return annotation === undefined ? '' : this.#chunk(choice, `{"annotations":${JSON.stringify([annotation])}}`);
  }

  #logprobs({ choice, head }: Block, { logprobs }: EventOf<'block-logprobs'>): string {
    const field = head.kind === 'refusal' ? logprobsField([], logprobs) : logprobsField(logprobs, []);
    const wire = `{"index":${choice.index},"delta":{},"logprobs":${JSON.stringify(field)},"finish_reason":null}`;
    return this.#before + wire + this.#behind;
  }

  #endBlock(block: Block, number: number): string {
    this.#blocks.delete(number);
    const { head, choice, pieces } = block;
    switch (head.kind) {
      case 'tool-call':
        return this.#openCall(block);
      case 'image': {
        const entry = imageEntry(`data:${head.mediaType};base64,${pieces.join('')}`);
        return this.#chunk(choice, `{"images":[${JSON.stringify(entry)}]}`);
      }
      case 'audio':
        // The hub keeps no sound, so it cannot be referred to from now on.
        return this.#chunk(choice, `{"audio":{"expires_at":${this.#answering.nowSeconds}}}`);
      case 'text':
      case 'reasoning':
      case 'refusal':
      case 'foreign':
        return '';
      default:
        return assertNever(head);
    }
  }

  #endChoice({ choice: index, reason }: EventOf<'choice-end'>): string {
    const role = this.#beginChoice(index);
    this.#choice(index).reason = reason;
    return role;
  }

  /** The chunk that opens a choice, unless that is done. */
  #beginChoice(index: number): string {
    if (this.#choices.has(index)) return '';
    return this.#chunk(this.#choice(index), '{"role":"assistant","content":""}');
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { index, calls: 0, textLength: 0, hasReasoning: false, reason: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #withBlock(number: number, write: (block: Block) => string): string {
    const block = this.#blocks.get(number);
    return block === undefined ? '' : write(block);
  }

  #chunk({ index }: Choice, delta: string): string {
    return `${this.#before}{"index":${index},"delta":${delta},"finish_reason":null}${this.#behind}`;
  }
}
