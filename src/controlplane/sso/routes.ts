import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SSO_ATTEMPT_MS } from '../../identity/sso/service.ts';
import { GatewayError, toGatewayError } from '../../kernel/errors.ts';
import { giveSession, originOf } from '../auth/routes.ts';
import { assertPrivate } from '../auth/transport.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, type RouteAuth, route } from '../http.ts';
import type { ControlServices } from '../services.ts';
import { clearStateCookie, setStateCookie, stateCookieOf } from '../session-cookie.ts';
import {
  beginQuery,
  callbackQuery,
  newSsoConnectionSchema,
  ssoCheckSchema,
  ssoConnectionChangeSchema,
  ssoConnectionParams,
  ssoConnectionSchema,
  toNewSsoConnection,
  toSsoChange,
  toSsoCheck,
  toSsoView,
} from './schema.ts';

const TAGS = ['single sign-on'];
const AUTH = `${CONTROL_PREFIX}/auth/sso/:sso_connection_id`;
const SIGN_IN_PAGE = '/account/sign-in';
/** Leads on to the dashboard. */
const FIRST_PAGE = '/';

/** `/sso-connections`: providers that people sign in by; and the way there and back. */
export const ssoRoutes: ControlRoutes = (app, services) => {
  connectionsOf(app, services, {
    path: `${CONTROL_PREFIX}/sso-connections`,
    read: 'sso.read',
    write: 'sso.write',
    suffix: '',
    whose: 'the organization’s',
    ownerOf: (request) => accessOf(request).tenant.organizationId,
  });
  connectionsOf(app, services, {
    path: `${CONTROL_PREFIX}/installation/sso-connections`,
    read: 'installation.read',
    write: 'installation.write',
    suffix: 'OfInstallation',
    whose: 'the installation’s',
    ownerOf: () => undefined,
  });
  thereAndBack(app, services);
};

type Owned = {
  readonly path: string;
  readonly read: RouteAuth;
  readonly write: RouteAuth;
  readonly suffix: string;
  readonly whose: string;
  readonly ownerOf: (request: FastifyRequest) => string | undefined;
};

type App = Parameters<ControlRoutes>[0];

function connectionsOf(app: App, services: ControlServices, owned: Owned): void {
  readConnections(app, services, owned);
  changeConnections(app, services, owned);
}

function readConnections(
  app: App,
  { sso }: ControlServices,
  { path, read, write, suffix, whose, ownerOf }: Owned,
): void {
  app.get(
    path,
    route(read, {
      operationId: `listSsoConnections${suffix}`,
      summary: `Lists ${whose} ways to sign in elsewhere.`,
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(ssoConnectionSchema) }) },
    }),
    async (request) => {
      const connections = await sso.connections.list(ownerOf(request));
      return { data: connections.map((connection) => toSsoView(connection, sso.redirectUri(connection.id))) };
    },
  );
  app.get(
    `${path}/:sso_connection_id`,
    route(read, {
      operationId: `getSsoConnection${suffix}`,
      summary: 'Shows one way to sign in elsewhere.',
      tags: TAGS,
      params: ssoConnectionParams,
      response: { 200: ssoConnectionSchema },
    }),
    async (request) => {
      const connection = await sso.connections.get(ownerOf(request), request.params.sso_connection_id);
      return toSsoView(connection, sso.redirectUri(connection.id));
    },
  );
  app.post(
    `${path}/:sso_connection_id/test`,
    route(write, {
      operationId: `testSsoConnection${suffix}`,
      summary: 'Asks the provider for its configuration, and says what is wrong.',
      tags: TAGS,
      params: ssoConnectionParams,
      response: { 200: ssoCheckSchema },
    }),
    async (request) =>
      toSsoCheck(await sso.test(await sso.connections.get(ownerOf(request), request.params.sso_connection_id))),
  );
}

