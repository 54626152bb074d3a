import type { Selectable } from 'kysely';
import type { UserIdentityStore } from '../../identity/ports.ts';
import type { UserIdentity } from '../../protocol/sso.ts';
import type { StoreDatabase } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Who a person is at the providers they sign in by, in the store. */
export function createUserIdentityStore(database: StoreDatabase): UserIdentityStore {
  return {
    link: (identity) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('user_identities')
          .values({
            id: identity.id,
            user_id: identity.userId,
            sso_connection_id: identity.ssoConnectionId,
            subject: identity.subject,
            created_at: identity.createdAt,
            last_used_at: identity.lastUsedAt,
          })
          .execute();
      }),
    find: (ssoConnectionId, subject) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('user_identities')
          .selectAll()
          .where('sso_connection_id', '=', ssoConnectionId)
          .where('subject', '=', subject)
          .executeTakeFirst();
        return row === undefined ? undefined : toUserIdentity(row);
      }),
    listOfUser: (userId) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('user_identities')
          .selectAll()
          .where('user_id', '=', userId)
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toUserIdentity);
      }),
    unlink: (userId, id) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('user_identities')
          .where('user_id', '=', userId)
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        return numDeletedRows > 0n;
      }),
    touch: (id, usedAt) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('user_identities')
          .set({ last_used_at: usedAt })
          .where('id', '=', id)
          .where('last_used_at', '<', usedAt)
          .execute();
      }),
  };
}

function toUserIdentity(row: Selectable<Schema['user_identities']>): UserIdentity {
  return {
    id: row.id,
    userId: row.user_id,
    ssoConnectionId: row.sso_connection_id,
    subject: row.subject,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
