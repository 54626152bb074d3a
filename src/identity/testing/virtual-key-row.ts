import { PLAIN_KEY, type VirtualKeyRow } from '../../protocol/configuration.ts';

/** A virtual key as it lies in the store, with what a test cares about. */
export function virtualKeyRow(given: Partial<VirtualKeyRow> & Pick<VirtualKeyRow, 'hash'>): VirtualKeyRow {
  return {
    ...PLAIN_KEY,
    organizationId: 'org_1',
    projectId: 'proj_1',
    id: 'vk_1',
    name: 'first',
    masked: 'sk-hub-ab…wxyz',
    allowedModels: undefined,
    refusesLosses: false,
    enabled: true,
    expiresAt: undefined,
    revokedAt: undefined,
    createdAt: 0,
    lastUsedAt: undefined,
    source: 'store',
    ...given,
  };
}
