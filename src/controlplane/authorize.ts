import type { FastifyRequest } from 'fastify';
import { isOfInstallation } from '../identity/roles.ts';
import { GatewayError } from '../kernel/errors.ts';
import { rememberCaller } from './http.ts';
import { isSafeMethod, siteOf } from './same-site.ts';
import type { ControlServices } from './services.ts';
import { sessionTokenOf } from './session-cookie.ts';

const BEARER_CHARS_MAX = 512;
const ORGANIZATION_HEADER = 'x-hub-organization';
const ORGANIZATION_CHARS_MAX = 128;

/**
 * The gate before every route: who calls, whether a browser was led here by another site, in which organization, and
 * whether the caller has the permission that the route declares.
 * @throws auth.required, auth.cross_site, access.denied, resource.not_found
 */
export async function authorize(request: FastifyRequest, services: ControlServices): Promise<void> {
  const { auth } = request.routeOptions.config;
  // An address that is nobody's is answered as such, whoever asks.
  if (auth === undefined) return;
  const { access } = services;
  const { origin, isSecure } = services.reachedAt(request.raw);
  const cookie = sessionTokenOf(request, isSecure);
  const bearer = bearerToken(request.headers.authorization);
  const site = siteOf(request, origin);
  // Another site may lead a browser here, as a sign-in elsewhere does; it may not have it change or read anything.
  const isLink = isSafeMethod(request.method) && (auth === 'public' || cookie === undefined);
  if (site === 'cross' && !isLink) {
    throw new GatewayError('auth.cross_site');
  }
  if (auth === 'public') return rememberCaller(request, { actor: undefined, access: undefined });
  const address = services.clientAddress(request.raw);
  const actor =
    bearer === undefined ? cookie && (await access.ofSession(cookie)) : await access.ofBearer(bearer, address);
  if (actor === undefined || actor === '') throw new GatewayError('auth.required');
  // A cookie is sent by a browser, which says where the request comes from whenever it changes something.
  if (actor.kind === 'person' && site === 'unknown' && !isSafeMethod(request.method)) {
    throw new GatewayError('auth.cross_site');
  }
  rememberCaller(request, { actor, access: undefined });
  if (auth === 'person') return;
  // What is the installation's own is about no organization's rows, whatever organization is named.
  const found = isOfInstallation(auth)
    ? access.toInstallation(actor)
    : await access.within(actor, organizationNamed(request));
  rememberCaller(request, { actor, access: found });
  if (!found.permissions.has(auth)) throw new GatewayError('access.denied', { details: { permission: auth } });
}

function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.length > BEARER_CHARS_MAX) throw new GatewayError('auth.required');
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) throw new GatewayError('auth.required');
  return token;
}

function organizationNamed(request: FastifyRequest): string | undefined {
  const named = request.headers[ORGANIZATION_HEADER] ?? organizationInQuery(request.query);
  if (named === undefined || named === '') return undefined;
  if (typeof named !== 'string' || named.length > ORGANIZATION_CHARS_MAX) throw new GatewayError('resource.not_found');
  return named;
}

/** Exports name it in their address, since a browser that saves a link sends no header. */
function organizationInQuery(query: unknown): unknown {
  return typeof query === 'object' && query !== null && 'organization_id' in query ? query.organization_id : undefined;
}
