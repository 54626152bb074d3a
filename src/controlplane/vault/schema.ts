import { z } from 'zod';
import type { VaultStatus } from '../../vault/rotation-service.ts';
import { countField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';

export const vaultSchema = z.strictObject({
  current_version: z.int().describe('The version of the master key that new secrets are sealed under.'),
  versions: z.array(
    z.strictObject({
      version: z.int(),
      fingerprint: z.string(),
      created_at: timeField,
      retired_at: timeField.optional().describe('From then on its key is needed no more.'),
    }),
  ),
  undecryptable: countField.describe('Secrets that no key at hand opens.'),
  rotation: z.strictObject({
    state: z.enum(['idle', 'running', 'failed']),
    rewrapped: countField,
    remaining: countField,
    error: z.string().optional(),
  }),
});

export function toVault(status: VaultStatus): z.output<typeof vaultSchema> {
  return {
    current_version: status.currentVersion,
    versions: status.versions.map((version) => ({
      version: version.version,
      fingerprint: version.fingerprint,
      created_at: toTime(version.createdAt),
      retired_at: toTimeOrUndefined(version.retiredAt),
    })),
    undecryptable: status.undecryptable,
    rotation: { ...status.rotation },
  };
}
