import type { ErrorCode, GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { FaultAnswer } from './contract.ts';
import { bodyText, codeOfStatus, providerFault, readRetryAfter } from './provider-fault.ts';

/** A key that is wrong, expired or not meant for this API is answered as a bad request. */
const KEY_REASONS: ReadonlySet<string> = new Set(['API_KEY_INVALID', 'API_KEY_EXPIRED', 'API_KEY_SERVICE_BLOCKED']);
const KEY_WORDS = /API key (?:not valid|not found|expired)/i;
/** So is an account that may not use the API from where it is, or without paying. */
const ACCOUNT_WORDS = /location is not supported|billing|free tier/i;
const SIZE_WORDS = /payload size exceeds/i;
const SECONDS = /^(\d{1,9})(\.\d{1,9})?s$/;
const RETRY_SECONDS_MAX = 3600;

/**
 * Classifies an error answer, a `google.rpc.Status` in JSON: https://ai.google.dev/gemini-api/docs/troubleshooting and
 * https://cloud.google.com/apis/design/errors#error_model
 */
export function decodeGoogleFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const error = errorOf(parseJsonOrUndefined(answer.body.toString()));
  const retryAfterHeader = readRetryAfter(answer.headers['retry-after'], nowMs);
  if (error === undefined) {
    return providerFault({
      status: answer.status,
      message: bodyText(answer.body),
      code: undefined,
      retryAfterSeconds: retryAfterHeader,
    });
  }
  return faultOf(error, answer.status, retryAfterHeader);
}

/** The error that an answer or an event of a stream carries in place of a result; `undefined` where it is none. */
export function carriedGoogleFault(answer: unknown): GatewayError | undefined {
  const error = errorOf(answer);
  if (error === undefined) return undefined;
  return faultOf(error, typeof error['code'] === 'number' ? error['code'] : 0, undefined);
}

/** Some answers stand in a list of one. */
function errorOf(answer: unknown): JsonObject | undefined {
  const outer: unknown = Array.isArray(answer) ? answer[0] : answer;
  const error = isJsonObject(outer) ? outer['error'] : undefined;
  if (typeof error === 'string') return { message: error };
  return isJsonObject(error) ? error : undefined;
}

function faultOf(error: JsonObject, status: number, retryAfterHeader: number | undefined): GatewayError {
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  const name = typeof error['status'] === 'string' ? error['status'] : undefined;
  const details = Array.isArray(error['details']) ? error['details'].filter(isJsonObject) : [];
  const reason = details.map((detail) => detail['reason']).find((word) => typeof word === 'string');
  const words = {
    status,
    message,
    code: typeof reason === 'string' ? reason : name,
    retryAfterSeconds: retryDelayOf(details) ?? retryAfterHeader,
  };
  return providerFault(words, codeOf({ status, message, name, reason: words.code }));
}

function codeOf(said: {
  readonly status: number;
  readonly message: string;
  readonly name: string | undefined;
  readonly reason: string | undefined;
}): ErrorCode {
  const { status, message, name, reason } = said;
  if (KEY_REASONS.has(reason ?? '') || KEY_WORDS.test(message)) return 'upstream.credential_rejected';
  switch (name) {
    case 'INVALID_ARGUMENT':
      return SIZE_WORDS.test(message) ? 'upstream.too_large' : 'upstream.bad_request';
    case 'FAILED_PRECONDITION':
      return ACCOUNT_WORDS.test(message) ? 'upstream.credential_rejected' : 'upstream.bad_request';
    case 'RESOURCE_EXHAUSTED':
      return 'upstream.rate_limited';
    case 'DEADLINE_EXCEEDED':
      return 'upstream.timeout';
    case 'CANCELLED':
    case 'INTERNAL':
    case 'UNAVAILABLE':
      return 'upstream.error';
    case undefined:
    default:
      // An error in the place of an answer is the provider's failure where nothing says whose it is.
      return status < 400 ? 'upstream.error' : codeOfStatus(status, `${reason ?? ''} ${message}`);
  }
}

/** `google.rpc.RetryInfo`: a duration such as `34.4s`. */
function retryDelayOf(details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay } of details) {
    const match = typeof retryDelay === 'string' ? SECONDS.exec(retryDelay) : null;
    if (match === null) continue;
    const [, whole = '0', fraction = ''] = match;
    return Math.min(Math.ceil(Number(`${whole}${fraction}`)), RETRY_SECONDS_MAX);
  }
  return undefined;
}
