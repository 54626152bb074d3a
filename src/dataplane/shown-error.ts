import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { messageForPayers } from '../protocol/for-payers.ts';
import type { Exchange } from './exchange.ts';
import { buysOfHub, hidesServer } from './shown-model.ts';

/** What providers say of a request is about the caller's own words, and helps to mend them. */
const ABOUT_THE_REQUEST: ReadonlySet<ErrorCode> = new Set([
  'upstream.bad_request',
  'upstream.too_large',
  'upstream.unprocessable',
  'upstream.content_policy',
]);
/** Facts of errors that name whom the operator buys from, or tell it by what their formats lack. */
const WHOSE = new Set(['provider', 'connection', 'dialect', 'losses']);

type Shown = Pick<Exchange, 'credit' | 'caller' | 'access' | 'principal' | 'deployment' | 'requestedModel'>;
type Upstream = NonNullable<GatewayError['upstream']>;

const SOMEBODY = 'the provider';

/** What a provider said of a request, without what it calls itself and the model by. */
function nameless(upstream: Upstream, exchange: Shown): Upstream {
  const { deployment, requestedModel } = exchange;
  if (deployment === undefined || !hidesServer(exchange)) return upstream;
  const { connection, upstreamModel } = deployment;
  const { host, hostname } = new URL(connection.origin);
  const others = [host, hostname, connection.name, connection.providerName, connection.providerId];
  // Providers repeat the id, or what stands behind the last slash of it.
  const models = [upstreamModel, upstreamModel.slice(upstreamModel.lastIndexOf('/') + 1)];
  const without = (text: string): string => {
    const renamed = models.reduce((said, name) => replaceWord(said, name, requestedModel), text);
    return others.reduce((said, name) => replaceWord(said, name, SOMEBODY), renamed);
  };
  // What is said as texts only: numbers name nobody.
  return Object.fromEntries(
    Object.entries(upstream).map(([field, value]) => [field, typeof value === 'string' ? without(value) : value]),
  ) as Upstream;
}

/** In any case, and not within another word. */
function replaceWord(text: string, word: string, by: string): string {
  if (word === '' || word === by) return text;
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'gi'), () => by);
}

/**
 * An error as the caller may see it. Who pays the hub is its customer and not its providers': neither which one it was nor
 * what it said of the operator's account is told. The records have both.
 */
export function shownError(exchange: Shown, error: GatewayError): GatewayError {
  const { caller } = exchange;
  if (caller.tells !== undefined) return caller.tells(error);
  if (!buysOfHub(exchange)) return error;
  const { code, message, param, details, upstream, retryAfterSeconds, cause } = error;
  const kept = Object.entries(details ?? {}).filter(([name]) => !WHOSE.has(name));
  return new GatewayError(code, {
    message: messageForPayers(code, message),
    param,
    details: kept.length === 0 ? undefined : Object.fromEntries(kept),
    upstream: ABOUT_THE_REQUEST.has(code) && upstream !== undefined ? nameless(upstream, exchange) : undefined,
    retryAfterSeconds,
    cause,
  });
}
