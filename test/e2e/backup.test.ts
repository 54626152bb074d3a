import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, usageRecords } from '../support/hub-calls.ts';
import { runCommand } from '../support/hub-command.ts';
import { served, startLoad } from '../support/hub-load.ts';
import { type HubProcess, spawnHub, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';

const CALLERS = 4;
const MASTER_KEY = join('secrets', 'master.key');

let upstream: FakeUpstream;
let folder: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  folder = await mkdtemp(join(tmpdir(), 'hub-backup-'));
});

afterAll(async () => {
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

const start = (dataDir: string, environment: Readonly<Record<string, string>> = {}): Promise<HubProcess> =>
  startHub({ dataDir, environment, allow: [`127.0.0.1:${upstream.port}`] });

function idsIn(path: string): readonly string[] {
  const database = new Database(path, { readonly: true });
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    // The column is text.
    return database.prepare('SELECT request_id FROM usage_records').pluck().all() as string[];
  } finally {
    database.close();
  }
}

describe('a backup that is made under load', () => {
  let dataDir: string;
  let backup: string;
  let secret: string;
  let before: readonly string[];
  let during: readonly string[];

  beforeAll(async () => {
    dataDir = join(folder, 'origin');
    backup = join(folder, 'backup');
    const hub = await start(dataDir);
    await hub.connectFake(upstream);
    ({ secret } = await hub.createKey());
    const load = startLoad(hub, secret, { callers: CALLERS });
    await eventually('load', () => load.calls.length > CALLERS * 4);
    before = load.calls.map(({ answer }) => String(answer?.headers['x-request-id']));
    const made = await runCommand(['backup', backup, '--data-dir', dataDir, '--json']);
    expect(made).toMatchObject({ code: 0, json: { key_fingerprint: expect.any(String), bytes: expect.any(Number) } });
    const calls = await load.stop();
    expect(served(calls)).toHaveLength(calls.length);
    during = calls.map(({ answer }) => String(answer?.headers['x-request-id']));
    await hub.stop();
  });

  it('holds every record from before it, none that never was, and no secret in the clear', async () => {
    const ids = idsIn(join(backup, 'hub.db'));
    expect(before.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id) => !during.includes(id))).toEqual([]);
    const bytes = await readFile(join(backup, 'hub.db'));
    expect(bytes.includes('sk-fake-credential')).toBe(false);
    expect(bytes.includes(secret)).toBe(false);
    const manifest = parseJson(await readFile(join(backup, 'manifest.json'), 'utf8'));
    const masterKey = (await readFile(join(dataDir, MASTER_KEY), 'utf8')).trim();
    expect(JSON.stringify(manifest)).not.toContain(masterKey);
  });

  it('is restored elsewhere with its master key, and that hub answers', async () => {
    const target = join(folder, 'restored');
    await mkdir(target, { mode: 0o700 });
    await cp(join(dataDir, 'secrets'), join(target, 'secrets'), { recursive: true });
    const restored = await runCommand(['restore', backup, '--data-dir', target]);
    expect(restored).toMatchObject({ code: 0, err: '' });
    const hub = await start(target);
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    expect(await usageRecords(hub)).toHaveLength(idsIn(join(backup, 'hub.db')).length + 1);
    await hub.stop();
  });

  it('is refused under another master key before anything is touched', async () => {
    const target = join(folder, 'stranger');
    const stranger = await start(target);
    const key = await stranger.createKey('of the stranger');
    expect((await runCommand(['restore', backup, '--force', '--data-dir', target])).err).toContain('Stop it first');
    await stranger.stop();
    const database = await readFile(join(target, 'hub.db'));
    const refused = await runCommand(['restore', backup, '--force', '--data-dir', target]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/master key/);
    expect((await readFile(join(target, 'hub.db'))).equals(database)).toBe(true);
    const again = await start(target);
    expect(await listOf(again, '/keys')).toMatchObject([{}, {}]);
    expect((await callHub(again, key.secret, { body: chatBody() })).error['code']).toMatch(/not_found|not_connected/);
    await again.stop();
  });

  it('that was damaged is refused', async () => {
    const damaged = join(folder, 'damaged');
    await cp(backup, damaged, { recursive: true });
    const database = new Database(join(damaged, 'hub.db'));
    database.exec('DELETE FROM usage_records');
    database.close();
    const target = join(folder, 'not-restored');
    await mkdir(target, { mode: 0o700 });
    await cp(join(dataDir, 'secrets'), join(target, 'secrets'), { recursive: true });
    const refused = await runCommand(['restore', damaged, '--data-dir', target]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('checksum') });
  });

  const postgres = postgresAvailable();

  it.skipIf(!postgres.available)('moves to PostgreSQL with every row, and answers there', async () => {
    const database = await postgresDatabase();
    const copied = await runCommand(['store', 'copy', '--to', database.url, '--data-dir', dataDir, '--json']);
    expect(copied).toMatchObject({ code: 0 });
    const rows = idsIn(join(dataDir, 'hub.db')).length;
    const counts = parseJson(copied.out.slice(copied.out.indexOf('[')));
    expect(
      Array.isArray(counts) && counts.find((row) => isJsonObject(row) && row['table'] === 'usage_records'),
    ).toMatchObject({ rows });
    const hub = await start(dataDir, { HUB_DATABASE_URL: database.url });
    expect(asObject(await hub.control('GET', '/info'))).toMatchObject({ store: 'postgres' });
    expect(await usageRecords(hub)).toHaveLength(rows);
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    await hub.stop();
    const again = await runCommand(['store', 'copy', '--to', database.url, '--data-dir', dataDir]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('empty') });
    await database.drop();
  });
});

