import { invalid } from '../../../kernel/invalid.ts';
import type { JsonValue } from '../../../kernel/json.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import { pathOf } from '../../call-credit.ts';
import type { SideAnswer } from '../blocklet.ts';
import { type Audience, ownAudience, wholeAudience } from './audience.ts';
import { callRows, callsCsv, EXPORT_LOCALES, usersOf } from './call-rows.ts';
import { callsWanted, newestCalls, readCalls } from './calls.ts';
import { creditBalance, creditGrants, creditQuota, creditTransactions, paymentLink } from './credit.ts';
import { answerUserInfo } from './key-credit.ts';
import { CALL_TYPES } from './measures.ts';
import type { UsageAsked } from './ports.ts';
import { groupTrends, listProjects, SORTED_BY, trends } from './projects.ts';
import { bucketsOf, pageOf, rangeOf, textOf, wordOf, zoneOf } from './query.ts';
import { usageStats } from './stats.ts';

export type UsageRoute = {
  readonly method: 'GET' | 'POST';
  readonly answer: (asked: UsageAsked) => Promise<SideAnswer>;
};

const CALLS_PAGE = 50;
const PROJECTS_PAGE = 20;
const EXPORT_ROWS_MAX = 10_000;
/** What the original's pages show where no time is chosen. */
const DAYS_DEFAULT = 7;
const USERS_MAX = 200;
const DID_CHARS_MAX = 256;

/** AIGNE's usage endpoints, by their paths. */
export const USAGE_ROUTES: ReadonlyMap<string, UsageRoute> = new Map([
  ['/api/user/info', get(infoOf)],
  ['/api/user/credit/balance', get(creditBalance)],
  ['/api/user/credit/grants', get(creditGrants)],
  ['/api/user/credit/transactions', get(async (asked) => creditTransactions(asked, await audienceOf(asked)))],
  ['/api/user/credit/payment-link', get(paymentLink)],
  ['/api/usage/quota', get(async (asked) => creditQuota(asked, await audienceOf(asked)))],
  ['/api/user/model-calls', get(pageOfCalls)],
  ['/api/user/model-calls/export', { method: 'GET', answer: exportCalls }],
  ['/api/user/usage-stats', get(async (asked) => statsOf(asked, await audienceOf(asked)))],
  ['/api/user/admin/user-stats', get(async (asked) => statsOf(asked, await wholeOf(asked)))],
  ['/api/user/admin/user-info', post(userInfo)],
  ['/api/user/cleanup-daily-stats', post(async () => ({ success: true }))],
  ['/api/usage/projects', get(projectsOf)],
  ['/api/usage/projects/group-trends', get(groupTrendsOf)],
  ['/api/usage/projects/trends', get(async (asked) => trendsOf(asked, await audienceOf(asked), appDidOf(asked)))],
  ['/api/usage/projects/calls', get(callsOfProject)],
  ['/api/usage/trends', get(async (asked) => trendsOf(asked, await wholeOf(asked), undefined))],
  ['/api/usage/stats/backfill', post(backfill)],
]);

function get(answer: (asked: UsageAsked) => Promise<object | string | null>): UsageRoute {
  return { method: 'GET', answer: async (asked) => json(await answer(asked)) };
}

function post(answer: (asked: UsageAsked) => Promise<object>): UsageRoute {
  return { method: 'POST', answer: async (asked) => json(await answer(asked)) };
}

function json(value: object | string | null): SideAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}

async function audienceOf({ principal, query, usage }: UsageAsked): Promise<Audience> {
  const isWhole = wordOf(query, 'allUsers', ['true', 'false', '1', '0']);
  return isWhole === 'true' || isWhole === '1' ? wholeAudience(principal, usage) : ownAudience(principal);
}

async function wholeOf({ principal, usage }: UsageAsked): Promise<Audience> {
  return wholeAudience(principal, usage);
}

async function infoOf({ principal, usage }: UsageAsked) {
  const { organizationId } = principal;
  const credit = await usage.charges?.seenBy(organizationId, pathOf(principal));
  return answerUserInfo(principal, { credit, profileLink: usage.pageOf(organizationId) });
}

