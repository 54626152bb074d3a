import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../kernel/errors.ts';

/**
 * Pages in browsers, by the CORS protocol: https://fetch.spec.whatwg.org/#http-cors-protocol. Answers are closed to pages
 * of other origins, unless a key names theirs.
 */

/** What a browser may write of a page's origin. */
const ORIGIN = /^[\x21-\x7e]{1,512}$/;
/** A name of a header, and how many of them a page may ask to send. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const HEADER_NAMES_MAX = 64;
/** How long browsers may remember a preflight: a key's origins may change. */
const REMEMBER_SECONDS = 60;
/** What a page may read of an answer beyond what browsers show by themselves. */
const EXPOSED = [
  'x-request-id',
  'x-hub-provider',
  'x-hub-connection',
  'x-hub-routed-model',
  'x-hub-served-model',
  'x-hub-cost',
  'x-hub-charge',
  'x-hub-overhead-ms',
  'x-hub-losses',
  'x-hub-cache',
  'age',
  'x-hub-simulated',
  'retry-after',
  'x-should-retry',
  'idempotency-replayed',
].join(', ');

export type PagesDeps = {
  /** Whether some key that counts now may be used by pages of that origin. */
  readonly allowsOrigin: (origin: string) => boolean;
};

/** The origin of the page that sends the request; `undefined` where no browser says one. */
export function originOf({ headers }: IncomingMessage): string | undefined {
  const { origin } = headers;
  return origin === undefined || origin === '' ? undefined : origin;
}

/**
 * Lets the page read whatever will be answered, errors too, where some key is for its origin. Whether the request's own
 * key is, authentication says.
 */
export function openToPage(request: IncomingMessage, response: ServerResponse, { allowsOrigin }: PagesDeps): void {
  const origin = originOf(request);
  if (origin === undefined) return;
  response.setHeader('vary', 'Origin');
  if (!ORIGIN.test(origin) || !allowsOrigin(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED);
}

export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Answers the question that a browser asks before a page's request. It carries no key, so it is answered for all of them.
 * @throws GatewayError `auth.origin_not_allowed`
 */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  { methods, allowsOrigin }: PagesDeps & { readonly methods: readonly string[] },
): void {
  const origin = originOf(request) ?? '';
  response.setHeader('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
  if (!ORIGIN.test(origin) || !allowsOrigin(origin)) {
    throw new GatewayError('auth.origin_not_allowed', { message: 'No key may be used by pages of this web origin.' });
  }
  const asked = String(request.headers['access-control-request-headers'] ?? '').split(',', HEADER_NAMES_MAX);
  const names = asked.map((name) => name.trim().toLowerCase()).filter((name) => HEADER_NAME.test(name));
  response.writeHead(204, [
    'access-control-allow-origin',
    origin,
    'access-control-allow-methods',
    methods.join(', '),
    ...(names.length === 0 ? [] : ['access-control-allow-headers', names.join(', ')]),
    'access-control-max-age',
    String(REMEMBER_SECONDS),
  ]);
  response.end();
}
