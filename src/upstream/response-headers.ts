import type { AnswerHeaders } from './ports.ts';

/**
 * Where providers put the id of a request, to be quoted to their support:
 * https://platform.openai.com/docs/api-reference/debugging-requests, https://docs.anthropic.com/en/api/errors
 */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-amzn-requestid'] as const;

/** An id longer than this, or of other characters, is not one. */
const REQUEST_ID = /^[\w.:=+/-]{1,200}$/;

/** The provider's own id of the request, if it gave one. */
export function upstreamRequestId(headers: AnswerHeaders): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && REQUEST_ID.test(value)) return value;
  }
  return undefined;
}
