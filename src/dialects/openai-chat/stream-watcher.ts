import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import type { EventVerdict, RequestHead, StreamWatcher } from '../contract.ts';
import { groqUsage } from './answer-reader.ts';
import { faultOfEvent } from './decode-fault.ts';
import { heldBy } from './read-answer.ts';
import { readOpenAiUsage } from './usage.ts';

const INDEX_KEY = '"index"';
const SPACE = 0x20;
const DIGIT_ZERO = 0x30;
const COLON = 0x3a;
const LETTER_N = 0x6e;

const FORWARD: EventVerdict = { kind: 'forward' };
const HIDE: EventVerdict = { kind: 'hide' };
const TERMINATOR: EventVerdict = { kind: 'terminator' };
const GARBAGE: EventVerdict = { kind: 'garbage' };

/**
 * Watches one stream of OpenAI-format chunks pass by. It keeps what the usage record needs and never re-encodes. Most
 * events need no look inside: `isPlain` tells so from the bytes of a whole run of events at the price of a few native
 * searches; only the others are parsed by `look`.
 *
 * The stream: https://platform.openai.com/docs/api-reference/chat/streaming
 */
export class ChunkWatcher implements StreamWatcher {
  readonly #hidesUsage: boolean;
  readonly #awaitsChoices: boolean;
  #choices = 0;
  readonly #finishedChoices = new Set<number>();
  #envelopeBytes: number | undefined;

  /** The last usage object seen: some providers send it in every chunk, and the last one counts. */
  #usage: JsonValue | undefined;
  #readUsage: ReadUsage = UNSAID_USAGE;
  #isUsageRead = true;
  servedModel: string | undefined;
  finishReason: string | undefined;
  /** Chunks that carried content, and about how many bytes of content they carried; for estimates. */
  contentEvents = 0;
  contentBytes = 0;
  readonly held: string[] = [];

  constructor(request: Pick<RequestHead, 'wantsUsage' | 'manyChoices'>) {
    this.#hidesUsage = !request.wantsUsage;
    this.#awaitsChoices = request.manyChoices;
  }

  /** Read once, when it is asked for. */
  get usage(): ReadUsage {
    if (!this.#isUsageRead) {
      this.#readUsage = readOpenAiUsage(this.#usage, 'chat');
      this.#isUsageRead = true;
    }
    return this.#readUsage;
  }

  /** True once every choice that was begun has told why it ended. */
  get isFinished(): boolean {
    return this.#choices > 0 && this.#finishedChoices.size >= this.#choices;
  }

  /** Whether a run of whole events (latin1, as its bytes lie) holds nothing but ordinary deltas; if so, it is counted. */
  isPlain(run: string): boolean {
    if (this.#envelopeBytes === undefined) return false;
    if (hasValue(run, '"usage"') || hasValue(run, '"finish_reason"') || hasValue(run, '"error"')) return false;
    // A letter of those names may be written as an escape: all of them are `\\u00` and two digits.
    if (run.includes('[DONE]') || run.includes('\\u00')) return false;
    // The first piece of a sound names the id under which the provider keeps it.
    if ((this.#awaitsChoices || this.held.length === 0) && run.includes('"audio"')) return false;
    if (this.#awaitsChoices && this.#beginsChoice(run)) return false;
    let events = 0;
    for (let at = run.indexOf('data:'); at >= 0; at = run.indexOf('\ndata:', at + 5)) events += 1;
    this.contentEvents += events;
    this.contentBytes += Math.max(0, run.length - events * this.#envelopeBytes);
    return true;
  }

  /** Looks into one event. `data` is the event's data; an event without any (a comment) is an empty string. */
  look(data: string): EventVerdict {
    if (data === '') return FORWARD;
    if (data === '[DONE]') return TERMINATOR;
    const chunk = parseJsonOrUndefined(data);
    if (!isJsonObject(chunk)) return GARBAGE;
    const fault = faultOfEvent(chunk);
    if (fault !== undefined) return { kind: 'fault', error: fault };
    if (typeof chunk['model'] === 'string') this.servedModel = chunk['model'];
    const usage = chunk['usage'] ?? groqUsage(chunk);
    if (usage !== undefined && usage !== null) {
      this.#usage = usage;
      this.#isUsageRead = false;
    }
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    for (const choice of choices) this.#lookAtChoice(choice, data.length);
    return this.#hidesUsage && choices.length === 0 && isJsonObject(chunk['usage']) ? HIDE : FORWARD;
  }

  /** Whether the run speaks of a choice that no event so far began: the stream is not over before that one is. */
  #beginsChoice(run: string): boolean {
    for (let at = run.indexOf(INDEX_KEY); at >= 0; at = run.indexOf(INDEX_KEY, at)) {
      at = afterColon(run, at + INDEX_KEY.length);
      const digit = run.charCodeAt(at) - DIGIT_ZERO;
      const isSmall = digit >= 0 && digit < this.#choices && !isDigit(run.charCodeAt(at + 1));
      if (!isSmall) return true;
    }
    return false;
  }

  #lookAtChoice(choice: JsonValue, chunkBytes: number): void {
    if (!isJsonObject(choice)) return;
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
    if (index >= this.#choices) this.#choices = index + 1;
    for (const id of heldBy(choice['delta'])) if (!this.held.includes(id)) this.held.push(id);
    const content = contentLength(choice);
    this.#envelopeBytes ??= envelopeLength(choice, { chunkBytes, content });
    if (content > 0) {
      this.contentEvents += 1;
      this.contentBytes += content;
    }
    const reason = choice['finish_reason'];
    if (typeof reason === 'string' && reason !== '') {
      this.#finishedChoices.add(index);
      this.finishReason = reason;
    }
  }
}

/**
 * What an ordinary event has around its content. It is measured on the opening chunk, whose delta has fields that the
 * others lack (a role, a refusal), so the delta itself is left out.
 */
function envelopeLength(choice: JsonObject, chunk: { readonly chunkBytes: number; readonly content: number }): number {
  const { delta } = choice;
  const inner = isJsonObject(delta) ? JSON.stringify(delta).length - '{"content":""}'.length : chunk.content;
  return Math.max(0, chunk.chunkBytes - inner) + 'data: \n\n'.length;
}

/** Characters of text, reasoning and tool arguments in a choice of a chat or a completion chunk. */
function contentLength(choice: JsonObject): number {
  let length = lengthOf(choice['text']);
  const delta = choice['delta'];
  if (!isJsonObject(delta)) return length;
  for (const field of ['content', 'reasoning_content', 'reasoning', 'refusal']) {
    length += lengthOf(delta[field]);
  }
  if (Array.isArray(delta['tool_calls'])) {
    for (const call of delta['tool_calls']) {
      const called = isJsonObject(call) ? call['function'] : undefined;
      if (!isJsonObject(called)) continue;
      for (const field of ['name', 'arguments']) length += lengthOf(called[field]);
    }
  }
  return length;
}

function lengthOf(value: JsonValue | undefined): number {
  return typeof value === 'string' ? value.length : 0;
}

/** Whether the quoted key occurs in the text with a value other than null. */
function hasValue(text: string, quotedKey: string): boolean {
  for (let at = text.indexOf(quotedKey); at >= 0; at = text.indexOf(quotedKey, at)) {
    at = afterColon(text, at + quotedKey.length);
    // `n` begins null; anything else has to be looked at.
    if (text.charCodeAt(at) !== LETTER_N) return true;
  }
  return false;
}

function afterColon(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === COLON) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_ZERO && code < DIGIT_ZERO + 10;
}
