import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import type { EventVerdict, ReadRequest, StreamWatcher } from '../contract.ts';
import { providerFault } from '../provider-fault.ts';
import { faultOfErrorEvent, faultOfResponse } from './faults.ts';
import { readAnswer } from './read-answer.ts';
import { readUsage } from './usage.ts';

/** Opens the watcher of one stream: https://platform.openai.com/docs/api-reference/responses-streaming */
export function openWatcher(request: ReadRequest): StreamWatcher {
  return new ResponseWatcher(request.body['store'] !== false);
}

const FORWARD: EventVerdict = { kind: 'forward' };
const HIDE: EventVerdict = { kind: 'hide' };
const TERMINATOR: EventVerdict = { kind: 'terminator' };
const GARBAGE: EventVerdict = { kind: 'garbage' };

const EVENT_LINE = 'event: ';
const DATA_HEAD = 'data: {';
/** xAI puts the number before the type. */
const NUMBER_HEAD = '"sequence_number":';
const TYPE_HEAD = '"type":"response.';
const DELTA_TAIL = '.delta"';
const DELTA_KEY = '"delta":"';
const BACKSLASH = 0x5c;

/**
 * Watches one stream pass by. Ordinary events are deltas and say so at their very beginning, before anything that a caller
 * or a model could have written; whatever begins otherwise is looked into.
 */
class ResponseWatcher implements StreamWatcher {
  readonly #isKept: boolean;
  isFinished = false;
  usage: ReadUsage = UNSAID_USAGE;
  servedModel: string | undefined;
  finishReason: string | undefined;
  contentEvents = 0;
  contentBytes = 0;
  held: readonly string[] = [];

  /** `isKept`: whether the caller left it to the provider to keep the answer. */
  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  isPlain(run: string): boolean {
    let events = 0;
    let bytes = 0;
    for (let from = 0; from < run.length; ) {
      const end = run.indexOf('\n\n', from);
      if (end < 0) return false;
      const delta = deltaBytes(run, from, end);
      if (delta === undefined) return false;
      events += 1;
      bytes += delta;
      from = end + 2;
    }
    this.contentEvents += events;
    this.contentBytes += bytes;
    return true;
  }

  look(data: string): EventVerdict {
    if (data === '') return FORWARD;
    // The chat format's end, which some providers send behind this one's.
    if (data === '[DONE]') return this.isFinished ? HIDE : FORWARD;
    const event = parseJsonOrUndefined(data);
    if (!isJsonObject(event)) return GARBAGE;
    const { delta } = event;
    const type = typeof event['type'] === 'string' ? event['type'] : '';
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish(event['response']);
      case 'response.failed':
      case 'response.cancelled':
        return this.#fail(event['response']);
      case 'error':
        return { kind: 'fault', error: faultOfErrorEvent(event) };
      default:
        break;
    }
    if (type === '' && isJsonObject(event['error'])) return { kind: 'fault', error: faultOfErrorEvent(event) };
    if (typeof delta === 'string' && delta !== '') {
      this.contentEvents += 1;
      this.contentBytes += delta.length;
    }
    if (isJsonObject(event['response'])) this.#begin(event['response']);
    return FORWARD;
  }

  /** The answer's beginning tells its id, under which a provider holds even an answer that is then cut. */
  #begin(response: JsonObject): void {
    const { servedModel, held } = readAnswer(response);
    this.servedModel = servedModel ?? this.servedModel;
    if (this.#isKept) this.held = held;
  }

  /** What was used until then may be billed. */
  #fail(response: JsonValue | undefined): EventVerdict {
    const told = isJsonObject(response) ? response : {};
    if (isJsonObject(told['usage'])) this.usage = readUsage(told);
    const fault = faultOfResponse({ ...told, status: 'failed' });
    return {
      kind: 'fault',
      error: fault ?? providerFault({ status: 0, message: '', code: undefined }, 'upstream.error'),
    };
  }

  #finish(response: JsonValue | undefined): EventVerdict {
    if (!isJsonObject(response)) return GARBAGE;
    const { usage, servedModel, finishReason, held } = readAnswer(response);
    this.usage = usage;
    this.servedModel = servedModel ?? this.servedModel;
    this.finishReason = finishReason;
    if (this.#isKept) this.held = held;
    this.isFinished = true;
    return TERMINATOR;
  }
}

/** How many bytes of content the event between two places of the run carries; `undefined` where it is no plain delta. */
function deltaBytes(run: string, from: number, end: number): number | undefined {
  let at = run.startsWith(EVENT_LINE, from) ? after(run, '\n', from) : from;
  if (!run.startsWith(DATA_HEAD, at)) return undefined;
  at += DATA_HEAD.length;
  if (run.startsWith(NUMBER_HEAD, at)) at = after(run, ',', at);
  if (!run.startsWith(TYPE_HEAD, at)) return undefined;
  const name = at + TYPE_HEAD.length;
  const close = run.indexOf('"', name);
  if (close < 0 || close > end || !run.startsWith(DELTA_TAIL, close + 1 - DELTA_TAIL.length)) return undefined;
  // A second line of data, or anything else behind the first, is not the plain form.
  const line = run.indexOf('\n', close);
  if (line !== end) return undefined;
  const key = run.indexOf(DELTA_KEY, close);
  if (key < 0 || key > end) return 0;
  const start = key + DELTA_KEY.length;
  return endOfString(run, start, end) - start;
}

/** The place behind the next of these; the run's end where there is none. */
function after(run: string, mark: string, from: number): number {
  const at = run.indexOf(mark, from);
  return at < 0 ? run.length : at + mark.length;
}

/** The place of the quote that ends the string. */
function endOfString(run: string, start: number, limit: number): number {
  let at = run.indexOf('"', start);
  while (at >= 0 && at < limit) {
    let slashes = 0;
    while (run.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
    at = run.indexOf('"', at + 1);
  }
  return limit;
}
