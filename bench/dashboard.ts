/**
 * Asks a store, which `tools/seed-usage.ts` has filled, everything that the dashboard asks: the overview's calls, the
 * log of requests, and usage by every dimension over several lengths of time, zones and filters. Ends with 1 where the overview, or any group
 * of views, takes longer than 400 ms in more than 5 % of its calls.
 *
 *   node bench/dashboard.ts (--data-dir DIR | --database-url URL) [--runs 3] [--until 2026-01-01T00:00:00Z] [--days 30]… [--cpu] [--server-pid PID] [--json]
 *
 * With --cpu it counts the CPU of this process, SQLite's thread included, where other work would spoil the time; and with
 * the number of PostgreSQL's first process, that of its connections as well.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/kernel/clock.ts';
import { GatewayError } from '../src/kernel/errors.ts';
import { createUsageExplorer, type ExploreGroup, type ExploreQuery, type Granularity } from '../src/records/explore.ts';
import type { RecordQuestion } from '../src/records/ports.ts';
import { DEFAULT_TENANT } from '../src/storage/default-tenant.ts';
import { openStore } from '../src/storage/open-store.ts';

const DAY_MS = 86_400_000;
const P95_MS_MAX = 400;
/** For one page of the log of requests, whatever it is filtered by. */
const LOG = 'log of requests';
const LOG_P95_MS_MAX = 300;
const LOG_ROWS = 50;
const SLOWEST_SHOWN = 15;
const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York'];
const RANGES: readonly (readonly [name: string, days: number, granularity: Granularity])[] = [
  ['a day by the hour', 1, 'hour'],
  ['7 days by the hour', 7, 'hour'],
  ['30 days', 30, 'day'],
  ['90 days', 90, 'day'],
  ['a year by the week', 365, 'week'],
  ['a year by the day', 365, 'day'],
];
const GROUPS: readonly (ExploreGroup | undefined)[] = [
  undefined,
  'model',
  'provider',
  'connection',
  'key',
  'member',
  'team',
  'project',
  'application',
  'tag',
  'end_user',
  'operation',
  'status',
];

/** One kind of call, and how long each took. */
type Timed = { readonly group: string; readonly name: string; readonly ms: number[] };

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    'database-url': { type: 'string' },
    runs: { type: 'string', default: '3' },
    until: { type: 'string' },
    /** Only the views over so many days. */
    days: { type: 'string', multiple: true },
    cpu: { type: 'boolean', default: false },
    'server-pid': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const url = values['database-url'];
const store = openStore(
  url === undefined ? { kind: 'sqlite', path: join(values['data-dir'] ?? '.', 'hub.db') } : { kind: 'postgres', url },
  { clock: systemClock, note: ({ message }) => process.stderr.write(`${message}\n`) },
);
const explore = createUsageExplorer({ store: store.usage, projects: store.projectReader.list });
const untilMs = values.until === undefined ? Math.floor(systemClock.now() / DAY_MS) * DAY_MS : Date.parse(values.until);

function queryOf(days: number, fields: Partial<ExploreQuery> = {}): ExploreQuery {
  return {
    fromMs: untilMs - days * DAY_MS,
    toMs: untilMs,
    timeZone: 'UTC',
    granularity: 'none',
    groupBy: undefined,
    filters: {},
    teamIds: undefined,
    projectIds: undefined,
    orderBy: 'cost',
    top: 10,
    compare: undefined,
    ...fields,
  };
}

/** What the dashboard's first page asks for. */
function overviewCalls(): readonly (readonly [string, ExploreQuery])[] {
  return ZONES.flatMap((timeZone) =>
    [1, 7, 30, 90].flatMap((days): (readonly [string, ExploreQuery])[] => {
      const granularity = days === 1 ? 'hour' : 'day';
      const named = (name: string, fields: Partial<ExploreQuery>): readonly [string, ExploreQuery] => {
        return [`${name}, ${days} days, ${timeZone}`, queryOf(days, { timeZone, ...fields })];
      };
      return [
        named('in all', { granularity, compare: 'previous' }),
        named('by model', { granularity, groupBy: 'model' }),
        named('by provider', { groupBy: 'provider' }),
        named('by key', { groupBy: 'key' }),
        named('by status', { granularity, groupBy: 'status' }),
      ];
    }),
  );
}

/** The value of a dimension that stands at a place of the ranking. */
async function valueAt(groupBy: ExploreGroup, place: number): Promise<string> {
  const { groups } = await explore(DEFAULT_TENANT, queryOf(30, { groupBy, top: 100, orderBy: 'requests' }));
  const named = groups.flatMap(({ value }) => value ?? []);
  return named[Math.min(place, named.length - 1)] ?? '';
}

async function filterSets(): Promise<readonly (readonly [string, ExploreQuery['filters']])[]> {
  const [model, provider, busyKey, key, project, member] = [
    await valueAt('model', 0),
    await valueAt('provider', 0),
    await valueAt('key', 0),
    await valueAt('key', 40),
    await valueAt('project', 3),
    await valueAt('member', 3),
  ];
  return [
    ['no filter', {}],
    ['a model', { model: [model] }],
    ['the busiest key', { key: [busyKey] }],
    ['a key', { key: [key] }],
    ['a project', { project: [project] }],
    ['a member', { member: [member] }],
    ['success', { status: ['success'] }],
    ['a provider and success', { provider: [provider], status: ['success'] }],
  ];
}

function nowMs(): number {
  if (!values.cpu) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + serverMs();
}

