import { PLAIN_KEY, type VirtualKeyRow } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { type HashKey, maskSecret } from './virtual-key.ts';

/** A new key that is its project's and that nothing limits but what the project is limited to. */
export function unlimitedKey(
  place: Tenant,
  key: { readonly id: string; readonly name: string; readonly createdAt: number },
  { secret, hashKey }: { readonly secret: string; readonly hashKey: HashKey },
): VirtualKeyRow {
  return {
    ...PLAIN_KEY,
    ...place,
    ...key,
    hash: hashKey(secret),
    masked: maskSecret(secret),
    allowedModels: undefined,
    refusesLosses: false,
    enabled: true,
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
    source: 'store',
  };
}
