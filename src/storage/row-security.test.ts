import { join } from 'node:path';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { postgresAvailable } from '../../test/support/postgres.ts';
import { systemClock } from '../kernel/clock.ts';
import { backupStore } from './backup.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { errorCode } from './errors.ts';
import { openStore } from './open-store.ts';
import { createPool } from './postgres-connections.ts';
import { createRecordWriter } from './postgres-record-writer.ts';
import { inspectRowSecurity } from './postgres-row-security.ts';
import { toRecordRow } from './record-rows.ts';
import { restoreStore } from './restore.ts';
import { CONTROL_PRIVILEGES, rolesOf } from './row-security.ts';
import { anotherOf, connectTo, databaseOf, newLogin, type PostgresPlace } from './testing/postgres-logins.ts';
import { connection, outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES, temporaryDir } from './testing/stores.ts';

const postgres = postgresAvailable();
const DENIED = '42501';
/** Tables without an organization of their own whose rows have a policy all the same. */
const OTHERWISE_OWNED = ['organizations', 'users'];

/** Runs a statement and gives what came of it: how many rows, or the error's code. */
async function tried(client: pg.Client, statement: string, values: readonly unknown[] = []): Promise<number | string> {
  await client.query('SAVEPOINT before');
  try {
    return (await client.query(statement, [...values])).rowCount ?? 0;
  } catch (thrown) {
    return errorCode(thrown);
  } finally {
    await client.query('ROLLBACK TO before');
  }
}

type Row = Readonly<Record<string, string | number>>;

/** The tables of the schema, each with a row of organization A and one of B; the client is the superuser's. */
type Scene = { readonly client: pg.Client; readonly tables: ReadonlyMap<string, { readonly a: Row; readonly b: Row }> };

async function tenantScene(place: PostgresPlace): Promise<Scene> {
  const client = await connectTo(place.url);
  const { rows: columns } = await client.query<{ table: string; column: string; type: string }>(
    `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns
      WHERE table_schema = 'public' AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position`,
  );
  const tables = new Map<string, { a: Row; b: Row }>();
  // Rows of any shape: what they refer to does not matter here.
  await client.query('SET session_replication_role = replica; DELETE FROM projects; DELETE FROM organizations');
  for (const table of new Set(columns.map((each) => each.table))) {
    const own = columns.filter((each) => each.table === table);
    const isOwned = own.some(({ column }) => column === 'organization_id') || table === 'organizations';
    if (!isOwned) continue;
    const rowOf = (organization: string, number: number): Row =>
      Object.fromEntries(
        own.map(({ column, type }) => {
          const isOrganization = column === 'organization_id' || (table === 'organizations' && column === 'id');
          return [column, isOrganization ? organization : type === 'text' ? `${organization}-${column}` : number];
        }),
      );
    const rows = { a: rowOf('org_a', 1), b: rowOf('org_b', 2) };
    for (const row of [rows.a, rows.b]) await client.query(insertOf(table, row), Object.values(row));
    tables.set(table, rows);
  }
  await client.query('RESET session_replication_role');
  return { client, tables };
}

