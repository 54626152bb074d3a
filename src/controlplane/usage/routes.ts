import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { VisibleProjects } from '../../identity/visible-projects.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { RequestOutcome, UsageRecord } from '../../protocol/records.ts';
import { fromTime, toTimeOrUndefined } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import type { ControlServices } from '../services.ts';
import { toRequestCharge } from './charge-schema.ts';
import { chargebackRoutes } from './chargeback-routes.ts';
import { assertMayAsk, assertSeesCosts, seesCosts } from './costs.ts';
import { exploredSchema, exploreQuery, toExplored, toExploreQuery } from './explore-schema.ts';
import { exportRecords } from './export.ts';
import { forecastQuery, forecastSchema, toForecast } from './forecast-schema.ts';
import { savingsQuery, savingsSchema, toSavings } from './savings-schema.ts';
import {
  requestDetailSchema,
  requestParams,
  toRequestDetail,
  toTotals,
  totalsSchema,
  toUsageFilter,
  toUsageGroup,
  toUsageRecord,
  usageExportQuery,
  usageRecordPageSchema,
  usageRecordsQuery,
  usageTotalsQuery,
} from './schema.ts';
import { unusedCredentials, unusedKeys } from './unused.ts';

const TAGS = ['usage'];
const EXPORT_PAGE = 500;
const BASE = `${CONTROL_PREFIX}/usage`;

/** `/usage`: what was called and what it cost. */
export const usageRoutes: ControlRoutes = (app, services) => {
  readRecords(app, services);
  readSums(app, services);
  chargebackRoutes(app, services);
};

const readRecords: ControlRoutes = (app, services) => {
  const { usage, visibleProjects } = services;
  app.get(
    `${BASE}/records`,
    route('usage.read', {
      operationId: 'listUsageRecords',
      summary: 'Lists usage records of the projects that the caller may use, newest first.',
      tags: TAGS,
      querystring: usageRecordsQuery,
      response: { 200: usageRecordPageSchema },
    }),
    async (request) => {
      const { limit, cursor, text, ...filter } = request.query;
      assertMayAsk(request, services, filter);
      const wanted = toUsageFilter(filter, await projectsAskedFor(visibleProjects, request, filter.project_id));
      const page = await usage.search(tenantOf(request), { ...wanted, text }, { limit, cursor });
      return {
        data: await shownRecords(request, services, page.records),
        next_cursor: page.nextCursor,
        searched_back_to: toTimeOrUndefined(page.searchedBackToMs),
      };
    },
  );
  app.get(
    `${BASE}/records/export`,
    route('usage.read', {
      operationId: 'exportUsageRecords',
      summary: 'Streams usage records of any number as a file, newest first.',
      tags: TAGS,
      querystring: usageExportQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { format, organization_id: _named, ...filter } = request.query;
      assertMayAsk(request, services, filter);
      const wanted = toUsageFilter(filter, await projectsAskedFor(visibleProjects, request, filter.project_id));
      const tenant = tenantOf(request);
      return exportRecords(reply, {
        format,
        seesCosts: seesCosts(request, services),
        isCharged: services.credit.charging() !== undefined,
        pageAfter: async (cursor) =>
          shownRecords(request, services, await usage.list(tenant, wanted, { limit: EXPORT_PAGE, cursor })),
      });
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
      const visible = await visibleProjects.idsOf(accessOf(request));
      const outcome = await usage.get(tenantOf(request), request.params.request_id, visible);
      if (outcome === undefined) throw new GatewayError('resource.not_found');
      return await shownRequest(request, services, outcome);
    },
  );
};

const readSums: ControlRoutes = (app, services) => {
  const { usage, visibleProjects } = services;
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
      assertMayAsk(request, services, request.query);
      const wanted = toUsageFilter(filter, await projectsAskedFor(visibleProjects, request, filter.project_id));
      const totals = await usage.totals(tenantOf(request), wanted, toUsageGroup(group_by));
      return { data: totals.map((each) => toTotals(each, seesCosts(request, services))) };
    },
  );
  app.get(
    `${BASE}/explore`,
    route('usage.read', {
      operationId: 'exploreUsage',
      summary: 'Sums usage in all, by group and over time, in the calendar of a time zone.',
      tags: TAGS,
      querystring: exploreQuery,
      response: { 200: exploredSchema },
    }),
    async (request) => {
      const access = accessOf(request);
      for (const id of [request.query.project_id ?? []].flat()) await visibleProjects.find(access, id);
      assertMayAsk(request, services, request.query);
      const view = { projectIds: await visibleProjects.idsOf(access), seesCosts: seesCosts(request, services) };
      const explored = await usage.explore(tenantOf(request), toExploreQuery(request.query, view));
      return toExplored(request.query, explored, view.seesCosts);
    },
  );
  app.get(
    `${BASE}/forecast`,
    route('usage.read', {
      operationId: 'forecastUsage',
      summary: 'Tells what this calendar month has cost and will have cost, in all and by project.',
      tags: TAGS,
      querystring: forecastQuery,
      response: { 200: forecastSchema },
    }),
    async (request) => {
      assertSeesCosts(request, services);
      const { time_zone: timeZone } = request.query;
      const projectIds = await visibleProjects.idsOf(accessOf(request));
      const query = { timeZone, atMs: services.now(), projectIds };
      return toForecast(timeZone, await usage.forecast(tenantOf(request), query));
    },
  );
  app.get(
    `${BASE}/savings`,
    route('usage.read', {
      operationId: 'findSavings',
      summary: 'Finds what could have cost less, each with its arithmetic, and what is there but not used.',
      tags: TAGS,
      querystring: savingsQuery,
      response: { 200: savingsSchema },
    }),
    async (request) => {
      assertSeesCosts(request, services);
      const access = accessOf(request);
      const { from, to } = request.query;
      const projectIds = await visibleProjects.idsOf(access);
      const found = await usage.savings(access.tenant, { fromMs: fromTime(from), toMs: fromTime(to), projectIds });
      const { permissions } = access;
      return toSavings(request.query, {
        ...found,
        keys: permissions.has('keys.read') ? await unusedKeys(services, access) : [],
        credentials: permissions.has('connections.read') ? await unusedCredentials(services, access) : [],
      });
    },
  );
};

