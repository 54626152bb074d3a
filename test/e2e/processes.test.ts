import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  collect,
  eventually,
  listOf,
  openCall,
  scriptByUser,
  textOf,
  usageRecords,
} from '../support/hub-calls.ts';
import { served, startLoad } from '../support/hub-load.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase, type TestDatabase } from '../support/postgres.ts';
import { shiftedClock } from '../support/shifted-clock.ts';

const REVOKED_WITHIN_MS = 2000;
const CALLERS = 6;
const MINUTE_MS = 60_000;

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.setScript(scriptByUser);
});

afterAll(async () => {
  await upstream?.close();
});

/** Revokes a key through one process while another is asked with it all the time. */
async function revokeUnderLoad(through: HubProcess, asked: Pick<HubProcess, 'address'>): Promise<void> {
  const { id, secret } = await through.createKey('to be revoked');
  await eventually(
    'the key everywhere',
    async () => (await callHub(asked, secret, { body: chatBody() })).status === 200,
  );
  const load = startLoad(asked, secret, { callers: CALLERS });
  await eventually('load', () => served(load.calls).length > CALLERS * 2);
  await through.control('POST', `/keys/${id}/revoke`);
  const revokedAt = Date.now();
  await wait(REVOKED_WITHIN_MS + 500);
  const calls = await load.stop();
  const late = calls.filter(({ startedAt }) => startedAt > revokedAt + REVOKED_WITHIN_MS);
  expect(late.length).toBeGreaterThan(CALLERS);
  expect(new Set(late.map(({ answer }) => answer?.error['code']))).toEqual(new Set(['auth.key_revoked']));
  expect(calls.every(({ answer }) => answer !== undefined && [200, 401].includes(answer.status))).toBe(true);
}

describe('two workers on one port', () => {
  let hub: HubProcess;
  let secret: string;

  beforeAll(async () => {
    hub = await startHub({ flags: ['--workers', '2'], allow: [`127.0.0.1:${upstream.port}`] });
    await hub.connectFake(upstream);
    ({ secret } = await hub.createKey());
    await eventually('the key in both workers', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => callHub(hub, secret, { body: chatBody() })));
      return answers.every(({ status }) => status === 200);
    });
  });

  afterAll(async () => {
    await hub?.stop();
  });

  /** https://man7.org/linux/man-pages/man5/proc_tid_children.5.html */
  function workerPids(): readonly number[] {
    const text = readFileSync(`/proc/${hub.pid}/task/${hub.pid}/children`, 'utf8');
    return text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
  }

  it('both answer', async () => {
    await Promise.all(Array.from({ length: 16 }, () => callHub(hub, secret, { body: chatBody() })));
    const instances = new Set((await usageRecords(hub)).map((record) => record['instance_id']));
    expect(instances.size).toBe(2);
  });

  it('refuse a key that was revoked through either within two seconds, under load', async () => {
    await revokeUnderLoad(hub, hub);
  });

  it('one that is killed is replaced, and its calls in flight become interrupted', async () => {
    const users = Array.from({ length: 8 }, (_, index) => `@events:400+delay:25+split:100${index}`);
    const streams = await Promise.all(
      users.map((user) => openCall(hub, secret, { body: chatBody({ stream: true, user }) })),
    );
    const ended = streams.map((stream) => collect(stream));
    // The journal learns of a stream's progress once a second.
    await wait(1300);
    const [victim = 0, survivor = 0] = workerPids();
    process.kill(victim, 'SIGKILL');
    await eventually('replacement', () => workerPids().length === 2 && !workerPids().includes(victim));
    expect(workerPids()).toContain(survivor);
    const interrupted = await eventually('interrupted records', async () => {
      const records = await usageRecords(hub, '&status=interrupted');
      return records.length > 0 ? records : undefined;
    });
    for (const record of interrupted) {
      expect(record).toMatchObject({ error_code: 'hub.interrupted', usage_basis: 'estimated', streamed: true });
      expect(asObject(record['usage'])['output_tokens']).toBeGreaterThan(1);
    }
    for (const stream of streams) stream.destroy();
    const answers = await Promise.all(ended);
    expect(answers.every((answer) => !answer.events.includes('[DONE]'))).toBe(true);
    const all = await eventually('record of every stream', async () => {
      const records = (await usageRecords(hub)).filter((record) => users.some((user) => user === record['end_user']));
      return records.length >= users.length ? records : undefined;
    });
    expect(all).toHaveLength(users.length);
    expect(new Set(all.map((record) => record['status']))).toEqual(new Set(['interrupted', 'client_closed']));
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
  });
});