function insertOf(table: string, row: Row): string {
  const columns = Object.keys(row);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`;
}

describe.skipIf(!postgres.available)('row-level security in PostgreSQL', () => {
  let place: PostgresPlace;

  beforeEach(async () => {
    const migrated = await TEST_ENGINES.find(({ kind }) => kind === 'postgres')?.migratedLocation();
    if (migrated?.kind !== 'postgres') throw new Error('no PostgreSQL engine in the table');
    place = migrated;
  });

  const ownerOf = ({ url }: PostgresPlace): string => new URL(url).username;
  const rolesAt = (at: PostgresPlace) => rolesOf(ownerOf(at)) ?? { control: '', data: '' };

  async function asControl(client: pg.Client, organization: string | undefined): Promise<void> {
    await client.query(`BEGIN; SET LOCAL ROLE ${rolesAt(place).control}`);
    if (organization !== undefined) await client.query(`SET LOCAL hub.organization = '${organization}'`);
  }

  test('every table of an organization has a policy, and every other one is closed or holds no tenant’s data', async () => {
    const client = await connectTo(place.url);
    const { rows } = await client.query<{ name: string; owned: boolean; secured: boolean; open: boolean }>(
      `SELECT relname AS name,
        EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id') AS owned,
        relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) AS secured,
        has_any_column_privilege('${rolesAt(place).control}', oid, 'SELECT, INSERT, UPDATE')
          OR has_table_privilege('${rolesAt(place).control}', oid, 'DELETE, TRUNCATE, TRIGGER, REFERENCES') AS open
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace`,
    );
    const names = (chosen: typeof rows): readonly string[] => chosen.map(({ name }) => name).toSorted();
    expect(names(rows)).toEqual(Object.keys(CONTROL_PRIVILEGES).toSorted());
    expect(names(rows.filter(({ owned, secured }) => owned && !secured))).toEqual([]);
    expect(names(rows.filter(({ owned, secured }) => secured && !owned))).toEqual(OTHERWISE_OWNED);
    expect(names(rows.filter(({ open, secured }) => open && !secured))).toEqual(['audit_head', 'config_version', 'usage_rollup_state']);
  });

  test('without an organization the control role sees no row and writes none', async () => {
    const { client, tables } = await tenantScene(place);
    await asControl(client, undefined);
    expect([...tables.keys()]).toContain('usage_records');
    for (const [table, { a }] of tables) {
      expect([table, await tried(client, `SELECT 1 FROM ${table}`)]).toEqual([table, 0]);
      expect([table, await tried(client, insertOf(table, a), Object.values(a))]).toEqual([table, DENIED]);
      expect([table, await tried(client, `DELETE FROM ${table}`)]).toEqual([table, expect.toBeOneOf([0, DENIED])]);
    }
    // What an earlier transaction of the session set is gone with it.
    await client.query('ROLLBACK');
    await asControl(client, 'org_a');
    expect(await tried(client, 'SELECT 1 FROM connections')).toBe(1);
    await client.query('COMMIT');
    await asControl(client, undefined);
    expect(await tried(client, 'SELECT 1 FROM connections')).toBe(0);
  });

  test('within one organization nothing of another is read, changed, removed or written', async () => {
    const { client, tables } = await tenantScene(place);
    await asControl(client, 'org_a');
    for (const [table, { b }] of tables) {
      const key = table === 'organizations' ? 'id' : 'organization_id';
      const seen = await client.query<{ key: string }>(`SELECT ${key} AS key FROM ${table}`);
      expect([table, seen.rows]).toEqual([table, [{ key: 'org_a' }]]);
      const none = [table, expect.toBeOneOf([0, DENIED])];
      expect([table, await tried(client, `UPDATE ${table} SET ${key} = ${key} WHERE ${key} = 'org_b'`)]).toEqual(none);
      expect([table, await tried(client, `DELETE FROM ${table} WHERE ${key} = 'org_b'`)]).toEqual(none);
      expect([table, await tried(client, insertOf(table, b), Object.values(b))]).toEqual([table, DENIED]);
      expect([table, await tried(client, `UPDATE ${table} SET ${key} = 'org_b'`)]).toEqual([table, DENIED]);
    }
  });

  test('a person is seen by the organizations that they are a member of, without what they sign in with', async () => {
    const client = await connectTo(place.url);
    await client.query(`INSERT INTO users (id, email, state, created_at, password_hash) VALUES
        ('user_in', 'in@example.com', 'active', 1, 'argon'), ('user_out', 'out@example.com', 'active', 1, 'argon');
      INSERT INTO members (id, organization_id, user_id, role, state, created_at)
        VALUES ('member_1', '${DEFAULT_TENANT.organizationId}', 'user_in', 'owner', 'active', 1)`);
    await asControl(client, DEFAULT_TENANT.organizationId);
    expect((await client.query('SELECT email FROM users')).rows).toEqual([{ email: 'in@example.com' }]);
    expect(await tried(client, 'SELECT password_hash FROM users')).toBe(DENIED);
    expect(await tried(client, 'UPDATE users SET name = NULL')).toBe(DENIED);
  });

  test('what belongs to the installation is closed to the control role', async () => {
    const client = await connectTo(place.url);
    await asControl(client, DEFAULT_TENANT.organizationId);
    const closed = Object.entries(CONTROL_PRIVILEGES).filter(([, granted]) => Object.keys(granted).length === 0);
    expect(closed.map(([table]) => table)).toContain('vault_versions');
    for (const [table] of closed)
      expect([table, await tried(client, `SELECT 1 FROM ${table}`)]).toEqual([table, DENIED]);
  });

  test('the data role adds records of several organizations in one commit and reads, changes and removes none', async () => {
    const store = openAt(place);
    const other = { organizationId: 'org_other', projectId: 'proj_other' };
    await store.records.commit([outcome(1), outcome(2, other)]);
    expect((await store.records.list(other, {}, { limit: 9, cursor: undefined })).map(({ id }) => id)).toEqual([
      outcome(2).usage.id,
    ]);
    const client = await connectTo(place.url);
    await client.query(`BEGIN; SET LOCAL ROLE ${rolesAt(place).data}`);
    for (const table of Object.keys(CONTROL_PRIVILEGES)) {
      expect([table, await tried(client, `SELECT 1 FROM ${table}`)]).toEqual([table, DENIED]);
      expect([table, await tried(client, `DELETE FROM ${table}`)]).toEqual([table, DENIED]);
    }
    expect(await tried(client, "UPDATE usage_records SET status = 'success'")).toBe(DENIED);
    expect(await tried(client, "INSERT INTO connections (id) VALUES ('x')")).toBe(DENIED);
  });

  test('records that are there in part are completed, and a request is never counted twice', async () => {
    const { records } = openAt(place);
    await records.commit([outcome(1), outcome(2)]);
    const again = outcome(2, { id: 'ur_other', status: 'interrupted' });
    await records.commit([outcome(1), again, outcome(3), outcome(3)]);
    const listed = await records.list(DEFAULT_TENANT, {}, { limit: 9, cursor: undefined });
    expect(listed.map(({ id }) => id)).toEqual([3, 2, 1].map((number) => outcome(number).usage.id));
  });

  test('behind a connection pooler the data role is taken for a transaction, and no session is left in it', async () => {
    const client = await connectTo(place.url);
    const security = await inspectRowSecurity(client);
    const note = (): void => undefined;
    const sessions: pg.Pool[] = [];
    const writer = createRecordWriter({
      security: async () => security,
      ownerPool: createPool(place, { note, prepare: async () => undefined }),
      createPool(prepare) {
        const pool = createPool(place, {
          note,
          // As a pooler does, which has ids of its own.
          prepare: (each) => prepare(Object.assign(each, { processID: 0 })),
        });
        sessions.push(pool);
        return pool;
      },
    });
    const rows = (...numbers: number[]) => numbers.map((number) => toRecordRow(outcome(number)));
    await writer.commit(rows(1, 2));
    await writer.commit(rows(2, 3));
    expect((await sessions[0]?.query('SELECT current_user AS name'))?.rows).toEqual([{ name: ownerOf(place) }]);
    expect((await client.query('SELECT id FROM usage_records')).rowCount).toBe(3);
    await client.query(`REVOKE INSERT ON usage_records FROM ${rolesAt(place).data}`);
    await expect(writer.commit(rows(4))).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    await writer.close();
  });

  test('a privilege that is taken away is an outage: records wait for it, and are not refused', async () => {
    const { records } = openAt(place);
    await records.commit([outcome(1)]);
    const client = await connectTo(place.url);
    await client.query(`REVOKE INSERT ON request_records FROM ${rolesAt(place).data}`);
    await expect(records.commit([outcome(2)])).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    await client.query(`GRANT INSERT ON request_records TO ${rolesAt(place).data}`);
    await records.commit([outcome(2)]);
  });

  test('a login that the policies bind reads nothing rather than an empty store', async () => {
    const other = (await newLogin(place.url, ''))(place.url);
    const client = await connectTo(place.url);
    await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${ownerOf(other)}`);
    await expect(openAt(other).configuration.load()).rejects.toThrow(/row-level security policy/);
  });

  test('a scoped change bumps the version in its own commit, or not at all', async () => {
    const store = openAt(place);
    const before = await store.configuration.version();
    await store.connections.insert(DEFAULT_TENANT, connection('conn_1'));
    await expect(store.connections.insert(DEFAULT_TENANT, connection('conn_1'))).rejects.toMatchObject({
      code: 'resource.conflict',
    });
    expect(await store.configuration.version()).toBe(before + 1);
  });
});

