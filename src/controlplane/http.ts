import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { GatewayError } from '../kernel/errors.ts';
import { errorSchema } from './errors.ts';
import type { Admin, ControlServices } from './services.ts';

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

/** Who may call a route. Every route says it, or the control plane does not start. */
type RouteAuth = 'admin' | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth;
  }
}

const ADMIN = 'admin';

export function rememberAdmin(request: FastifyRequest, admin: Admin): void {
  request.setDecorator<Admin | null>(ADMIN, admin);
}

/** Declares the place where the admin of a request is kept. */
export function declareAdmin(app: FastifyInstance): void {
  app.decorateRequest(ADMIN, null);
}

/** Whose rows this request is about. @throws auth.admin_required on a route that is not declared as the admin's */
export function tenantOf(request: FastifyRequest): Admin['tenant'] {
  const admin = request.getDecorator<Admin | null>(ADMIN);
  if (admin === null) throw new GatewayError('auth.admin_required');
  return admin.tenant;
}

/** The declaration of a route for the admin: its schemas, its place in the API document, and the errors all routes share. */
export function adminRoute<
  const Schema extends {
    readonly operationId: string;
    readonly summary: string;
    readonly tags: readonly string[];
    readonly response: object;
  },
>(schema: Schema) {
  return {
    config: { auth: 'admin' as const },
    schema: {
      ...schema,
      tags: [...schema.tags],
      security: [{ adminToken: [] }],
      response: { ...schema.response, '4xx': errorSchema, '5xx': errorSchema },
    },
  };
}