describe('a hub that is told to stop', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'hub-drain-'));
  });

  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(
    environment: Readonly<Record<string, string>>,
  ): Promise<{ readonly hub: HubProcess; readonly secret: string }> {
    const hub = await startHub({ dataDir, allow: [`127.0.0.1:${upstream.port}`], environment });
    if ((await listOf(hub, '/connections')).length === 0) await hub.connectFake(upstream);
    return { hub, secret: (await hub.createKey(randomUUID())).secret };
  }

  it('says 503 first, fails no request, lets streams finish, and exits with 0', async () => {
    const { hub, secret } = await start({ HUB_DRAIN_GRACE: '600ms' });
    const user = '@events:60+delay:25';
    const streams = await Promise.all(
      Array.from({ length: 4 }, () => openCall(hub, secret, { body: chatBody({ stream: true, user }) })),
    );
    const load = startLoad(hub, secret, { callers: CALLERS });
    await eventually('load', () => load.calls.length > CALLERS);
    const stopped = hub.stop();
    await eventually('503 of /readyz', async () => (await fetch(`${hub.address}/readyz`)).status === 503, 500);
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    const answers = await Promise.all(streams.map((stream) => collect(stream)));
    expect(answers.map((answer) => [answer.events.at(-1), answer.isComplete])).toEqual(
      streams.map(() => ['[DONE]', true]),
    );
    expect(await stopped).toEqual({ code: 0, signal: null });
    const answered = (await load.stop()).filter(({ answer }) => answer !== undefined);
    expect(served(answered)).toHaveLength(answered.length);
  });

  it('ends what is left at the deadline with an error, and records it', async () => {
    const { hub, secret } = await start({ HUB_DRAIN_TIMEOUT: '400ms' });
    const stream = await openCall(hub, secret, { body: chatBody({ stream: true, user: '@events:400+delay:50' }) });
    const waiting = callHub(hub, secret, { body: chatBody({ user: '@hang:headers' }) });
    await upstream.journal.waitFor((entry) => entry.user === '@hang:headers');
    const [stopped, cut, refused] = await Promise.all([hub.stop(), collect(stream), waiting]);
    expect(stopped).toEqual({ code: 0, signal: null });
    expect(cut.events.at(-1)).toContain('"code":"hub.draining"');
    expect(cut.events).not.toContain('[DONE]');
    expect(refused).toMatchObject({ status: 503, error: { code: 'hub.draining' }, headers: { 'retry-after': '1' } });
    const database = new Database(join(dataDir, 'hub.db'), { readonly: true });
    const rows = database
      .prepare("SELECT status, usage_basis FROM usage_records WHERE error_code = 'hub.draining'")
      .all();
    database.close();
    expect(rows).toEqual([
      { status: 'interrupted', usage_basis: 'estimated' },
      { status: 'interrupted', usage_basis: 'estimated' },
    ]);
  });
});

const postgres = postgresAvailable();

describe.skipIf(!postgres.available)(
  `two instances on one PostgreSQL${postgres.available ? '' : ` (not run: ${postgres.reason})`}`,
  () => {
    let database: TestDatabase;
    let first: HubProcess;
    let second: HubProcess;
    let folder: string;

    beforeAll(async () => {
      database = await postgresDatabase();
      folder = await mkdtemp(join(tmpdir(), 'hub-clock-'));
      const environment = {
        HUB_DATABASE_URL: database.url,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
      };
      const allow = [`127.0.0.1:${upstream.port}`];
      first = await startHub({ allow, environment });
      await first.connectFake(upstream);
      const shift = await shiftedClock(folder, 5 * MINUTE_MS);
      second = await startHub({ allow, environment: { ...environment, ...shift } });
    });

    afterAll(async () => {
      await Promise.all([first?.stop(), second?.stop()]);
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    });

    it('the other refuses a key that was revoked through one within two seconds, under load', async () => {
      await revokeUnderLoad(first, second);
      await revokeUnderLoad(second, first);
    });

    it('run each scheduled job once, with clocks five minutes apart', async () => {
      const { secret } = await second.createKey();
      await callHub(second, secret, { body: chatBody() });
      const [record] = await usageRecords(second);
      expect(Date.parse(textOf(record?.['started_at'])) - Date.now()).toBeGreaterThan(4 * MINUTE_MS);
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        const jobs = async () =>
          (await client.query<JobRow>('SELECT name, fence, next_due_at, holder FROM jobs ORDER BY name')).rows;
        await eventually('rest of the jobs', async () => (await jobs()).every((job) => job.holder === null));
        const before = await jobs();
        expect(before.length).toBeGreaterThan(2);
        const lists = upstream.journal.entries().filter((entry) => entry.path === '/v1/models').length;
        await client.query('UPDATE jobs SET next_due_at = 0');
        const after = await eventually('run of every job', async () => {
          const rows = await jobs();
          return rows.every((job) => Number(job.next_due_at) > 0 && job.holder === null) ? rows : undefined;
        });
        // Long enough for the instance that came too late to look again.
        await wait(LOOK_AGAIN_MS);
        // Jobs that run every few seconds are due again by then.
        const later = new Set(
          after.filter((job) => Number(job.next_due_at) > Date.now() + MINUTE_MS).map(({ name }) => name),
        );
        const runsOf = (rows: readonly JobRow[]) =>
          rows.filter(({ name }) => later.has(name)).map(({ name, fence }) => [name, Number(fence)]);
        expect(later.size).toBeGreaterThan(5);
        expect(runsOf(await jobs())).toEqual(runsOf(before).map(([name, fence]) => [name, Number(fence) + 1]));
        expect(after).toHaveLength(before.length);
        expect(upstream.journal.entries().filter((entry) => entry.path === '/v1/models').length - lists).toBe(1);
      } finally {
        await client.end();
      }
    });
  },
);

type JobRow = {
  readonly name: string;
  readonly fence: string;
  readonly next_due_at: string;
  readonly holder: string | null;
};

/** Instances look for due jobs every five seconds. */
const LOOK_AGAIN_MS = 5500;
