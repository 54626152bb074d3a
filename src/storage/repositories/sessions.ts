import type {
  ConnectSessionStore,
  OneTimePurpose,
  OneTimeTokenStore,
  SessionStore,
  ThrottleStore,
} from '../../identity/ports.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { StoreDatabase } from '../database.ts';
import { fromJsonText, orNull, orUndefined, toJsonText } from '../engine.ts';
import { toSession } from './access.ts';

/** Sessions of people, by the hash of their tokens. */
export function createSessionStore(database: StoreDatabase): SessionStore {
  return {
    insert: (session, hash) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('sessions')
          .values({
            id: session.id,
            user_id: session.userId,
            hash,
            sso_connection_id: orNull(session.ssoConnectionId),
            address: orNull(session.address),
            user_agent: orNull(session.userAgent),
            created_at: session.createdAt,
            last_seen_at: session.lastSeenAt,
            expires_at: session.expiresAt,
            revoked_at: orNull(session.revokedAt),
          })
          .execute();
        await transaction
          .updateTable('users')
          .set({ last_seen_at: session.lastSeenAt })
          .where('id', '=', session.userId)
          .execute();
      }),
    list: (userId, nowMs) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('sessions')
          .selectAll()
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', nowMs)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .execute();
        return rows.map(toSession);
      }),
    revoke: (userId, { sessionId, at }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('sessions')
          .set({ revoked_at: at })
          .where('user_id', '=', userId)
          .where('id', '=', sessionId)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    revokeAll: (userId, { exceptId, at }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('sessions')
          .set({ revoked_at: at })
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId ?? ''))
          .execute();
      }),
    removeEnded: (beforeMs) =>
      database.write(async (transaction) => {
        await transaction
          .deleteFrom('sessions')
          .where((row) => row.or([row('expires_at', '<', beforeMs), row('revoked_at', '<', beforeMs)]))
          .execute();
      }),
  };
}

/** One-time tokens, by their hash. */
export function createOneTimeTokenStore(database: StoreDatabase): OneTimeTokenStore {
  return {
    insert: (token, hash) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('one_time_tokens')
          .values({
            id: token.id,
            purpose: token.purpose,
            hash,
            user_id: orNull(token.userId),
            data: toJsonText(token.data),
            created_at: token.createdAt,
            expires_at: token.expiresAt,
            used_at: null,
          })
          .execute();
      }),
    use: ({ purpose, hash, now }) =>
      database.write(async (transaction) => {
        // One statement takes it, so that of two who come at once only one does.
        const row = await transaction
          .updateTable('one_time_tokens')
          .set({ used_at: now })
          .where('hash', '=', hash)
          .where('purpose', '=', purpose)
          .where('used_at', 'is', null)
          .where('expires_at', '>', now)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return undefined;
        const data = fromJsonText(row.data);
        return {
          id: row.id,
          // Only a OneTimePurpose is ever written to this column.
          purpose: row.purpose as OneTimePurpose,
          userId: orUndefined(row.user_id),
          data: isJsonObject(data) ? data : {},
          createdAt: row.created_at,
          expiresAt: row.expires_at,
        };
      }),
    end: (purpose, userId, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('one_time_tokens')
          .set({ used_at: at })
          .where('purpose', '=', purpose)
          .where('used_at', 'is', null)
          .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
          .execute();
      }),
    removeExpired: (beforeMs) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('one_time_tokens').where('expires_at', '<', beforeMs).execute();
      }),
  };
}

/** Sessions of command lines that wait for a key. */
export function createConnectSessionStore(database: StoreDatabase): ConnectSessionStore {
  return {
    insert: ({ hash, createdAt, expiresAt }) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('connect_sessions')
          .values({ id: hash, key_id: null, handover: null, created_at: createdAt, expires_at: expiresAt })
          .execute();
      }),
    get: (hash, nowMs) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('connect_sessions')
          .select(['key_id', 'handover'])
          .where('id', '=', hash)
          .where('expires_at', '>', nowMs)
          .executeTakeFirst();
        return row && { keyId: orUndefined(row.key_id), handover: orUndefined(row.handover) };
      }),
    give: (hash, { keyId, handover, now }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('connect_sessions')
          .set({ key_id: keyId, handover })
          .where('id', '=', hash)
          .where('key_id', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    remove: (hash) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('connect_sessions').where('id', '=', hash).execute();
      }),
    removeExpired: (beforeMs) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('connect_sessions').where('expires_at', '<', beforeMs).execute();
      }),
  };
}

/** Counts of attempts, shared by all instances. */
export function createThrottleStore(database: StoreDatabase): ThrottleStore {
  return {
    count: (id, windowStart) =>
      database.write(async (transaction) => {
        const { count } = await transaction
          .insertInto('throttles')
          .values({ id, window_start: windowStart, count: 1 })
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet((row) => ({
              count: row
                .case()
                .when('throttles.window_start', '=', windowStart)
                .then(row('throttles.count', '+', 1))
                .else(1)
                .end(),
              window_start: windowStart,
            })),
          )
          .returning('count')
          .executeTakeFirstOrThrow();
        return count;
      }),
    forget: (id) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('throttles').where('id', '=', id).execute();
      }),
    removeBefore: (windowStart) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('throttles').where('window_start', '<', windowStart).execute();
      }),
  };
}
