import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { CredentialRow } from '../../protocol/configuration.ts';
import { connectionParams, testReportSchema, toTestReport } from '../connections/schema.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  credentialChangeSchema,
  credentialParams,
  credentialSchema,
  newCredentialSchema,
  newSecretSchema,
  toCredential,
  toCredentialChange,
  toNewCredential,
} from './schema.ts';

const TAGS = ['credentials'];
const OF_CONNECTION = `${CONTROL_PREFIX}/connections/:connection_id/credentials`;
const ONE = `${CONTROL_PREFIX}/credentials/:credential_id`;

/** `/credentials`: the secrets of a connection, which go in and never come out. */
export const credentialRoutes: ControlRoutes = (app, services) => {
  readCredential(app, services);
  changeCredential(app, services);
  actOnCredential(app, services);
};

const readCredential: ControlRoutes = (app, { credentials }) => {
  app.get(
    OF_CONNECTION,
    route('connections.read', {
      operationId: 'listCredentials',
      summary: 'Lists a connection’s credentials, masked.',
      tags: TAGS,
      params: connectionParams,
      querystring: pageQuerySchema,
      response: { 200: pageOf(credentialSchema) },
    }),
    async (request) => {
      const rows = await credentials.list(tenantOf(request), request.params.connection_id);
      const page = cutPage(rows, (row) => row.id, request.query);
      return { data: page.rows.map(toCredential), next_cursor: page.nextCursor };
    },
  );
};

const changeCredential: ControlRoutes = (app, { credentials }) => {
  app.post(
    OF_CONNECTION,
    route('connections.write', {
      operationId: 'createCredential',
      summary: 'Adds a credential to a connection.',
      tags: TAGS,
      params: connectionParams,
      body: newCredentialSchema,
      response: { 201: credentialSchema },
    }),
    async (request, reply) => {
      const { connection_id } = request.params;
      const row = await credentials.create(tenantOf(request), connection_id, toNewCredential(request.body));
      const after = toCredential(row);
      noteChange(request, { targetKind: 'credential', targetId: row.id, after });
      return reply.code(201).send(after);
    },
  );
  app.patch(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'updateCredential',
      summary: 'Changes name, weight or whether it is used.',
      tags: TAGS,
      params: credentialParams,
      body: credentialChangeSchema,
      response: { 200: credentialSchema },
    }),
    async (request) => {
      const { credential_id } = request.params;
      const before = toCredential(await existing(credentials, request, credential_id));
      const change = toCredentialChange(request.body);
      const row = await credentials.update(tenantOf(request), credential_id, change, ifRevisionOf(request));
      const after = toCredential(row);
      noteChange(request, { targetKind: 'credential', targetId: credential_id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('connections.write', {
      operationId: 'deleteCredential',
      summary: 'Removes a credential.',
      tags: TAGS,
      params: credentialParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { credential_id } = request.params;
      const before = toCredential(await existing(credentials, request, credential_id));
      await credentials.remove(tenantOf(request), credential_id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'credential', targetId: credential_id, before });
      return deleted(credential_id);
    },
  );
};

const actOnCredential: ControlRoutes = (app, { credentials }) => {
  app.put(
    `${ONE}/secret`,
    revisedRoute('connections.write', {
      operationId: 'replaceCredentialSecret',
      summary: 'Replaces the secret.',
      tags: TAGS,
      params: credentialParams,
      body: newSecretSchema,
      response: { 200: credentialSchema },
    }),
    async (request) => {
      const { credential_id } = request.params;
      const before = toCredential(await existing(credentials, request, credential_id));
      const { secret } = request.body;
      const row = await credentials.replaceSecret(tenantOf(request), credential_id, secret, ifRevisionOf(request));
      const after = toCredential(row);
      noteChange(request, { targetKind: 'credential', targetId: credential_id, before, after });
      return after;
    },
  );
  app.post(
    `${ONE}/test`,
    route('connections.write', {
      operationId: 'testCredential',
      summary: 'Tries a credential against the provider; one that was set aside and works again is used again.',
      tags: TAGS,
      params: credentialParams,
      response: { 200: testReportSchema },
    }),
    async (request) => toTestReport(await credentials.test(tenantOf(request), request.params.credential_id)),
  );
};

async function existing(
  credentials: ControlServices['credentials'],
  request: FastifyRequest,
  id: string,
): Promise<CredentialRow> {
  const row = await credentials.get(tenantOf(request), id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
