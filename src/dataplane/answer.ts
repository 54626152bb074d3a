import type { GatewayError } from '../kernel/errors.ts';
import { formatCredits, formatUsd, type NanoCredits, type NanoUsd } from '../kernel/money.ts';
import type { Loss } from '../protocol/records.ts';
import type { CacheOutcome, Exchange } from './exchange.ts';
import { limitHeaders } from './limit-headers.ts';
import { shownError } from './shown-error.ts';
import { buysOfHub } from './shown-model.ts';

/** An answer is kept by nobody, and is what its type says it is. */
export const FOR_BROWSERS = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'] as const;

/** So much of a request's body that nobody wants is thrown away for the sake of its connection. */
const DRAINED_BYTES_MAX = 64 * 1024;

/** The headers of every answer, as a flat list of names and values. */
export function commonHeaders(exchange: Exchange, contentType: string): string[] {
  const headers = ['content-type', contentType, ...FOR_BROWSERS, 'x-request-id', exchange.requestId];
  const { deployment, caller } = exchange;
  if (caller.tells !== undefined) return headers;
  // Who pays with credit buys from the hub, and need not know where it buys.
  if (deployment !== undefined && !buysOfHub(exchange)) {
    headers.push('x-hub-provider', deployment.connection.providerId, 'x-hub-connection', deployment.connection.name);
    headers.push('x-hub-routed-model', headerSafe(deployment.upstreamModel));
    if (deployment.connection.simulated) headers.push('x-hub-simulated', 'true');
  }
  if (exchange.cacheOutcome !== undefined) headers.push(...cacheHeaders(exchange.cacheOutcome));
  if (exchange.limits !== undefined) headers.push(...limitHeaders(exchange));
  if (exchange.losses.length > 0) headers.push('x-hub-losses', lossesHeader(exchange.losses));
  return headers;
}

/** https://www.rfc-editor.org/rfc/rfc9111#section-5.1: how many seconds ago it was asked for. */
function cacheHeaders(outcome: CacheOutcome): readonly string[] {
  const said = ['x-hub-cache', outcome.kind];
  return outcome.kind === 'hit' ? [...said, 'age', String(outcome.ageSeconds)] : said;
}

/** The fields that were lost, each once. */
export function lossesHeader(losses: readonly Loss[]): string {
  return headerSafe([...new Set(losses.map((loss) => loss.field))].join(', '));
}

/** The names of what follows such an answer. */
export function trailerNames({ credit }: Exchange): string {
  return `${credit === undefined ? 'x-hub-cost' : 'x-hub-charge'}, x-hub-losses`;
}

/** What follows an answer whose head left before it was known. */
export function trailersOf(
  { credit }: Pick<Exchange, 'credit'>,
  { losses, paid }: { readonly losses: readonly Loss[]; readonly paid: Paid },
): [string, string][] {
  const trailers: [string, string][] = [paidHeader({ credit }, paid)];
  if (losses.length > 0) trailers.push(['x-hub-losses', lossesHeader(losses)]);
  return trailers;
}

/** The hub's own share of the time so far, and the phases where the caller asked for them (`x-hub-timing: 1`). */
export function timingHeaders(exchange: Exchange): string[] {
  if (exchange.caller.tells !== undefined) return [];
  const elapsedMs = exchange.elapsedMs();
  const overheadMs = Math.max(0, elapsedMs - exchange.upstreamMs);
  const headers = ['x-hub-overhead-ms', overheadMs.toFixed(3)];
  if (exchange.header('x-hub-timing') !== undefined) {
    // https://www.w3.org/TR/server-timing/
    const upstream = `upstream;dur=${exchange.upstreamMs.toFixed(3)}`;
    headers.push('server-timing', `hub;dur=${overheadMs.toFixed(3)}, ${upstream}, total;dur=${elapsedMs.toFixed(3)}`);
  }
  return headers;
}

/** What a call cost, and what its accounts pay where they do. */
export type Paid = { readonly costNano: NanoUsd | undefined; readonly priceNano: NanoCredits | undefined };

/**
 * What the call costs the caller: credits where it is paid for with them, else the provider's dollars with nine places, or
 * that no price is known: an unpriced call is never shown as free.
 */
export function paidHeader(
  { credit }: Pick<Exchange, 'credit'>,
  { costNano, priceNano }: Paid,
): [name: string, value: string] {
  if (priceNano !== undefined)
    return ['x-hub-charge', formatCredits(credit === undefined ? priceNano : credit.told(priceNano).amountNano)];
  return ['x-hub-cost', costNano === undefined ? 'unpriced' : formatUsd(costNano)];
}

/** Answers with an error in the caller's own dialect. Nothing may have been sent before. */
export function answerError(exchange: Exchange, error: GatewayError): void {
  const shown = shownError(exchange, error);
  const body = Buffer.from(JSON.stringify(exchange.caller.face.encodeError(shown, exchange.requestId)));
  const headers = [...commonHeaders(exchange, 'application/json'), ...timingHeaders(exchange)];
  headers.push('content-length', String(body.length));
  // OpenAI's SDKs obey this header over their own judgement of the status.
  if (!shown.retryable) headers.push('x-should-retry', 'false');
  if (shown.retryAfterSeconds !== undefined) headers.push('retry-after', String(shown.retryAfterSeconds));
  if (shown.status === 401) headers.push('www-authenticate', 'Bearer');
  if (!canDrain(exchange)) headers.push('connection', 'close');
  exchange.content?.takeAnswer(body, 'application/json');
  exchange.responseBytes = body.length;
  exchange.response.writeHead(shown.status, headers);
  exchange.response.end(body);
}

/**
 * Whether the connection can be used again although its request's body was not read: node:http throws away what is left of
 * it, which is worth it where that is little and still comes. Making a new connection costs both sides more.
 */
function canDrain({ request: { complete, headers }, stopped }: Exchange): boolean {
  if (complete) return true;
  if (stopped !== undefined) return false;
  const bytes = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
  return bytes <= DRAINED_BYTES_MAX && headers.expect === undefined;
}

/** A header value in printable ASCII; anything else is written as `?`. */
export function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
