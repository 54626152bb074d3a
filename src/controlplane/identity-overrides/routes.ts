import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import {
  identityOverrideParams,
  identityOverrideSchema,
  newIdentityOverrideSchema,
  toIdentityOverride,
} from './schema.ts';

const TAGS = ['identity'];
const LIST = `${CONTROL_PREFIX}/identity-overrides`;

/** `/identity-overrides`: the operator's corrections of which upstream model is which. */
export const identityOverrideRoutes: ControlRoutes = (app, { identityOverrides }) => {
  app.get(
    LIST,
    route('connections.read', {
      operationId: 'listIdentityOverrides',
      summary: 'Lists the corrections.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(identityOverrideSchema) },
    }),
    async (request) => {
      const page = cutPage(await identityOverrides.list(tenantOf(request)), (row) => row.id, request.query);
      return { data: page.rows.map(toIdentityOverride), next_cursor: page.nextCursor };
    },
  );
  app.post(
    LIST,
    route('connections.write', {
      operationId: 'createIdentityOverride',
      summary: 'Says which model an upstream model is.',
      tags: TAGS,
      body: newIdentityOverrideSchema,
      response: { 201: identityOverrideSchema },
    }),
    async (request, reply) => {
      const row = await identityOverrides.create(tenantOf(request), {
        providerId: request.body.provider_id,
        upstreamModel: request.body.upstream_model,
        canonicalModel: request.body.canonical_model,
      });
      return reply.code(201).send(toIdentityOverride(row));
    },
  );
  app.delete(
    `${LIST}/:override_id`,
    route('connections.write', {
      operationId: 'deleteIdentityOverride',
      summary: 'Takes a correction back.',
      tags: TAGS,
      params: identityOverrideParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await identityOverrides.remove(tenantOf(request), request.params.override_id);
      return deleted(request.params.override_id);
    },
  );
};
