import { randomBytes } from 'node:crypto';
import { createThrottle, type ThrottleRule } from '../identity/throttle.ts';
import { createKeyedDigest, type KeyedDigest } from '../kernel/keyed-digest.ts';
import { addressBlock } from '../kernel/networks.ts';
import type { OwedGrants } from '../ledger/owed-grants.ts';
import { createRedemptionCodes, type RedemptionCodes } from '../ledger/redemption-codes.ts';
import type { Core } from './core.ts';

const HOUR_MS = 3_600_000;
/** Whoever has many codes is stopped later than whoever guesses would need. */
const OF_ORGANIZATION: ThrottleRule = { name: 'redemption organization', limit: 30, windowMs: HOUR_MS };
/** Organizations are made by who signs up, so that they alone are no bound. */
const FROM_ADDRESS: ThrottleRule = { name: 'redemption address', limit: 60, windowMs: HOUR_MS };

/** Tells redemption codes apart without saying what they are. */
export function createCodeDigest(secret: Uint8Array): KeyedDigest {
  return createKeyedDigest(secret, 'aigne-hub redemption codes');
}

/** Joins redemption codes to the ledger and to the limits on guessing. */
export function redemptionCodesOf(core: Core, grants: OwedGrants): RedemptionCodes {
  const { store, hashKey, codeDigest, newId, clock } = core;
  const throttle = createThrottle({ store: store.throttles, hashKey, now: clock.now });
  return createRedemptionCodes({
    store: store.redemptionCodes,
    digest: codeDigest,
    grants,
    countTry: async ({ organizationId, address }) => {
      if (address !== undefined) await throttle.take(FROM_ADDRESS, addressBlock(address));
      await throttle.take(OF_ORGANIZATION, organizationId);
    },
    randomBytes,
    newId,
    now: clock.now,
  });
}