async function callsAsked(asked: UsageAsked) {
  const { query, nowMs, usage } = asked;
  const audience = await audienceOf(asked);
  return callsWanted(query, { usage, audience, range: rangeOf(query, nowMs), types: CALL_TYPES });
}

async function pageOfCalls(asked: UsageAsked) {
  const wanted = await callsAsked(asked);
  const paging = pageOf(asked.query, CALLS_PAGE);
  const page = { offset: (paging.page - 1) * paging.pageSize, limit: paging.pageSize };
  const { rows, count } = await readCalls(asked.usage, wanted, page);
  return { count, list: await callRows(asked.usage, wanted.audience, rows), paging };
}

async function callsOfProject(asked: UsageAsked) {
  appDidOf(asked);
  const { count, list, paging } = await pageOfCalls(asked);
  return { list, count, ...paging };
}

async function exportCalls(asked: UsageAsked): Promise<SideAnswer> {
  const locale = wordOf(asked.query, 'locale', EXPORT_LOCALES) ?? 'en';
  const wanted = await callsAsked(asked);
  const records: UsageRecord[] = [];
  for await (const record of newestCalls(asked.usage, wanted)) {
    records.push(record);
    if (records.length === EXPORT_ROWS_MAX) break;
  }
  const day = new Date(asked.nowMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return {
    contentType: 'text/csv; charset=utf-8',
    body: await callsCsv(asked.usage, wanted.audience, { records, locale }),
    fileName: `model-calls-${day}.csv`,
  };
}

async function statsOf({ query, nowMs, usage }: UsageAsked, audience: Audience) {
  return await usageStats(usage, { audience, range: rangeOf(query, nowMs, DAYS_DEFAULT), zone: zoneOf(query) });
}

async function projectsOf(asked: UsageAsked) {
  const { query, nowMs, usage } = asked;
  const range = rangeOf(query, nowMs, DAYS_DEFAULT);
  zoneOf(query);
  const by = wordOf(query, 'sortBy', SORTED_BY) ?? 'totalCalls';
  const order = wordOf(query, 'sortOrder', ['asc', 'desc']) ?? 'desc';
  const page = pageOf(query, PROJECTS_PAGE);
  return await listProjects(usage, { audience: await audienceOf(asked), range, sorting: { by, order }, page });
}

async function groupTrendsOf(asked: UsageAsked) {
  const { query, nowMs, usage } = asked;
  const range = rangeOf(query, nowMs, DAYS_DEFAULT);
  const buckets = bucketsOf(range, zoneOf(query));
  return await groupTrends(usage, { audience: await audienceOf(asked), range, buckets });
}

async function trendsOf({ query, nowMs, usage }: UsageAsked, audience: Audience, appDid: string | undefined) {
  const buckets = bucketsOf(rangeOf(query, nowMs, DAYS_DEFAULT), zoneOf(query));
  return await trends(usage, { audience, buckets, appDid });
}

function appDidOf({ query }: UsageAsked): string {
  const appDid = textOf(query, 'appDid');
  if (appDid === undefined) throw invalid('appDid', 'is missing.');
  return appDid;
}

async function userInfo(asked: UsageAsked) {
  const { organizationId } = await wholeOf(asked);
  const { userDids } = await asked.body();
  if (!isListOfDids(userDids)) throw invalid('userDids', `is no list of 1 to ${USERS_MAX} ids.`);
  return { users: [...(await usersOf(asked.usage, organizationId, userDids)).values()] };
}

function isListOfDids(value: JsonValue | undefined): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= USERS_MAX &&
    value.every((did) => typeof did === 'string' && did !== '' && did.length <= DID_CHARS_MAX)
  );
}

/** Sums are kept up with every record, so that there is nothing to fill in. */
async function backfill(asked: UsageAsked) {
  await wholeOf(asked);
  const { startDate, endDate } = await asked.body();
  for (const [name, value] of Object.entries({ startDate, endDate })) {
    if (value !== undefined && value !== null && !isDate(value)) throw invalid(name, 'is no date.');
  }
  return { success: true };
}

function isDate(value: JsonValue): boolean {
  return typeof value === 'number' || (typeof value === 'string' && Number.isFinite(Date.parse(value)));
}
