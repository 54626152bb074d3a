import { ERRORS, type ErrorCode, GatewayError, type GatewayErrorOptions } from '../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/kernel/json.ts';
import type { ChatEvent, ChatResponse } from '../../src/protocol/chat-events.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../src/protocol/chat-request.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../../src/protocol/embeddings.ts';
import { NO_USAGE, type ReadUsage } from '../../src/protocol/usage.ts';
import { deepFreeze } from './cases.ts';

/**
 * The canonical forms as JSON and back. In JSON an absent key means `undefined`, so that fixtures say only what they are
 * about. The casts trust the fixture: what it misspells comes back as a difference.
 */

/** A request, its dialect being the case's own where the JSON names none. */
export function requestOf(json: JsonObject, dialect: string): ChatRequest {
  return deepFreeze({ ...PLAIN_CHAT, dialect, ...json } as ChatRequest);
}

export function responseOf(json: JsonObject): ChatResponse {
  const bare = { id: undefined, servedModel: undefined, serviceTier: undefined, choices: [] };
  return deepFreeze({ ...bare, ...json, usage: readUsageOf(json['usage']) } as ChatResponse);
}

export function readUsageOf(json: JsonValue | undefined): ReadUsage {
  const { usage = {}, anomalies = [] } = isJsonObject(json) ? json : {};
  return { usage: { ...NO_USAGE, ...(isJsonObject(usage) ? usage : {}) }, anomalies } as ReadUsage;
}

export function embeddingsRequestOf(json: JsonObject): EmbeddingsRequest {
  const bare = { inputs: [], dimensions: undefined, encodingFormat: 'float', endUser: undefined, extra: {} };
  return deepFreeze({ ...bare, ...json } as EmbeddingsRequest);
}

export function embeddingsResponseOf(json: JsonObject): EmbeddingsResponse {
  return deepFreeze({
    vectors: [],
    servedModel: undefined,
    ...json,
    usage: readUsageOf(json['usage']),
  } as EmbeddingsResponse);
}

/** One event for each line. */
export function eventsOf(lines: string): readonly ChatEvent[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => eventOf(parseJson(line)));
}

function eventOf(json: JsonValue): ChatEvent {
  if (!isJsonObject(json)) throw new Error(`not an event: ${JSON.stringify(json)}`);
  const { type } = json;
  if (type === 'usage') return deepFreeze({ type: 'usage', read: readUsageOf(json['read']) });
  if (type === 'fault') return { type: 'fault', error: errorOf(json['error']) };
  const bare = type === 'start' ? { id: undefined, servedModel: undefined } : {};
  return deepFreeze({ ...bare, ...json } as ChatEvent);
}

/** An error of the catalogue out of `{ code, message, param, upstream, … }`, or out of its code alone. */
export function errorOf(json: JsonValue | undefined): GatewayError {
  const { code, status: _status, ...options } = isJsonObject(json) ? json : { code: json };
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code))
    throw new Error(`no such error: ${JSON.stringify(code)}`);
  return new GatewayError(code as ErrorCode, options as GatewayErrorOptions);
}

/** What a test compares of an error. The status is that of the catalogue. */
export function plainError(error: GatewayError): JsonObject {
  const { code, status, param, retryAfterSeconds, upstream } = error;
  return plain({ code, status, param, retryAfterSeconds, upstream }) as JsonObject;
}

/** A canonical value as the JSON that a fixture holds: without what is `undefined`. */
export function plain(value: unknown): JsonValue {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof GatewayError ? plainError(inner) : inner,
  );
  return text === undefined ? null : parseJson(text);
}

/** Events as JSON, neighbouring deltas of one block put together: how finely a stream is cut is nobody's promise. */
export function plainEvents(events: readonly ChatEvent[]): readonly JsonObject[] {
  const merged: ChatEvent[] = [];
  for (const event of events) {
    const last = merged.at(-1);
    const isDelta = event.type === 'block-delta' || event.type === 'block-transcript';
    if (isDelta && last?.type === event.type && last.block === event.block) {
      merged[merged.length - 1] = { ...event, text: last.text + event.text };
    } else merged.push(event);
  }
  return merged.map((event) => plain(event) as JsonObject);
}
