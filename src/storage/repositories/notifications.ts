import { type Selectable, sql } from 'kysely';
import { isJsonObject } from '../../kernel/json.ts';
import {
  type NotificationQuery,
  type NotificationStore,
  OPEN_EPISODE,
  type Raising,
} from '../../notifications/ports.ts';
import type { Notification } from '../../protocol/notifications.ts';
import type { Role } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { fromJsonText, orNull, orUndefined, stringList, toJsonText, wholeNumber } from '../engine.ts';
import type { NotificationTable } from '../notification-schema.ts';
import { ofOrganization } from './tenant-scope.ts';
import { deliverTo } from './webhooks.ts';
import type { Reading, Writing } from './within-organization.ts';

/** Notifications in the store. Raising and mailing are the installation's work; reading is an organization's. */
export function createNotificationStore(database: StoreDatabase): NotificationStore {
  return { ...raising(database), ...reading(database), ...mailing(database) };
}

function raising(database: StoreDatabase): Pick<NotificationStore, 'raise' | 'held' | 'removeBefore'> {
  return {
    raise: async (raisings, newId) => {
      if (raisings.length === 0) return [];
      return await database.write(async (transaction) => {
        const raised: Notification[] = [];
        for (const each of raisings) if (await raiseOne(transaction, each, newId)) raised.push(each.notification);
        return raised;
      });
    },
    held: (prefix) =>
      database.read(async (view) => {
        const rows = await view
          .selectFrom('notifications')
          .select('holds')
          .where('holds', '>=', prefix)
          .where('holds', '<', `${prefix}~`)
          .execute();
        return rows.flatMap(({ holds }) => holds ?? []);
      }),
    removeBefore: (at) =>
      database.write(async (transaction) => {
        // What an episode that is not over holds is kept, or it would be told again.
        await transaction
          .deleteFrom('notifications')
          .where('raised_at', '<', at)
          .where((row) => row.or([row('holds', 'is', null), row('holds', 'not like', `${OPEN_EPISODE}%`)]))
          .execute();
        await transaction
          .deleteFrom('webhook_deliveries')
          .where('created_at', '<', at)
          .where('state', '!=', 'waiting')
          .execute();
      }),
  };
}

