import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuditDigests } from '../audit/chain.ts';
import { createAuditLog } from '../audit/log.ts';
import { createIdMaker } from '../kernel/ids.ts';
import type { AuditAct, AuditEnding } from '../protocol/audit.ts';
import type { Store } from './open-store.ts';
import { freshStore, openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';
import { tamper } from './testing/tamper.ts';

const digests = createAuditDigests(Buffer.from('a secret of this test'));
const ACT: AuditAct = {
  organizationId: 'org_1',
  actor: { kind: 'person', id: 'usr_1' },
  action: 'createKey',
  requestId: 'req_1',
  address: '192.0.2.1',
  userAgent: 'Test Browser',
};
const ENDING: AuditEnding = {
  outcome: 'done',
  errorCode: undefined,
  actorId: undefined,
  targetKind: 'key',
  targetId: 'vk_1',
  before: undefined,
  after: { name: 'ci', 說: '好' },
};

const logOf = (store: Store) =>
  createAuditLog({ store: store.audit, digests, newId: createIdMaker(() => 1_000), now: () => 1_700_000_000_000 });

async function filled(store: Store, acts: number) {
  const log = logOf(store);
  for (let index = 0; index < acts; index += 1) {
    await log.end(await log.begin({ ...ACT, requestId: `req_${index}` }), ENDING);
  }
  return log;
}

/** Every column that says something, and a value that it does not have. */
const EDITS: readonly (readonly [string, string])[] = [
  ['id', "'aud_other'"],
  ['act_id', "'act_other'"],
  ['phase', "'tampered'"],
  ['at', '1'],
  ['organization_id', "'org_2'"],
  ['actor_kind', "'installation'"],
  ['actor_id', "'usr_2'"],
  ['action', "'revokeKey'"],
  ['target_kind', "'user'"],
  ['target_id', "'vk_2'"],
  ['outcome', "'refused'"],
  ['error_code', "'access.denied'"],
  ['before_values', "'{}'"],
  ['after_values', "'{}'"],
  ['request_id', "'req_other'"],
  ['origin_digest', "'0'"],
  ['address', "'198.51.100.1'"],
  ['user_agent', "'Another'"],
  ['previous_digest', "'0'"],
  ['digest', "'0'"],
];

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('the audit log, in %s', (_kind, engine) => {
  describe.skipIf(engine.skip !== undefined)('here', () => {
    it('tells an act by what it began and what it ended with, newest first, in pages', async () => {
      const store = await freshStore(engine);
      const log = await filled(store, 3);
      await log.begin({ ...ACT, organizationId: undefined, actor: { kind: 'installation', id: undefined } });
      const all = await log.list({}, { limit: 10 });
      expect(all.map(({ begun, ended }) => [begun.requestId, ended?.outcome])).toEqual([
        ['req_1', undefined],
        ['req_2', 'done'],
        ['req_1', 'done'],
        ['req_0', 'done'],
      ]);
      const [first, second] = await log.list({ organizationId: 'org_1' }, { limit: 2 });
      expect(first).toMatchObject({ begun: { address: '192.0.2.1' }, ended: { after: '{"name":"ci","說":"好"}' } });
      const rest = await log.list({ organizationId: 'org_1' }, { limit: 2, beforeSequence: second?.begun.sequence });
      expect(rest.map(({ begun }) => begun.requestId)).toEqual(['req_0']);
      expect(await log.list({ organizationId: 'org_2' }, { limit: 2 })).toEqual([]);
      expect(await log.list({ targetId: 'vk_1', actorId: 'usr_1' }, { limit: 9 })).toHaveLength(3);
      expect(await log.list({ targetId: 'vk_2' }, { limit: 9 })).toEqual([]);
      expect(await log.verify()).toMatchObject({ entries: 7, differences: [] });
    });

    it('takes no change by the store’s own hand', async () => {
      const { store, run } = await tampered(engine, 2, { guarded: true });
      for (const statement of ["UPDATE audit_entries SET action = 'x'", 'DELETE FROM audit_entries']) {
        await expect(run(statement)).rejects.toThrow('audit entries are never changed');
      }
      // But who did it may be forgotten.
      await run("UPDATE audit_entries SET address = NULL, user_agent = NULL WHERE actor_id = 'usr_1'");
      expect(await logOf(store).verify()).toMatchObject({ differences: [] });
      const [act] = await logOf(store).list({}, { limit: 1 });
      expect(act?.begun).toMatchObject({ actorId: 'usr_1', address: undefined, userAgent: undefined });
    });

    it.each(EDITS)('shows that %s of an entry was changed', async (column, value) => {
      const { store, run } = await tampered(engine, 2);
      await run(`UPDATE audit_entries SET ${column} = ${value} WHERE sequence = 3`);
      const { differences } = await logOf(store).verify();
      expect(differences.map(({ sequence }) => sequence)).toContain(3);
    });

    it.each([
      ['the first', 'DELETE FROM audit_entries WHERE sequence = 1'],
      ['one in the middle', 'DELETE FROM audit_entries WHERE sequence = 3'],
      ['the last', 'DELETE FROM audit_entries WHERE sequence = 6'],
      ['all', 'DELETE FROM audit_entries'],
      [
        'one whose number another took',
        'DELETE FROM audit_entries WHERE sequence = 3; UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 3',
      ],
      [
        'the last, with the head put back',
        'DELETE FROM audit_entries WHERE sequence = 6; UPDATE audit_head SET sequence = 5',
      ],
    ])('shows that %s is gone', async (_what, statements) => {
      const { store, run } = await tampered(engine, 3);
      for (const statement of statements.split('; ')) await run(statement);
      expect((await logOf(store).verify()).differences).not.toEqual([]);
    });

    it('shows by a head that was noted that the whole was put back, and only by it', async () => {
      const { store, run } = await tampered(engine, 3);
      const { head } = await logOf(store).verify();
      expect(await logOf(store).verify(head)).toMatchObject({ differences: [] });
      const [fifth] = await store.audit.entriesAfter(4, 1);
      await run('DELETE FROM audit_entries WHERE sequence > 5');
      await run(`UPDATE audit_head SET sequence = 5, digest = '${fifth?.digest}'`);
      const log = logOf(store);
      expect(await log.verify()).toMatchObject({ entries: 5, differences: [] });
      expect((await log.verify(head)).differences).toMatchObject([{ sequence: 6 }]);
      await log.end(await log.begin(ACT), ENDING);
      expect((await log.verify(head)).differences).toMatchObject([{ sequence: 6 }]);
    });

    it('shows that two changed places', async () => {
      const { store, run } = await tampered(engine, 3);
      for (const [from, to] of [
        [3, 100],
        [4, 3],
        [100, 4],
      ]) {
        await run(`UPDATE audit_entries SET sequence = ${to} WHERE sequence = ${from}`);
      }
      expect((await logOf(store).verify()).differences).not.toEqual([]);
    });

    it('shows an entry that somebody made without the hub’s secret', async () => {
      const store = await freshStore(engine);
      await filled(store, 1);
      const forger = createAuditLog({
        store: store.audit,
        digests: createAuditDigests(Buffer.from('another secret')),
        newId: createIdMaker(() => 2_000),
        now: () => 2_000,
      });
      await forger.begin(ACT);
      expect((await logOf(store).verify()).differences).toEqual([
        { sequence: 3, what: 'was changed' },
        { sequence: 3, what: 'where it came from was changed' },
      ]);
    });

    it('has no gap and no fork when several processes write at once', async () => {
      const location = await engine.migratedLocation();
      const stores = [openAt(location), openAt(location), openAt(location)];
      await Promise.all(stores.map((store) => filled(store, 10)));
      const [store] = stores;
      if (store === undefined) throw new Error('no store was opened');
      expect(await logOf(store).verify()).toMatchObject({ entries: 60, differences: [], head: { sequence: 60 } });
    });
  });
});

it('any single change of any entry shows', { timeout: 60_000 }, async () => {
  const [sqlite] = TEST_ENGINES.filter(({ kind }) => kind === 'sqlite');
  if (sqlite === undefined) throw new Error('there is no embedded store to test on');
  const { store, run } = await tampered(sqlite, 4);
  const log = logOf(store);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...EDITS), fc.integer({ min: 1, max: 8 }), async ([column, value], sequence) => {
      await run('SAVEPOINT before');
      await run(`CREATE TEMP TABLE kept AS SELECT * FROM audit_entries`);
      await run(`UPDATE audit_entries SET ${column} = ${value} WHERE sequence = ${sequence}`);
      await run('RELEASE before');
      const { differences } = await log.verify();
      await run('DELETE FROM audit_entries');
      await run('INSERT INTO audit_entries SELECT * FROM kept');
      await run('DROP TABLE kept');
      expect(differences, `${column} of ${sequence}`).not.toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect((await log.verify()).differences).toEqual([]);
});

/** A log, and a hand in its store that the hub knows nothing of. */
async function tampered(engine: TestEngine, acts: number, { guarded = false } = {}) {
  const location = await engine.migratedLocation();
  const store = openAt(location);
  await filled(store, acts);
  return { store, run: await tamper(location, { guarded }) };
}
