import { z } from 'zod';
import { NOTIFICATION_KIND_NAMES } from '../../notifications/catalogue.ts';
import type { ReadNotification } from '../../notifications/ports.ts';
import { flagField, idField, jsonObjectField, timeField, toTime } from '../fields.ts';
import { pageQuery } from '../paging.ts';

export const notificationKindField = z.enum(NOTIFICATION_KIND_NAMES);

export const notificationSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  subject: z.string().describe('The id of what it is about.'),
  data: jsonObjectField.describe('By kind; see docs/how-to/notifications.md.'),
  raised_at: timeField,
  read: z.boolean(),
});

export const notificationParams = z.strictObject({ notification_id: idField });
export const notificationQuery = z.strictObject({ ...pageQuery, unread: flagField.optional() });
export const unreadSchema = z.strictObject({ unread: z.int().nonnegative() });

export const mailPreferencesSchema = z.strictObject({
  muted_kinds: z.array(notificationKindField).describe('The kinds of which the person gets no mail.'),
});

export const mailPreferencesChangeSchema = z
  .strictObject({ muted_kinds: z.array(notificationKindField).max(NOTIFICATION_KIND_NAMES.length) })
  .meta({ examples: [{ muted_kinds: ['models.new'] }] });

export function toNotification(row: ReadNotification): z.output<typeof notificationSchema> {
  const { id, kind, subject, data, raisedAt, isRead } = row;
  return { id, kind, subject, data: jsonObjectField.parse(data), raised_at: toTime(raisedAt), read: isRead };
}
