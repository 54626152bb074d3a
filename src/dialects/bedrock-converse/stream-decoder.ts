import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent } from '../../protocol/chat-events.ts';
import type { Opaque } from '../../protocol/chat-parts.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { StreamDecoder } from '../contract.ts';
import { readCitation } from './citations.ts';
import { foreignHead, imageHead, SERVER_TOOL_USE, toolCallHead } from './decode-response.ts';
import { DIALECT } from './encoding.ts';
import { faultOfException } from './faults.ts';
import { finishReason } from './finish.ts';
import { readBedrockUsage } from './usage.ts';

/** How the framing marks a message that is an exception. */
const EXCEPTION = 'exception:';
/** A block of a tool that Bedrock ran is held until it is whole; a longer one is lost. */
const HELD_CHARACTERS_MAX = 1024 * 1024;

/** A block that is open on the wire. */
type Open = {
  readonly block: number;
  readonly kind: BlockHead['kind'];
  /** Pieces of a signature, or base64 of redacted reasoning; told when the block ends. */
  signature: string;
  redacted: Buffer[];
  /** What a tool of Bedrock's own was asked or said, until it is whole. */
  readonly held: JsonObject | undefined;
  heldInput: string;
  readonly heldResults: JsonValue[];
  heldCharacters: number;
};

/**
 * Decodes one stream of ConverseStream:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 * A block of text or reasoning opens with its first delta: only tool calls and pictures are announced. What was used comes
 * behind the reason of the end, so that the answer is finished only then.
 */
export class BedrockStreamDecoder implements StreamDecoder {
  #events: ChatEvent[] = [];
  readonly #open = new Map<number, Open>();
  #blocks = 0;
  #isStarted = false;
  #isStopped = false;
  #hasUsage = false;
  #isOver = false;

  push(frame: Frame): readonly ChatEvent[] {
    if (this.#isOver) return [];
    const { event = '', data } = frame;
    this.#events = [];
    if (event.startsWith(EXCEPTION)) this.#fail(faultOfException(event.slice(EXCEPTION.length), data));
    else {
      const message = parseJsonOrUndefined(data);
      if (isJsonObject(message)) this.#take(event, message);
      else this.#fail(new GatewayError('upstream.invalid_answer'));
    }
    return this.#events;
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return [];
    this.#events = [];
    if (this.#isStopped) this.#finish();
    else this.#fail(new GatewayError('upstream.cut'));
    return this.#events;
  }

  #take(event: string, message: JsonObject): void {
    switch (event) {
      case 'contentBlockDelta':
        this.#takeDelta(indexOf(message), message['delta']);
        return;
      case 'contentBlockStart':
        this.#startBlock(indexOf(message), message['start']);
        return;
      case 'contentBlockStop':
        this.#endBlock(indexOf(message));
        return;
      case 'messageStart':
        this.#start();
        return;
      case 'messageStop':
        this.#stop(message);
        return;
      case 'metadata':
        this.#takeMetadata(message);
        return;
      default:
        // Events that are added later say nothing that is known here.
        return;
    }
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#events.push({ type: 'start', id: undefined, servedModel: undefined });
  }

  #startBlock(index: number, start: JsonValue | undefined): void {
    if (this.#isStopped || !isJsonObject(start)) return;
    const { toolUse, toolResult, image } = start;
    this.#endBlock(index);
    if (isJsonObject(toolUse) && toolUse['type'] !== SERVER_TOOL_USE) {
      this.#openBlock(index, toolCallHead(toolUse['toolUseId'], toolUse['name']));
    } else if (isJsonObject(image)) this.#openBlock(index, imageHead(image['format']));
    else if (isJsonObject(toolUse)) this.#hold(index, { toolUse });
    else if (isJsonObject(toolResult)) this.#hold(index, { toolResult });
    // Any other start announces a block that its first delta tells.
  }

  #takeDelta(index: number, delta: JsonValue | undefined): void {
    if (this.#isStopped || !isJsonObject(delta)) return;
    const { text, toolUse, reasoningContent, citation, image, toolResult } = delta;
    if (typeof text === 'string') this.#say(index, 'text', text);
    else if (isJsonObject(toolUse)) this.#takeArguments(index, toolUse['input']);
    else if (isJsonObject(reasoningContent)) this.#takeReasoning(index, reasoningContent);
    else if (isJsonObject(citation)) {
      const { block } = this.#blockOf(index, 'text');
      this.#events.push({ type: 'block-citation', block, citation: readCitation(citation) });
    } else if (isJsonObject(image)) this.#takeImage(index, image);
    else if (Array.isArray(toolResult)) this.#takeResults(index, toolResult);
    else if (Object.keys(delta).length > 0) this.#lose('content', 'the hub does not know this part of the answer');
  }

  #takeArguments(index: number, input: JsonValue | undefined): void {
    const open = this.#open.get(index);
    if (typeof input !== 'string' || input === '') return;
    if (open?.kind === 'tool-call') this.#events.push({ type: 'block-delta', block: open.block, text: input });
    else if (open?.held !== undefined && this.#hasRoom(open, input.length)) open.heldInput += input;
    else if (open?.held === undefined) this.#fail(new GatewayError('upstream.invalid_answer'));
  }

  #takeReasoning(index: number, { text, signature, redactedContent }: JsonObject): void {
    if (typeof text === 'string') this.#say(index, 'reasoning', text);
    if (typeof signature === 'string' && signature !== '') this.#blockOf(index, 'reasoning').signature += signature;
    if (typeof redactedContent === 'string' && redactedContent !== '') {
      this.#blockOf(index, 'reasoning').redacted.push(Buffer.from(redactedContent, 'base64'));
    }
  }

