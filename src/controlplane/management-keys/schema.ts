import { z } from 'zod';
import {
  MANAGEMENT_KEY_SCOPES,
  type ManagementKeyChange,
  type NewManagementKey,
} from '../../identity/management-keys.ts';
import type { ManagementKey } from '../../protocol/people.ts';
import {
  allowedAddressesField,
  fromTime,
  fromTimeOrUndefined,
  idField,
  nameField,
  namesOneOwner,
  ONE_OWNER,
  ownerFields,
  revisionField,
  timeField,
  timeInputField,
  toOwner,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { toPreviousUntil } from '../keys/schema.ts';

const scopesField = z
  .array(z.enum(MANAGEMENT_KEY_SCOPES))
  .min(1)
  .max(MANAGEMENT_KEY_SCOPES.length)
  .describe('What it may do, of what its owner’s role allows.');

/** A management key as it may be shown. */
export const managementKeySchema = z.strictObject({
  id: z.string(),
  member_id: z.string().optional().describe('Whose key it is; missing: a service account’s.'),
  service_account_id: z.string().optional(),
  name: z.string(),
  masked: z.string(),
  state: z.enum(['active', 'expired', 'revoked']),
  scopes: z.array(z.string()),
  allowed_addresses: z.array(z.string()).optional().describe('Missing: from anywhere.'),
  expires_at: timeField.optional(),
  revoked_at: timeField.optional(),
  previous_until: timeField.optional().describe('Until when the secret before the last rotation counts.'),
  created_at: timeField,
  last_used_at: timeField.optional().describe('To the minute.'),
  revision: revisionField,
});

export const madeManagementKeySchema = z.strictObject({
  management_key: managementKeySchema,
  secret: z.string().describe('Shown this once; the hub keeps only a hash.'),
});

export const managementKeyParams = z.strictObject({ management_key_id: idField });

export const newManagementKeySchema = z
  .strictObject({
    name: nameField,
    ...ownerFields,
    scopes: scopesField,
    allowed_addresses: allowedAddressesField.optional(),
    expires_at: timeInputField.optional(),
  })
  .refine(namesOneOwner, ONE_OWNER)
  .meta({ examples: [{ name: 'deployment', scopes: ['keys.read', 'keys.write'], allowed_addresses: ['10.0.0.0/8'] }] });

export const managementKeyChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    scopes: scopesField.optional(),
    allowed_addresses: allowedAddressesField.nullable().optional().describe('`null`: from anywhere.'),
    expires_at: timeInputField.nullable().optional().describe('`null`: never.'),
  })
  .meta({ examples: [{ scopes: ['keys.read'] }] });

/** `nowMs` decides whether the key has expired. */
export function toManagementKey(key: ManagementKey, nowMs: number): z.output<typeof managementKeySchema> {
  const isExpired = key.expiresAt !== undefined && key.expiresAt <= nowMs;
  return {
    id: key.id,
    member_id: key.memberId,
    service_account_id: key.serviceAccountId,
    name: key.name,
    masked: key.masked,
    state: key.revokedAt !== undefined ? 'revoked' : isExpired ? 'expired' : 'active',
    scopes: [...key.scopes],
    allowed_addresses: key.allowedAddresses === undefined ? undefined : [...key.allowedAddresses],
    expires_at: toTimeOrUndefined(key.expiresAt),
    revoked_at: toTimeOrUndefined(key.revokedAt),
    previous_until: toPreviousUntil(key.previousUntil, nowMs),
    created_at: toTime(key.createdAt),
    last_used_at: toTimeOrUndefined(key.lastUsedAt),
    revision: key.revision,
  };
}

export function toNewManagementKey(body: z.output<typeof newManagementKeySchema>): NewManagementKey {
  return {
    owner: toOwner(body),
    name: body.name,
    scopes: body.scopes,
    allowedAddresses: body.allowed_addresses,
    expiresAt: fromTimeOrUndefined(body.expires_at),
  };
}

/** Only what was sent is in the change: a field set to `undefined` would read as a wish to clear it. */
export function toManagementKeyChange(body: z.output<typeof managementKeyChangeSchema>): ManagementKeyChange {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.scopes === undefined ? {} : { scopes: body.scopes }),
    ...(body.allowed_addresses === undefined ? {} : { allowedAddresses: body.allowed_addresses }),
    ...(body.expires_at === undefined
      ? {}
      : { expiresAt: body.expires_at === null ? null : fromTime(body.expires_at) }),
  };
}
