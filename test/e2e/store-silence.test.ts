import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, listOf, textOf, usageRecords } from '../support/hub-calls.ts';
import { type LoadedCall, served, startLoad } from '../support/hub-load.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase, type TestDatabase } from '../support/postgres.ts';
import { stopPostgres } from '../support/stop-postgres.ts';

/** How long the hub waits for a silent store before it takes its journal, and room for a slow machine. */
const SILENT_MS = 2000;
const SLACK_MS = 1500;
const SILENCE_MS = 4000;
const CALLERS = 4;

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});

afterAll(async () => {
  await upstream?.close();
});

const idsOf = (calls: readonly LoadedCall[]): readonly string[] =>
  calls.map(({ answer }) => String(answer?.headers['x-request-id'])).toSorted();

const spillFiles = (hub: HubProcess): readonly string[] =>
  readdirSync(join(hub.dataDir, 'journal')).filter((name) => name.startsWith('spill'));

/** Calls while the store is silent; `silence` gives how to end that. */
async function callThroughSilence(hub: HubProcess, secret: string, silence: () => Promise<() => void>): Promise<void> {
  const earlier = (await usageRecords(hub)).length;
  const load = startLoad(hub, secret, { callers: CALLERS });
  await eventually('load', () => load.calls.length > CALLERS);
  const end = await silence();
  const silentAt = Date.now();
  await wait(SILENCE_MS);
  expect(spillFiles(hub).length).toBeGreaterThan(0);
  end();
  const endedAt = Date.now();
  await wait(500);
  const calls = await load.stop();
  expect(served(calls)).toHaveLength(calls.length);
  const waits = calls.map(({ startedAt, endedAt: at }) => at - startedAt);
  expect(Math.max(...waits)).toBeLessThan(SILENT_MS + SLACK_MS);
  const meanwhile = calls.filter(({ startedAt }) => startedAt > silentAt + SILENT_MS + SLACK_MS && startedAt < endedAt);
  expect(meanwhile.length).toBeGreaterThan(CALLERS);
  expect(Math.max(...meanwhile.map(({ startedAt, endedAt: at }) => at - startedAt))).toBeLessThan(SILENT_MS);
  const records = await eventually('replay of every record', async () => {
    const rows = await usageRecords(hub);
    return rows.length >= earlier + calls.length && spillFiles(hub).length === 0 ? rows : undefined;
  });
  const ids = new Set(idsOf(calls));
  const written = records.map((record) => textOf(record['request_id'])).filter((id) => ids.has(id));
  expect(written.toSorted()).toEqual(idsOf(calls));
}

describe('a silent SQLite store', () => {
  let hub: HubProcess;
  let secret: string;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'hub-silence-'));
    hub = await start();
    await hub.connectFake(upstream);
    ({ secret } = await hub.createKey(randomUUID()));
  });

  afterAll(async () => {
    await hub?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (): Promise<HubProcess> => startHub({ dataDir, allow: [`127.0.0.1:${upstream.port}`] });

  /** Lets nobody else write, as a backup tool that holds the file would. */
  function lock(): () => void {
    const database = new Database(join(dataDir, 'hub.db'), { timeout: 10_000 });
    database.exec('BEGIN EXCLUSIVE');
    return () => {
      database.exec('ROLLBACK');
      database.close();
    };
  }

  it('holds no answer back, and every record is replayed exactly once', { timeout: 30_000 }, async () => {
    await callThroughSilence(hub, secret, async () => lock());
  });

  it('whose journal cannot be written either refuses requests, until the store is back', {
    timeout: 30_000,
  }, async () => {
    const unblock = blockSpill(hub);
    const unlock = lock();
    try {
      const first = await callHub(hub, secret, { body: chatBody() });
      expect(first).toMatchObject({ status: 503, error: { code: 'hub.store_unavailable' } });
      expect(first.headers['retry-after']).toBe('1');
      const asked = upstream.journal.calls().length;
      const startedAt = Date.now();
      const second = await callHub(hub, secret, { body: chatBody() });
      expect(second).toMatchObject({ status: 503, error: { code: 'hub.store_unavailable' } });
      expect(Date.now() - startedAt).toBeLessThan(SLACK_MS);
      expect(upstream.journal.calls()).toHaveLength(asked);
      expect((await fetch(`${hub.address}/readyz`)).status).toBe(503);
    } finally {
      unlock();
      unblock();
    }
    await eventually('answer', async () => (await callHub(hub, secret, { body: chatBody() })).status === 200);
    expect((await fetch(`${hub.address}/readyz`)).status).toBe(200);
  });

  it('and a hub that is killed meanwhile: its journal is replayed once at the next start', {
    timeout: 30_000,
  }, async () => {
    const unlock = lock();
    const load = startLoad(hub, secret, { callers: CALLERS });
    await eventually('answers in spite of it', () => served(load.calls).length > CALLERS * 2);
    await hub.kill9();
    unlock();
    const answered = served(await load.stop());
    expect(spillFiles(hub).length).toBeGreaterThan(0);
    for (let again = 0; again < 2; again += 1) {
      hub = await start();
      const records = await eventually('replay', async () => {
        const rows = await usageRecords(hub);
        return spillFiles(hub).length === 0 ? rows : undefined;
      });
      const ids = records.map((record) => textOf(record['request_id']));
      expect(new Set(ids).size).toBe(ids.length);
      expect(idsOf(answered).filter((id) => !ids.includes(id))).toEqual([]);
      if (again === 0) await hub.kill9();
    }
  });

  /**
   * Puts folders in the place of the file and of the one that is replayed, since the superuser may write any file. They
   * are named after the instance, whose name is learnt from the journal of calls in flight.
   */
  function blockSpill(running: HubProcess): () => void {
    const journal = join(running.dataDir, 'journal');
    const instance = readdirSync(journal)
      .map((name) => /^inflight-(inst_[a-z0-9]+)-\d+\.jsonl$/.exec(name)?.[1])
      .find((id) => id !== undefined);
    if (instance === undefined) throw new Error('no call was ever in flight');
    const paths = ['', '.replaying'].map((suffix) => join(journal, `spill-${instance}.jsonl${suffix}`));
    for (const path of paths) mkdirSync(path);
    return () => {
      for (const path of paths) rmdirSync(path);
    };
  }
});

const postgres = postgresAvailable();

describe.skipIf(!postgres.available)(
  `a silent PostgreSQL store${postgres.available ? '' : ` (not run: ${postgres.reason})`}`,
  () => {
    let database: TestDatabase;
    let hub: HubProcess;

    beforeAll(async () => {
      database = await postgresDatabase();
      hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: { HUB_DATABASE_URL: database.url } });
      await hub.connectFake(upstream);
    });

    afterAll(async () => {
      await hub?.stop();
      await database?.drop();
    });

    it('holds no answer back, and every record is replayed exactly once', { timeout: 40_000 }, async () => {
      const { secret } = await hub.createKey();
      expect(await listOf(hub, '/connections')).toHaveLength(1);
      await callThroughSilence(hub, secret, async () => stopPostgres(database.url));
    });
  },
);
