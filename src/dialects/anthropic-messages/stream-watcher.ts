import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ReadUsage } from '../../protocol/usage.ts';
import type { EventVerdict, StreamWatcher } from '../contract.ts';
import { faultOfEvent } from './faults.ts';
import { HeldIds } from './held-ids.ts';
import { mergeUsage, readUsage } from './usage.ts';
import { typeOf } from './wire-type.ts';

const FORWARD: EventVerdict = { kind: 'forward' };
const TERMINATOR: EventVerdict = { kind: 'terminator' };
const GARBAGE: EventVerdict = { kind: 'garbage' };

const DATA = 'data:';
const NEXT_DATA = '\ndata:';
const SPACE = 0x20;
/** How every event of mere content begins, as Anthropic writes it; one that is written otherwise is looked into. */
const DELTA = '{"type":"content_block_delta"';
const ERROR_EVENT = 'event: error';
/** About what stands around the content of one delta, in bytes. */
const ENVELOPE_BYTES =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}\n\n'
    .length;

/**
 * Watches a stream of the Messages API pass by: https://docs.anthropic.com/en/docs/build-with-claude/streaming
 * Most of it is deltas, which `isPlain` tells from the bytes of a whole run; the few other events are parsed by `look`.
 */
export class MessagesWatcher implements StreamWatcher {
  #usage: JsonValue | undefined;
  readonly #held = new HeldIds();
  isFinished = false;
  servedModel: string | undefined;
  finishReason: string | undefined;
  contentEvents = 0;
  contentBytes = 0;

  get usage(): ReadUsage {
    return readUsage(this.#usage);
  }

  get held(): readonly string[] {
    return this.#held.list;
  }

  isPlain(run: string): boolean {
    let events = 0;
    let at = run.startsWith(DATA) ? 0 : afterLineBreak(run.indexOf(NEXT_DATA));
    if (at < 0 || run.includes(ERROR_EVENT)) return false;
    while (at >= 0) {
      const value = at + DATA.length;
      if (!run.startsWith(DELTA, run.charCodeAt(value) === SPACE ? value + 1 : value)) return false;
      events += 1;
      at = afterLineBreak(run.indexOf(NEXT_DATA, value));
    }
    this.contentEvents += events;
    this.contentBytes += Math.max(0, run.length - events * ENVELOPE_BYTES);
    return true;
  }

  look(data: string): EventVerdict {
    if (data === '') return FORWARD;
    const event = parseJsonOrUndefined(data);
    if (!isJsonObject(event)) return GARBAGE;
    switch (typeOf(event)) {
      case 'message_start':
        this.#lookAtStart(event['message']);
        return FORWARD;
      case 'content_block_start':
        this.#held.addFiles(event['content_block']);
        return FORWARD;
      case 'content_block_delta':
        this.contentEvents += 1;
        this.contentBytes += contentLength(event['delta']);
        return FORWARD;
      case 'message_delta':
        this.#lookAtEnd(event);
        return FORWARD;
      case 'message_stop':
        return TERMINATOR;
      case 'content_block_stop':
      case 'ping':
        return FORWARD;
      default: {
        const error = faultOfEvent(event);
        return error === undefined ? FORWARD : { kind: 'fault', error };
      }
    }
  }

  #lookAtStart(message: JsonValue | undefined): void {
    if (!isJsonObject(message)) return;
    if (typeof message['model'] === 'string') this.servedModel = message['model'];
    this.#usage = mergeUsage(this.#usage, message['usage']);
    this.#held.addContainer(message);
    // An answer may come whole at its start, and say there why it ended.
    this.#noteReason(message['stop_reason']);
  }

  #lookAtEnd(event: JsonObject): void {
    this.#usage = mergeUsage(this.#usage, event['usage']);
    const { delta } = event;
    if (!isJsonObject(delta)) return;
    this.#held.addContainer(delta);
    this.#noteReason(delta['stop_reason']);
  }

  #noteReason(stopReason: JsonValue | undefined): void {
    if (typeof stopReason !== 'string' || stopReason === '') return;
    this.finishReason = stopReason;
    this.isFinished = true;
  }
}

/** From the line break before `data:` to the place of `data:` itself. */
function afterLineBreak(index: number): number {
  return index < 0 ? index : index + 1;
}

/** Characters of what a delta says. */
function contentLength(delta: JsonValue | undefined): number {
  if (!isJsonObject(delta)) return 0;
  for (const key of ['text', 'thinking', 'partial_json']) {
    const said = delta[key];
    if (typeof said === 'string') return said.length;
  }
  return 0;
}
