import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { decodeGoogleFault } from '../google-fault.ts';
import { bodyText, type ProviderWords, providerFault, readRetryAfter } from '../provider-fault.ts';

/**
 * Codes by which a filter refuses a prompt as a bad request:
 * https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter and, of text, pictures and what is made of
 * them, https://www.volcengine.com/docs/82379/1299023
 */
const POLICY_CODES = /^(?:content_filter|content_policy_violation)$|SensitiveContentDetected/;
/** Words of OpenAI and DeepSeek for the same: https://github.com/deepseek-ai/awesome-deepseek-integration/issues/13 */
const POLICY_WORDS = /violating our usage policy|^Content Exists Risk$/i;
/** A wrong key, which xAI answers as a bad request: https://docs.x.ai/developers/debugging */
const KEY_WORDS = /^Incorrect API key provided/i;

/**
 * Classifies a provider's error answer: whose fault it is, whether another try can help, and what the provider said.
 * OpenAI's codes: https://platform.openai.com/docs/guides/error-codes; OpenRouter's moderation 403:
 * https://openrouter.ai/docs/api-reference/errors
 */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const outer = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(outer) ? errorObject(outer) : undefined;
  if (isGoogleStatus(error)) return decodeGoogleFault(answer, nowMs);
  const code = readCode(error);
  const words = {
    status: answer.status,
    message: readMessage(error) ?? bodyText(answer.body),
    code,
    param: typeof error?.['param'] === 'string' ? error['param'] : undefined,
    retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
  };
  return providerFault(words, answer.status === 400 ? codeOfBadRequest(words) : undefined);
}

/** What is told as a bad request and is not one. */
function codeOfBadRequest({ code = '', message }: ProviderWords): ErrorCode | undefined {
  // As Poe tells it: https://creator.poe.com/api-reference/errors
  if (code === 'model_not_found') return 'upstream.not_found';
  if (POLICY_CODES.test(code) || POLICY_WORDS.test(message)) return 'upstream.content_policy';
  return KEY_WORDS.test(message) ? 'upstream.credential_rejected' : undefined;
}

/** The error that a stream's event carries in place of a chunk, or `undefined` when the event is no error. */
export function faultOfEvent(event: JsonObject): GatewayError | undefined {
  const error = event['error'];
  if (error === undefined || error === null) return undefined;
  const object = isJsonObject(error) ? error : undefined;
  const status = typeof object?.['code'] === 'number' ? object['code'] : 0;
  const message = readMessage(object) ?? (typeof error === 'string' ? error : '');
  return providerFault(
    { status, message, code: readCode(object) },
    status === 429 ? 'upstream.rate_limited' : 'upstream.error',
  );
}

/**
 * Google answers errors of its own in this format, too, and tells by them what the status does not: that a key is wrong,
 * and how long to wait. https://ai.google.dev/gemini-api/docs/troubleshooting
 */
function isGoogleStatus(error: JsonObject | undefined): boolean {
  return typeof error?.['code'] === 'number' && typeof error['status'] === 'string';
}

/** Most send `{"error":{…}}`; some send the fields at the top, or an array around them (Google). */
function errorObject(body: JsonObject): JsonObject {
  return isJsonObject(body['error']) ? body['error'] : body;
}

function readMessage(error: JsonObject | undefined): string | undefined {
  const candidate = error?.['message'] ?? error?.['detail'] ?? error?.['error'];
  return typeof candidate === 'string' ? candidate : undefined;
}

function readCode(error: JsonObject | undefined): string | undefined {
  const candidate = error?.['code'] ?? error?.['type'] ?? error?.['status'];
  if (typeof candidate === 'number') return String(candidate);
  return typeof candidate === 'string' ? candidate : undefined;
}
