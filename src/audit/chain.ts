import { createHmac, hkdfSync } from 'node:crypto';
import type { AuditEntry } from '../protocol/audit.ts';

const KEY_BYTES = 32;
const KEY_PURPOSE = 'aigne-hub audit chain';

/** The digests of the audit log. Without the hub's secret nobody can make an entry that fits. */
export type AuditDigests = {
  readonly ofEntry: (entry: Omit<AuditEntry, 'digest'>) => string;
  /** Covers where an act came from; `undefined` where nothing is known of it. */
  readonly ofOrigin: (
    actId: string,
    origin: { readonly address: string | undefined; readonly userAgent: string | undefined },
  ) => string | undefined;
};

/**
 * Keys the digests with a secret of their own, derived from one that the hub has (HKDF, RFC 5869): a copy of the store,
 * or write access to it, is not enough to forge or mend the chain.
 */
export function createAuditDigests(secret: Uint8Array): AuditDigests {
  const key = Buffer.from(hkdfSync('sha256', secret, '', KEY_PURPOSE, KEY_BYTES));
  const digest = (parts: readonly (string | number | undefined)[]): string => {
    const hmac = createHmac('sha256', key);
    // Each part is preceded by its length, and what is missing differs from what is empty.
    for (const part of parts) {
      const text = part === undefined ? '-' : `+${part}`;
      hmac.update(`${Buffer.byteLength(text)}:`).update(text);
    }
    return hmac.digest('hex');
  };
  return {
    ofOrigin: (actId, { address, userAgent }) =>
      address === undefined && userAgent === undefined ? undefined : digest(['origin', actId, address, userAgent]),
    ofEntry: (entry) =>
      digest([
        'entry',
        entry.sequence,
        entry.id,
        entry.actId,
        entry.phase,
        entry.at,
        entry.organizationId,
        entry.actorKind,
        entry.actorId,
        entry.action,
        entry.targetKind,
        entry.targetId,
        entry.outcome,
        entry.errorCode,
        entry.before,
        entry.after,
        entry.requestId,
        entry.originDigest,
        entry.previousDigest,
      ]),
  };
}
