import { z } from 'zod';
import { isJsonObject, type JsonObject, parseJson } from '../../kernel/json.ts';
import type { AuditEntry } from '../../protocol/audit.ts';
import { exportFormatField, exportOrganizationField } from '../exports.ts';
import { fromTimeOrUndefined, idField, jsonObjectField, timeField, timeInputField, toTime } from '../fields.ts';
import { pageQuery } from '../paging.ts';

const ACTION_CHARS_MAX = 100;

const filterFields = {
  actor_id: idField.optional().describe('A person’s or a management key’s.'),
  action: z.string().min(1).max(ACTION_CHARS_MAX).optional().describe('An operation of this API, such as `createKey`.'),
  target_id: idField.optional(),
  from: timeInputField.optional(),
  to: timeInputField.optional().describe('Not included.'),
};

export const auditQuery = z.strictObject({
  ...filterFields,
  ...pageQuery,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('`next_cursor` of the page before.'),
});

export const auditExportQuery = z.strictObject({
  ...filterFields,
  format: exportFormatField.default('jsonl'),
  organization_id: exportOrganizationField,
});

export const auditVerifyQuery = z.strictObject({
  noted: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/)
    .transform((text) => {
      const [sequence = '', digest = ''] = text.split(':');
      return { sequence: Number(sequence), digest };
    })
    .optional()
    .describe('The head of an earlier answer, as `<sequence>:<digest>`: the log has to go on from there.'),
});

/** One act. */
export const auditActSchema = z.strictObject({
  id: z.string(),
  sequence: z.int().positive(),
  at: timeField,
  organization_id: z.string().optional().describe('Missing for what is the installation’s.'),
  actor_kind: z.enum(['installation', 'person', 'management_key', 'anonymous']),
  actor_id: z.string().optional(),
  action: z.string(),
  outcome: z.enum(['done', 'refused', 'failed', 'unknown']).describe('`unknown`: the hub stopped before it was over.'),
  error_code: z.string().optional(),
  target_kind: z.string().optional(),
  target_id: z.string().optional(),
  before: jsonObjectField.optional().describe('Secrets and what says who somebody is are left out.'),
  after: jsonObjectField.optional(),
  request_id: z.string().optional(),
  address: z.string().optional(),
  user_agent: z.string().optional(),
});

export const auditVerdictSchema = z.strictObject({
  intact: z.boolean(),
  entries: z.int().nonnegative(),
  differences: z.array(z.strictObject({ sequence: z.int(), what: z.string() })),
  head: z
    .strictObject({ sequence: z.int().nonnegative(), digest: z.string() })
    .describe('Note it elsewhere: a log that was put back as a whole to an older state shows by it alone.'),
});

type Act = { readonly begun: AuditEntry; readonly ended: AuditEntry | undefined };

export function toAuditAct({ begun, ended }: Act): z.output<typeof auditActSchema> {
  return {
    id: begun.actId,
    sequence: begun.sequence,
    at: toTime(begun.at),
    organization_id: begun.organizationId,
    actor_kind: begun.actorKind,
    actor_id: ended?.actorId ?? begun.actorId,
    action: begun.action,
    outcome: ended?.outcome ?? 'unknown',
    error_code: ended?.errorCode,
    target_kind: ended?.targetKind,
    target_id: ended?.targetId,
    before: valuesOf(ended?.before),
    after: valuesOf(ended?.after),
    request_id: begun.requestId,
    address: begun.address,
    user_agent: begun.userAgent,
  };
}

function valuesOf(text: string | undefined): z.output<typeof jsonObjectField> | undefined {
  if (text === undefined) return undefined;
  const value: unknown = parseJson(text);
  return jsonObjectField.parse(isJsonObject(value as JsonObject) ? value : {});
}

export function toAuditFilter(query: z.output<typeof auditExportQuery> | z.output<typeof auditQuery>) {
  return {
    actorId: query.actor_id,
    action: query.action,
    targetId: query.target_id,
    fromMs: fromTimeOrUndefined(query.from),
    toMs: fromTimeOrUndefined(query.to),
  };
}

/** The columns of an export as CSV. */
export const AUDIT_COLUMNS = [
  'sequence',
  'at',
  'organization_id',
  'actor_kind',
  'actor_id',
  'action',
  'outcome',
  'error_code',
  'target_kind',
  'target_id',
  'before',
  'after',
  'request_id',
  'address',
  'user_agent',
] as const;
