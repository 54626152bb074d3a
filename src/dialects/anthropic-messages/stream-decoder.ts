import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { StreamDecoder } from '../contract.ts';
import { parseExact } from '../exact-json.ts';
import { decodeCitation } from './citations.ts';
import { foreignHead, inputText, opaqueEvents, openBlock, textEvents } from './decode-blocks.ts';
import { refusalEvents } from './decode-refusal.ts';
import { addBlock, serviceTierOf } from './decode-response.ts';
import { faultOfEvent } from './faults.ts';
import { decodeFinish } from './finish.ts';
import { mergeUsage, readUsage } from './usage.ts';
import { typeOf } from './wire-type.ts';

const NOTHING: readonly ChatEvent[] = [];

/** A block that was begun: either told as it goes, or kept until it is whole. */
type OpenBlock = {
  readonly block: number;
  /** `undefined` for one that is told as it goes. */
  readonly whole: JsonObject | undefined;
  readonly opened: JsonObject;
  /** Parts of its JSON input, for a block that is kept. */
  readonly json: string[];
  /** Whether any of a call's arguments came as a delta. */
  hasInput: boolean;
};

/**
 * Turns a stream of the Messages API into events: https://docs.anthropic.com/en/docs/build-with-claude/streaming
 * Events and deltas that nobody has heard of are let pass, as that page asks of every client.
 */
export class MessagesDecoder implements StreamDecoder {
  #isStarted = false;
  #isOver = false;
  #hasStopReason = false;
  #usage: JsonValue | undefined;
  #nextBlock = 0;
  /** By the index that the provider gives them. */
  readonly #open = new Map<JsonValue | undefined, OpenBlock>();

  push(frame: Frame): readonly ChatEvent[] {
    if (this.#isOver || frame.data === '') return NOTHING;
    const wire = parseJsonOrUndefined(frame.data);
    if (!isJsonObject(wire)) return this.#fail(new GatewayError('upstream.invalid_answer'));
    switch (typeOf(wire)) {
      case 'content_block_delta':
        return this.#delta(wire);
      case 'content_block_start':
        return this.#started(this.#openBlock(wire));
      case 'content_block_stop':
        return this.#closeBlock(wire['index']);
      case 'message_start':
        return this.#start(wire['message']);
      case 'message_delta':
        return this.#started(this.#endChoice(wire));
      case 'message_stop':
        return this.end();
      case 'ping':
        return NOTHING;
      default: {
        const fault = faultOfEvent(wire);
        return fault === undefined ? NOTHING : this.#fail(fault);
      }
    }
  }

  end(): readonly ChatEvent[] {
    if (this.#isOver) return NOTHING;
    if (!this.#hasStopReason) return this.#fail(new GatewayError('upstream.cut'));
    this.#isOver = true;
    return [{ type: 'finish' }];
  }

  #fail(error: GatewayError): readonly ChatEvent[] {
    this.#isOver = true;
    return [{ type: 'fault', error }];
  }

  /** Events that may be the first ones, where a server forgets `message_start`. */
  #started(events: readonly ChatEvent[]): readonly ChatEvent[] {
    if (this.#isStarted || events.length === 0 || this.#isOver) return events;
    this.#isStarted = true;
    return [{ type: 'start', id: undefined, servedModel: undefined }, ...events];
  }

  #start(message: JsonValue | undefined): readonly ChatEvent[] {
    if (this.#isStarted) {
      // Some gateways send it twice before anything else; once content came, another answer has been spliced in.
      return this.#nextBlock === 0 ? NOTHING : this.#fail(new GatewayError('upstream.invalid_answer'));
    }
    this.#isStarted = true;
    if (!isJsonObject(message)) return [{ type: 'start', id: undefined, servedModel: undefined }];
    const { id, model, usage } = message;
    const serviceTier = serviceTierOf(usage);
    const start: ChatEvent = {
      type: 'start',
      id: typeof id === 'string' ? id : undefined,
      servedModel: typeof model === 'string' ? model : undefined,
      ...(serviceTier === undefined ? {} : { serviceTier }),
    };
    this.#usage = usage;
    const events: ChatEvent[] = [start];
    if (usage !== undefined && usage !== null) events.push({ type: 'usage', read: readUsage(usage) });
    if (typeof message['stop_reason'] === 'string') this.#addAtOnce(message, events);
    return events;
  }

  /**
   * A turn that only takes up a program where it waited is no model's work, and its whole answer comes at the start:
   * https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/programmatic-tool-calling
   */
  #addAtOnce(message: JsonObject, events: ChatEvent[]): void {
    const { content } = message;
    for (const wire of Array.isArray(content) ? content : []) {
      if (!isJsonObject(wire)) continue;
      addBlock(events, wire, this.#nextBlock);
      this.#nextBlock += 1;
    }
    events.push(...this.#endChoice({ delta: message }));
  }

  #openBlock(wire: JsonObject): readonly ChatEvent[] {
    const { content_block: opened, index } = wire;
    if (!isJsonObject(opened) || this.#hasStopReason || this.#open.has(index)) {
      return this.#fail(new GatewayError('upstream.invalid_answer'));
    }
    const block = this.#nextBlock;
    this.#nextBlock += 1;
    const { head, events } = openBlock(opened, block);
    const whole = head === undefined ? { ...opened } : undefined;
    this.#open.set(index, { block, whole, opened, json: [], hasInput: false });
    return head === undefined ? NOTHING : [{ type: 'block-start', choice: 0, block, head }, ...events];
  }

  #delta(wire: JsonObject): readonly ChatEvent[] {
    const open = this.#open.get(wire['index']);
    const { delta } = wire;
    if (open === undefined || !isJsonObject(delta)) return this.#fail(new GatewayError('upstream.invalid_answer'));
    if (open.whole !== undefined) return keepDelta(open, open.whole, delta);
    switch (typeOf(delta)) {
      case 'text_delta':
        return textEvents(delta['text'], open.block);
      case 'thinking_delta':
        return textEvents(delta['thinking'], open.block);
      case 'input_json_delta': {
        const events = textEvents(delta['partial_json'], open.block);
        if (events.length > 0) open.hasInput = true;
        return events;
      }
      case 'signature_delta':
        return opaqueEvents(delta['signature'], 'signature', open.block);
      case 'citations_delta': {
        const citation = decodeCitation(delta['citation']);
        return citation === undefined ? NOTHING : [{ type: 'block-citation', block: open.block, citation }];
      }
      default: {
        const field = typeOf(delta);
        return [
          { type: 'loss', field: field === '' ? 'delta' : field, reason: 'the hub does not know this kind of content' },
        ];
      }
    }
  }

