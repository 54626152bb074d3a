import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { localeFor, type PageLocale } from '../../kernel/locales.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import { sendExport } from '../exports.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf } from '../paging.ts';
import { printNote, printStatement } from './print.ts';
import {
  anyZoneChangeSchema,
  creditNoteParams,
  creditNoteSchema,
  creditNotesQuery,
  linesOf,
  listedStatementSchema,
  printQuery,
  type ShownStatement,
  STATEMENT_COLUMNS,
  type StatementLine,
  statementExportQuery,
  statementParams,
  statementQuery,
  statementSchema,
  statementsQuery,
  toListed,
  toNote,
  toStatement,
  toZones,
  zoneChangeSchema,
  zonesSchema,
} from './schema.ts';
import { DOCUMENT_POLICY } from './sheet.ts';
import type { StatementServices } from './statement-services.ts';

const TAGS = ['credit'];
const STATEMENTS = `${CONTROL_PREFIX}/credit/statements`;
const ZONE = `${CONTROL_PREFIX}/credit/statement-zone`;
const NOTES = `${CONTROL_PREFIX}/credit/credit-notes`;
const NOTES_SHOWN = 100;

/** `/credit/statements` and `/credit/credit-notes`: what customers keep in their books. */
export const statementRoutes: ControlRoutes = (app, services) => {
  reading(app, services);
  papers(app, services);
  zones(app, services);
  creditNotes(app, services);
};

const reading: ControlRoutes = (app, { statements }) => {
  app.get(
    STATEMENTS,
    route('credit.read', {
      operationId: 'listStatements',
      summary: 'Lists the months since the first movement of the organization’s credit, newest first.',
      tags: TAGS,
      querystring: statementsQuery,
      response: { 200: pageOf(listedStatementSchema) },
    }),
    async (request) => {
      const { limit, cursor: before } = request.query;
      const found = await statements.list(tenantOf(request), { before, limit: limit + 1 });
      const data = found.slice(0, limit).map(toListed);
      return { data, next_cursor: found.length > limit ? data.at(-1)?.month : undefined };
    },
  );
  app.get(
    `${STATEMENTS}/:month`,
    route('credit.read', {
      operationId: 'getStatement',
      summary: 'Tells what moved the organization’s credit in a month, from balance to balance.',
      tags: TAGS,
      params: statementParams,
      querystring: statementQuery,
      response: { 200: statementSchema },
    }),
    async (request) => shownOf(statements, tenantOf(request), request.params.month),
  );
};

const papers: ControlRoutes = (app, { statements }) => {
  app.get(
    `${STATEMENTS}/:month/export`,
    route('credit.read', {
      operationId: 'exportStatement',
      summary: 'Gives a month’s statement as a file: a line for each balance, sum, movement, model and project.',
      tags: TAGS,
      params: statementParams,
      querystring: statementExportQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { month } = request.params;
      const lines = linesOf(await shownOf(statements, tenantOf(request), month));
      return sendExport<StatementLine>(reply, {
        name: `statement-${month}`,
        format: request.query.format,
        hasByteOrderMark: true,
        columns: STATEMENT_COLUMNS,
        cellsOf: (line) => STATEMENT_COLUMNS.map((column) => line[column]),
        pageAfter: async (last) => (last === undefined ? lines : []),
      });
    },
  );
  app.get(
    `${STATEMENTS}/:month/print`,
    route('credit.read', {
      operationId: 'printStatement',
      summary: 'Shows a month’s statement as a page made for paper.',
      tags: TAGS,
      params: statementParams,
      querystring: printQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const tenant = tenantOf(request);
      const shown = await shownOf(statements, tenant, request.params.month);
      return sendDocument(reply, printStatement(languageOf(request), shown, await statements.namesOf(tenant)));
    },
  );
};

const zones: ControlRoutes = (app, { statements }) => {
  app.get(
    ZONE,
    route('credit.read', {
      operationId: 'getStatementZone',
      summary: 'Says by whose clocks the months of statements begin.',
      tags: TAGS,
      response: { 200: zonesSchema },
    }),
    async (request) => toZones(await statements.zones(tenantOf(request))),
  );
  app.put(
    ZONE,
    route('credit.buy', {
      operationId: 'setStatementZone',
      summary: 'Chooses by whose clocks months begin, from the next one on; at once where there is no statement yet.',
      tags: TAGS,
      body: zoneChangeSchema,
      response: { 200: zonesSchema },
    }),
    (request) => setZone(request, statements, tenantOf(request), request.body.time_zone),
  );
  app.put(
    `${CONTROL_PREFIX}/installation/credit/statement-zone`,
    route('installation_credit.write', {
      operationId: 'setCustomerStatementZone',
      summary: 'Chooses the same for any organization.',
      tags: TAGS,
      body: anyZoneChangeSchema,
      response: { 200: zonesSchema },
    }),
    async (request) => {
      const { organization_id: organizationId, time_zone: timeZone } = request.body;
      if (!(await statements.isThere(organizationId))) throw new GatewayError('resource.not_found');
      return await setZone(request, statements, { organizationId }, timeZone);
    },
  );
};

async function setZone(
  request: FastifyRequest,
  statements: StatementServices,
  scope: OrganizationScope,
  timeZone: string,
): Promise<z.output<typeof zonesSchema>> {
  const before = toZones(await statements.zones(scope));
  const after = toZones(await statements.setZone(scope, timeZone));
  noteChange(request, { targetKind: 'statement_zone', targetId: scope.organizationId, before, after });
  return after;
}

const creditNotes: ControlRoutes = (app, { statements }) => {
  app.get(
    NOTES,
    route('credit.read', {
      operationId: 'listCreditNotes',
      summary: 'Lists the notes of money that went back to the organization, newest first.',
      tags: TAGS,
      querystring: creditNotesQuery,
      response: { 200: pageOf(creditNoteSchema) },
    }),
    async (request) => {
      const { limit, cursor: before } = request.query;
      const found = await statements.notes.list(tenantOf(request), { before, limit: limit + 1 });
      const data = found.slice(0, limit).map(toNote);
      return { data, next_cursor: found.length > limit ? data.at(-1)?.number.toString() : undefined };
    },
  );
  app.get(
    `${NOTES}/:number/print`,
    route('credit.read', {
      operationId: 'printCreditNote',
      summary: 'Shows a credit note as a page made for paper.',
      tags: TAGS,
      params: creditNoteParams,
      querystring: printQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const tenant = tenantOf(request);
      const note = await statements.notes.get(tenant, request.params.number);
      if (note === undefined) throw new GatewayError('resource.not_found');
      const { timeZone } = await statements.zones(tenant);
      const names = await statements.namesOf(tenant);
      return sendDocument(reply, printNote(languageOf(request), toNote(note), names, timeZone));
    },
  );
};

async function shownOf(
  statements: StatementServices,
  scope: OrganizationScope,
  month: string,
): Promise<ShownStatement> {
  const found = await statements.get(scope, month);
  if (found === undefined) throw new GatewayError('resource.not_found');
  const { fromMs, toMs } = found;
  const notes = await statements.notes.list(scope, { limit: NOTES_SHOWN, fromMs, toMs });
  return toStatement(found, await statements.projectNames(scope), notes);
}

/** In which language who looks at it reads. */
function languageOf(request: FastifyRequest<{ Querystring: { readonly lang?: PageLocale | undefined } }>): PageLocale {
  return request.query.lang ?? localeFor(request.headers['accept-language']);
}

function sendDocument(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('content-security-policy', DOCUMENT_POLICY).send(text);
}
