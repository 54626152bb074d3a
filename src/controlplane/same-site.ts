import type { FastifyRequest } from 'fastify';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request could have been begun by another site's page in a browser that holds our cookie. */
export type SiteOfRequest = 'same' | 'cross' | 'unknown';

/**
 * Tells from the headers that browsers set and pages cannot which site began a request. `Sec-Fetch-Site` is sent by every
 * browser of today over TLS and on loopback; `Origin` with every request that changes something.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 * @param ownOrigin scheme and host under which the request reached the hub
 */
export function siteOf(request: Pick<FastifyRequest, 'headers'>, ownOrigin: string): SiteOfRequest {
  const { origin } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  // Whatever one header says, the other must not say otherwise.
  if (origin !== undefined && origin !== ownOrigin) return 'cross';
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none' ? 'same' : 'cross';
  return origin === undefined ? 'unknown' : 'same';
}

/** Whether a method only reads. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}
