import { z } from 'zod';
import type { CredentialRow } from '../../protocol/configuration.ts';
import {
  countField,
  idField,
  nameField,
  revisionField,
  secretField,
  sourceField,
  timeField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import type { CredentialChange, NewCredential } from '../services.ts';

const WEIGHT_MAX = 1000;

const weightField = z.int().min(1).max(WEIGHT_MAX).describe('Its share of the connection’s calls.');

/** A credential as it may be shown: of its secret only the masked ends. */
export const credentialSchema = z.strictObject({
  id: z.string(),
  connection_id: z.string(),
  name: z.string(),
  masked: z.string(),
  weight: weightField,
  state: z
    .enum(['active', 'set_aside', 'disabled'])
    .describe('`set_aside`: the provider refused it; it is tried again.'),
  state_reason: z.string().optional(),
  state_changed_at: timeField.optional(),
  use_count: countField,
  last_used_at: timeField.optional(),
  last_error: z.string().optional(),
  last_error_at: timeField.optional(),
  source: sourceField,
  created_at: timeField,
  revision: revisionField,
});

export const credentialParams = z.strictObject({ credential_id: idField });

export const newCredentialSchema = z
  .strictObject({
    name: nameField.optional(),
    secret: secretField,
    weight: weightField.optional(),
  })
  .meta({ examples: [{ name: 'second', secret: 'sk-…', weight: 50 }] });

export const credentialChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    weight: weightField.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ examples: [{ weight: 50 }] });

export const newSecretSchema = z.strictObject({ secret: secretField }).meta({ examples: [{ secret: 'sk-…' }] });

export function toCredential(row: CredentialRow): z.output<typeof credentialSchema> {
  return {
    id: row.id,
    connection_id: row.connectionId,
    name: row.name,
    masked: row.masked,
    weight: row.weight,
    state: row.state,
    state_reason: row.stateReason,
    state_changed_at: toTimeOrUndefined(row.stateChangedAt),
    use_count: row.useCount,
    last_used_at: toTimeOrUndefined(row.lastUsedAt),
    last_error: row.lastError,
    last_error_at: toTimeOrUndefined(row.lastErrorAt),
    source: row.source,
    created_at: toTime(row.createdAt),
    revision: row.revision,
  };
}

export function toNewCredential(body: z.output<typeof newCredentialSchema>): NewCredential {
  return { name: body.name, secret: body.secret, weight: body.weight };
}

export function toCredentialChange(body: z.output<typeof credentialChangeSchema>): CredentialChange {
  return { name: body.name, weight: body.weight, enabled: body.enabled };
}
