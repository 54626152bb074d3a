/**
 * Kills a hub with SIGKILL at random moments under load, starts it again on the same data, and in the end holds its
 * usage records against what the callers saw and what the upstream wrote down. Ends with 1 when anything differs.
 *
 *   node test/chaos/kill-loop.ts [--cycles 50] [--callers 64] [--workers 1] [--seed N] [--credit] [--points]
 *     [--store sqlite|postgres] [--keep]
 *
 * With `--credit` calls are paid for, and every charge is held against the upstream's bill as well. With `--points` the
 * hub is killed at the moments that failpoints.ts names, one after the other, and not at random ones.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject } from '../../src/kernel/json.ts';
import type { StoreLocation } from '../../src/storage/open-store.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { readOracleFile } from '../support/fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubOptions, type HubProcess, spawnHub, startHub } from '../support/hub-process.ts';
import { postgresDatabase } from '../support/postgres.ts';
import { connectDialects } from '../support/provider-scene.ts';
import { createRandom, type Random } from '../support/random.ts';
import { CHAOS_CHAT_MODELS, CHAOS_EMBEDDING_MODEL, requestIdIn, startCallers, type Target } from './callers.ts';
import { CREDIT_ENVIRONMENT, expireHolds, judgeCredit, readCredit } from './credit.ts';
import { FAILPOINTS, failingAt } from './failpoints.ts';
import { judge, type SeenRecord } from './verdict.ts';

const LIFE_MS_MIN = 30;
const LIFE_MS_MAX = 1_500;
/** Share of the cycles in which the hub is also killed while it starts. */
const KILL_AT_START_SHARE = 0.15;
const START_LIFE_MS_MAX = 700;
const PAGE_ROWS = 500;
const VIOLATIONS_SHOWN_MAX = 50;
/** A hub that is to come to a moment comes to it so often, and so soon. */
const HITS_MAX = 60;
const POINT_WITHIN_MS = 20_000;
/** The last hub lives this long, so that its callers see ordinary answers too. */
const LAST_LIFE_MS = 1_500;

export type KillLoopOptions = {
  readonly cycles: number;
  readonly callers: number;
  readonly seed: number;
  readonly workers: number;
  /** Whether calls are paid for with credit. */
  readonly credit: boolean;
  /** Whether it is killed at the named moments. */
  readonly points: boolean;
  readonly store: 'sqlite' | 'postgres';
  /** Holds the data directory and the upstream's file. */
  readonly folder: string;
  readonly say: (line: string) => void;
};

/** Runs the loop and gives the list of violations: empty when all is well. */
export async function runKillLoop(options: KillLoopOptions): Promise<readonly string[]> {
  const { folder, say } = options;
  const random = createRandom(options.seed);
  const logFile = join(folder, 'finished.jsonl');
  const reachedUpstream = new Set<string>();
  const upstream = await startFakeUpstream({
    logFile,
    models: [...CHAOS_CHAT_MODELS, CHAOS_EMBEDDING_MODEL],
    journalEntriesMax: 1,
  });
  upstream.setScript(({ body }) => {
    const id = requestIdIn(body);
    if (id !== undefined) reachedUpstream.add(id);
    return undefined;
  });
  const database = options.store === 'postgres' ? await postgresDatabase() : undefined;
  const hubOptions: HubOptions = {
    dataDir: join(folder, 'data'),
    allow: [`127.0.0.1:${upstream.port}`],
    flags: options.workers > 1 ? ['--workers', String(options.workers)] : [],
    environment: {
      HUB_LOG_LEVEL: 'warn',
      ...(options.credit ? CREDIT_ENVIRONMENT : {}),
      ...(database === undefined ? {} : { HUB_DATABASE_URL: database.url }),
    },
  };
  const location: StoreLocation =
    database === undefined
      ? { kind: 'sqlite', path: join(folder, 'data', 'hub.db') }
      : { kind: 'postgres', url: database.url };
  const key = await prepare(hubOptions, upstream, options.credit ? location : undefined);
  let target: Target | undefined;
  const callers = startCallers({ count: options.callers, random, key, connection: 'fake', target: () => target });
  for (let cycle = 1; cycle <= options.cycles; cycle += 1) {
    if (!options.points && random.next() < KILL_AT_START_SHARE) await killWhileStarting(hubOptions, random);
    const life = options.points ? untilPoint(hubOptions, random, cycle) : forAWhile(hubOptions, random);
    const hub = await startHub(life.options);
    target = { address: hub.address, cycle };
    await life.over(hub);
    // The callers learn of the kill from their broken connections, as anybody's would.
    await hub.kill9();
    target = undefined;
    say(`cycle ${cycle}/${options.cycles}: killed ${life.name}, ${callers.seen.length} requests so far`);
  }
  const last = await startHub(hubOptions);
  target = { address: last.address, cycle: options.cycles + 1 };
  await wait(LAST_LIFE_MS);
  await callers.stop();
  const records = await allRecords(last);
  await last.stop();
  if (options.credit) {
    say(`holds that were left: ${await expireHolds(location)}`);
    await (await startHub(hubOptions)).stop();
  }
  await upstream.close();
  const finished = await readOracleFile(logFile);
  const verdict = judge({
    seen: callers.seen,
    records,
    finished,
    reachedUpstream,
    integrity: location.kind === 'sqlite' ? integrityOf(location.path) : 'ok',
  });
  for (const [name, count] of Object.entries(verdict.counts)) say(`${name}: ${count}`);
  if (!options.credit) return verdict.violations;
  const credit = judgeCredit(await readCredit(location, { finished, reachedUpstream }));
  for (const [name, count] of Object.entries(credit.counts)) say(`${name}: ${count}`);
  return [...verdict.violations, ...credit.violations];
}

