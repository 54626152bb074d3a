import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { ControlServices } from '../services.ts';

/** Addresses of this machine. */
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** How a request came: encrypted, or from this machine, or so that anybody in between reads along. */
export type Transport = 'tls' | 'loopback' | 'insecure';

export function transportOf(request: FastifyRequest, services: ControlServices): Transport {
  if (services.reachedAt(request.raw).isSecure) return 'tls';
  return LOOPBACK.test(services.clientAddress(request.raw) ?? '') ? 'loopback' : 'insecure';
}

/** Passwords and sessions are not taken where anybody in between reads along. @throws auth.insecure_transport */
export function assertPrivate(request: FastifyRequest, services: ControlServices): void {
  if (transportOf(request, services) === 'insecure') throw new GatewayError('auth.insecure_transport');
}
