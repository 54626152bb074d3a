import { z } from 'zod';
import type { VirtualKeyRow } from '../../protocol/configuration.ts';
import {
  fromTime,
  idField,
  modelField,
  nameField,
  sourceField,
  timeField,
  timeInputField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import type { KeyChange } from '../services.ts';

const ALLOWED_MODELS_MAX = 1000;

const allowedModelsField = z
  .array(modelField)
  .min(1)
  .max(ALLOWED_MODELS_MAX)
  .describe('Public names or `provider/model` patterns; `*` stands for any characters.');

const refusesLossesField = z
  .boolean()
  .describe('Requests are refused with 422 rather than lose anything in translation.');

/** A virtual key as it may be shown. */
export const keySchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  masked: z.string(),
  state: z.enum(['active', 'disabled', 'expired', 'revoked']),
  allowed_models: z.array(z.string()).optional().describe('Missing: all models.'),
  refuses_losses: refusesLossesField,
  enabled: z.boolean(),
  expires_at: timeField.optional(),
  revoked_at: timeField.optional(),
  created_at: timeField,
  last_used_at: timeField.optional(),
  source: sourceField,
});

export const createdKeySchema = z.strictObject({
  key: keySchema,
  secret: z.string().describe('Shown this once; the hub keeps only a hash.'),
});

export const keyParams = z.strictObject({ key_id: idField });

export const newKeySchema = z.strictObject({
  name: nameField,
  allowed_models: allowedModelsField.optional(),
  refuses_losses: refusesLossesField.optional(),
  expires_at: timeInputField.optional(),
});

export const keyChangeSchema = z.strictObject({
  name: nameField.optional(),
  enabled: z.boolean().optional(),
  refuses_losses: refusesLossesField.optional(),
  allowed_models: allowedModelsField.nullable().optional().describe('`null` allows all models.'),
  expires_at: timeInputField.nullable().optional().describe('`null`: never.'),
});

/** `nowMs` decides whether the key has expired. */
export function toKey(row: VirtualKeyRow, nowMs: number): z.output<typeof keySchema> {
  return {
    id: row.id,
    name: row.name,
    masked: row.masked,
    state: stateOf(row, nowMs),
    allowed_models: row.allowedModels === undefined ? undefined : [...row.allowedModels],
    refuses_losses: row.refusesLosses,
    enabled: row.enabled,
    expires_at: toTimeOrUndefined(row.expiresAt),
    revoked_at: toTimeOrUndefined(row.revokedAt),
    created_at: toTime(row.createdAt),
    last_used_at: toTimeOrUndefined(row.lastUsedAt),
    source: row.source,
  };
}

function stateOf(row: VirtualKeyRow, nowMs: number): z.output<typeof keySchema>['state'] {
  if (row.revokedAt !== undefined) return 'revoked';
  if (row.expiresAt !== undefined && row.expiresAt <= nowMs) return 'expired';
  return row.enabled ? 'active' : 'disabled';
}

/** Only what was sent is in the change: a field set to `undefined` would read as a wish to clear it. */
export function toKeyChange(body: z.output<typeof keyChangeSchema>): KeyChange {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
    ...(body.refuses_losses === undefined ? {} : { refusesLosses: body.refuses_losses }),
    ...(body.allowed_models === undefined ? {} : { allowedModels: body.allowed_models }),
    ...(body.expires_at === undefined
      ? {}
      : { expiresAt: body.expires_at === null ? null : fromTime(body.expires_at) }),
  };
}
