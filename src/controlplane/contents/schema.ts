import { z } from 'zod';
import {
  CONTENT_DAYS_MAX,
  CONTENT_PROJECTS_MAX,
  type ContentPolicy,
  type ContentSide,
  NO_CONTENT_POLICY,
} from '../../protocol/contents.ts';
import type { ContentPolicyChange } from '../../records/content-ports.ts';
import type { StoredContent } from '../../records/contents.ts';
import { idField, revisionField, timeField, toTime } from '../fields.ts';

const storeField = z.boolean().describe('Whether what is said in requests is stored.');
const daysField = z.int().min(1).max(CONTENT_DAYS_MAX);
const redactField = z
  .boolean()
  .describe('Whether keys, tokens, mail addresses, card and phone numbers are struck out before anything is stored.');
const projectsField = z
  .array(idField)
  .min(1)
  .max(CONTENT_PROJECTS_MAX)
  .describe('The projects whose requests are stored. Missing: all of them.');

export const contentPolicySchema = z.strictObject({
  store: storeField,
  keep_days: daysField.describe('Days after which a content is deleted.'),
  redact: redactField,
  project_ids: projectsField.optional(),
  keep_days_max: z.int().describe('What the operator allows at most; `0`: nothing is stored, whatever is set.'),
  revision: revisionField,
});

export const contentPolicyChangeSchema = z
  .strictObject({
    store: storeField,
    keep_days: daysField.default(NO_CONTENT_POLICY.keepDays).describe('For contents that are stored from now on.'),
    redact: redactField.default(NO_CONTENT_POLICY.redacts),
    project_ids: projectsField.optional(),
  })
  .meta({ examples: [{ store: true, keep_days: 14, redact: true }] });

const sideSchema = z
  .strictObject({
    media_type: z.string().optional(),
    bytes: z.int().describe('What went over the wire.'),
    text: z.string().optional().describe('As it was said, in the caller’s wire format; a stream as its events.'),
    cut: z.boolean().optional().describe('Whether the text goes on beyond what is stored.'),
    not_stored: z
      .enum(['nothing_sent', 'not_text', 'too_large', 'unreadable'])
      .optional()
      .describe('Why there is none.'),
  })
  .describe('One side of a request.');

export const requestContentSchema = z.strictObject({
  request: sideSchema,
  answer: sideSchema,
  redacted: z.boolean().describe('Whether secrets and personal data were looked for and struck out.'),
  stored_at: timeField,
  expires_at: timeField,
});

export function toContentPolicy(policy: ContentPolicy, daysMax: number): z.output<typeof contentPolicySchema> {
  return {
    store: policy.stores,
    keep_days: policy.keepDays,
    redact: policy.redacts,
    project_ids: policy.projectIds === undefined ? undefined : [...policy.projectIds],
    keep_days_max: daysMax,
    revision: policy.revision,
  };
}

export function toPolicyChange(body: z.output<typeof contentPolicyChangeSchema>): ContentPolicyChange {
  return {
    stores: body.store,
    keepDays: body.keep_days,
    redacts: body.redact,
    projectIds: body.project_ids,
  };
}

export function toRequestContent(content: StoredContent): z.output<typeof requestContentSchema> {
  return {
    request: toSide(content.request),
    answer: toSide(content.answer),
    redacted: content.isRedacted,
    stored_at: toTime(content.createdAt),
    expires_at: toTime(content.expiresAt),
  };
}

function toSide(side: ContentSide): z.output<typeof sideSchema> {
  const said = { media_type: side.mediaType, bytes: side.bytes };
  return 'text' in side ? { ...said, text: side.text, cut: side.isCut } : { ...said, not_stored: side.notStored };
}
