import type { AnswerHeaders } from './ports.ts';

/** What of a provider's headers means the same to the caller as to us. `retry-after-ms` is what OpenAI's SDKs look for. */
const FORWARDED = ['content-type', 'retry-after', 'retry-after-ms'] as const;

/**
 * Where providers put the id of a request, to be quoted to their support:
 * https://platform.openai.com/docs/api-reference/debugging-requests, https://docs.anthropic.com/en/api/errors
 */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-amzn-requestid'] as const;

/** The provider's request id under a name that cannot be taken for the hub's own. */
const UPSTREAM_REQUEST_ID_HEADER = 'x-hub-upstream-request-id';

/** An id longer than this, or of other characters, is not one. */
const REQUEST_ID = /^[\w.:=+/-]{1,200}$/;

/**
 * A provider's headers that go on to the caller, as a fresh object. Cookies, the provider's account (`openai-organization`,
 * its rate limits, which many callers share) and everything about its servers and its connection stay here.
 */
export function forwardedResponseHeaders(headers: AnswerHeaders): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === 'string') forwarded[name] = value;
  }
  const id = upstreamRequestId(headers);
  if (id !== undefined) forwarded[UPSTREAM_REQUEST_ID_HEADER] = id;
  return forwarded;
}

/** The provider's own id of the request, if it gave one. */
export function upstreamRequestId(headers: AnswerHeaders): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && REQUEST_ID.test(value)) return value;
  }
  return undefined;
}
