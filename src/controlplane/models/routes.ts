import { GatewayError } from '../../kernel/errors.ts';
import type { ModelRow } from '../../protocol/configuration.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import { connectionParams } from '../connections/schema.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { cutPage, pageOf } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  modelParams,
  modelSchema,
  modelStateSchema,
  modelsOfConnectionQuery,
  modelsQuery,
  newModelSchema,
  passesFilter,
  toFacts,
  toModel,
} from './schema.ts';

const TAGS = ['models'];
const LIST = `${CONTROL_PREFIX}/models`;
const ONE = `${LIST}/:model_id`;
const OF_CONNECTION = `${CONTROL_PREFIX}/connections/:connection_id/models`;

/** `/models`: what the connections offer. */
export const modelRoutes: ControlRoutes = (app, services) => {
  readModel(app, services);
  changeModel(app, services);
};

const readModel: ControlRoutes = (app, services) => {
  const { models } = services;
  app.get(
    LIST,
    route('connections.read', {
      operationId: 'listModels',
      summary: 'Lists the models of all connections.',
      tags: TAGS,
      querystring: modelsQuery,
      response: { 200: pageOf(modelSchema) },
    }),
    async (request) => {
      const { connection_id } = request.query;
      const tenant = tenantOf(request);
      const rows =
        connection_id === undefined ? await modelsOfAll(services, tenant) : await models.list(tenant, connection_id);
      const kept = rows.filter((row) => passesFilter(row, request.query));
      const page = cutPage(kept, (row) => row.id, request.query);
      return { data: page.rows.map(toModel), next_cursor: page.nextCursor };
    },
  );
  app.get(
    OF_CONNECTION,
    route('connections.read', {
      operationId: 'listModelsOfConnection',
      summary: 'Lists the models of one connection.',
      tags: TAGS,
      params: connectionParams,
      querystring: modelsOfConnectionQuery,
      response: { 200: pageOf(modelSchema) },
    }),
    async (request) => {
      const rows = await models.list(tenantOf(request), request.params.connection_id);
      const kept = rows.filter((row) => passesFilter(row, request.query));
      const page = cutPage(kept, (row) => row.id, request.query);
      return { data: page.rows.map(toModel), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('connections.read', {
      operationId: 'getModel',
      summary: 'Shows one model.',
      tags: TAGS,
      params: modelParams,
      response: { 200: modelSchema },
    }),
    async (request) => {
      const row = await models.get(tenantOf(request), request.params.model_id);
      if (row === undefined) throw new GatewayError('resource.not_found');
      return toModel(row);
    },
  );
};

const changeModel: ControlRoutes = (app, services) => {
  const { models } = services;
  app.post(
    OF_CONNECTION,
    route('connections.write', {
      operationId: 'addModel',
      summary: 'Adds a model by hand, where a provider’s list does not hold it.',
      tags: TAGS,
      params: connectionParams,
      body: newModelSchema,
      response: { 201: modelSchema },
    }),
    async (request, reply) => {
      const row = await models.add(tenantOf(request), request.params.connection_id, {
        upstreamModel: request.body.upstream_model,
        facts: toFacts(request.body),
      });
      return reply.code(201).send(toModel(row));
    },
  );
  app.patch(
    ONE,
    route('connections.write', {
      operationId: 'setModelState',
      summary: 'Enables, hides or sets back a model.',
      tags: TAGS,
      params: modelParams,
      body: modelStateSchema,
      response: { 200: modelSchema },
    }),
    async (request) => toModel(await models.setState(tenantOf(request), request.params.model_id, request.body.state)),
  );
  app.delete(
    ONE,
    route('connections.write', {
      operationId: 'deleteModel',
      summary: 'Removes a model; one that the provider lists comes back with the next refresh.',
      tags: TAGS,
      params: modelParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await models.remove(tenantOf(request), request.params.model_id);
      return deleted(request.params.model_id);
    },
  );
};

async function modelsOfAll(services: ControlServices, tenant: Tenant): Promise<readonly ModelRow[]> {
  const rows: ModelRow[] = [];
  for (const connection of await services.connections.list(tenant)) {
    rows.push(...(await services.models.list(tenant, connection.id)));
  }
  return rows;
}
