import { isAscii, isUtf8 } from 'node:buffer';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../kernel/json.ts';
import { findJsonError } from '../kernel/json-error.ts';
import { type JsonLimits, type Span, topLevelSpans } from '../kernel/json-spans.ts';

/** A longer body is refused without the place of its error: the search would hold up everybody else. */
const SEARCHED_CHARACTERS_MAX = 4 * 1024 * 1024;

/** A request body as JSON, and where each of its top-level values lies in the bytes. */
export type JsonBody = { readonly body: JsonObject; readonly spans: ReadonlyMap<string, Span> };

/**
 * Reads a request body whose dialect is written in JSON.
 * @throws GatewayError a `request.*` code with the field or the position that is wrong
 */
export function readJsonBody(raw: Buffer, limits: JsonLimits): JsonBody {
  if (raw.length === 0) throw new GatewayError('request.body_required');
  const ascii = isAscii(raw);
  if (!ascii && !isUtf8(raw)) throw new GatewayError('request.not_utf8');
  const bytes = raw.toString('latin1');
  const spans = topLevelSpans(bytes, limits);
  return { body: parseBody(ascii ? bytes : raw.toString()), spans };
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