describe('a rotation of the master key', () => {
  const CREDENTIALS = 60;

  it('runs under load, survives being killed in the middle, and is resumed', { timeout: 60_000 }, async () => {
    const dataDir = join(folder, 'rotated');
    let hub = await start(dataDir);
    const connection = await hub.connectFake(upstream);
    for (let index = 1; index < CREDENTIALS; index += 1) {
      await hub.control('POST', `/connections/${connection}/credentials`, {
        name: randomUUID(),
        secret: `sk-${index}`,
      });
    }
    const { secret } = await hub.createKey();
    const keyBefore = await readFile(join(dataDir, MASTER_KEY), 'utf8');
    const load = startLoad(hub, secret, { callers: CALLERS });
    await eventually('load', () => load.calls.length > CALLERS);
    const begun = await runCommand(['vault', 'rotate', '--data-dir', dataDir, '--json']);
    expect(begun).toMatchObject({ code: 0, json: { rotation: {} } });
    await eventually(
      'end of the rotation',
      async () => asObject(asObject(await hub.control('GET', '/vault'))['rotation'])['remaining'] === 0,
    );
    const calls = await load.stop();
    expect(served(calls)).toHaveLength(calls.length);
    // A second rotation is killed as soon as it has begun, and once more while the hub starts.
    await hub.control('POST', '/vault/rotate');
    await hub.kill9();
    const starting = await spawnHub({ dataDir, allow: [`127.0.0.1:${upstream.port}`] });
    await starting.kill9();
    hub = await start(dataDir);
    const resumed = await runCommand(['vault', 'rotate', '--data-dir', dataDir]);
    expect(resumed.code).toBe(0);
    const status = await eventually('end of the resumed rotation', async () => {
      const vault = asObject(await hub.control('GET', '/vault'));
      return asObject(vault['rotation'])['remaining'] === 0 ? vault : undefined;
    });
    expect(status).toMatchObject({ undecryptable: 0 });
    expect(Number(status['current_version'])).toBeGreaterThanOrEqual(2);
    expect(await readFile(join(dataDir, MASTER_KEY), 'utf8')).not.toBe(keyBefore);
    const answers = await Promise.all(
      Array.from({ length: CREDENTIALS }, () => callHub(hub, secret, { body: chatBody() })),
    );
    expect(answers.map((answer) => answer.error['code']).filter((code) => code !== undefined)).toEqual([]);
    const used = new Set(
      upstream.journal
        .entries()
        .slice(-CREDENTIALS)
        .map((entry) => entry.headers.authorization),
    );
    expect(used.size).toBe(CREDENTIALS);
    await hub.stop();
  });
});
