import { Readable } from 'node:stream';
import { z } from 'zod';
import type { AuditFilter } from '../../audit/ports.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { pageOf } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  AUDIT_CSV_HEAD,
  auditActSchema,
  auditExportQuery,
  auditQuery,
  auditVerdictSchema,
  auditVerifyQuery,
  toAuditAct,
  toAuditFilter,
  toCsvLine,
} from './schema.ts';

const TAGS = ['audit'];
const EXPORT_PAGE = 500;
const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const;

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
      const { format } = request.query;
      return reply
        .type(TYPES[format])
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .send(Readable.from(lines(audit, filter, format)));
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
    async (request, reply) => {
      const { format } = request.query;
      return reply
        .type(TYPES[format])
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .send(Readable.from(lines(audit, toAuditFilter(request.query), format)));
    },
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

/** A page in memory at a time, as fast as the reader takes them. */
async function* lines(
  audit: ControlServices['audit'],
  filter: AuditFilter,
  format: 'jsonl' | 'csv',
): AsyncGenerator<string> {
  if (format === 'csv') yield AUDIT_CSV_HEAD;
  let beforeSequence: number | undefined;
  for (;;) {
    const acts = (await audit.list(filter, { limit: EXPORT_PAGE, beforeSequence })).map(toAuditAct);
    if (acts.length === 0) return;
    yield acts.map((act) => (format === 'csv' ? toCsvLine(act) : `${JSON.stringify(act)}\n`)).join('');
    beforeSequence = acts.at(-1)?.sequence;
  }
}
