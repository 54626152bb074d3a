import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { bodyText, providerFault, readRetryAfter } from '../provider-fault.ts';

/**
 * Bedrock's exceptions, and those that every service of AWS has:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
 */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['AccessDeniedException', 'upstream.credential_rejected'],
  ['ExpiredToken', 'upstream.credential_rejected'],
  ['ExpiredTokenException', 'upstream.credential_rejected'],
  ['IncompleteSignature', 'upstream.credential_rejected'],
  ['IncompleteSignatureException', 'upstream.credential_rejected'],
  ['InvalidClientTokenId', 'upstream.credential_rejected'],
  ['InvalidSignatureException', 'upstream.credential_rejected'],
  ['MissingAuthenticationToken', 'upstream.credential_rejected'],
  ['MissingAuthenticationTokenException', 'upstream.credential_rejected'],
  ['NotAuthorized', 'upstream.credential_rejected'],
  ['OptInRequired', 'upstream.credential_rejected'],
  ['RequestExpired', 'upstream.credential_rejected'],
  ['UnrecognizedClientException', 'upstream.credential_rejected'],
  ['ServiceQuotaExceededException', 'upstream.rate_limited'],
  ['ThrottlingException', 'upstream.rate_limited'],
  ['TooManyRequestsException', 'upstream.rate_limited'],
  ['ModelTimeoutException', 'upstream.timeout'],
  ['ResourceNotFoundException', 'upstream.not_found'],
  ['ValidationException', 'upstream.bad_request'],
  ['InternalFailure', 'upstream.error'],
  ['InternalServerException', 'upstream.error'],
  ['ModelErrorException', 'upstream.error'],
  // Sent as 429, but it says that a model is being loaded and nothing of a rate.
  ['ModelNotReadyException', 'upstream.error'],
  ['ModelStreamErrorException', 'upstream.error'],
  ['ServiceUnavailable', 'upstream.error'],
  ['ServiceUnavailableException', 'upstream.error'],
]);

/** The statuses that exceptions within a stream would have as answers, by the service's own model. */
const STATUS_WITHIN_STREAM: ReadonlyMap<string, number> = new Map([
  ['InternalServerException', 500],
  ['ModelStreamErrorException', 424],
  ['ModelTimeoutException', 408],
  ['ServiceUnavailableException', 503],
  ['ThrottlingException', 429],
  ['ValidationException', 400],
]);

/** How a model that is not there is told: as a mistake of the request. */
const UNKNOWN_MODEL = 'model identifier is invalid';

/** Classifies an answer that is not a success by the exception's name, and by its status where none is known. */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const parsed = parseJsonOrUndefined(answer.body.toString());
  const body = isJsonObject(parsed) ? parsed : {};
  const header = answer.headers['x-amzn-errortype'];
  const name = exceptionName(Array.isArray(header) ? header[0] : header) ?? exceptionName(body['__type']);
  const message = messageOf(body) ?? bodyText(answer.body);
  const retryAfterSeconds = readRetryAfter(answer.headers['retry-after'], nowMs);
  const words = { status: answer.status, message, code: name, retryAfterSeconds };
  return providerFault(words, codeOf(name, body, message));
}

/** An exception that ends a stream. `type` as the message's header names it: `throttlingException`. */
export function faultOfException(type: string, data: string): GatewayError {
  const name = exceptionName(type.charAt(0).toUpperCase() + type.slice(1));
  const parsed = parseJsonOrUndefined(data);
  const body = isJsonObject(parsed) ? parsed : {};
  const message = messageOf(body) ?? data;
  const told = body['originalStatusCode'];
  const status = (name === undefined ? undefined : STATUS_WITHIN_STREAM.get(name)) ?? 0;
  const code = codeOf(name, body, message) ?? 'upstream.error';
  return providerFault({ status: status === 0 && typeof told === 'number' ? told : status, message, code: name }, code);
}

function codeOf(name: string | undefined, body: JsonObject, message: string): ErrorCode | undefined {
  const code = name === undefined ? undefined : CODES.get(name);
  if (code === 'upstream.bad_request' && message.includes(UNKNOWN_MODEL)) return 'upstream.not_found';
  const original = body['originalStatusCode'];
  // The model's own server refused the request: another try would be refused, too.
  if (code === 'upstream.error' && original === 400) return 'upstream.bad_request';
  return code;
}

/** `ValidationException:http://…` or `com.amazon.coral.validate#ValidationException` → `ValidationException`. */
function exceptionName(text: JsonValue | undefined): string | undefined {
  if (typeof text !== 'string') return undefined;
  const [head = ''] = text.split(':', 1);
  const name = head.slice(head.lastIndexOf('#') + 1).trim();
  return name === '' ? undefined : name;
}

function messageOf(body: JsonObject): string | undefined {
  for (const key of ['message', 'Message', 'originalMessage']) {
    const text = body[key];
    if (typeof text === 'string' && text !== '') return text;
  }
  return undefined;
}
