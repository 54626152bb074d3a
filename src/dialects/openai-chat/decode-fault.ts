import { type ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';

/** A provider's answer that is not a success. */
export type FaultAnswer = { readonly status: number; readonly retryAfter: string | undefined; readonly body: Buffer };

const MESSAGE_CHARACTERS_MAX = 1000;
const CODE_CHARACTERS_MAX = 100;
const RETRY_AFTER_SECONDS_MAX = 3600;
/** Words by which providers tell a refusal of the content from a refusal of the credential, both sent as 403. */
const CONTENT_POLICY = /content[_ -]?(?:policy|filter)|moderation|flagged|safety|sensitive|responsible ?ai/i;

/**
 * Classifies a provider's error answer: whose fault it is, whether another try can help, and what the provider said.
 * OpenAI's codes: https://platform.openai.com/docs/guides/error-codes; OpenRouter's moderation 403:
 * https://openrouter.ai/docs/api-reference/errors
 */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const outer = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(outer) ? errorObject(outer) : undefined;
  const message = readMessage(error, answer.body);
  const code = readCode(error);
  return new GatewayError(faultCode(answer.status, `${code ?? ''} ${message}`), {
    upstream: { status: answer.status, message, code },
    param: typeof error?.['param'] === 'string' ? error['param'].slice(0, CODE_CHARACTERS_MAX) : undefined,
    retryAfterSeconds: readRetryAfter(answer.retryAfter, nowMs),
  });
}

/** The error that a stream's event carries in place of a chunk, or `undefined` when the event is no error. */
export function faultOfEvent(event: JsonObject): GatewayError | undefined {
  const error = event['error'];
  if (error === undefined || error === null) return undefined;
  const object = isJsonObject(error) ? error : undefined;
  const code = readCode(object);
  const status = typeof object?.['code'] === 'number' ? object['code'] : 0;
  return new GatewayError(status === 429 ? 'upstream.rate_limited' : 'upstream.error', {
    upstream: { status, message: readMessage(object, Buffer.from(typeof error === 'string' ? error : '')), code },
  });
}

function faultCode(status: number, words: string): ErrorCode {
  switch (status) {
    case 401:
    case 402:
      return 'upstream.credential_rejected';
    case 403:
      return CONTENT_POLICY.test(words) ? 'upstream.content_policy' : 'upstream.credential_rejected';
    case 404:
      return 'upstream.not_found';
    case 408:
      return 'upstream.timeout';
    case 413:
      return 'upstream.too_large';
    case 422:
      return 'upstream.unprocessable';
    case 429:
      return 'upstream.rate_limited';
    default:
      if (status >= 500) return 'upstream.error';
      return status >= 400 ? 'upstream.bad_request' : 'upstream.invalid_answer';
  }
}

/** Most send `{"error":{…}}`; some send the fields at the top, or an array around them (Google). */
function errorObject(body: JsonObject): JsonObject {
  return isJsonObject(body['error']) ? body['error'] : body;
}

function readMessage(error: JsonObject | undefined, body: Buffer): string {
  const candidate = error?.['message'] ?? error?.['detail'] ?? error?.['error'];
  const text = typeof candidate === 'string' ? candidate : body.toString('utf8', 0, MESSAGE_CHARACTERS_MAX);
  return text.slice(0, MESSAGE_CHARACTERS_MAX);
}

function readCode(error: JsonObject | undefined): string | undefined {
  const candidate = error?.['code'] ?? error?.['type'] ?? error?.['status'];
  if (typeof candidate === 'number') return String(candidate);
  return typeof candidate === 'string' ? candidate.slice(0, CODE_CHARACTERS_MAX) : undefined;
}

/** Seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(value.trim()) ? Number(value) : Math.ceil((Date.parse(value) - nowMs) / 1000);
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds, RETRY_AFTER_SECONDS_MAX);
}
