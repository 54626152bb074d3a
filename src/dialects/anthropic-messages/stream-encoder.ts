import { assertNever } from '../../kernel/assert.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent, FinishReason } from '../../protocol/chat-events.ts';
import type { Citation, Opaque } from '../../protocol/chat-parts.ts';
import type { Loss } from '../../protocol/records.ts';
import { NO_USAGE, type Usage } from '../../protocol/usage.ts';
import { packOpaque } from '../carried-opaque.ts';
import type { Answering, StreamEncoder } from '../contract.ts';
import { Losses } from '../losses.ts';
import { sseEvent } from '../sse-text.ts';
import { callBlock, encodeCitations, isRedacted, keepOpaque, redactedBlock } from './encode-answer-parts.ts';
import { encodeEnd, encodeHead, encodeTier } from './encode-message.ts';
import { encodeUsage } from './encode-usage.ts';
import { DIALECT } from './names.ts';

/** The events of the end, which a caller waits for: https://docs.anthropic.com/en/docs/build-with-claude/streaming */
export const MESSAGE_STOP = sseEvent({ type: 'message_stop' }, 'message_stop');

/** One block of the answer on its way to the caller. */
type Block = {
  readonly head: BlockHead;
  /** Its place among the caller's blocks; `undefined` until it is begun there. */
  index: number | undefined;
  /** Deltas that wait for their turn, as JSON text. */
  readonly waiting: string[];
  /** Parts of a call's arguments, to see at its end whether they are JSON. */
  readonly json: string[];
  opaque: Opaque | undefined;
  hasText: boolean;
  hasEnded: boolean;
};

/**
 * Writes an answer as a stream of the Messages API. Blocks do not interleave there: one is open at a time, and what the
 * others say in the meantime waits for its turn. A block is begun with its first content, so that reasoning is known to be
 * readable or redacted, a call's signature stands in its id, and a block that says nothing is not shown.
 */
