import type { IncomingHttpHeaders } from 'node:http';

/**
 * What of a caller's headers goes on to a provider of the caller's own dialect; to any other nothing does. All others
 * stay here, for a reason each:
 * - `authorization`, `x-api-key`, `cookie`: the caller's secrets; the credential's header takes their place;
 * - `openai-organization`, `openai-project`: they address the account behind the credential, which is not the caller's;
 * - `idempotency-key`: providers keep it per account, and callers share one, so two callers' keys could meet;
 * - `host`, `forwarded`, `x-forwarded-*`, `user-agent`, `referer`, `x-stainless-*`: they tell of the caller's network;
 * - `traceparent`, `tracestate`, `baggage`: they join calls of one caller across providers;
 * - hop-by-hop and framing headers: they belong to the caller's own connection;
 * - `x-hub-*` and `x-aigne-hub-*`: they speak to the hub.
 */
const FORWARDED: ReadonlyMap<string, readonly string[]> = new Map([
  // Switches documented beta features on: https://platform.openai.com/docs/api-reference
  ['openai-chat', ['openai-beta']],
  ['openai-responses', ['openai-beta']],
  // https://docs.anthropic.com/en/api/versioning, https://docs.anthropic.com/en/api/beta-headers
  ['anthropic-messages', ['anthropic-version', 'anthropic-beta']],
]);
const NONE: Readonly<Record<string, string>> = {};

/** The caller's headers that go upstream, from Node's lower-cased ones, where both sides speak this dialect. */
export function forwardedRequestHeaders(
  headers: IncomingHttpHeaders,
  dialect: string,
): Readonly<Record<string, string>> {
  let forwarded: Record<string, string> | undefined;
  for (const name of FORWARDED.get(dialect) ?? []) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    forwarded ??= {};
    forwarded[name] = value;
  }
  return forwarded ?? NONE;
}