  #closeBlock(index: JsonValue | undefined): readonly ChatEvent[] {
    const open = this.#open.get(index);
    if (open === undefined) return NOTHING;
    this.#open.delete(index);
    return this.#started(this.#endOf(open));
  }

  #endOf(open: OpenBlock): readonly ChatEvent[] {
    const { block, whole } = open;
    const end: ChatEvent = { type: 'block-end', block };
    if (whole === undefined) return [...inputAtOnce(open), end];
    if (open.json.length > 0) whole['input'] = parseInput(open.json.join(''));
    return [{ type: 'block-start', choice: 0, block, head: foreignHead(whole) }, end];
  }

  #endChoice(wire: JsonObject): readonly ChatEvent[] {
    const delta = isJsonObject(wire['delta']) ? wire['delta'] : {};
    const events: ChatEvent[] = [];
    const { stop_reason: stopReason, stop_sequence: stopSequence } = delta;
    if (typeof stopReason === 'string' && !this.#hasStopReason) {
      this.#hasStopReason = true;
      for (const open of this.#open.values()) events.push(...this.#endOf(open));
      this.#open.clear();
      events.push(...refusalEvents(delta, this.#nextBlock));
      const reason = decodeFinish(stopReason, typeof stopSequence === 'string' ? stopSequence : undefined);
      events.push({ type: 'choice-end', choice: 0, reason });
    }
    this.#usage = mergeUsage(this.#usage, wire['usage']);
    if (this.#usage !== undefined && this.#usage !== null) {
      events.push({ type: 'usage', read: readUsage(this.#usage) });
    }
    return events;
  }
}

/** Some servers send a call's whole arguments at its beginning and no delta. */
function inputAtOnce({ block, opened, hasInput }: OpenBlock): readonly ChatEvent[] {
  if (typeOf(opened) !== 'tool_use' || hasInput) return NOTHING;
  const text = inputText(opened);
  return text === '{}' ? NOTHING : textEvents(text, block);
}

/** A block that is told when it is whole grows until then. */
function keepDelta(open: OpenBlock, whole: JsonObject, delta: JsonObject): readonly ChatEvent[] {
  if (typeOf(delta) === 'input_json_delta') {
    if (typeof delta['partial_json'] === 'string') open.json.push(delta['partial_json']);
    return NOTHING;
  }
  // Every other kind of delta has its content under one name of its own, which is the block's.
  for (const [key, value] of Object.entries(delta)) {
    if (key === 'type' || value === undefined) continue;
    const before = whole[key];
    whole[key] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
  }
  return NOTHING;
}

function parseInput(text: string): JsonValue {
  try {
    return text === '' ? {} : parseExact(text);
  } catch {
    return text;
  }
}
