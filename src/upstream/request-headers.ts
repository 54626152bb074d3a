import type { IncomingHttpHeaders } from 'node:http';

/**
 * What of a caller's headers goes on to a provider. All others stay here, for a reason each:
 * - `authorization`, `x-api-key`, `cookie`: the caller's secrets; the credential's header takes their place;
 * - `openai-organization`, `openai-project`: they address the account behind the credential, which is not the caller's;
 * - `idempotency-key`: providers keep it per account, and callers share one, so two callers' keys could meet;
 * - `host`, `forwarded`, `x-forwarded-*`, `user-agent`, `referer`, `x-stainless-*`: they tell of the caller's network;
 * - `traceparent`, `tracestate`, `baggage`: they join calls of one caller across providers;
 * - hop-by-hop and framing headers: they belong to the caller's own connection;
 * - `x-hub-*` and `x-aigne-hub-*`: they speak to the hub.
 */
const FORWARDED = [
  'accept',
  'content-type',
  // Switches documented beta features on: https://platform.openai.com/docs/api-reference
  'openai-beta',
] as const;

/** The caller's headers that go upstream, from Node's lower-cased ones, as a fresh object to add the credential's to. */
export function forwardedRequestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === 'string') forwarded[name] = value;
  }
  return forwarded;
}
