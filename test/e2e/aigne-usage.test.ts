import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, type HubAnswer, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { openTenants, type Tenants } from '../support/tenants.ts';

/** One organization with an owner, a developer with two keys and a project's key; and another organization. */
const MODEL = 'fake-small';
const HOUR_MS = 3_600_000;
const FORMULA = '=cmd()';

let folder: string;
let upstream: FakeUpstream;
let tenants: Tenants;
let hub: HubProcess;
let owner: string;
let ownerId: string;
let developer: string;
let developerId: string;
let second: string;
let project: string;
let projectId: string;
let foreign: string;
/** The time that everything happened in, in unix seconds, the end included. */
let span: { readonly start: number; readonly end: number };

async function call(secret: string, application: string, model = `fake/${MODEL}`): Promise<HubAnswer> {
  const headers = { 'x-aigne-hub-client-did': encodeURIComponent(application) };
  return callHub(hub, secret, { path: '/api/v2/chat/completions', headers, body: chatBody({ model }) });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-aigne-usage-'));
  upstream = await startFakeUpstream();
  tenants = await openTenants(folder);
  const { organizationId } = DEFAULT_TENANT;
  const start = Math.floor((Date.now() - HOUR_MS) / 1000);
  ownerId = tenants.addMember(organizationId);
  tenants.run("UPDATE members SET role = 'owner' WHERE id = ?", ownerId);
  developerId = tenants.addMember(organizationId);
  owner = (await tenants.addKey(DEFAULT_TENANT, { memberId: ownerId })).secret;
  developer = (await tenants.addKey(DEFAULT_TENANT, { memberId: developerId })).secret;
  second = (await tenants.addKey(DEFAULT_TENANT, { memberId: developerId })).secret;
  const apart = tenants.addProject(organizationId);
  projectId = apart.projectId;
  project = (await tenants.addKey(apart)).secret;
  foreign = (await tenants.addKey(tenants.addOrganization('Other'))).secret;
  hub = await startHub({ dataDir: folder, allow: [`127.0.0.1:${upstream.port}`] });
  await hub.connectFake(upstream);
  const calls: readonly (readonly [string, string, string?])[] = [
    [owner, 'app-one'],
    [owner, 'app-two'],
    [developer, 'app-one'],
    [developer, 'app-one', 'fake/fake-large'],
    [second, FORMULA],
    [second, 'app-one', 'nobodys-model'],
    [project, 'app-three'],
    [foreign, 'app-one'],
  ];
  for (const each of calls) {
    const { status } = await call(...each);
    expect(status).toBe(each[2] === 'nobodys-model' ? 404 : 200);
  }
  const embedded = { path: '/v1/embeddings', body: { model: 'fake/fake-embed', input: 'words' } };
  expect((await callHub(hub, project, embedded)).status).toBe(200);
  span = { start, end: Math.floor((Date.now() + HOUR_MS) / 1000) };
});

afterAll(async () => {
  await hub?.stop();
  await tenants?.close();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

function ask(secret: string, path: string, more = ''): Promise<HubAnswer> {
  const time = `startTime=${span.start}&endTime=${span.end}`;
  return callHub(hub, secret, { method: 'GET', path: `${path}?${time}${more}` });
}

async function read(secret: string, path: string, more = ''): Promise<JsonObject> {
  const answer = await ask(secret, path, more);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers['cache-control']).toBe('no-store');
  return answer.json;
}

async function post(secret: string, path: string, body: JsonObject): Promise<HubAnswer> {
  return callHub(hub, secret, { path, body });
}

/** What the dashboard shows of the same time. */
async function explore(more: string): Promise<JsonObject> {
  const [from, to] = [span.start, span.end + 1].map((seconds) => new Date(seconds * 1000).toISOString());
  return asObject(await hub.control('GET', `/usage/explore?from=${from}&to=${to}&top=100${more}`));
}

function rows(value: JsonObject[string]): JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value.map(asObject);
}

function number(value: JsonObject[string]): number {
  if (typeof value !== 'number') throw new Error(`no number: ${JSON.stringify(value)}`);
  return value;
}

function sumOf(list: readonly JsonObject[], name: string): number {
  return list.reduce((sum, row) => sum + number(row[name]), 0);
}

const TOKENS = ['input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens'];
const tokens = (totals: JsonObject) => TOKENS.reduce((sum, name) => sum + number(totals[name]), 0);