async function raiseOne(transaction: Writing, raising: Raising, newId: () => string): Promise<boolean> {
  const { notification, holds, releases = [], body } = raising;
  const { id, organizationId, kind, subject, data, raisedAt } = notification;
  if (releases.length > 0) {
    const { numUpdatedRows } = await transaction
      .updateTable('notifications')
      .set({ holds: null })
      .where('organization_id', '=', organizationId)
      .where('holds', 'in', releases)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
  }
  const inserted = await transaction
    .insertInto('notifications')
    .values({
      id,
      organization_id: organizationId,
      kind,
      subject,
      data: toJsonText(data),
      raised_at: raisedAt,
      mailed_at: null,
      holds: orNull(holds),
    })
    .onConflict((conflict) => conflict.column('holds').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  const webhooks = await transaction
    .selectFrom('webhooks')
    .select(['id', 'kinds'])
    .where('organization_id', '=', organizationId)
    .where('enabled', '=', 1)
    .execute();
  for (const webhook of webhooks) {
    const kinds = stringList(webhook.kinds) ?? [];
    if (kinds.length > 0 && !kinds.includes(kind)) continue;
    const message = { organizationId, webhookId: webhook.id, messageId: id, kind, body, at: raisedAt };
    await deliverTo(transaction, { id: newId(), ...message });
  }
  return true;
}

function reading(
  database: StoreDatabase,
): Pick<NotificationStore, 'list' | 'isThere' | 'countUnread' | 'markRead' | 'newestId'> {
  return {
    list: (scope, query) =>
      database.within(scope.organizationId).read(async (view) => {
        if (query.kinds.length === 0) return [];
        let rows = ofKinds(view, scope.organizationId, query)
          .selectAll('notifications')
          .select('notification_reads.read_at')
          .orderBy('notifications.id', 'desc')
          .limit(query.limit);
        if (query.beforeId !== undefined) rows = rows.where('notifications.id', '<', query.beforeId);
        if (query.unreadOnly) rows = rows.where('notification_reads.read_at', 'is', null);
        return (await rows.execute()).map((row) => ({ ...toNotification(row), isRead: row.read_at !== null }));
      }),
    countUnread: (scope, query) =>
      database.within(scope.organizationId).read(async (view) => {
        if (query.kinds.length === 0) return 0;
        const { count } = await ofKinds(view, scope.organizationId, query)
          .where('notification_reads.read_at', 'is', null)
          .select((rows) => rows.fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
        return wholeNumber(count);
      }),
    markRead: (scope, { userId, kinds, id, at }) =>
      database.within(scope.organizationId).write(async (transaction) => {
        if (kinds.length === 0) return 0;
        let unread = ofKinds(transaction, scope.organizationId, { kinds, userId })
          .where('notification_reads.read_at', 'is', null)
          .select('notifications.id');
        if (id !== undefined) unread = unread.where('notifications.id', '=', id);
        const found = await unread.execute();
        for (const row of found) {
          await transaction
            .insertInto('notification_reads')
            .values({ organization_id: scope.organizationId, notification_id: row.id, user_id: userId, read_at: at })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        return found.length;
      }),
    isThere: (scope, kinds, id) =>
      database.within(scope.organizationId).read(async (view) => {
        if (kinds.length === 0) return false;
        const row = await ofKinds(view, scope.organizationId, { kinds, userId: undefined })
          .select('notifications.id')
          .where('notifications.id', '=', id)
          .executeTakeFirst();
        return row !== undefined;
      }),
    newestId: (scope) =>
      database.within(scope.organizationId).read(async (view) => {
        const row = await view
          .selectFrom('notifications')
          .select('id')
          .where(ofOrganization(scope))
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row?.id;
      }),
  };
}

/** The organization's notifications of some kinds, each beside one person's mark of reading. */
function ofKinds(view: Reading, organizationId: string, { kinds, userId }: NotificationQuery) {
  return view
    .selectFrom('notifications')
    .leftJoin('notification_reads', (join) =>
      join
        .onRef('notification_reads.notification_id', '=', 'notifications.id')
        .on('notification_reads.user_id', '=', userId ?? ''),
    )
    .where(ofOrganization({ organizationId }, 'notifications'))
    .where('notifications.kind', 'in', [...kinds]);
}

function mailing(
  database: StoreDatabase,
): Pick<NotificationStore, 'unmailed' | 'noteMailed' | 'mailReaders' | 'mutedKinds' | 'setMutedKinds'> {
  return {
    unmailed: (limit) =>
      database.read(async (view) => {
        const rows = await view
          .selectFrom('notifications')
          .selectAll()
          .where('mailed_at', 'is', null)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(toNotification);
      }),
    noteMailed: (id, at) =>
      database.write(async (transaction) => {
        await transaction.updateTable('notifications').set({ mailed_at: at }).where('id', '=', id).execute();
      }),
    mailReaders: (organizationId) =>
      database.read(async (view) => {
        const rows = await view
          .selectFrom('members')
          .innerJoin('users', 'users.id', 'members.user_id')
          .innerJoin('organizations', 'organizations.id', 'members.organization_id')
          .leftJoin('notification_mutes', 'notification_mutes.user_id', 'users.id')
          .select(['users.email', 'users.name', 'users.locale', 'members.role', 'notification_mutes.kinds'])
          .where('members.organization_id', '=', organizationId)
          .where('members.state', '=', 'active')
          .where('users.state', '=', 'active')
          .where('organizations.state', '=', 'active')
          .where('users.email_verified_at', 'is not', null)
          .orderBy('members.id')
          .execute();
        return rows.flatMap(({ email, name, locale, role, kinds }) =>
          email === null
            ? []
            : {
                email,
                name: orUndefined(name),
                locale: orUndefined(locale),
                // Only a Role is ever written to this column.
                role: role as Role,
                mutedKinds: stringList(kinds) ?? [],
              },
        );
      }),
    mutedKinds: (userId) =>
      database.read(async (view) => {
        const row = await view
          .selectFrom('notification_mutes')
          .select('kinds')
          .where('user_id', '=', userId)
          .executeTakeFirst();
        return stringList(row?.kinds ?? null) ?? [];
      }),
    setMutedKinds: (userId, kinds) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('notification_mutes')
          .values({ user_id: userId, kinds: toJsonText(kinds) })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ kinds: sql`excluded.kinds` }))
          .execute();
      }),
  };
}

function toNotification(row: Selectable<NotificationTable>): Notification {
  const data = fromJsonText(row.data);
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    subject: row.subject,
    data: isJsonObject(data) ? data : {},
    raisedAt: row.raised_at,
  };
}
