import { createKeyedDigest } from '../kernel/keyed-digest.ts';
import type { DigestOfSeal, SealStore } from './ports.ts';

const PURPOSE = 'aigne-hub ledger chain';
/** Entries in one seal. */
const SEAL_MAX = 1000;

/** Digests of seals, each of which covers its entries whole and the seal before. */
export function createSealDigest(secret: Uint8Array): DigestOfSeal {
  const digest = createKeyedDigest(secret, PURPOSE);
  return ({ number, previousDigest, entries }) =>
    digest([
      number,
      previousDigest,
      ...entries.flatMap((entry) => [
        entry.id,
        entry.organizationId,
        entry.accountId,
        entry.grantId,
        entry.kind,
        entry.amountNano,
        entry.chargeId,
        entry.at,
        entry.actorId,
        entry.reason,
      ]),
    ]);
}

/** Seals everything that waits. */
export async function sealWaiting(store: SealStore, digestOf: DigestOfSeal, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const sealed = await store.sealNext(SEAL_MAX, digestOf);
    if (sealed < SEAL_MAX) return;
  }
}
