import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';

import type { ProjectReader, VirtualKeyStore } from './ports.ts';
import { unlimitedKey } from './unlimited-key.ts';
import { createVirtualKey, type HashKey, type RandomBytes } from './virtual-key.ts';

/** Under this name the calls of visitors stand in keys, usage and requests. */
export const GUEST_KEY_NAME = 'Guest playground';

/** The key that visitors’ calls are made with. */
export type GuestKey = {
  /**
   * The id of a key in the organization's default project: the one given while it counts there, else a new one, whose
   * secret is thrown away. @throws GatewayError `request.invalid` where there is no such organization
   */
  readonly ensure: (organizationId: string, keyId: string | undefined) => Promise<string>;
};

export function createGuestKey(input: {
  readonly store: Pick<VirtualKeyStore, 'get' | 'list' | 'insert'>;
  readonly projects: Pick<ProjectReader, 'list'>;
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): GuestKey {
  const { store, projects, hashKey, newId, randomBytes, now } = input;
  return {
    ensure: async (organizationId, keyId) => {
      const present = keyId === undefined ? undefined : await store.get({ organizationId }, keyId);
      if (present !== undefined && present.revokedAt === undefined) return present.id;
      const project = (await projects.list({ organizationId })).find(({ isDefault }) => isDefault);
      if (project === undefined) throw noSuchOrganization();
      const place = { organizationId, projectId: project.id };
      const isTaken = (await store.list(place)).some(
        (key) => key.name === GUEST_KEY_NAME && key.revokedAt === undefined,
      );
      const id = newId('vk');
      const secret = createVirtualKey(randomBytes);
      const name = isTaken ? `${GUEST_KEY_NAME} ${id.slice(-6)}` : GUEST_KEY_NAME;
      await store.insert(place, unlimitedKey(place, { id, name, createdAt: now() }, { secret, hashKey }));
      return id;
    },
  };
}

function noSuchOrganization(): GatewayError {
  return unfit('guest_playground.organization_id', 'There is no such organization.');
}
