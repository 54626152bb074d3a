import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { RouteRow } from '../../protocol/route.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  explainedSchema,
  explainSchema,
  fromDefinition,
  healthSchema,
  newRouteSchema,
  routeParams,
  routeSchema,
  toRoute,
} from './schema.ts';

const TAGS = ['routes'];
const LIST = `${CONTROL_PREFIX}/routes`;
const ONE = `${LIST}/:route_id`;

/** `/routes`: how the names that callers use are served, by which deployments and in which order. */
export const modelRouteRoutes: ControlRoutes = (app, services) => {
  readRoutes(app, services);
  changeRoutes(app, services);
  lookAtRouting(app, services);
};

const readRoutes: ControlRoutes = (app, { routes }) => {
  app.get(
    LIST,
    route('connections.read', {
      operationId: 'listRoutes',
      summary: 'Lists the routes by name.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(routeSchema) },
    }),
    async (request) => {
      const page = cutPage(await routes.list(tenantOf(request)), (row) => row.id, request.query);
      return { data: page.rows.map(toRoute), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('connections.read', {
      operationId: 'getRoute',
      summary: 'Shows one route.',
      tags: TAGS,
      params: routeParams,
      response: { 200: routeSchema },
    }),
    async (request) => toRoute(await existing(routes, request, request.params.route_id)),
  );
};

const changeRoutes: ControlRoutes = (app, { routes }) => {
  app.post(
    LIST,
    route('connections.write', {
      operationId: 'createRoute',
      summary: 'Makes a route. It holds for calls within two seconds.',
      tags: TAGS,
      body: newRouteSchema,
      response: { 201: routeSchema },
    }),
    async (request, reply) => {
      const { name } = request.body;
      const after = toRoute(await routes.create(tenantOf(request), { name, definition: fromDefinition(request.body) }));
      noteChange(request, { targetKind: 'route', targetId: after.id, after });
      return reply.code(201).send(after);
    },
  );
  app.put(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'putRoute',
      summary: 'Puts another definition in the place of the route’s.',
      tags: TAGS,
      params: routeParams,
      body: newRouteSchema,
      response: { 200: routeSchema },
    }),
    async (request) => {
      const { route_id: id } = request.params;
      const before = toRoute(await existing(routes, request, id));
      const change = { name: request.body.name, definition: fromDefinition(request.body) };
      const after = toRoute(await routes.update(tenantOf(request), id, change, ifRevisionOf(request)));
      noteChange(request, { targetKind: 'route', targetId: id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'deleteRoute',
      summary: 'Removes a route; its name means what it meant before.',
      tags: TAGS,
      params: routeParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { route_id: id } = request.params;
      const before = toRoute(await existing(routes, request, id));
      await routes.remove(tenantOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'route', targetId: id, before });
      return deleted(id);
    },
  );
};

const lookAtRouting: ControlRoutes = (app, { routes }) => {
  app.post(
    `${LIST}/explain`,
    route(
      'connections.read',
      {
        operationId: 'explainRoute',
        summary: 'Tells which deployments a request would be tried at now, in which order, and how they stand.',
        tags: TAGS,
        body: explainSchema,
        response: { 200: explainedSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const { body } = request;
      const { routed, turns, retriesLeft } = await routes.explain(tenantOf(request), {
        model: body.model,
        operation: body.operation,
        keyId: body.key_id,
        tags: body.tags,
        headers: Object.fromEntries(Object.entries(body.headers).map(([name, value]) => [name.toLowerCase(), value])),
        endUser: body.end_user,
        conversation: body.conversation,
        inputTokens: body.input_tokens,
        hasTools: body.tools,
        hasImages: body.images,
      });
      return {
        route_id: routed.route?.id,
        strategy: routed.route?.strategy ?? ('priority' as const),
        affinity: routed.route?.affinity ?? ('none' as const),
        rule: routed.rule === undefined ? undefined : routed.rule + 1,
        steps: turns.map(({ turn, inFlight, firstByteMs, costNano }) => ({
          ...placeOf(turn.deployment),
          tier: turn.tier + 1,
          weight: turn.weight,
          standing: turn.standing,
          in_flight: inFlight,
          first_byte_ms: firstByteMs,
          cost_nano_usd: costNano?.toString(),
        })),
        retries_left: retriesLeft,
      };
    },
  );
  app.get(
    `${LIST}/health`,
    route('connections.read', {
      operationId: 'listDeploymentHealth',
      summary: 'Lists the deployments that were called lately, and how they stand.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(healthSchema) },
    }),
    async (request) => {
      const page = cutPage(await routes.health(tenantOf(request)), ({ deployment }) => deployment.id, request.query);
      return {
        data: page.rows.map(({ deployment, standing, openForMs, inFlight, firstByteMs }) => ({
          ...placeOf(deployment),
          standing,
          open_ms: openForMs,
          in_flight: inFlight,
          first_byte_ms: firstByteMs,
        })),
        next_cursor: page.nextCursor,
      };
    },
  );
};

type Place = {
  readonly id: string;
  readonly upstreamModel: string;
  readonly connection: { readonly id: string; readonly providerId: string };
};

function placeOf({ id, upstreamModel, connection }: Place) {
  return {
    deployment: id,
    connection_id: connection.id,
    provider_id: connection.providerId,
    upstream_model: upstreamModel,
  };
}

async function existing(routes: ControlServices['routes'], request: FastifyRequest, id: string): Promise<RouteRow> {
  const row = await routes.get(tenantOf(request), id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