/** Records as the caller may see them, with what each was charged where calls are paid for. */
async function shownRecords(request: FastifyRequest, services: ControlServices, records: readonly UsageRecord[]) {
  const { credit } = services;
  const ids = credit.charging() === undefined ? [] : records.map(({ id }) => id);
  const charges = await credit.read.amountsOf(tenantOf(request), ids);
  const costs = seesCosts(request, services);
  return records.map((record) => toUsageRecord(record, { seesCosts: costs, chargeNano: charges.get(record.id) }));
}

async function shownRequest(request: FastifyRequest, services: ControlServices, outcome: RequestOutcome) {
  const { contents, credit } = services;
  const { usage } = outcome;
  const tenant = tenantOf(request);
  const mayRead = accessOf(request).permissions.has('contents.read');
  const costs = seesCosts(request, services);
  const charged = credit.charging() === undefined ? undefined : await credit.read.charge(tenant, usage.id);
  const isKnown = charged !== undefined && usage.usageBasis !== undefined;
  return toRequestDetail(outcome, {
    seesCosts: costs,
    chargeNano: charged?.charge.amountNano,
    contentExpiresAt: mayRead ? await contents.expiryOf(tenant, usage.id) : undefined,
    charge:
      charged && toRequestCharge(charged, isKnown ? await credit.explain(charged.charge, usage) : undefined, costs),
  });
}

async function projectsAskedFor(
  visibleProjects: VisibleProjects,
  request: FastifyRequest,
  projectId: string | undefined,
): Promise<readonly string[] | undefined> {
  const access = accessOf(request);
  return projectId === undefined
    ? await visibleProjects.idsOf(access)
    : [(await visibleProjects.find(access, projectId)).id];
}
