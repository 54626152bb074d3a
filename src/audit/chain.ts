import { createKeyedDigest } from '../kernel/keyed-digest.ts';
import type { AuditEntry } from '../protocol/audit.ts';

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

/** Keys the digests with a secret of their own, so that nobody else can forge or mend the chain. */
export function createAuditDigests(secret: Uint8Array): AuditDigests {
  const digest = createKeyedDigest(secret, KEY_PURPOSE);
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
