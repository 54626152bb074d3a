import { z } from 'zod';
import { sendExport } from '../exports.ts';
import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import {
  linesOf,
  revenueExportQuery,
  revenueQuery,
  revenueSchema,
  toRevenue,
  toRevenueQuery,
} from './revenue-schema.ts';

const TAGS = ['credit'];
const REVENUE = `${CONTROL_PREFIX}/installation/revenue`;

/** `/installation/revenue`: what the operator earned, and what that cost. */
export const revenueRoutes: ControlRoutes = (app, { credit }) => {
  app.get(
    REVENUE,
    route('installation.read', {
      operationId: 'getRevenue',
      summary: 'Tells what calls of all organizations earned and cost: in all, by period, organization and model.',
      tags: TAGS,
      querystring: revenueQuery,
      response: { 200: revenueSchema },
    }),
    async (request) => toRevenue(request.query, await credit.revenue(toRevenueQuery(request.query))),
  );
  app.get(
    `${REVENUE}/export`,
    route('installation.read', {
      operationId: 'exportRevenue',
      summary: 'Gives the same as a file, a line for each period, organization or model.',
      tags: TAGS,
      querystring: revenueExportQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { by, format, ...query } = request.query;
      const { columns, rows } = linesOf(by, toRevenue(query, await credit.revenue(toRevenueQuery(query))));
      return sendExport<(typeof rows)[number]>(reply, {
        name: `revenue-${query.from.slice(0, 10)}-${query.to.slice(0, 10)}-${by}`,
        format,
        columns,
        cellsOf: (row) => {
          const cells = new Map<string, unknown>(Object.entries(row));
          return columns.map((column) => cells.get(column));
        },
        pageAfter: async (last) => (last === undefined ? rows : []),
      });
    },
  );
};
