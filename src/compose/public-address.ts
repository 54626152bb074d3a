import type { IncomingMessage } from 'node:http';
import { createTrust } from './client-address.ts';

export type PublicAddressInput = {
  /** Without a trailing slash; `undefined` where callers use the address that is listened on. */
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly isTls: boolean;
};

/** A host's name or address with its port, as a `Host` header may hold it: https://www.rfc-editor.org/rfc/rfc9110#field.host */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * Tells under which address a request reached the hub: the one in the settings, else the request's own host. What a proxy
 * says of the scheme and the host counts where the proxy is trusted.
 */
export function createPublicAddress({
  publicUrl,
  trustedProxies,
  isTls,
}: PublicAddressInput): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  if (publicUrl !== undefined) return () => publicUrl;
  const isTrusted = createTrust(trustedProxies);
  const ownScheme = isTls ? 'https' : 'http';
  return ({ headers, socket }) => {
    const isForwarded = isTrusted(socket.remoteAddress);
    const scheme = isForwarded ? forwardedScheme(headers) : undefined;
    const host = (isForwarded ? first(headers['x-forwarded-host']) : undefined) ?? headers.host ?? '';
    const known = HOST.test(host) ? host : `${bracketed(socket.localAddress ?? 'localhost')}:${socket.localPort ?? 0}`;
    return `${scheme ?? ownScheme}://${known}`;
  };
}

/** What a proxy, which has to be trusted, says of how the request came to it. */
export function forwardedScheme(headers: IncomingMessage['headers']): 'http' | 'https' | undefined {
  const scheme = first(headers['x-forwarded-proto']);
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
}

/** Each proxy of a chain adds its word; the first is the caller's own. */
function first(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',', 1)[0]?.trim();
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
