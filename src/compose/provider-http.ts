import type { ProviderHttp } from '../providers/connection-ports.ts';
import { authHeaders } from '../upstream/auth/schemes.ts';
import type { Upstream } from '../upstream/ports.ts';

const CONNECT_MS = 10_000;

/** Calls to providers off the hot path, through the same guarded way out as every other. */
export function createProviderHttp(upstream: Upstream): ProviderHttp {
  return {
    request: async ({ method, url, headers, body, auth, secret, timeoutMs, responseBytesMax }) => {
      const { origin, pathname, search } = new URL(url);
      return upstream.request({
        origin,
        path: `${pathname}${search}`,
        method,
        headers: { ...headers, ...(secret === undefined ? {} : authHeaders(auth, secret)) },
        body: body === undefined ? undefined : Buffer.from(body),
        timeouts: {
          connectMs: Math.min(CONNECT_MS, timeoutMs),
          firstByteMs: timeoutMs,
          idleMs: timeoutMs,
          totalMs: timeoutMs,
        },
        maxResponseBytes: responseBytesMax,
      });
    },
  };
}
