import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import type { Frame } from '../../protocol/frame.ts';
import type { StreamDecoder } from '../contract.ts';
import { parseExact } from '../exact-json.ts';
import { faultOfLine } from './faults.ts';
import { readFinish } from './finish.ts';
import { toOpenAiLogprobs } from './logprobs.ts';
import { readUsage } from './usage.ts';

/** The only choice that there is. */
const CHOICE = 0;

/** The first characters of base64 → what kind of picture it is; answers do not say it. */
const PICTURES = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
] as const;

/**
 * Reads an answer line by line: https://docs.ollama.com/api/streaming. Each line is an object with a piece of the message;
 * the last one has `done: true` and the counts. An answer that was not streamed is its last line alone.
 */
export class OllamaDecoder implements StreamDecoder {
  #isStarted = false;
  #isOver = false;
  #open: 'text' | 'reasoning' | undefined;
  #block = -1;
  #calls = 0;

  push({ data }: Frame): readonly ChatEvent[] {
    if (this.#isOver) return [];
    const line = parseJsonOrUndefined(data);
    if (!isJsonObject(line)) return [this.#fault(new GatewayError('upstream.invalid_answer'))];
    const error = line['error'] === undefined ? undefined : faultOfLine(line);
    if (error !== undefined) return [this.#fault(error)];
    const events: ChatEvent[] = [];
    if (!this.#isStarted) this.#start(line, events);
    const message = line['message'];
    if (isJsonObject(message)) this.#readMessage(message, events);
    if (line['logprobs'] !== undefined) this.#readLogprobs(line['logprobs'], events);
    if (isJsonObject(message) && message['tool_calls'] !== undefined) this.#readCalls(line, data, events);
    if (line['done'] === true) this.#finish(line, events);
    return events;
  }

  end(): readonly ChatEvent[] {
    return this.#isOver ? [] : [this.#fault(new GatewayError('upstream.cut'))];
  }

  #fault(error: GatewayError): ChatEvent {
    this.#isOver = true;
    return { type: 'fault', error };
  }

  #start(line: JsonObject, events: ChatEvent[]): void {
    this.#isStarted = true;
    const model = line['model'];
    events.push({ type: 'start', id: undefined, servedModel: typeof model === 'string' ? model : undefined });
  }

  #readMessage(message: JsonObject, events: ChatEvent[]): void {
    const { thinking, content, images } = message;
    if (typeof thinking === 'string' && thinking !== '') this.#append('reasoning', thinking, events);
    if (typeof content === 'string' && content !== '') this.#append('text', content, events);
    if (Array.isArray(images)) for (const image of images) this.#image(image, events);
  }

  #append(kind: 'text' | 'reasoning', text: string, events: ChatEvent[]): void {
    if (this.#open !== kind) {
      this.#close(events);
      this.#open = kind;
      this.#block += 1;
      events.push({ type: 'block-start', choice: CHOICE, block: this.#block, head: { kind } });
    }
    events.push({ type: 'block-delta', block: this.#block, text });
  }

  #close(events: ChatEvent[]): void {
    if (this.#open !== undefined) events.push({ type: 'block-end', block: this.#block });
    this.#open = undefined;
  }

  #readCalls(line: JsonObject, data: string, events: ChatEvent[]): void {
    for (const call of exactCalls(data)) this.#call(call, line['created_at'], events);
  }

  /** A call comes whole, its arguments as an object. */
  #call(call: JsonValue, createdAt: JsonValue | undefined, events: ChatEvent[]): void {
    const called = isJsonObject(call) ? call['function'] : undefined;
    if (!isJsonObject(call) || !isJsonObject(called) || typeof called['name'] !== 'string') {
      events.push({ type: 'loss', field: 'messages.tool-call', reason: 'the provider sent a call without a name' });
      return;
    }
    this.#close(events);
    this.#block += 1;
    const block = this.#block;
    const id = typeof call['id'] === 'string' && call['id'] !== '' ? call['id'] : madeUpId(createdAt, this.#calls);
    this.#calls += 1;
    const head = { kind: 'tool-call', id, name: called['name'], toolKind: 'function' } as const;
    events.push(
      { type: 'block-start', choice: CHOICE, block, head },
      { type: 'block-delta', block, text: argumentsText(called['arguments']) },
      { type: 'block-end', block },
    );
  }

  #image(image: JsonValue, events: ChatEvent[]): void {
    if (typeof image !== 'string' || image === '') return;
    this.#close(events);
    this.#block += 1;
    const block = this.#block;
    const mediaType = PICTURES.find(([beginning]) => image.startsWith(beginning))?.[1] ?? 'image/png';
    events.push(
      { type: 'block-start', choice: CHOICE, block, head: { kind: 'image', mediaType } },
      { type: 'block-delta', block, text: image },
      { type: 'block-end', block },
    );
  }

  /** They come for every token, of thinking and calls too; only those of a text have a place. */
  #readLogprobs(value: JsonValue, events: ChatEvent[]): void {
    if (!Array.isArray(value) || value.length === 0) return;
    if (this.#open === 'text') {
      events.push({ type: 'block-logprobs', block: this.#block, logprobs: toOpenAiLogprobs(value) });
    } else {
      events.push({ type: 'loss', field: 'logprobs', reason: 'these tokens are not of a text' });
    }
  }

  #finish(line: JsonObject, events: ChatEvent[]): void {
    this.#close(events);
    this.#isOver = true;
    events.push(
      { type: 'choice-end', choice: CHOICE, reason: readFinish(line['done_reason'], this.#calls > 0) },
      { type: 'usage', read: readUsage(line) },
      { type: 'finish' },
    );
  }
}

/** The line's calls with every digit of their numbers. */
function exactCalls(data: string): readonly JsonValue[] {
  const line = parseExact(data);
  const message = isJsonObject(line) ? line['message'] : undefined;
  const calls = isJsonObject(message) ? message['tool_calls'] : undefined;
  return Array.isArray(calls) ? calls : [];
}

/** Arguments are an object; a text is taken for what a server has already written as JSON. */
function argumentsText(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === '') return '{}';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Servers before 0.12 give calls no id. The answer's time, told to the nanosecond, makes one that no other answer of the
 * conversation has.
 */
function madeUpId(createdAt: JsonValue | undefined, index: number): string {
  const time = typeof createdAt === 'string' ? createdAt.replaceAll(/\D/g, '').slice(0, 32) : '';
  return time === '' ? `call_${index}` : `call_${time}_${index}`;
}
