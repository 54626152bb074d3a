import type { IncomingMessage } from 'node:http';
import { createTrust } from './client-address.ts';
import { forwardedScheme, type PublicAddressInput } from './public-address.ts';

/**
 * Tells a browser to come by TLS alone for a year. Not to the hosts below this one: the hub does not own them.
 * https://www.rfc-editor.org/rfc/rfc6797
 */
export const STRICT_TRANSPORT = { name: 'strict-transport-security', value: 'max-age=31536000' } as const;

/**
 * Tells whether a request came encrypted: over the hub's own TLS, or to a trusted proxy that says so. One that says
 * nothing stands where callers are sent to. A public address alone proves nothing of who does not come by the proxy.
 */
export function createEncryptionCheck({
  publicUrl,
  trustedProxies,
  isTls,
}: PublicAddressInput): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => boolean {
  const isTrusted = createTrust(trustedProxies);
  const isPublic = publicUrl?.startsWith('https:') ?? isTls;
  return ({ headers, socket }) => {
    if (!isTrusted(socket.remoteAddress)) return isTls;
    const scheme = forwardedScheme(headers);
    return scheme === undefined ? isPublic : scheme === 'https';
  };
}
