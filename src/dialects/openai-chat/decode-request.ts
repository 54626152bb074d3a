import { isAscii, isUtf8 } from 'node:buffer';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../kernel/json.ts';
import { findJsonError } from '../../kernel/json-error.ts';
import { type JsonLimits, type Span, topLevelSpans } from '../../kernel/json-spans.ts';
import type { Operation } from '../../protocol/operation.ts';

/** What the hub reads of a request in OpenAI's format; everything else passes as the caller wrote it. */
export type DecodedRequest = {
  readonly body: JsonObject;
  /** Where each top-level value lies in the raw bytes. */
  readonly spans: ReadonlyMap<string, Span>;
  readonly model: string;
  readonly streamed: boolean;
  /** Whether the caller asked for the usage event; the hub hides it from one who did not. */
  readonly wantsUsage: boolean;
  /** Whether more than one choice may be answered: `n`, or a list of prompts. */
  readonly manyChoices: boolean;
  readonly endUser: string | undefined;
};

const MODEL_CHARACTERS_MAX = 256;
const END_USER_CHARACTERS_MAX = 256;
/** A longer body is refused without the place of its error: the search would hold up everybody else. */
const SEARCHED_CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * Reads a request body of `/v1/chat/completions`, `/v1/completions` or `/v1/embeddings`.
 * Fields: https://platform.openai.com/docs/api-reference/chat/create
 *
 * @throws GatewayError a `request.*` code with the field or the position that is wrong
 */
export function decodeRequest(raw: Buffer, operation: Operation, limits: JsonLimits): DecodedRequest {
  if (raw.length === 0) throw new GatewayError('request.body_required');
  const ascii = isAscii(raw);
  if (!ascii && !isUtf8(raw)) throw new GatewayError('request.not_utf8');
  const bytes = raw.toString('latin1');
  const spans = topLevelSpans(bytes, limits);
  const body = parseBody(ascii ? bytes : raw.toString());
  const streamed = operation !== 'embeddings' && optionalBoolean(body, 'stream');
  return {
    body,
    spans,
    model: readModel(body),
    streamed,
    wantsUsage: streamed && readWantsUsage(body),
    manyChoices: Array.isArray(body['prompt']) || (typeof body['n'] === 'number' && body['n'] > 1),
    endUser: readEndUser(body),
  };
}

function parseBody(text: string): JsonObject {
  let body: JsonValue;
  try {
    body = parseJson(text);
  } catch (cause) {
    throw new GatewayError('request.malformed_json', { message: malformedMessage(text), cause });
  }
  if (!isJsonObject(body)) throw new GatewayError('request.invalid', { message: 'The body must be a JSON object.' });
  return body;
}

/** Only the position is told: the text may hold what a log must not, and V8's message quotes it. */
function malformedMessage(text: string): string {
  if (text.length > SEARCHED_CHARACTERS_MAX) return 'The body is not valid JSON.';
  const position = findJsonError(text);
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  return `The body is not valid JSON: position ${position} (line ${line}, column ${column}).`;
}

function readModel(body: JsonObject): string {
  const model = body['model'];
  if (typeof model !== 'string' || model.trim() === '') {
    throw new GatewayError('request.invalid', { message: '`model` must be a non-empty string.', param: 'model' });
  }
  if (model.length > MODEL_CHARACTERS_MAX) {
    throw new GatewayError('request.invalid', {
      message: `\`model\` is longer than ${MODEL_CHARACTERS_MAX} characters.`,
      param: 'model',
    });
  }
  return model;
}

function optionalBoolean(body: JsonObject, field: string): boolean {
  const value = body[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') {
    throw new GatewayError('request.invalid', { message: `\`${field}\` must be true or false.`, param: field });
  }
  return value;
}

function readWantsUsage(body: JsonObject): boolean {
  const options = body['stream_options'];
  if (options === undefined || options === null) return false;
  if (!isJsonObject(options)) {
    throw new GatewayError('request.invalid', {
      message: '`stream_options` must be an object.',
      param: 'stream_options',
    });
  }
  return optionalBoolean(options, 'include_usage');
}

/** `user`, else `metadata.user_id`: an opaque id that the caller sends along. */
function readEndUser(body: JsonObject): string | undefined {
  const metadata = body['metadata'];
  const candidate = body['user'] ?? (isJsonObject(metadata) ? metadata['user_id'] : undefined);
  if (typeof candidate !== 'string' || candidate === '') return undefined;
  return candidate.slice(0, END_USER_CHARACTERS_MAX);
}