function changeConnections(app: App, { sso }: ControlServices, { path, write, suffix, whose, ownerOf }: Owned): void {
  app.post(
    path,
    route(write, {
      operationId: `createSsoConnection${suffix}`,
      summary: `Adds one to ${whose} ways to sign in elsewhere.`,
      tags: TAGS,
      body: newSsoConnectionSchema,
      response: { 201: ssoConnectionSchema },
    }),
    async (request, reply) => {
      assertMayClaim(request, request.body);
      const connection = await sso.connections.create(ownerOf(request), toNewSsoConnection(request.body));
      return reply.code(201).send(toSsoView(connection, sso.redirectUri(connection.id)));
    },
  );
  app.patch(
    `${path}/:sso_connection_id`,
    route(write, {
      operationId: `updateSsoConnection${suffix}`,
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      params: ssoConnectionParams,
      body: ssoConnectionChangeSchema,
      response: { 200: ssoConnectionSchema },
    }),
    async (request) => {
      assertMayClaim(request, request.body);
      const owner = ownerOf(request);
      const before = await sso.connections.get(owner, request.params.sso_connection_id);
      const wanted = ifRevisionOf(request);
      if (wanted !== undefined && wanted !== before.revision) throw new GatewayError('resource.changed');
      const after = await sso.connections.update(
        owner,
        { id: before.id, revision: before.revision },
        toSsoChange(request.body),
      );
      return toSsoView(after, sso.redirectUri(after.id));
    },
  );
  app.delete(
    `${path}/:sso_connection_id`,
    route(write, {
      operationId: `deleteSsoConnection${suffix}`,
      summary: 'Removes it; the people who signed in by it stay.',
      tags: TAGS,
      params: ssoConnectionParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await sso.connections.remove(ownerOf(request), request.params.sso_connection_id);
      return deleted(request.params.sso_connection_id);
    },
  );
}

/**
 * A connection is believed for its mail domains, and nothing here proves that they are the organization's. So whoever runs
 * the installation says which are whose. @throws access.denied
 */
function assertMayClaim(
  request: FastifyRequest,
  {
    domains,
    is_enforced: isEnforced,
  }: { readonly domains?: readonly string[] | undefined; readonly is_enforced?: boolean | undefined },
): void {
  if ((domains?.length ?? 0) === 0 && isEnforced !== true) return;
  if (accessOf(request).permissions.has('organizations.write')) return;
  throw new GatewayError('access.denied', {
    message: 'Which mail domains an organization’s sign-in answers for is said by whoever runs this hub.',
    param: 'domains',
    details: { permission: 'organizations.write' },
  });
}

function thereAndBack(app: App, services: ControlServices): void {
  const { sso } = services;
  app.get(
    `${AUTH}/begin`,
    route(
      'public',
      {
        operationId: 'beginSignInElsewhere',
        summary: 'Sends the browser to the provider.',
        tags: TAGS,
        params: ssoConnectionParams,
        querystring: beginQuery,
        response: { 302: z.null() },
      },
      { audit: 'never' },
    ),
    async (request, reply) => {
      const { isSecure } = services.reachedAt(request.raw);
      try {
        assertPrivate(request, services);
        const { url, stateCookie } = await sso.begin({
          connectionId: request.params.sso_connection_id,
          returnTo: request.query.return_to ?? `${sso.pathPrefix}${FIRST_PAGE}`,
          address: services.clientAddress(request.raw),
        });
        setStateCookie(reply, stateCookie, { isSecure, maxAgeSeconds: SSO_ATTEMPT_MS / 1000 });
        return await reply.redirect(url, 302);
      } catch (error) {
        return failed(services, { request, reply, error });
      }
    },
  );
  app.get(
    `${AUTH}/callback`,
    route(
      'public',
      {
        operationId: 'finishSignInElsewhere',
        summary: 'Where the provider sends the browser back to.',
        tags: TAGS,
        params: ssoConnectionParams,
        querystring: callbackQuery,
        response: { 302: z.null() },
      },
      { audit: 'always' },
    ),
    async (request, reply) => {
      const { isSecure } = services.reachedAt(request.raw);
      const cookie = stateCookieOf(request, isSecure);
      clearStateCookie(reply, isSecure);
      try {
        assertPrivate(request, services);
        const query = request.url.slice(
          request.url.indexOf('?') === -1 ? request.url.length : request.url.indexOf('?'),
        );
        const callbackUrl = `${sso.redirectUri(request.params.sso_connection_id)}${query}`;
        const { begun, returnTo } = await sso.finish({ callbackUrl, cookie }, originOf(request, services));
        giveSession(services, request, reply, begun);
        noteChange(request, { targetKind: 'sso_connection', targetId: request.params.sso_connection_id });
        return await reply.redirect(returnTo, 302);
      } catch (error) {
        return failed(services, { request, reply, error });
      }
    },
  );
}

/** A person is looking at this: what went wrong is told by the sign-in page, in their language. */
function failed(
  services: ControlServices,
  {
    request,
    reply,
    error: thrown,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly error: unknown },
): FastifyReply {
  const error = toGatewayError(thrown);
  if (error.status >= 500) services.reportError({ requestId: request.id, error });
  const page = `${services.sso.pathPrefix}${SIGN_IN_PAGE}`;
  return reply.redirect(`${page}?problem=${encodeURIComponent(error.code)}`, 302);
}
