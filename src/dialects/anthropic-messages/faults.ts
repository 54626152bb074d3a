import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { bodyText, codeOfStatus, providerFault, readRetryAfter } from '../provider-fault.ts';

/**
 * Anthropic's errors, each with its HTTP status; one within a stream tells its type only:
 * https://docs.anthropic.com/en/api/errors
 */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);
/** An account without money is told as an invalid request, which it is not: the next one fares no better. */
const NO_MONEY = /credit balance is too low/i;

/** Classifies an answer that is not a success: whose fault it is, and what the provider said. */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const words = readError(parseJsonOrUndefined(answer.body.toString()));
  const message = words.message ?? bodyText(answer.body);
  return providerFault(
    {
      status: answer.status,
      message,
      code: words.code,
      retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
    },
    codeOf({ status: answer.status, type: words.type, message }),
  );
}

/** The failure that an event or a whole answer carries, or `undefined` where it is none. */
export function faultOfEvent(event: JsonObject): GatewayError | undefined {
  const hasError = event['type'] === 'error' || isJsonObject(event['error']);
  if (!hasError) return undefined;
  const { type, code, message = '' } = readError(event);
  const status = STATUSES.get(type ?? '') ?? 500;
  return providerFault({ status: 0, message, code }, codeOf({ status, type, message }));
}

type Words = {
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
};

/** `error.details.error_code` names the cause where there is one, and `error.type` the kind of error. */
function readError(body: JsonValue | undefined): Words {
  const outer = isJsonObject(body) ? body : {};
  const error = isJsonObject(outer['error']) ? outer['error'] : outer;
  const details = isJsonObject(error['details']) ? error['details'] : {};
  const type = textOf(error['type']);
  return {
    type,
    code: textOf(details['error_code']) ?? type,
    message: textOf(error['message']) ?? textOf(outer['error']),
  };
}

function codeOf(said: {
  readonly status: number;
  readonly type: string | undefined;
  readonly message: string;
}): ErrorCode {
  const { status, type, message } = said;
  if (status === 400 && NO_MONEY.test(message)) return 'upstream.credential_rejected';
  if (type === 'billing_error') return 'upstream.credential_rejected';
  if (status === 504) return 'upstream.timeout';
  return codeOfStatus(status, `${type ?? ''} ${message}`);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