/** Each kind of key, and the filter of the dashboard that shows the same. */
const AUDIENCES: readonly (readonly [string, () => string, () => string, string])[] = [
  ['a person', () => developer, () => `&member_id=${developerId}`, ''],
  ['the person’s other key', () => second, () => `&member_id=${developerId}`, ''],
  ['a project', () => project, () => `&project_id=${projectId}`, ''],
  ['an owner', () => owner, () => `&member_id=${ownerId}`, ''],
  ['an owner who asks for everybody', () => owner, () => '', '&allUsers=true'],
];

describe.each(AUDIENCES)('%s', (_name, key, filter, more) => {
  it('gets the dashboard’s sums', async () => {
    const { totals } = await explore(filter());
    const whole = asObject(totals);
    const stats = await read(key(), '/api/user/usage-stats', more);
    const summary = asObject(stats['summary']);
    expect(summary['totalCalls']).toBe(whole['requests']);
    expect(summary['totalCredits']).toBe(0);
    const types = Object.values(asObject(summary['byType'])).map(asObject);
    expect(sumOf(types, 'totalUsage')).toBe(tokens(whole));
    expect(sumOf(types, 'successCalls')).toBe(number(whole['requests']) - number(whole['failed_requests']));
    const days = rows(stats['dailyStats']);
    expect([sumOf(days, 'requests'), sumOf(days, 'tokens')]).toEqual([whole['requests'], tokens(whole)]);
    expect(asObject(asObject(stats['trendComparison'])['current'])['totalCalls']).toBe(whole['requests']);
  });

  it('gets the dashboard’s calls, by page and as a file', async () => {
    const { totals } = await explore(filter());
    const count = number(asObject(totals)['requests']);
    const found: JsonObject[] = [];
    for (let page = 1; found.length < count; page += 1) {
      const answer = await read(key(), '/api/user/model-calls', `${more}&page=${page}&pageSize=2`);
      expect([answer['count'], answer['paging']]).toEqual([count, { page, pageSize: 2 }]);
      expect(rows(answer['list']).length).toBeGreaterThan(0);
      found.push(...rows(answer['list']));
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(count);
    expect(sumOf(found, 'totalUsage')).toBe(tokens(asObject(totals)));
    const csv = await ask(key(), '/api/user/model-calls/export', more);
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="model-calls-\d{4}-\d\d-\d\d\.csv"$/);
    expect(csv.text.trimEnd().split('\r\n').length).toBe(count + 1);
  });

  it('gets the dashboard’s applications, in all and over time', async () => {
    const { groups } = await explore(`${filter()}&group_by=application&order_by=requests`);
    const wanted = rows(groups).map(({ value, totals }) => [value, asObject(totals)['requests']]);
    const { projects, total } = await read(key(), '/api/usage/projects', more);
    const got = rows(projects).map(({ appDid, totalCalls }) => [appDid, totalCalls]);
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(wanted));
    expect(total).toBe(wanted.length);
    const { trends, granularity } = await read(key(), '/api/usage/projects/group-trends', more);
    expect(granularity).toBe('hour');
    for (const [appDid, requests] of wanted) {
      const own = rows(trends).flatMap(({ byProject }) => {
        const point = asObject(byProject)[textOf(appDid)];
        return point === undefined ? [] : [asObject(point)];
      });
      expect(sumOf(own, 'totalCalls')).toBe(requests);
      const named = `${more}&appDid=${encodeURIComponent(textOf(appDid))}`;
      const one = await read(key(), '/api/usage/projects/trends', named);
      expect(sumOf(rows(one['trends']), 'calls')).toBe(requests);
      expect(asObject(one['project'])['totalCalls']).toBe(requests);
      const { count, list } = await read(key(), '/api/usage/projects/calls', named);
      expect([count, rows(list).length]).toEqual([requests, requests]);
    }
  });
});

describe('an owner', () => {
  it('sees everybody’s sums and trends, and who is who', async () => {
    const whole = asObject((await explore(''))['totals']);
    const stats = await read(owner, '/api/user/admin/user-stats');
    expect(asObject(stats['summary'])['totalCalls']).toBe(whole['requests']);
    const points = rows((await read(owner, '/api/usage/trends'))['trends']);
    expect([sumOf(points, 'calls'), sumOf(points, 'totalUsage')]).toEqual([whole['requests'], tokens(whole)]);
    const { json } = await post(owner, '/api/user/admin/user-info', { userDids: [developerId, 'nobody'] });
    expect(rows(json['users']).map(({ did }) => did)).toEqual([developerId]);
    expect((await post(owner, '/api/usage/stats/backfill', { startDate: '2026-01-01' })).json).toEqual({
      success: true,
    });
  });
});

