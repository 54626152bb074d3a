import { z } from 'zod';
import type { KeyChange, NewKey } from '../../identity/keys.ts';
import { CACHE_SECONDS_MAX, CACHE_SECONDS_MIN } from '../../protocol/cached-answer.ts';
import type { VirtualKeyRow } from '../../protocol/configuration.ts';
import {
  allowedAddressesField,
  allowedOriginsField,
  fromTime,
  fromTimeOrUndefined,
  idField,
  modelField,
  nameField,
  namesOneOwner,
  ONE_OWNER,
  ownerFields,
  revisionField,
  sourceField,
  timeField,
  timeInputField,
  toOwner,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { pageQuery } from '../paging.ts';

const ALLOWED_MODELS_MAX = 1000;

export const allowedModelsField = z
  .array(modelField)
  .min(1)
  .max(ALLOWED_MODELS_MAX)
  .describe('Public names or `provider/model` patterns; `*` stands for any characters.');

const refusesLossesField = z
  .boolean()
  .describe('Requests are refused with 422 rather than lose anything in translation.');

const cacheSecondsField = z
  .int()
  .min(CACHE_SECONDS_MIN)
  .max(CACHE_SECONDS_MAX)
  .describe('For how long answers are given again to who asks for the same.');

/** A virtual key as it may be shown. */
export const keySchema = z.strictObject({
  id: z.string(),
  project_id: z.string(),
  member_id: z.string().optional().describe('Whose key it is; missing: a service account’s or the project’s.'),
  service_account_id: z.string().optional(),
  name: z.string(),
  masked: z.string(),
  state: z.enum(['active', 'disabled', 'expired', 'revoked']),
  allowed_models: z.array(z.string()).optional().describe('Missing: all models.'),
  allowed_addresses: z.array(z.string()).optional().describe('Missing: from anywhere.'),
  allowed_origins: z.array(z.string()).optional().describe('Missing: not from web pages.'),
  refuses_losses: refusesLossesField,
  cache_seconds: cacheSecondsField.optional().describe('Missing: only where a request asks for it.'),
  enabled: z.boolean(),
  expires_at: timeField.optional(),
  revoked_at: timeField.optional(),
  previous_until: timeField.optional().describe('Until when the secret before the last rotation counts.'),
  created_at: timeField,
  last_used_at: timeField.optional(),
  source: sourceField,
  revision: revisionField,
});

export const createdKeySchema = z.strictObject({
  key: keySchema,
  secret: z.string().describe('Shown this once; the hub keeps only a hash.'),
});

export const keyParams = z.strictObject({ key_id: idField });
export const keysQuery = z.strictObject({ ...pageQuery, project_id: idField.optional() });

export const newKeySchema = z
  .strictObject({
    name: nameField,
    project_id: idField.optional().describe('Missing: the organization’s default project.'),
    ...ownerFields,
    allowed_models: allowedModelsField.optional(),
    allowed_addresses: allowedAddressesField.optional(),
    allowed_origins: allowedOriginsField.optional(),
    refuses_losses: refusesLossesField.optional(),
    cache_seconds: cacheSecondsField.optional(),
    expires_at: timeInputField.optional(),
  })
  .refine(namesOneOwner, ONE_OWNER)
  .meta({ examples: [{ name: 'website', allowed_models: ['openai/*'], allowed_addresses: ['203.0.113.0/24'] }] });

export const keyChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    enabled: z.boolean().optional(),
    refuses_losses: refusesLossesField.optional(),
    allowed_models: allowedModelsField.nullable().optional().describe('`null` allows all models.'),
    allowed_addresses: allowedAddressesField.nullable().optional().describe('`null`: from anywhere.'),
    allowed_origins: allowedOriginsField.nullable().optional().describe('`null`: not from web pages.'),
    cache_seconds: cacheSecondsField.nullable().optional().describe('`null`: only where a request asks for it.'),
    expires_at: timeInputField.nullable().optional().describe('`null`: never.'),
  })
  .meta({ examples: [{ enabled: false }] });

/** `nowMs` decides whether the key has expired. */
export function toKey(row: VirtualKeyRow, nowMs: number): z.output<typeof keySchema> {
  return {
    id: row.id,
    project_id: row.projectId,
    member_id: row.memberId,
    service_account_id: row.serviceAccountId,
    name: row.name,
    masked: row.masked,
    state: stateOf(row, nowMs),
    allowed_models: row.allowedModels === undefined ? undefined : [...row.allowedModels],
    allowed_addresses: row.allowedAddresses === undefined ? undefined : [...row.allowedAddresses],
    allowed_origins: row.allowedOrigins === undefined ? undefined : [...row.allowedOrigins],
    refuses_losses: row.refusesLosses,
    cache_seconds: row.cacheSeconds,
    enabled: row.enabled,
    expires_at: toTimeOrUndefined(row.expiresAt),
    revoked_at: toTimeOrUndefined(row.revokedAt),
    previous_until: toPreviousUntil(row.previousUntil, nowMs),
    created_at: toTime(row.createdAt),
    last_used_at: toTimeOrUndefined(row.lastUsedAt),
    source: row.source,
    revision: row.revision,
  };
}

/** An overlap that is over is not worth a word. */
export function toPreviousUntil(previousUntil: number | undefined, nowMs: number): string | undefined {
  return previousUntil === undefined || previousUntil <= nowMs ? undefined : toTime(previousUntil);
}

function stateOf(row: VirtualKeyRow, nowMs: number): z.output<typeof keySchema>['state'] {
  if (row.revokedAt !== undefined) return 'revoked';
  if (row.expiresAt !== undefined && row.expiresAt <= nowMs) return 'expired';
  return row.enabled ? 'active' : 'disabled';
}

export function toNewKey(body: z.output<typeof newKeySchema>): NewKey {
  return {
    projectId: body.project_id,
    owner: toOwner(body),
    name: body.name,
    allowedModels: body.allowed_models,
    refusesLosses: body.refuses_losses ?? false,
    expiresAt: fromTimeOrUndefined(body.expires_at),
    allowedAddresses: body.allowed_addresses,
    allowedOrigins: body.allowed_origins,
    cacheSeconds: body.cache_seconds,
  };
}

/** Only what was sent is in the change: a field set to `undefined` would read as a wish to clear it. */
export function toKeyChange(body: z.output<typeof keyChangeSchema>): KeyChange {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
    ...(body.refuses_losses === undefined ? {} : { refusesLosses: body.refuses_losses }),
    ...(body.allowed_models === undefined ? {} : { allowedModels: body.allowed_models }),
    ...(body.allowed_addresses === undefined ? {} : { allowedAddresses: body.allowed_addresses }),
    ...(body.allowed_origins === undefined ? {} : { allowedOrigins: body.allowed_origins }),
    ...(body.cache_seconds === undefined ? {} : { cacheSeconds: body.cache_seconds }),
    ...(body.expires_at === undefined
      ? {}
      : { expiresAt: body.expires_at === null ? null : fromTime(body.expires_at) }),
  };
}