/** How one hub of the loop comes to its end. */
type Life = {
  readonly name: string;
  readonly options: HubOptions;
  readonly over: (hub: HubProcess) => Promise<void>;
};

function forAWhile(options: HubOptions, random: Random): Life {
  const lifeMs = random.between(LIFE_MS_MIN, LIFE_MS_MAX);
  return { name: `after ${lifeMs} ms`, options, over: () => wait(lifeMs) };
}

function untilPoint(options: HubOptions, random: Random, cycle: number): Life {
  const point = FAILPOINTS[cycle % FAILPOINTS.length] ?? 'hold';
  const hits = random.between(1, HITS_MAX);
  const environment = { ...options.environment, ...failingAt(point, hits) };
  return {
    name: `at ${point} ${hits}`,
    options: { ...options, environment },
    over: async (hub) => {
      const isReached = await Promise.race([hub.gone.then(() => true), wait(POINT_WITHIN_MS, false)]);
      if (!isReached) throw new Error(`the hub did not come to ${point} ${hits} times:\n${hub.log()}`);
    },
  };
}

/** `creditIn`: the store of a hub whose calls are paid for. */
async function prepare(
  options: HubOptions,
  upstream: FakeUpstream,
  creditIn: StoreLocation | undefined,
): Promise<string> {
  const hub = await startHub(options);
  await hub.connectFake(upstream, { name: 'fake' });
  await connectDialects(hub, upstream.url);
  const { id, secret } = await hub.createKey('chaos');
  if (creditIn !== undefined) {
    await setPrices(hub);
    await withStore(creditIn, (store) =>
      giveMuch(store, ['organization/org_default', 'project/proj_default', `key/${id}`]),
    );
  }
  await hub.stop();
  return secret;
}

async function killWhileStarting(options: HubOptions, random: Random): Promise<void> {
  const starting = await spawnHub(options);
  await wait(random.between(0, START_LIFE_MS_MAX));
  await starting.kill9();
}

async function allRecords(hub: HubProcess): Promise<SeenRecord[]> {
  const records: SeenRecord[] = [];
  let cursor = '';
  do {
    const page = await hub.control('GET', `/usage/records?limit=${PAGE_ROWS}${cursor}`);
    const data = isJsonObject(page) ? page['data'] : undefined;
    const next = isJsonObject(page) ? page['next_cursor'] : undefined;
    if (!Array.isArray(data)) throw new Error('a page of usage records has no data');
    records.push(...data.map(readRecord));
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return records;
}

function readRecord(row: JsonValue): SeenRecord {
  const usage: JsonValue | undefined = isJsonObject(row) ? row['usage'] : undefined;
  if (!isJsonObject(row) || !isJsonObject(usage)) throw new Error('a usage record has no usage');
  return {
    requestId: textAt(row, 'request_id') ?? '(none)',
    clientRequestId: textAt(row, 'client_request_id'),
    status: textAt(row, 'status') ?? '(none)',
    usageBasis: textAt(row, 'usage_basis'),
    inputTokens: numberAt(usage, 'input_tokens'),
    cachedInputTokens: numberAt(usage, 'cached_input_tokens'),
    outputTokens: numberAt(usage, 'output_tokens'),
    operation: textAt(row, 'operation') ?? '(none)',
  };
}

function textAt(row: JsonObject, name: string): string | undefined {
  const value = row[name];
  return typeof value === 'string' ? value : undefined;
}

function numberAt(row: JsonObject, name: string): number | undefined {
  const value = row[name];
  return typeof value === 'number' ? value : undefined;
}

function integrityOf(path: string): string {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return String(database.pragma('integrity_check', { simple: true }));
  } finally {
    database.close();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string', default: '50' },
      callers: { type: 'string', default: '64' },
      workers: { type: 'string', default: '1' },
      seed: { type: 'string' },
      credit: { type: 'boolean', default: false },
      points: { type: 'boolean', default: false },
      store: { type: 'string', default: 'sqlite' },
      keep: { type: 'boolean', default: false },
    },
  });
  const { store } = values;
  if (store !== 'postgres' && store !== 'sqlite') throw new Error('--store is postgres or sqlite');
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const folder = await mkdtemp(join(tmpdir(), 'hub-kill-loop-'));
  console.log(`seed ${seed}`);
  const violations = await runKillLoop({
    cycles: Number(values.cycles),
    callers: Number(values.callers),
    workers: Number(values.workers),
    credit: values.credit,
    points: values.points,
    store,
    seed,
    folder,
    say: (line) => console.log(line),
  });
  for (const violation of violations.slice(0, VIOLATIONS_SHOWN_MAX)) console.error(`violation: ${violation}`);
  if (values.keep) console.log(`kept ${folder}`);
  else await rm(folder, { recursive: true, force: true });
  console.log(violations.length === 0 ? `ok (seed ${seed})` : `${violations.length} violations (seed ${seed})`);
  return violations.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
