import { z } from 'zod';
import type { IdentityOverrideRow } from '../../protocol/configuration.ts';
import { idField, modelField, sourceField } from '../fields.ts';

export const identityOverrideSchema = z.strictObject({
  id: z.string(),
  provider_id: z.string(),
  upstream_model: z.string(),
  canonical_model: z.string().describe('The bare name under which callers reach it.'),
  source: sourceField,
});

export const identityOverrideParams = z.strictObject({ override_id: idField });

export const newIdentityOverrideSchema = z
  .strictObject({
    provider_id: idField,
    upstream_model: modelField,
    canonical_model: modelField,
  })
  .meta({
    examples: [{ provider_id: 'openrouter', upstream_model: 'vendor/sonnet', canonical_model: 'claude-sonnet-4-5' }],
  });

export function toIdentityOverride(row: IdentityOverrideRow): z.output<typeof identityOverrideSchema> {
  return {
    id: row.id,
    provider_id: row.providerId,
    upstream_model: row.upstreamModel,
    canonical_model: row.canonicalModel,
    source: row.source,
  };
}
