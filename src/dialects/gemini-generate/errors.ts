import type { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { sseEvent } from '../sse-text.ts';

const TYPES = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'aigne-hub';

/**
 * A hub error as Google's SDKs read it, whose `code` is the status: https://google.aip.dev/193. The hub's own stable code
 * is the reason, in the detail that Google has for it, and what else is known stands beside.
 */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  const { upstream, status, message } = error;
  return {
    error: {
      code: status,
      message,
      status: statusName(status),
      details: detailsOf(error, requestId),
      remedy: error.remedy,
      ...(upstream === undefined ? {} : { upstream: { ...upstream } }),
    },
  };
}

/**
 * The same as the end of a stream. The API writes an error there without its being an event, which its own SDKs look for
 * and readers of events pass over; for these it stands in an event, too.
 */
export function encodeStreamError(error: GatewayError, requestId: string): string {
  const body = encodeError(error, requestId);
  return `${JSON.stringify(body)}\n\n${sseEvent(body)}`;
}

function detailsOf(
  { code, param, message, details, retryAfterSeconds }: GatewayError,
  requestId: string,
): JsonObject[] {
  const metadata = Object.fromEntries(
    Object.entries(details ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
  return [
    {
      '@type': `${TYPES}ErrorInfo`,
      reason: code,
      domain: DOMAIN,
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    },
    ...(param === undefined
      ? []
      : [{ '@type': `${TYPES}BadRequest`, fieldViolations: [{ field: param, description: message }] }]),
    ...(retryAfterSeconds === undefined ? [] : [{ '@type': `${TYPES}RetryInfo`, retryDelay: `${retryAfterSeconds}s` }]),
    { '@type': `${TYPES}RequestInfo`, requestId },
  ];
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
function statusName(status: number): string {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED';
    case 402:
      return 'FAILED_PRECONDITION';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 405:
    case 501:
      return 'UNIMPLEMENTED';
    case 409:
      return 'ABORTED';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 499:
      return 'CANCELLED';
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      if (status >= 500) return status === 500 ? 'INTERNAL' : 'UNAVAILABLE';
      return 'INVALID_ARGUMENT';
  }
}
