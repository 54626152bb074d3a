import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Chargeback } from '../../records/chargeback.ts';
import { sendExport } from '../exports.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import type { ControlServices } from '../services.ts';
import {
  CHARGEBACK_COLUMNS,
  chargebackExportQuery,
  chargebackQuery,
  chargebackSchema,
  type ShownRow,
  toChargeback,
  toChargebackQuery,
  toRow,
} from './chargeback-schema.ts';
import { assertSeesCosts } from './costs.ts';

const BASE = `${CONTROL_PREFIX}/usage/chargeback`;
const TAGS = ['usage'];

/** `/usage/chargeback`: what each part of the organization has cost in a month. */
export const chargebackRoutes: ControlRoutes = (app, services) => {
  app.get(
    BASE,
    route('usage.read', {
      operationId: 'getChargeback',
      summary: 'Tells what each team, project or value of a tag has used and cost in a calendar month.',
      tags: TAGS,
      querystring: chargebackQuery,
      response: { 200: chargebackSchema },
    }),
    async (request) => toChargeback(request.query, await chargebackFor(request, services, request.query)),
  );
  app.get(
    `${BASE}/export`,
    route('usage.read', {
      operationId: 'exportChargeback',
      summary: 'Gives the same as a file, a line for each team, project or value of a tag.',
      tags: TAGS,
      querystring: chargebackExportQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { format, organization_id: _named, ...query } = request.query;
      const { rows } = await chargebackFor(request, services, query);
      return sendExport<ShownRow>(reply, {
        name: `chargeback-${query.month}-${query.by}`,
        format,
        columns: CHARGEBACK_COLUMNS,
        cellsOf: (row) => CHARGEBACK_COLUMNS.map((column) => row[column]),
        pageAfter: async (last) => (last === undefined ? rows.map(toRow) : []),
      });
    },
  );
};

async function chargebackFor(
  request: FastifyRequest,
  services: ControlServices,
  query: z.output<typeof chargebackQuery>,
): Promise<Chargeback> {
  assertSeesCosts(request, services);
  const projectIds = await services.visibleProjects.idsOf(accessOf(request));
  return await services.usage.chargeback(tenantOf(request), toChargebackQuery(query, projectIds));
}