  #takeImage(index: number, { source }: JsonObject): void {
    const open = this.#open.get(index);
    const bytes = isJsonObject(source) ? source['bytes'] : undefined;
    if (open?.kind !== 'image' || typeof bytes !== 'string') this.#lose('image', 'it holds no bytes');
    else if (bytes !== '') this.#events.push({ type: 'block-delta', block: open.block, text: bytes });
  }

  #takeResults(index: number, results: readonly JsonValue[]): void {
    const open = this.#open.get(index);
    if (open?.held === undefined) return;
    for (const result of results) {
      if (this.#hasRoom(open, JSON.stringify(result).length)) open.heldResults.push(result);
    }
  }

  /** Text of a block that began with it. */
  #say(index: number, kind: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    const { block } = this.#blockOf(index, kind);
    this.#events.push({ type: 'block-delta', block, text });
  }

  #blockOf(index: number, kind: 'text' | 'reasoning'): Open {
    const open = this.#open.get(index);
    if (open?.kind === kind) return open;
    this.#endBlock(index);
    return this.#openBlock(index, { kind });
  }

  #openBlock(index: number, head: BlockHead): Open {
    this.#start();
    const block = this.#blocks;
    this.#blocks += 1;
    this.#events.push({ type: 'block-start', choice: 0, block, head });
    return this.#remember(index, block, head.kind, undefined);
  }

  /** A block of Bedrock's own, which has an event only when it is whole. */
  #hold(index: number, start: JsonObject): void {
    this.#start();
    this.#remember(index, -1, 'foreign', start);
  }

  #remember(index: number, block: number, kind: BlockHead['kind'], held: JsonObject | undefined): Open {
    const open: Open = {
      block,
      kind,
      signature: '',
      redacted: [],
      held,
      heldInput: '',
      heldResults: [],
      heldCharacters: 0,
    };
    this.#open.set(index, open);
    return open;
  }

  #hasRoom(open: Open, characters: number): boolean {
    open.heldCharacters += characters;
    if (open.heldCharacters <= HELD_CHARACTERS_MAX) return true;
    this.#lose('foreign', 'a block of Bedrock’s own was too long to be held');
    return false;
  }

  #endBlock(index: number): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    if (open.held !== undefined) this.#release(open, open.held);
    else {
      const opaque = opaqueOf(open);
      if (opaque !== undefined) this.#events.push({ type: 'block-opaque', block: open.block, opaque });
      this.#events.push({ type: 'block-end', block: open.block });
    }
  }

  /** The block as a whole answer would hold it. */
  #release(open: Open, held: JsonObject): void {
    const block = this.#blocks;
    this.#blocks += 1;
    const [name = 'unknown', value] = Object.entries(held)[0] ?? [];
    const whole: JsonObject = { ...(isJsonObject(value) ? value : {}) };
    if (name === 'toolUse') whole['input'] = parseJsonOrUndefined(open.heldInput) ?? {};
    if (name === 'toolResult') whole['content'] = open.heldResults;
    const head = foreignHead({ [name]: whole });
    this.#events.push({ type: 'block-start', choice: 0, block, head }, { type: 'block-end', block });
  }

  #stop(message: JsonObject): void {
    if (this.#isStopped) return;
    this.#start();
    for (const index of this.#open.keys()) this.#endBlock(index);
    this.#isStopped = true;
    const reason = finishReason(message['stopReason'], message['additionalModelResponseFields']);
    this.#events.push({ type: 'choice-end', choice: 0, reason });
    if (this.#hasUsage) this.#finish();
  }

  #takeMetadata(message: JsonObject): void {
    this.#start();
    this.#hasUsage = true;
    this.#events.push({ type: 'usage', read: readBedrockUsage(message['usage']) });
    if (this.#isStopped) this.#finish();
  }

  #lose(field: string, reason: string): void {
    this.#start();
    this.#events.push({ type: 'loss', field, reason });
  }

  #finish(): void {
    this.#isOver = true;
    this.#events.push({ type: 'finish' });
  }

  #fail(error: GatewayError): void {
    this.#isOver = true;
    this.#events.push({ type: 'fault', error });
  }
}

/** Blocks of a stream without indexes are one block after the other. */
function indexOf({ contentBlockIndex }: JsonObject): number {
  return typeof contentBlockIndex === 'number' ? contentBlockIndex : 0;
}

function opaqueOf({ signature, redacted }: Open): Opaque | undefined {
  if (signature !== '') return { dialect: DIALECT, kind: 'signature', value: signature };
  if (redacted.length === 0) return undefined;
  return { dialect: DIALECT, kind: 'redacted', value: Buffer.concat(redacted).toString('base64') };
}
