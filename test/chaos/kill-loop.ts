/**
 * Kills a hub with SIGKILL at random moments under load, starts it again on the same data, and in the end holds its
 * usage records against what the callers saw and what the upstream wrote down. Ends with 1 when anything differs.
 *
 *   node test/chaos/kill-loop.ts [--cycles 50] [--callers 64] [--workers 1] [--seed N] [--credit] [--keep]
 *
 * With `--credit` calls are paid for, and every charge is held against the upstream's bill as well.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject } from '../../src/kernel/json.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { readOracleFile } from '../support/fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubOptions, type HubProcess, spawnHub, startHub } from '../support/hub-process.ts';
import { connectDialects } from '../support/provider-scene.ts';
import { createRandom, type Random } from '../support/random.ts';
import { CHAOS_CHAT_MODELS, CHAOS_EMBEDDING_MODEL, requestIdIn, startCallers, type Target } from './callers.ts';
import { CREDIT_ENVIRONMENT, expireHolds, judgeCredit, readCredit } from './credit.ts';
import { judge, type SeenRecord } from './verdict.ts';

const LIFE_MS_MIN = 30;
const LIFE_MS_MAX = 1_500;
/** Share of the cycles in which the hub is also killed while it starts. */
const KILL_AT_START_SHARE = 0.15;
const START_LIFE_MS_MAX = 700;
const PAGE_ROWS = 500;
const VIOLATIONS_SHOWN_MAX = 50;
/** The last hub lives this long, so that its callers see ordinary answers too. */
const LAST_LIFE_MS = 1_500;

export type KillLoopOptions = {
  readonly cycles: number;
  readonly callers: number;
  readonly seed: number;
  readonly workers: number;
  /** Whether calls are paid for with credit. */
  readonly credit: boolean;
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
  const hubOptions: HubOptions = {
    dataDir: join(folder, 'data'),
    allow: [`127.0.0.1:${upstream.port}`],
    flags: options.workers > 1 ? ['--workers', String(options.workers)] : [],
    environment: { HUB_LOG_LEVEL: 'warn', ...(options.credit ? CREDIT_ENVIRONMENT : {}) },
  };
  const database = join(folder, 'data', 'hub.db');
  const key = await prepare(hubOptions, upstream, options.credit ? database : undefined);
  let target: Target | undefined;
  const callers = startCallers({ count: options.callers, random, key, connection: 'fake', target: () => target });
  for (let cycle = 1; cycle <= options.cycles; cycle += 1) {
    if (random.next() < KILL_AT_START_SHARE) await killWhileStarting(hubOptions, random);
    const hub = await startHub(hubOptions);
    target = { address: hub.address, cycle };
    const lifeMs = random.between(LIFE_MS_MIN, LIFE_MS_MAX);
    await wait(lifeMs);
    // The callers learn of the kill from their broken connections, as anybody's would.
    await hub.kill9();
    target = undefined;
    say(`cycle ${cycle}/${options.cycles}: killed after ${lifeMs} ms, ${callers.seen.length} requests so far`);
  }
  const last = await startHub(hubOptions);
  target = { address: last.address, cycle: options.cycles + 1 };
  await wait(LAST_LIFE_MS);
  await callers.stop();
  const records = await allRecords(last);
  await last.stop();
  if (options.credit) {
    say(`holds that were left: ${expireHolds(database)}`);
    await (await startHub(hubOptions)).stop();
  }
  await upstream.close();
  const finished = await readOracleFile(logFile);
  const verdict = judge({
    seen: callers.seen,
    records,
    finished,
    reachedUpstream,
    integrity: integrityOf(database),
  });
  for (const [name, count] of Object.entries(verdict.counts)) say(`${name}: ${count}`);
  if (!options.credit) return verdict.violations;
  const credit = judgeCredit(await readCredit(database, { finished, reachedUpstream }));
  for (const [name, count] of Object.entries(credit.counts)) say(`${name}: ${count}`);
  return [...verdict.violations, ...credit.violations];
}

/** `creditIn`: the database of a hub whose calls are paid for. */
async function prepare(options: HubOptions, upstream: FakeUpstream, creditIn: string | undefined): Promise<string> {
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
      keep: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const folder = await mkdtemp(join(tmpdir(), 'hub-kill-loop-'));
  console.log(`seed ${seed}`);
  const violations = await runKillLoop({
    cycles: Number(values.cycles),
    callers: Number(values.callers),
    workers: Number(values.workers),
    credit: values.credit,
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

if (import.meta.main) process.exitCode = await main();
