import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import { aliasParams, aliasSchema, newAliasSchema, toAlias } from './schema.ts';

const TAGS = ['aliases'];
const LIST = `${CONTROL_PREFIX}/aliases`;

/** `/aliases`: names of the operator's own for models. An alias wins over every other reading of a name. */
export const aliasRoutes: ControlRoutes = (app, { aliases }) => {
  app.get(
    LIST,
    route('connections.read', {
      operationId: 'listAliases',
      summary: 'Lists the aliases.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(aliasSchema) },
    }),
    async (request) => {
      const page = cutPage(await aliases.list(tenantOf(request)), (row) => row.id, request.query);
      return { data: page.rows.map(toAlias), next_cursor: page.nextCursor };
    },
  );
  app.post(
    LIST,
    route('connections.write', {
      operationId: 'createAlias',
      summary: 'Adds an alias.',
      tags: TAGS,
      body: newAliasSchema,
      response: { 201: aliasSchema },
    }),
    async (request, reply) => {
      const row = await aliases.create(tenantOf(request), request.body);
      return reply.code(201).send(toAlias(row));
    },
  );
  app.delete(
    `${LIST}/:alias_id`,
    route('connections.write', {
      operationId: 'deleteAlias',
      summary: 'Removes an alias.',
      tags: TAGS,
      params: aliasParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await aliases.remove(tenantOf(request), request.params.alias_id);
      return deleted(request.params.alias_id);
    },
  );
};
