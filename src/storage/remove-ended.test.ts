import { describe, expect, test } from 'vitest';
import { removeEnded } from '../identity/remove-ended.ts';
import { DAY_MS, openPeople, START } from './testing/people.ts';
import { TEST_ENGINES } from './testing/stores.ts';

const TABLES = ['sessions', 'one_time_tokens', 'connect_sessions', 'throttles'] as const;

describe.each(TEST_ENGINES)('what has ended in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('goes, and what is still good stays', async () => {
      const { store, database, addUser } = await openPeople(engine);
      const userId = await addUser('ada@example.com');
      const common = { createdAt: START, lastSeenAt: START, ssoConnectionId: undefined, revokedAt: undefined };
      const from = { address: undefined, userAgent: undefined };
      for (const [id, expiresAt] of [
        ['long over', START + DAY_MS],
        ['over since yesterday', START + 29 * DAY_MS],
        ['good', START + 60 * DAY_MS],
      ] as const) {
        await store.sessions.insert({ ...common, ...from, id, userId, expiresAt }, `hash of ${id}`);
      }
      await store.sessions.insert({ ...common, ...from, id: 'ended', userId, expiresAt: START + 60 * DAY_MS }, 'ended');
      await store.sessions.revoke(userId, { sessionId: 'ended', at: START });
      for (const [id, expiresAt] of [
        ['old', START + DAY_MS],
        ['new', START + 31 * DAY_MS],
      ] as const) {
        const times = { createdAt: START, expiresAt };
        await store.oneTimeTokens.insert(
          { id, purpose: 'reset_password', userId, data: {}, ...times },
          `hash of ${id}`,
        );
        await store.connectSessions.insert({ hash: id, ...times });
      }
      await store.throttles.count('old', START);
      await store.throttles.count('new', START + 30 * DAY_MS);

      await removeEnded(store, START + 30 * DAY_MS);

      const left = await database.read((reading) =>
        Promise.all(TABLES.map((table) => reading.selectFrom(table).select('id').orderBy('id').execute())),
      );
      expect(left.map((rows) => rows.map(({ id }) => id))).toEqual([
        ['good', 'over since yesterday'],
        ['new'],
        ['new'],
        ['new'],
      ]);
    });
  });
});
