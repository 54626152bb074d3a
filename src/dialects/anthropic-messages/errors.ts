import type { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { sseEvent } from '../sse-text.ts';

/** Statuses and codes by which Anthropic and Bedrock tell that they have too much in hand. */
const OVERLOADED_STATUS = 529;
const OVERLOADED_TYPE = 'overloaded_error';

/**
 * A hub error as Anthropic's SDKs read it, which take the kind from `type`, and the cause from `details.error_code`:
 * https://docs.anthropic.com/en/api/errors. What they do not know stands beside it.
 */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  const { upstream } = error;
  return {
    type: 'error',
    error: {
      type: errorType(error),
      message: error.message,
      code: error.code,
      remedy: error.remedy,
      ...(error.param === undefined ? {} : { param: error.param }),
      // Details are facts of the error catalogue, which are JSON.
      details: { ...(error.details as JsonObject | undefined), error_code: error.code },
      ...(upstream === undefined ? {} : { upstream: { ...upstream } }),
    },
    request_id: requestId,
  };
}

/** The same as the last event of a stream. */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  return sseEvent(encodeError(error, requestId), 'error');
}

function errorType({ status, upstream }: GatewayError): string {
  if (upstream?.status === OVERLOADED_STATUS || upstream?.code === OVERLOADED_TYPE) return OVERLOADED_TYPE;
  switch (status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'billing_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return OVERLOADED_TYPE;
    case 504:
      return 'timeout_error';
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}