describe('others', () => {
  it.each([
    ['/api/user/model-calls', '&allUsers=true'],
    ['/api/usage/projects', '&allUsers=true'],
    ['/api/user/admin/user-stats', ''],
    ['/api/usage/trends', ''],
  ])('are refused at %s%s', async (path, more) => {
    for (const key of [developer, project, foreign]) {
      const { status, error } = await ask(key, path, more);
      expect([status, error['type']]).toEqual([403, 'access.denied']);
      expect(error['message']).toEqual(expect.any(String));
    }
    expect((await post(developer, '/api/user/admin/user-info', { userDids: ['x'] })).status).toBe(403);
    expect((await post(developer, '/api/usage/stats/backfill', {})).status).toBe(403);
  });

  it('see their own alone', async () => {
    const callsOf = async (key: string) => rows((await read(key, '/api/user/model-calls'))['list']);
    expect((await callsOf(foreign)).map(({ appDid }) => appDid)).toEqual(['app-one']);
    expect((await callsOf(project)).map(({ type }) => type)).toEqual(['embedding', 'chatCompletion']);
    const users = new Set((await callsOf(developer)).map(({ userDid }) => userDid));
    expect([...users]).toEqual([developerId]);
    const { json } = await post(owner, '/api/user/cleanup-daily-stats', {});
    expect(json).toEqual({ success: true });
  });
});

describe('a list of calls', () => {
  it.each([
    ['&status=failed', ['nobodys-model']],
    ['&search=LARGE', ['fake-large']],
    ['&search=large&searchFields=appDid', []],
    ['&model=fake-large&status=success&type=chatCompletion', ['fake-large']],
    ['&type=video', []],
    ['&minDurationSeconds=3600', []],
    [`&appDid=${encodeURIComponent(FORMULA)}`, [MODEL]],
  ])('is filtered by %s', async (more, models) => {
    const { list, count } = await read(developer, '/api/user/model-calls', more);
    expect(rows(list).map(({ model }) => model)).toEqual(models);
    expect(count).toBe(models.length);
  });

  it('is safe in a spreadsheet', async () => {
    const { text } = await ask(developer, '/api/user/model-calls/export', `&appDid=${encodeURIComponent(FORMULA)}`);
    expect(text.trimEnd().split(',').at(-1)).toBe(`'${FORMULA}`);
  });
});

it.each([
  ['/api/user/model-calls', 'page=0', 'page'],
  ['/api/user/model-calls', 'pageSize=101', 'pageSize'],
  ['/api/user/model-calls', 'startTime=yesterday', 'startTime'],
  ['/api/user/model-calls', 'startTime=20&endTime=10', 'endTime'],
  ['/api/user/model-calls', 'status=maybe', 'status'],
  ['/api/user/model-calls', 'type=chat', 'type'],
  ['/api/user/model-calls/export', 'locale=xx', 'locale'],
  ['/api/user/usage-stats', 'timezoneOffset=1000', 'timezoneOffset'],
  ['/api/usage/projects', 'sortBy=name', 'sortBy'],
  ['/api/usage/projects', 'timeRange=-1', 'timeRange'],
  ['/api/usage/projects/trends', '', 'appDid'],
  ['/api/usage/projects/calls', '', 'appDid'],
])('%s?%s is refused in AIGNE’s form', async (path, query, param) => {
  const { status, error, json } = await callHub(hub, developer, { method: 'GET', path: `${path}?${query}` });
  expect([status, error['param']]).toEqual([400, param]);
  expect(json['message']).toBe(error['message']);
});

it.each([
  ['POST', '/api/user/model-calls', 405],
  ['GET', '/api/user/admin/user-info', 405],
  ['GET', '/api/user/usage-stats', 401],
])('%s %s is answered by %i without a key', async (method, path, status) => {
  expect((await callHub(hub, undefined, { method, path })).status).toBe(status);
});

it('ids that are no list are refused', async () => {
  for (const userDids of [undefined, [], [1], Array.from({ length: 201 }, String)]) {
    const { status, error } = await post(owner, '/api/user/admin/user-info', { userDids });
    expect([status, error['param']]).toEqual([400, 'userDids']);
  }
});