export class MessagesEncoder implements StreamEncoder {
  readonly #answering: Answering;
  readonly #losses = new Losses();
  #isStarted = false;
  #serviceTier: string | undefined;
  #nextIndex = 0;
  readonly #blocks = new Map<number, Block>();
  /** The blocks that are not over, in the order in which they began; the first of them may be open. */
  readonly #queue: Block[] = [];
  #reason: FinishReason | undefined;
  #hasCall = false;
  #refusal = '';

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  get losses(): readonly Loss[] {
    return this.#losses.list;
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'block-delta':
        return this.#text(event.block, event.text);
      case 'start':
        this.#serviceTier = event.serviceTier;
        return this.#start(event.id);
      case 'block-start':
        return this.#begin(event);
      case 'block-opaque':
        return this.#opaque(event.block, event.opaque);
      case 'block-citation':
        return this.#citation(event.block, event.citation);
      case 'block-end':
        return this.#end(event.block);
      case 'choice-end':
        if (event.choice === 0) this.#reason = event.reason;
        return '';
      case 'block-logprobs':
        this.#losses.add('logprobs', 'answers have no log probabilities');
        return '';
      case 'loss':
        this.#losses.add(event.field, event.reason);
        return '';
      case 'block-transcript':
      case 'usage':
      case 'finish':
      case 'fault':
        return '';
      default:
        return assertNever(event);
    }
  }

  finish(usage: Usage): string {
    let frames = this.#start(undefined);
    for (const block of this.#queue) block.hasEnded = true;
    frames += this.#advance();
    const reason = this.#reason ?? { kind: 'other', raw: undefined };
    const end = encodeEnd(reason, { hasCall: this.#hasCall, refusal: this.#refusal }, this.#losses);
    return `${frames}${sseEvent({ type: 'message_delta', delta: end, usage: encodeUsage(usage) }, 'message_delta')}${MESSAGE_STOP}`;
  }

  /** What was used is known at the end only; the beginning has to name numbers all the same. */
  #start(id: string | undefined): string {
    if (this.#isStarted) return '';
    this.#isStarted = true;
    const message = {
      ...encodeHead(id, this.#answering),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...encodeUsage(NO_USAGE), ...encodeTier(this.#serviceTier) },
    };
    return sseEvent({ type: 'message_start', message }, 'message_start');
  }

  #begin(event: Extract<ChatEvent, { readonly type: 'block-start' }>): string {
    const { head } = event;
    if (event.choice !== 0) {
      this.#losses.add('choices', 'there is one answer');
      return '';
    }
    if (head.kind === 'image' || head.kind === 'audio') {
      this.#losses.add(head.kind, 'answers hold text and calls only');
      return '';
    }
    if (head.kind === 'foreign' && head.dialect !== DIALECT) {
      this.#losses.add(head.name, 'only its own dialect knows it');
      return '';
    }
    if (head.kind === 'tool-call') this.#hasCall = true;
    const block: Block = {
      head,
      index: undefined,
      waiting: [],
      json: [],
      opaque: undefined,
      hasText: false,
      hasEnded: false,
    };
    this.#blocks.set(event.block, block);
    this.#queue.push(block);
    return this.#start(undefined);
  }

  #text(id: number, text: string): string {
    const block = this.#blocks.get(id);
    if (block === undefined) return '';
    switch (block.head.kind) {
      case 'reasoning':
        return this.#say(block, `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
      case 'tool-call':
        return this.#say(
          block,
          `{"type":"input_json_delta","partial_json":${JSON.stringify(this.#argumentsOf(block, text))}}`,
        );
      case 'refusal':
        // Its words are the explanation of how the answer ended.
        this.#refusal += text;
        return '';
      case 'text':
        return this.#say(block, `{"type":"text_delta","text":${JSON.stringify(text)}}`);
      case 'image':
      case 'audio':
      case 'foreign':
        return '';
      default:
        return assertNever(block.head);
    }
  }

  /** Free text becomes a JSON string within an object, part by part. */
  #argumentsOf(block: Block, text: string): string {
    const isCustom = block.head.kind === 'tool-call' && block.head.toolKind === 'custom';
    const json = isCustom ? `${block.hasText ? '' : '{"input":"'}${JSON.stringify(text).slice(1, -1)}` : text;
    block.json.push(json);
    return json;
  }

  /** Sends a delta of the open block, or lets it wait. */
  #say(block: Block, delta: string): string {
    block.hasText = true;
    if (this.#queue[0] !== block) {
      block.waiting.push(delta);
      return '';
    }
    const opening = block.index === undefined ? this.#open(block) : '';
    return opening + deltaFrame(block.index, delta);
  }

  /** A call tells its signature in its id, so it must be known by then; reasoning tells it when all else was said. */
  #opaque(id: number, opaque: Opaque): string {
    const block = this.#blocks.get(id);
    if (block === undefined) return '';
    const isCallBegun = block.head.kind === 'tool-call' && block.index !== undefined;
    if (block.head.kind !== 'text' && !isCallBegun) block.opaque = opaque;
    else keepOpaque(opaque, { answering: this.#answering, losses: this.#losses });
    return '';
  }

  #citation(id: number, citation: Citation): string {
    const block = this.#blocks.get(id);
    if (block === undefined) return '';
    const [encoded] = encodeCitations([citation], this.#losses);
    if (encoded === undefined) return '';
    return this.#say(block, JSON.stringify({ type: 'citations_delta', citation: encoded }));
  }

  #end(id: number): string {
    const block = this.#blocks.get(id);
    if (block === undefined) return '';
    this.#blocks.delete(id);
    block.hasEnded = true;
    return this.#queue[0] === block ? this.#advance() : '';
  }

  /** Ends the blocks that are over, and begins the next that has something to say. */
  #advance(): string {
    let frames = '';
    for (let block = this.#queue[0]; block !== undefined; block = this.#queue[0]) {
      if (block.index === undefined && this.#isShown(block)) frames += this.#open(block);
      for (const delta of block.waiting.splice(0)) frames += deltaFrame(block.index, delta);
      if (!block.hasEnded) return frames;
      frames += this.#close(block);
      this.#queue.shift();
    }
    return frames;
  }

  /** Whether there is anything to begin a block for by now. */
  #isShown({ head, hasText, hasEnded, opaque }: Block): boolean {
    if (hasText) return true;
    return hasEnded && (head.kind === 'tool-call' || head.kind === 'foreign' || opaque !== undefined);
  }

  #open(block: Block): string {
    block.index = this.#nextIndex;
    this.#nextIndex += 1;
    const started = { type: 'content_block_start', index: block.index, content_block: startOf(block) };
    return sseEvent(started, 'content_block_start');
  }

  #close(block: Block): string {
    const { index, head } = block;
    if (index === undefined) return '';
    let frames = '';
    if (head.kind === 'reasoning') frames = signatureFrame(block);
    if (head.kind === 'tool-call') {
      if (head.toolKind === 'custom' && block.hasText) frames = this.#endCustom(block);
      const text = block.json.join('');
      if (text.trim() !== '' && !isJsonObject(parseJsonOrUndefined(text))) {
        this.#losses.add('arguments', 'they are not a JSON object');
      }
    }
    return `${frames}event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
  }

  #endCustom(block: Block): string {
    const rest = '"}';
    block.json.push(rest);
    return deltaFrame(block.index, `{"type":"input_json_delta","partial_json":${JSON.stringify(rest)}}`);
  }
}

/** The signature is the last that is said of thinking. */
function signatureFrame({ index, opaque, hasText }: Block): string {
  if (opaque === undefined || isRedacted(!hasText, opaque)) return '';
  const signature = JSON.stringify(packOpaque(opaque, DIALECT));
  return deltaFrame(index, `{"type":"signature_delta","signature":${signature}}`);
}

/** How a block begins; all of them but redacted and foreign ones go on in deltas. */
function startOf({ head, opaque, hasText }: Block): JsonObject {
  switch (head.kind) {
    case 'reasoning':
      return isRedacted(!hasText, opaque) ? redactedBlock(opaque) : { type: 'thinking', thinking: '', signature: '' };
    case 'tool-call':
      return callBlock(head, opaque);
    case 'foreign':
      return head.value;
    case 'text':
    // The rest is never begun.
    case 'refusal':
    case 'image':
    case 'audio':
      return { type: 'text', text: '' };
    default:
      return assertNever(head);
  }
}

function deltaFrame(index: number | undefined, delta: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":${delta}}\n\n`;
}