describe.skipIf(!postgres.available)('the roles of row-level security', () => {
  const started = async (place: PostgresPlace) => {
    const notes: string[] = [];
    const store = openStore(place, {
      clock: systemClock,
      note: ({ message, cause }) => notes.push(`${message}: ${String(cause)}`),
    });
    try {
      await store.migrate();
      await store.connections.insert(DEFAULT_TENANT, connection('conn_1'));
      await store.records.commit([outcome(1)]);
      await store.heldIds.bind([]);
      expect(await store.records.get(DEFAULT_TENANT, outcome(1).usage.requestId)).toEqual(outcome(1));
      await store.connections.remove(DEFAULT_TENANT, 'conn_1');
      return { security: await store.rowSecurity(), notes };
    } finally {
      await store.close();
    }
  };

  test.each(['SUPERUSER', 'CREATEROLE', 'CREATEROLE BYPASSRLS'])('a login with %s makes them', async (attributes) => {
    const { place } = await databaseOf(attributes);
    expect(await started(place)).toEqual({ security: { state: 'on' }, notes: [] });
  });

  test('a login that may not make them starts all the same, and is told what turns it on', async () => {
    const { admin, place } = await databaseOf('');
    const { security, notes } = await started(place);
    expect(security.state).toBe('off');
    expect(notes).toEqual([expect.stringMatching(/^row-level security is off: .*CREATE ROLE .* NOLOGIN; GRANT .*/)]);
    const statements = security.state === 'off' ? /CREATE ROLE .*(?=; then)/.exec(security.remedy)?.[0] : undefined;
    const superuser = await connectTo(admin);
    await superuser.query(statements ?? '');
    expect(await started(place)).toEqual({ security: { state: 'on' }, notes: [] });
  });

  test('a role that bypasses the policies is no second wall', async () => {
    const { admin, place } = await databaseOf('CREATEROLE');
    await started(place);
    const superuser = await connectTo(admin);
    await superuser.query(`ALTER ROLE aigne_hub_control_${new URL(place.url).username} BYPASSRLS`);
    const { security } = await started(place);
    expect(security).toMatchObject({ state: 'off', reason: expect.stringContaining('bypasses') });
  });

  test('a role that is taken away while the hub runs is an outage of what needs it, until it is given back', async () => {
    const { admin, place } = await databaseOf('CREATEROLE');
    const store = openAt({ ...place, poolSize: 1 });
    await store.migrate();
    await store.connections.insert(DEFAULT_TENANT, connection('conn_1'));
    const superuser = await connectTo(admin);
    const { username } = new URL(place.url);
    await superuser.query(`REVOKE aigne_hub_control_${username} FROM ${username}`);
    const unavailable = { code: 'hub.store_unavailable' };
    await expect(store.connections.list(DEFAULT_TENANT)).rejects.toMatchObject(unavailable);
    await expect(store.connections.remove(DEFAULT_TENANT, 'conn_1')).rejects.toMatchObject(unavailable);
    expect((await store.configuration.load()).connections).toHaveLength(1);
    await superuser.query(`GRANT aigne_hub_control_${username} TO ${username}`);
    expect(await store.connections.list(DEFAULT_TENANT)).toHaveLength(1);
  });

  test('four databases of one login whose hubs start at once all get them', async () => {
    const { place } = await databaseOf('CREATEROLE');
    const places = await Promise.all(Array.from({ length: 4 }, () => anotherOf(place)));
    const starts = await Promise.all(places.map(started));
    expect(starts.map(({ security }) => security.state)).toEqual(['on', 'on', 'on', 'on']);
  });

  test('the login of one hub cannot take the roles of another', async () => {
    const [one, two] = [await databaseOf('CREATEROLE'), await databaseOf('CREATEROLE')];
    await started(one.place);
    await started(two.place);
    const stranger = new URL(two.place.url);
    stranger.pathname = new URL(one.place.url).pathname;
    const client = await connectTo(stranger.toString());
    const role = `aigne_hub_control_${new URL(one.place.url).username}`;
    await expect(client.query(`SET ROLE ${role}`)).rejects.toMatchObject({ code: DENIED });
    await client.query(`SET ROLE aigne_hub_control_${new URL(two.place.url).username}`);
    await expect(client.query('SELECT 1 FROM connections')).rejects.toMatchObject({ code: DENIED });
  });

  test('tables in a schema named after the login are found in the roles, too', async () => {
    const { place } = await databaseOf('CREATEROLE');
    const client = await connectTo(place.url);
    await client.query(`CREATE SCHEMA ${new URL(place.url).username}`);
    expect((await started(place)).security.state).toBe('on');
    expect((await client.query("SELECT FROM pg_tables WHERE schemaname = 'public'")).rowCount).toBe(0);
  });

  test('a restored database has its policies, and gets its grants at the next start', async () => {
    const { place } = await databaseOf('CREATEROLE');
    await started(place);
    const restored = await anotherOf(place);
    const directory = join(temporaryDir(), 'backup');
    const shared = { masterKeyFingerprint: 'f', environment: { PATH: postgres.available ? postgres.binDir : '' } };
    await backupStore({ location: place, directory, createdAt: 1, ...shared });
    await restoreStore({ directory, target: restored, force: false, now: 2, ...shared });
    const before = openStore(restored, { clock: systemClock, note: () => undefined });
    expect(await before.rowSecurity()).toMatchObject({ state: 'off', reason: expect.stringContaining('privilege') });
    await before.close();
    const client = await connectTo(restored.url);
    await client.query('DELETE FROM usage_records; DELETE FROM request_records');
    expect(await started(restored)).toEqual({ security: { state: 'on' }, notes: [] });
  });
});

test('SQLite has no roles, and says so', async () => {
  const location = await TEST_ENGINES.find(({ kind }) => kind === 'sqlite')?.migratedLocation();
  if (location === undefined) throw new Error('no SQLite engine in the table');
  expect(await openAt(location).rowSecurity()).toEqual({ state: 'absent' });
});
