import { timingSafeEqual } from 'node:crypto';
import type { ControlServices } from '../controlplane/services.ts';
import { createAccess } from '../identity/access.ts';
import type { LastUsed } from '../identity/last-used.ts';
import { createClientAddress, isWithinNetworks } from './client-address.ts';
import type { Core } from './core.ts';
import { createPublicAddress } from './public-address.ts';

/** Who calls the control plane, from where, and what they may do there. */
export type CallerServices = Pick<ControlServices, 'access' | 'reachedAt' | 'clientAddress'>;

/** @param controlToken the token by which the command line on this machine speaks to the hub */
export function composeAccess(core: Core, controlToken: string, lastUsed: Pick<LastUsed, 'note'>): CallerServices {
  const { settings } = core;
  const expected = Buffer.from(controlToken);
  const publicAddress = createPublicAddress({ ...settings, isTls: settings.tls.kind !== 'off' });
  return {
    access: createAccess({
      store: core.store.access,
      adminTokens: core.adminTokens,
      isControlToken: (token) => {
        const presented = Buffer.from(token);
        return presented.length === expected.length && timingSafeEqual(presented, expected);
      },
      hashKey: core.hashKey,
      isWithin: isWithinNetworks,
      defaultTenant: core.tenant,
      noteKeyUse: lastUsed.note,
      now: core.clock.now,
    }),
    reachedAt: (request) => {
      const { origin, protocol } = new URL(publicAddress(request));
      return { origin, isSecure: protocol === 'https:' };
    },
    clientAddress: createClientAddress(settings.trustedProxies),
  };
}
