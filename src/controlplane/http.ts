import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Permission } from '../identity/roles.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Access, Actor } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { errorSchema } from './errors.ts';
import type { ControlServices } from './services.ts';

/** Fastify with Zod schemas in place of JSON schemas. */
type ControlApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds one resource's routes. */
export type ControlRoutes = (app: ControlApp, services: ControlServices) => void;

export const CONTROL_PREFIX = '/control/v1';

/**
 * Who may call a route: anybody, any person who is signed in (about nothing but themselves), or who has a permission in
 * the organization that the call is about. Every route says it, or the control plane does not start.
 */
export type RouteAuth = Permission | 'public' | 'person';

/** What a route changed, for the audit log: plain values as the API shows them. */
export type AuditedChange = {
  readonly targetKind: string;
  readonly targetId: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth;
    /** The name of the act in the audit log. */
    action?: string;
    /** Whether the act is written down: by default, what changes something is. */
    audit?: 'always' | 'never';
    /** Whether `If-Match` names the revision that the caller has read. */
    takesRevision?: boolean;
    /** Whether the body comes as its text, for a signature to be held against. */
    takesText?: boolean;
  }
}

/** Who calls, as far as it is known; `access` where the route needs a permission. */
type Caller = { readonly actor: Actor | undefined; readonly access: Access | undefined };

const CALLER = 'caller';
const CHANGE = 'auditedChange';
const SUBJECT = 'subject';

/** Declares the places where a request's caller and what it changed are kept. */
export function declareCaller(app: FastifyInstance): void {
  app.decorateRequest(CALLER, null);
  app.decorateRequest(CHANGE, null);
  app.decorateRequest(SUBJECT, null);
}

export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  request.setDecorator<Caller | null>(CALLER, caller);
}

export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller | null>(CALLER) ?? { actor: undefined, access: undefined };
}

/** What the caller may do, and where. @throws auth.required on a route that is declared for everybody */
export function accessOf(request: FastifyRequest): Access {
  const { access } = callerOf(request);
  if (access === undefined) throw new GatewayError('auth.required');
  return access;
}

/** Whose rows this request is about: the organization's, in its default project. */
export function tenantOf(request: FastifyRequest): Tenant {
  return accessOf(request).tenant;
}

/** The person who is signed in. @throws auth.required where a key or nobody calls */
export function personOf(request: FastifyRequest): Extract<Actor, { kind: 'person' }> {
  const { actor } = callerOf(request);
  if (actor?.kind !== 'person') throw new GatewayError('auth.required');
  return actor;
}

/**
 * A session that an organization's own sign-in began must not reach what is the person's own: whoever runs that sign-in
 * could be anybody there. @throws access.denied
 */
export function assertOwnSession(request: FastifyRequest): void {
  if (personOf(request).onlyOrganizationId === undefined) return;
  throw new GatewayError('access.denied', {
    message: 'This needs a session that you began with your password, or with a sign-in of the hub’s own.',
  });
}

/** Tells the audit log who a request without a session turned out to come from. */
export function noteActor(request: FastifyRequest, userId: string): void {
  request.setDecorator<string | null>(SUBJECT, userId);
}

export function notedActorOf(request: FastifyRequest): string | undefined {
  return request.getDecorator<string | null>(SUBJECT) ?? undefined;
}

/** Tells the audit log what the request changed. Without it, the entry says only that the act was done. */
export function noteChange(request: FastifyRequest, change: AuditedChange): void {
  request.setDecorator<AuditedChange | null>(CHANGE, change);
}

export function changeOf(request: FastifyRequest): AuditedChange | undefined {
  return request.getDecorator<AuditedChange | null>(CHANGE) ?? undefined;
}

type RouteSchema = {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly response: object;
};

/** How each kind of caller proves who they are, in the API document. */
const SECURITY: Record<string, string[]>[] = [{ adminToken: [] }, { managementKey: [] }, { session: [] }];

/** The declaration of a route: who may call it, its schemas, its place in the API document, and the errors all routes share. */
export function route<const Schema extends RouteSchema>(
  auth: RouteAuth,
  schema: Schema,
  more: { readonly audit?: 'always' | 'never'; readonly takesText?: true } = {},
) {
  return {
    config: { auth, action: schema.operationId, takesRevision: false, ...more },
    schema: {
      ...schema,
      tags: [...schema.tags],
      security: securityOf(auth),
      response: { ...schema.response, '4xx': errorSchema, '5xx': errorSchema },
    },
  };
}

/** As {@link route}, for a change that is made only while what it changes has the revision in `If-Match`. */
export function revisedRoute<const Schema extends RouteSchema>(auth: RouteAuth, schema: Schema) {
  const declared = route(auth, schema);
  return { ...declared, config: { ...declared.config, takesRevision: true } };
}

function securityOf(auth: RouteAuth): Record<string, string[]>[] {
  if (auth === 'public') return [];
  return auth === 'person' ? [{ session: [] }] : SECURITY;
}
