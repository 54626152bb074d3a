import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import { kindsFor, NOTIFICATION_KIND_NAMES } from '../../notifications/catalogue.ts';
import {
  accessOf,
  assertOwnSession,
  CONTROL_PREFIX,
  type ControlRoutes,
  noteChange,
  personOf,
  route,
  tenantOf,
} from '../http.ts';
import { pageOf, readPage } from '../paging.ts';
import {
  mailPreferencesChangeSchema,
  mailPreferencesSchema,
  notificationParams,
  notificationQuery,
  notificationSchema,
  toNotification,
  unreadSchema,
} from './schema.ts';

const TAGS = ['notifications'];
const LIST = `${CONTROL_PREFIX}/notifications`;
const PREFERENCES = `${CONTROL_PREFIX}/me/notification-mails`;

/** `/notifications`: what an organization is told of, of the kinds that the caller’s permissions cover. */
export const notificationRoutes: ControlRoutes = (app, services) => {
  readNotifications(app, services);
  markNotifications(app, services);
  mailPreferences(app, services);
};

const readNotifications: ControlRoutes = (app, { notifications }) => {
  app.get(
    LIST,
    route('organization.read', {
      operationId: 'listNotifications',
      summary: 'Lists the notifications that the caller may see, newest first. Marks of reading are a person’s own.',
      tags: TAGS,
      querystring: notificationQuery,
      response: { 200: pageOf(notificationSchema) },
    }),
    async (request) => {
      const { unread, ...page } = request.query;
      const query = { ...readerOf(request), unreadOnly: unread === 'true' };
      const { rows, nextCursor } = await readPage(page, ({ limit, afterId }) =>
        notifications.list(tenantOf(request), { ...query, limit, beforeId: afterId }),
      );
      return { data: rows.map(toNotification), next_cursor: nextCursor };
    },
  );
  app.get(
    `${LIST}/unread`,
    route('organization.read', {
      operationId: 'countUnreadNotifications',
      summary: 'Counts what the person has not read.',
      tags: TAGS,
      response: { 200: unreadSchema },
    }),
    async (request) => ({ unread: await notifications.countUnread(tenantOf(request), readerOf(request)) }),
  );
};

const markNotifications: ControlRoutes = (app, { notifications, now }) => {
  app.post(
    `${LIST}/:notification_id/read`,
    route(
      'organization.read',
      {
        operationId: 'markNotificationRead',
        summary: 'Marks one as read by the person who is signed in.',
        tags: TAGS,
        params: notificationParams,
        response: { 200: unreadSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const { userId } = personOf(request);
      const scope = tenantOf(request);
      const reader = { ...readerOf(request), userId };
      const id = request.params.notification_id;
      const mark = { userId, kinds: reader.kinds, id, at: now() };
      const isRead = (await notifications.markRead(scope, mark)) > 0;
      if (!isRead && !(await notifications.isThere(scope, reader.kinds, id))) {
        throw new GatewayError('resource.not_found');
      }
      return { unread: await notifications.countUnread(scope, reader) };
    },
  );
  app.post(
    `${LIST}/read`,
    route(
      'organization.read',
      {
        operationId: 'markAllNotificationsRead',
        summary: 'Marks all as read by the person who is signed in.',
        tags: TAGS,
        response: { 200: unreadSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const { userId } = personOf(request);
      const { kinds } = readerOf(request);
      await notifications.markRead(tenantOf(request), { userId, kinds, id: undefined, at: now() });
      return { unread: await notifications.countUnread(tenantOf(request), { kinds, userId }) };
    },
  );
};

const mailPreferences: ControlRoutes = (app, { notifications }) => {
  app.get(
    PREFERENCES,
    route('person', {
      operationId: 'getMyNotificationMails',
      summary: 'Shows of which kinds the person gets no mail.',
      tags: TAGS,
      response: { 200: mailPreferencesSchema },
    }),
    async (request) => ({ muted_kinds: await mutedOf(notifications, personOf(request).userId) }),
  );
  app.put(
    PREFERENCES,
    route('person', {
      operationId: 'setMyNotificationMails',
      summary: 'Sets of which kinds the person gets no mail, in any organization.',
      tags: TAGS,
      body: mailPreferencesChangeSchema,
      response: { 200: mailPreferencesSchema },
    }),
    async (request) => {
      assertOwnSession(request);
      const { userId } = personOf(request);
      const before = { muted_kinds: await mutedOf(notifications, userId) };
      await notifications.setMutedKinds(userId, [...new Set(request.body.muted_kinds)]);
      const after = { muted_kinds: await mutedOf(notifications, userId) };
      noteChange(request, { targetKind: 'user', targetId: userId, before, after });
      return after;
    },
  );
};

async function mutedOf(notifications: Parameters<ControlRoutes>[1]['notifications'], userId: string) {
  const muted = await notifications.mutedKinds(userId);
  return NOTIFICATION_KIND_NAMES.filter((kind) => muted.includes(kind));
}

function readerOf(request: FastifyRequest) {
  const { actor, permissions } = accessOf(request);
  return { kinds: kindsFor(permissions), userId: actor.kind === 'person' ? actor.userId : undefined };
}
