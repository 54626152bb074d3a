import { randomBytes } from 'node:crypto';
import { createIdempotency } from '../../identity/idempotency.ts';
import { createKeyService } from '../../identity/keys.ts';
import { createManagementKeyService } from '../../identity/management-keys.ts';
import {
  memoryIdempotency,
  memoryManagementKeys,
  memoryProjects,
  memoryVirtualKeys,
} from '../../identity/testing/memory-stores.ts';
import { createKeyHasher } from '../../identity/virtual-key.ts';
import { createVisibleProjects } from '../../identity/visible-projects.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** The real services of keys, on stores in memory. Hashes begin with a word that no answer may hold. */
export function identityServices(
  state: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'keys' | 'managementKeys' | 'visibleProjects' | 'idempotency'> {
  const hash = createKeyHasher(Buffer.alloc(32, 1));
  const hashKey = (secret: string): string => `f00d${hash(secret)}`;
  const shared = { hashKey, newId, randomBytes, now: () => TEST_NOW };
  const owners = { has: async () => true };
  const visibleProjects = createVisibleProjects(memoryProjects(state.projects));
  return {
    visibleProjects,
    keys: createKeyService({ store: memoryVirtualKeys(state.keys), projects: visibleProjects, owners, ...shared }),
    managementKeys: createManagementKeyService({
      store: memoryManagementKeys(state.managementKeys),
      owners,
      ...shared,
    }),
    idempotency: createIdempotency({
      store: memoryIdempotency(state.onceDone),
      seal: (text, rowId) => `${rowId} ${text}`,
      open: (sealed, rowId) => (sealed.startsWith(`${rowId} `) ? sealed.slice(rowId.length + 1) : undefined),
      ...shared,
    }),
  };
}
