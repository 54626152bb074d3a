import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../kernel/errors.ts';
import type { ControlServices } from '../services.ts';

/** Addresses of this machine. */
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** How a request came: encrypted, or from this machine, or so that anybody in between reads along. */
export type Transport = 'tls' | 'loopback' | 'insecure';

type Reaching = Pick<ControlServices, 'reachedAt' | 'clientAddress'>;

export function transportOf(request: IncomingMessage, { reachedAt, clientAddress }: Reaching): Transport {
  if (reachedAt(request).isSecure) return 'tls';
  return LOOPBACK.test(clientAddress(request) ?? '') ? 'loopback' : 'insecure';
}

/** Passwords and sessions are not taken where anybody in between reads along. @throws auth.insecure_transport */
export function assertPrivate(request: { readonly raw: IncomingMessage }, reaching: Reaching): void {
  if (transportOf(request.raw, reaching) === 'insecure') throw new GatewayError('auth.insecure_transport');
}
