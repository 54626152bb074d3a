import type { GatewayError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { sseEvent } from './sse-text.ts';

/**
 * Errors as AIGNE's clients read them: they show `error.message` and nothing else, and put `error.type` on what they
 * throw. An error that is a bare string is shown as raw JSON, so the object is the only form. `message` beside it is what
 * the documented API's readers look for: https://www.aigne.io/docs
 */
export function encodeAigneError(error: GatewayError, requestId: string): JsonObject {
  const message = wordsOf(error);
  return {
    error: {
      message,
      type: typeOf(error),
      code: error.code,
      param: error.param ?? null,
      remedy: error.remedy,
      request_id: requestId,
      ...linkOf(error),
      ...(error.details === undefined ? {} : { details: jsonOf(error.details) }),
      ...(error.upstream === undefined ? {} : { upstream: jsonOf(error.upstream) }),
    },
    message,
  };
}

/** The clients know being out of credit by this name. */
export function typeOf({ code }: GatewayError): string {
  return code === 'credit.exhausted' ? 'NOT_ENOUGH' : code;
}

/** Where more credit is to be had. */
export function linkOf({ code, details }: GatewayError): { readonly link?: string } {
  const link = code === 'credit.exhausted' ? details?.['link'] : undefined;
  return typeof link === 'string' ? { link } : {};
}

/** An error within a stream of `/api/v2/chat`: the client throws the message of an event that is named `error`. */
export function encodeAigneStreamError(error: GatewayError, requestId: string): string {
  return sseEvent(
    { message: wordsOf(error), type: typeOf(error), ...linkOf(error), code: error.code, request_id: requestId },
    'error',
  );
}

/** Ours, and the provider's own words behind it: the clients show nothing else. */
function wordsOf(error: GatewayError): string {
  const { message, upstream } = error;
  const { link } = linkOf(error);
  if (link !== undefined) return `${message} ${link}`;
  return upstream === undefined || upstream.message === '' ? message : `${message} ${upstream.message}`;
}

/** Details are what may be shown as JSON; what has no JSON form is left out as `JSON.stringify` would. */
function jsonOf(value: object): JsonObject {
  // Facts for the caller are plain data, and are only written out from here.
  return value as JsonObject;
}
