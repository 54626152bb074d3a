import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { AuditFilter } from '../../audit/ports.ts';
import { type ExportFormat, sendExport } from '../exports.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { pageOf } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  AUDIT_COLUMNS,
  auditActSchema,
  auditExportQuery,
  auditQuery,
  auditVerdictSchema,
  auditVerifyQuery,
  toAuditAct,
  toAuditFilter,
} from './schema.ts';

const TAGS = ['audit'];
const EXPORT_PAGE = 500;

/** `/audit`: who did what in an organization; and in all of them, for whoever runs the installation. */
export const auditRoutes: ControlRoutes = (app, services) => {
  ofOrganization(app, services);
  ofInstallation(app, services);
};

const ofOrganization: ControlRoutes = (app, { audit }) => {
  app.get(
    `${CONTROL_PREFIX}/audit`,
    route('audit.read', {
      operationId: 'listAuditActs',
      summary: 'Lists what was done in the organization, newest first.',
      tags: TAGS,
      querystring: auditQuery,
      response: { 200: pageOf(auditActSchema) },
    }),
    async (request) =>
      page(audit, { ...toAuditFilter(request.query), organizationId: tenantOf(request).organizationId }, request.query),
  );
  app.get(
    `${CONTROL_PREFIX}/audit/export`,
    route(
      'audit.read',
      {
        operationId: 'exportAuditActs',
        summary: 'Streams what was done in the organization, of any length, newest first.',
        tags: TAGS,
        querystring: auditExportQuery,
        response: { 200: z.any() },
      },
      { audit: 'always' },
    ),
    async (request, reply) => {
      const filter = { ...toAuditFilter(request.query), organizationId: tenantOf(request).organizationId };
      return exportActs(audit, reply, { filter, format: request.query.format });
    },
  );
};

const ofInstallation: ControlRoutes = (app, { audit }) => {
  app.get(
    `${CONTROL_PREFIX}/installation/audit`,
    route('installation.read', {
      operationId: 'listAllAuditActs',
      summary: 'Lists what was done in all organizations and to the installation, newest first.',
      tags: TAGS,
      querystring: auditQuery,
      response: { 200: pageOf(auditActSchema) },
    }),
    async (request) => page(audit, toAuditFilter(request.query), request.query),
  );
  app.get(
    `${CONTROL_PREFIX}/installation/audit/export`,
    route(
      'installation.read',
      {
        operationId: 'exportAllAuditActs',
        summary: 'Streams what was done in all organizations and to the installation, newest first.',
        tags: TAGS,
        querystring: auditExportQuery,
        response: { 200: z.any() },
      },
      { audit: 'always' },
    ),
    async (request, reply) =>
      exportActs(audit, reply, { filter: toAuditFilter(request.query), format: request.query.format }),
  );
  app.get(
    `${CONTROL_PREFIX}/installation/audit/verify`,
    route('installation.read', {
      operationId: 'verifyAuditLog',
      summary: 'Reads the whole log and says whether an entry was changed, removed, added or moved.',
      tags: TAGS,
      querystring: auditVerifyQuery,
      response: { 200: auditVerdictSchema },
    }),
    async (request) => {
      const { entries, differences, head } = await audit.verify(request.query.noted);
      return { intact: differences.length === 0, entries, differences: [...differences], head };
    },
  );
};

async function page(
  audit: ControlServices['audit'],
  filter: AuditFilter,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
) {
  const beforeSequence = cursor === undefined ? undefined : Number(cursor);
  // One more than asked for tells whether another page follows.
  const acts = (await audit.list(filter, { limit: limit + 1, beforeSequence })).map(toAuditAct);
  const shown = acts.slice(0, limit);
  return { data: shown, next_cursor: acts.length > limit ? String(shown.at(-1)?.sequence) : undefined };
}

function exportActs(
  audit: ControlServices['audit'],
  reply: FastifyReply,
  { filter, format }: { readonly filter: AuditFilter; readonly format: ExportFormat },
): FastifyReply {
  return sendExport<ReturnType<typeof toAuditAct>>(reply, {
    name: 'audit',
    format,
    columns: AUDIT_COLUMNS,
    cellsOf: (act) => AUDIT_COLUMNS.map((column) => act[column]),
    pageAfter: async (last) => {
      const acts = await audit.list(filter, { limit: EXPORT_PAGE, beforeSequence: last?.sequence });
      return acts.map(toAuditAct);
    },
  });
}
