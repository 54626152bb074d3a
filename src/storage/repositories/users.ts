import type { Updateable } from 'kysely';
import { sql } from 'kysely';
import type { UserChange, UserStore } from '../../identity/ports.ts';
import type { User } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, orNull } from '../engine.ts';
import type { UserTable } from '../schema.ts';
import { toUser } from './access.ts';
import { changedColumns } from './changes.ts';

const OPERATORS_MAX = 100;

/** People in the store. They belong to no organization; who asks for them is the operator, or they themselves. */
export function createUserStore(database: StoreDatabase): UserStore {
  const findBy = (column: 'id' | 'email', value: string): Promise<User | undefined> =>
    database.read(async (reading) => {
      const row = await reading.selectFrom('users').selectAll().where(column, '=', value).executeTakeFirst();
      return row === undefined ? undefined : toUser(row);
    });
  return {
    insert: (user) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('users')
          .values({
            id: user.id,
            email: orNull(user.email),
            name: orNull(user.name),
            locale: orNull(user.locale),
            password_hash: orNull(user.passwordHash),
            email_verified_at: orNull(user.emailVerifiedAt),
            state: user.state,
            state_reason: orNull(user.stateReason),
            state_changed_at: orNull(user.stateChangedAt),
            is_operator: flag(user.isOperator),
            created_at: user.createdAt,
            last_seen_at: orNull(user.lastSeenAt),
            revision: user.revision,
          })
          .execute();
      }),
    get: (id) => findBy('id', id),
    byEmail: (email) => findBy('email', email),
    update: (id, change, ifRevision) => update(database, { id, change, ifRevision }),
    list: (page) => list(database, page),
    operators: () =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('users')
          .selectAll()
          .where('is_operator', '=', 1)
          .where('state', '=', 'active')
          .orderBy('id')
          .limit(OPERATORS_MAX)
          .execute();
        return rows.map(toUser);
      }),
    isEmpty: () =>
      database.read(
        async (reading) => (await reading.selectFrom('users').select('id').limit(1).executeTakeFirst()) === undefined,
      ),
  };
}

type UserUpdate = { readonly id: string; readonly change: UserChange; readonly ifRevision: number | undefined };

async function update(database: StoreDatabase, { id, change, ifRevision }: UserUpdate): Promise<boolean> {
  const columns = changedColumns<UserChange, Updateable<UserTable>>(change, {
    email: (email) => ({ email: orNull(email) }),
    name: (name) => ({ name: orNull(name) }),
    locale: (locale) => ({ locale: orNull(locale) }),
    passwordHash: (hash) => ({ password_hash: orNull(hash) }),
    emailVerifiedAt: (at) => ({ email_verified_at: orNull(at) }),
    state: (state) => ({ state }),
    stateReason: (reason) => ({ state_reason: orNull(reason) }),
    stateChangedAt: (at) => ({ state_changed_at: orNull(at) }),
    isOperator: (isOperator) => ({ is_operator: isOperator === undefined ? undefined : flag(isOperator) }),
    lastSeenAt: (at) => ({ last_seen_at: orNull(at) }),
  });
  // Keys end with their owner's state, so the data plane must look again.
  const concernsKeys = (isChanged: boolean): boolean => isChanged && change.state !== undefined;
  return await changeConfiguration(
    database,
    async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('users')
        .set({ ...columns, revision: sql<number>`revision + 1` })
        .where('id', '=', id)
        .$if(ifRevision !== undefined, (query) => query.where('revision', '=', ifRevision ?? 0))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    concernsKeys,
  );
}

async function list(
  database: StoreDatabase,
  { limit, afterId, state, search }: Parameters<UserStore['list']>[0],
): Promise<readonly User[]> {
  return await database.read(async (reading) => {
    let query = reading.selectFrom('users').selectAll().orderBy('id').limit(limit);
    if (afterId !== undefined) query = query.where('id', '>', afterId);
    if (state !== undefined) query = query.where('state', '=', state);
    if (search !== undefined) {
      const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
      query = query.where(
        sql<boolean>`(LOWER(email) LIKE ${pattern} ESCAPE '\\' OR LOWER(name) LIKE ${pattern} ESCAPE '\\')`,
      );
    }
    return (await query.execute()).map(toUser);
  });
}
