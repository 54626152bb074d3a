import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { pageOf } from '../paging.ts';
import {
  requestDetailSchema,
  requestParams,
  toRequestDetail,
  toTotals,
  totalsSchema,
  toUsageFilter,
  toUsageGroup,
  toUsageRecord,
  usageRecordSchema,
  usageRecordsQuery,
  usageTotalsQuery,
} from './schema.ts';

const TAGS = ['usage'];
const BASE = `${CONTROL_PREFIX}/usage`;

/** `/usage`: what was called and what it cost. */
export const usageRoutes: ControlRoutes = (app, { usage }) => {
  app.get(
    `${BASE}/records`,
    route('usage.read', {
      operationId: 'listUsageRecords',
      summary: 'Lists usage records, newest first.',
      tags: TAGS,
      querystring: usageRecordsQuery,
      response: { 200: pageOf(usageRecordSchema) },
    }),
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      // One more than asked for tells whether another page follows.
      const records = await usage.list(tenantOf(request), toUsageFilter(filter), { limit: limit + 1, cursor });
      const page = records.slice(0, limit);
      return {
        data: page.map(toUsageRecord),
        next_cursor: records.length > limit ? page.at(-1)?.id : undefined,
      };
    },
  );
  app.get(
    `${BASE}/requests/:request_id`,
    route('usage.read', {
      operationId: 'getUsageOfRequest',
      summary: 'Shows one request in full: its usage record, its attempts and its error.',
      tags: TAGS,
      params: requestParams,
      response: { 200: requestDetailSchema },
    }),
    async (request) => {
      const outcome = await usage.get(tenantOf(request), request.params.request_id);
      if (outcome === undefined) throw new GatewayError('resource.not_found');
      return toRequestDetail(outcome);
    },
  );
  app.get(
    `${BASE}/totals`,
    route('usage.read', {
      operationId: 'getUsageTotals',
      summary: 'Sums usage, on request by group.',
      tags: TAGS,
      querystring: usageTotalsQuery,
      response: { 200: z.strictObject({ data: z.array(totalsSchema) }) },
    }),
    async (request) => {
      const { group_by, ...filter } = request.query;
      const totals = await usage.totals(tenantOf(request), toUsageFilter(filter), toUsageGroup(group_by));
      return { data: totals.map(toTotals) };
    },
  );
};
