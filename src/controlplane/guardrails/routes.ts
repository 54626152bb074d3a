import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import {
  guardrailParams,
  guardrailSchema,
  guardrailTermsSchema,
  toGuardrail,
  toTerms,
  toTrial,
  toTried,
  trialSchema,
  triedSchema,
} from './schema.ts';

const TAGS = ['guardrails'];
const LIST = `${CONTROL_PREFIX}/guardrails`;
const ONE = `${LIST}/:guardrail_id`;
const KIND = 'guardrail';

/** `/guardrails`: what is looked for in what is asked and answered. */
export const guardrailRoutes: ControlRoutes = (app, services) => {
  readGuardrails(app, services);
  changeGuardrails(app, services);
};

const readGuardrails: ControlRoutes = (app, { guardrails }) => {
  app.get(
    LIST,
    route('guardrails.read', {
      operationId: 'listGuardrails',
      summary: 'Lists the guardrails of the organization in the order in which they are asked.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(guardrailSchema) },
    }),
    async (request) => {
      const page = cutPage(await guardrails.list(tenantOf(request)), ({ id }) => id, request.query);
      return { data: page.rows.map(toGuardrail), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('guardrails.read', {
      operationId: 'getGuardrail',
      summary: 'Shows a guardrail.',
      tags: TAGS,
      params: guardrailParams,
      response: { 200: guardrailSchema },
    }),
    async (request) => toGuardrail(await guardrails.get(tenantOf(request), request.params.guardrail_id)),
  );
  app.post(
    `${LIST}/test`,
    route(
      'guardrails.read',
      {
        operationId: 'testGuardrails',
        summary: 'Looks at a text as at one of a call, and says what was found; nothing of it is kept.',
        tags: TAGS,
        body: trialSchema,
        response: { 200: triedSchema },
      },
      { audit: 'never' },
    ),
    async (request) => toTried(await guardrails.test(tenantOf(request), toTrial(request.body))),
  );
};

const changeGuardrails: ControlRoutes = (app, { guardrails }) => {
  app.post(
    LIST,
    route('guardrails.write', {
      operationId: 'createGuardrail',
      summary: 'Makes a guardrail. It looks at calls within two seconds.',
      tags: TAGS,
      body: guardrailTermsSchema,
      response: { 201: guardrailSchema },
    }),
    async (request, reply) => {
      const made = toGuardrail(await guardrails.create(tenantOf(request), toTerms(request.body)));
      noteChange(request, { targetKind: KIND, targetId: made.id, after: made });
      return reply.code(201).send(made);
    },
  );
  app.put(
    ONE,
    revisedRoute('guardrails.write', {
      operationId: 'updateGuardrail',
      summary: 'Lays down all of a guardrail anew.',
      tags: TAGS,
      params: guardrailParams,
      body: guardrailTermsSchema,
      response: { 200: guardrailSchema },
    }),
    async (request) => {
      const at = { id: request.params.guardrail_id, ifRevision: ifRevisionOf(request) };
      const { before, after } = await guardrails.replace(tenantOf(request), at, toTerms(request.body));
      const shown = toGuardrail(after);
      noteChange(request, { targetKind: KIND, targetId: at.id, before: toGuardrail(before), after: shown });
      return shown;
    },
  );
  app.delete(
    ONE,
    revisedRoute('guardrails.write', {
      operationId: 'deleteGuardrail',
      summary: 'Takes a guardrail away.',
      tags: TAGS,
      params: guardrailParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const id = request.params.guardrail_id;
      const before = await guardrails.remove(tenantOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: KIND, targetId: id, before: toGuardrail(before) });
      return deleted(id);
    },
  );
};
