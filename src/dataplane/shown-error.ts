import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { messageForPayers } from '../protocol/for-payers.ts';
import type { Exchange } from './exchange.ts';

/** What providers say of a request is about the caller's own words, and helps to mend them. */
const ABOUT_THE_REQUEST: ReadonlySet<ErrorCode> = new Set([
  'upstream.bad_request',
  'upstream.too_large',
  'upstream.unprocessable',
  'upstream.content_policy',
]);
/** Facts of errors that name whom the operator buys from, or tell it by what their formats lack. */
const WHOSE = new Set(['provider', 'connection', 'dialect', 'losses']);

/**
 * An error as the caller may see it. Who pays the hub is its customer and not its providers': neither which one it was nor
 * what it said of the operator's account is told. The records have both.
 */
export function shownError({ credit, caller }: Pick<Exchange, 'credit' | 'caller'>, error: GatewayError): GatewayError {
  if (caller.tells !== undefined) return caller.tells(error);
  if (credit === undefined) return error;
  const { code, message, param, details, upstream, retryAfterSeconds, cause } = error;
  const kept = Object.entries(details ?? {}).filter(([name]) => !WHOSE.has(name));
  return new GatewayError(code, {
    message: messageForPayers(code, message),
    param,
    details: kept.length === 0 ? undefined : Object.fromEntries(kept),
    upstream: ABOUT_THE_REQUEST.has(code) ? upstream : undefined,
    retryAfterSeconds,
    cause,
  });
}