/** Milliseconds on a CPU of all connections that there are: https://docs.kernel.org/scheduler/sched-stats.html */
function serverMs(): number {
  const pid = values['server-pid'];
  if (pid === undefined) return 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.reduce((sum, child) => sum + nanosecondsOf(child) / 1_000_000, 0);
}

function nanosecondsOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    // It has ended since it was listed.
    return 0;
  }
}

async function time(timed: Timed, query: ExploreQuery): Promise<void> {
  for (let run = 0; run < Number(values.runs); run += 1) {
    const startedAt = nowMs();
    try {
      await explore(DEFAULT_TENANT, query);
    } catch (error) {
      // What would have to be read record by record is refused beyond a month.
      if (error instanceof GatewayError && error.code === 'request.invalid') return;
      throw error;
    }
    timed.ms.push(nowMs() - startedAt);
  }
}

/** Mixes of filters: common ones, rare ones, some that match nothing, and texts. */
async function logQuestions(): Promise<readonly RecordQuestion[]> {
  const [model, rareModel] = [await valueAt('model', 0), await valueAt('model', 19)];
  const [keyId, projectId] = [await valueAt('key', 40), await valueAt('project', 40)];
  const [application, endUser] = [await valueAt('application', 90), await valueAt('end_user', 90)];
  const [providerId, connectionId] = [await valueAt('provider', 0), await valueAt('connection', 3)];
  const fromMs = untilMs - 200 * DAY_MS;
  return [
    {},
    { toMs: untilMs - 90 * DAY_MS },
    { model },
    { model: rareModel },
    { status: 'timeout' },
    { status: 'cut', model: rareModel },
    { status: 'timeout', projectIds: [projectId] },
    { projectIds: [projectId] },
    { keyId },
    { keyId, status: 'timeout' },
    { providerId, status: 'rejected', fromMs },
    { connectionId, projectIds: [projectId] },
    { application },
    { application, status: 'timeout' },
    { endUser },
    { endUser, projectIds: [projectId] },
    { endUser, model: rareModel, fromMs, toMs: untilMs - 100 * DAY_MS },
    { model: 'no such model' },
    { text: 'gemini' },
    { text: 'nothing has this' },
    { text: 'nothing has this', status: 'timeout' },
  ];
}

/** A page of each question, and those after it as a reader would ask for them. */
async function timeLog(question: RecordQuestion): Promise<Timed> {
  const timed: Timed = { group: LOG, name: `log, ${JSON.stringify(question)}`, ms: [] };
  let cursor: string | undefined;
  for (let page = 0; page < 3; page += 1) {
    const startedAt = nowMs();
    const { nextCursor } = await store.records.search(DEFAULT_TENANT, question, { limit: LOG_ROWS, cursor });
    timed.ms.push(nowMs() - startedAt);
    if (nextCursor === undefined) break;
    cursor = nextCursor;
  }
  return timed;
}

async function measure(): Promise<readonly Timed[]> {
  const all: Timed[] = [];
  for (const question of await logQuestions()) all.push(await timeLog(question));
  const add = async (group: string, name: string, query: ExploreQuery): Promise<void> => {
    const timed: Timed = { group, name, ms: [] };
    await time(timed, query);
    if (timed.ms.length > 0) all.push(timed);
  };
  for (const [name, query] of overviewCalls()) await add('overview', name, query);
  const filters = await filterSets();
  for (const [range, days, granularity] of RANGES) {
    if (values.days?.includes(String(days)) === false) continue;
    process.stderr.write(`${range} …\n`);
    for (const timeZone of ZONES) {
      for (const [filter, chosen] of filters) {
        for (const groupBy of GROUPS) {
          const name = `${range}, ${timeZone}, ${filter}, by ${groupBy ?? 'nothing'}`;
          await add(`${range}, ${filter}`, name, queryOf(days, { timeZone, granularity, groupBy, filters: chosen }));
        }
      }
    }
  }
  return all;
}

function percentile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0);
}

function report(all: readonly Timed[]): readonly string[] {
  const groups = Map.groupBy(all, ({ group }) => group);
  const lines = ['views | calls | p50 ms | p95 ms | most ms', '--- | --: | --: | --: | --:'];
  const tooSlow: string[] = [];
  for (const [group, timed] of groups) {
    const ms = timed.flatMap((each) => each.ms);
    const p95 = percentile(ms, 0.95);
    lines.push(`${group} | ${ms.length} | ${percentile(ms, 0.5)} | ${p95} | ${percentile(ms, 1)}`);
    if (p95 > (group === LOG ? LOG_P95_MS_MAX : P95_MS_MAX)) tooSlow.push(group);
  }
  const ms = all.flatMap((each) => each.ms);
  lines.push(`**all** | ${ms.length} | ${percentile(ms, 0.5)} | ${percentile(ms, 0.95)} | ${percentile(ms, 1)}`);
  process.stdout.write(values.json ? `${JSON.stringify(all)}\n` : `${lines.join('\n')}\n\nThe slowest:\n`);
  const slowest = all.toSorted((a, b) => percentile(b.ms, 0.5) - percentile(a.ms, 0.5)).slice(0, SLOWEST_SHOWN);
  if (!values.json) for (const each of slowest) process.stdout.write(`${percentile(each.ms, 0.5)} ms: ${each.name}\n`);
  return tooSlow;
}

try {
  const tooSlow = report(await measure());
  if (tooSlow.length > 0) process.exitCode = 1;
} finally {
  await store.close();
}
