import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { ConnectionRow } from '../../protocol/configuration.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  connectionChangeSchema,
  connectionParams,
  connectionSchema,
  createdConnectionSchema,
  newConnectionSchema,
  refreshSchema,
  testReportSchema,
  toConnection,
  toConnectionChange,
  toNewConnection,
  toRefresh,
  toTestReport,
} from './schema.ts';

const TAGS = ['connections'];
const LIST = `${CONTROL_PREFIX}/connections`;
const ONE = `${LIST}/:connection_id`;

/** `/connections`: providers that are connected. */
export const connectionRoutes: ControlRoutes = (app, services) => {
  readConnection(app, services);
  changeConnection(app, services);
  actOnConnection(app, services);
};

const readConnection: ControlRoutes = (app, { connections }) => {
  app.get(
    LIST,
    route('connections.read', {
      operationId: 'listConnections',
      summary: 'Lists the connections in the order in which they are tried.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(connectionSchema) },
    }),
    async (request) => {
      const rows = [...(await connections.list(tenantOf(request)))].sort(
        (a, b) => a.position - b.position || a.name.localeCompare(b.name),
      );
      const page = cutPage(rows, (row) => row.id, request.query);
      return { data: page.rows.map(toConnection), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('connections.read', {
      operationId: 'getConnection',
      summary: 'Shows one connection.',
      tags: TAGS,
      params: connectionParams,
      response: { 200: connectionSchema },
    }),
    async (request) => toConnection(await existing(connections, request, request.params.connection_id)),
  );
};

const changeConnection: ControlRoutes = (app, { connections }) => {
  app.post(
    LIST,
    route('connections.write', {
      operationId: 'createConnection',
      summary: 'Connects a provider of the catalogue, and lists its models.',
      tags: TAGS,
      body: newConnectionSchema,
      response: { 201: createdConnectionSchema },
    }),
    async (request, reply) => {
      const created = await connections.create(tenantOf(request), toNewConnection(request.body));
      const connection = toConnection(created.connection);
      noteChange(request, { targetKind: 'connection', targetId: connection.id, after: connection });
      return reply.code(201).send({ connection, refresh: toRefresh(created.refresh) });
    },
  );
  app.patch(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'updateConnection',
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      params: connectionParams,
      body: connectionChangeSchema,
      response: { 200: connectionSchema },
    }),
    async (request) => {
      const { connection_id } = request.params;
      const before = toConnection(await existing(connections, request, connection_id));
      const change = toConnectionChange(request.body);
      const after = toConnection(
        await connections.update(tenantOf(request), connection_id, change, ifRevisionOf(request)),
      );
      noteChange(request, { targetKind: 'connection', targetId: connection_id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'deleteConnection',
      summary: 'Removes a connection with its credentials and models.',
      tags: TAGS,
      params: connectionParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { connection_id } = request.params;
      const before = toConnection(await existing(connections, request, connection_id));
      await connections.remove(tenantOf(request), connection_id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'connection', targetId: connection_id, before });
      return deleted(connection_id);
    },
  );
};

const actOnConnection: ControlRoutes = (app, { connections }) => {
  app.post(
    `${ONE}/refresh`,
    route('connections.write', {
      operationId: 'refreshConnection',
      summary: 'Asks the provider for its models now.',
      tags: TAGS,
      params: connectionParams,
      response: { 200: refreshSchema },
    }),
    async (request) => toRefresh(await connections.refresh(tenantOf(request), request.params.connection_id)),
  );
  app.post(
    `${ONE}/test`,
    route('connections.write', {
      operationId: 'testConnection',
      summary: 'Tries every credential of a connection against the provider.',
      tags: TAGS,
      params: connectionParams,
      response: { 200: testReportSchema },
    }),
    async (request) => toTestReport(await connections.test(tenantOf(request), request.params.connection_id)),
  );
};

async function existing(
  connections: ControlServices['connections'],
  request: FastifyRequest,
  id: string,
): Promise<ConnectionRow> {
  const row = await connections.get(tenantOf(request), id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
