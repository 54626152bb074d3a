import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import { limitParams, limitSchema, limitTermsSchema, toLimit, toPlainLimit, toTerms } from './schema.ts';

const TAGS = ['limits'];
const LIST = `${CONTROL_PREFIX}/limits`;
const ONE = `${LIST}/:limit_id`;
const KIND = 'limit';

/** `/limits`: how much may be called, and for how much money. */
export const limitRoutes: ControlRoutes = (app, services) => {
  readLimits(app, services);
  changeLimits(app, services);
};

const readLimits: ControlRoutes = (app, { limits }) => {
  app.get(
    LIST,
    route('limits.read', {
      operationId: 'listLimits',
      summary: 'Lists the limits of the organization and how much of each is left, oldest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(limitSchema) },
    }),
    async (request) => {
      const page = cutPage(await limits.list(tenantOf(request)), ({ limit }) => limit.id, request.query);
      return { data: page.rows.map(toLimit), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('limits.read', {
      operationId: 'getLimit',
      summary: 'Shows a limit, how much of it is left, and when that resets.',
      tags: TAGS,
      params: limitParams,
      response: { 200: limitSchema },
    }),
    async (request) => toLimit(await limits.get(tenantOf(request), request.params.limit_id)),
  );
};

const changeLimits: ControlRoutes = (app, { limits }) => {
  app.post(
    LIST,
    route('limits.write', {
      operationId: 'createLimit',
      summary:
        'Makes a limit. It holds for calls within two seconds, and counts what the window has seen before it was made.',
      tags: TAGS,
      body: limitTermsSchema,
      response: { 201: limitSchema },
    }),
    async (request, reply) => {
      const made = await limits.create(tenantOf(request), toTerms(request.body));
      noteChange(request, { targetKind: KIND, targetId: made.limit.id, after: toPlainLimit(made.limit) });
      return reply.code(201).send(toLimit(made));
    },
  );
  app.put(
    ONE,
    revisedRoute('limits.write', {
      operationId: 'updateLimit',
      summary: 'Lays down all of a limit anew. Its counts go on, unless it counts other calls than before.',
      tags: TAGS,
      params: limitParams,
      body: limitTermsSchema,
      response: { 200: limitSchema },
    }),
    async (request) => {
      const at = { id: request.params.limit_id, ifRevision: ifRevisionOf(request) };
      const { before, after } = await limits.replace(tenantOf(request), at, toTerms(request.body));
      noteChange(request, {
        targetKind: KIND,
        targetId: at.id,
        before: toPlainLimit(before),
        after: toPlainLimit(after.limit),
      });
      return toLimit(after);
    },
  );
  app.delete(
    ONE,
    revisedRoute('limits.write', {
      operationId: 'deleteLimit',
      summary: 'Takes a limit away; the others hold on.',
      tags: TAGS,
      params: limitParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const id = request.params.limit_id;
      const before = await limits.remove(tenantOf(request), { id, ifRevision: ifRevisionOf(request) });
      noteChange(request, { targetKind: KIND, targetId: id, before: toPlainLimit(before) });
      return deleted(id);
    },
  );
};
