import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { bodyText, providerFault, readRetryAfter } from '../provider-fault.ts';

/**
 * A provider's error answer as one of ours: https://platform.openai.com/docs/guides/error-codes
 * Most send `{"error":{…}}`; some send the fields at the top, or a text in the place of the object.
 */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const error = isJsonObject(body) ? (isJsonObject(body['error']) ? body['error'] : body) : undefined;
  return providerFault({
    status: answer.status,
    message: readMessage(error) ?? bodyText(answer.body),
    code: readCode(error),
    param: readParam(error),
    retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
  });
}

/**
 * The error of an `error` event. The reference has its fields at the top, OpenAI itself sends them in an `error` object:
 * https://platform.openai.com/docs/api-reference/responses-streaming/error
 */
export function faultOfErrorEvent(event: JsonObject): GatewayError {
  return faultOfError(isJsonObject(event['error']) ? event['error'] : event);
}

/** The error that a Response carries where its status is `failed` or `cancelled`, or where it is told beside it. */
export function faultOfResponse(response: JsonObject): GatewayError | undefined {
  const { error, status } = response;
  if (isJsonObject(error)) return faultOfError(error);
  if (typeof error === 'string') return providerFault({ status: 0, message: error, code: undefined }, 'upstream.error');
  if (status !== 'failed' && status !== 'cancelled') return undefined;
  return providerFault({ status: 0, message: `The response is ${status}.`, code: undefined }, 'upstream.error');
}

function faultOfError(error: JsonObject): GatewayError {
  const code = readCode(error);
  const message = readMessage(error) ?? '';
  return providerFault({ status: 0, message, code, param: readParam(error) }, codeOfWord(code ?? '', message));
}

/** The words for a failed Response: https://platform.openai.com/docs/api-reference/responses/object#responses-object-error */
function codeOfWord(word: string, message: string): ErrorCode {
  if (word.includes('policy') || word === 'content_filter') return 'upstream.content_policy';
  switch (word) {
    case 'rate_limit_exceeded':
    case 'rate_limit_error':
    case 'insufficient_quota':
    case '429':
      return 'upstream.rate_limited';
    case 'invalid_prompt':
      return message.includes('flagged') || message.includes('policy')
        ? 'upstream.content_policy'
        : 'upstream.bad_request';
    case 'context_length_exceeded':
    case 'invalid_request_error':
    case '400':
      return 'upstream.bad_request';
    case 'model_not_found':
      return 'upstream.not_found';
    default:
      // What is wrong with a picture is the caller's: `invalid_image_url`, `empty_image_file` and their like.
      return word.includes('image') ? 'upstream.bad_request' : 'upstream.error';
  }
}

function readMessage(error: JsonObject | undefined): string | undefined {
  const candidate = error?.['message'] ?? error?.['detail'] ?? error?.['error'];
  return typeof candidate === 'string' ? candidate : undefined;
}

function readCode(error: JsonObject | undefined): string | undefined {
  const { code, type } = error ?? {};
  if (typeof code === 'number') return String(code);
  if (typeof code === 'string') return code;
  // An event's `type` says that it is an error and nothing of which.
  return typeof type === 'string' && type !== 'error' ? type : undefined;
}

function readParam(error: JsonObject | undefined): string | undefined {
  const param = error?.['param'];
  return typeof param === 'string' ? param : undefined;
}
