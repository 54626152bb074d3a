import type { CreditServices } from '../controlplane/credit/credit-services.ts';
import { createCreditService } from '../ledger/credit-service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import type { Core } from './core.ts';

/** Joins the ledger to the control plane. */
export function creditServices({ store, ledger, newId, clock, sealDigest }: Core): CreditServices {
  const credit = createCreditService({
    ledger,
    reader: store.ledgerReader,
    newId,
    now: clock.now,
    isThere: async ({ organizationId, level, scopeId }) => {
      if ((await store.organizations.get(organizationId)) === undefined) return false;
      switch (level) {
        case 'organization':
          return scopeId === organizationId;
        case 'team':
          return (await store.teams.get(organizationId, scopeId)) !== undefined;
        case 'project':
          return (await store.projects.get(organizationId, scopeId)) !== undefined;
        case 'member':
          return (await store.members.get(organizationId, scopeId)) !== undefined;
        case 'key':
          return (await store.keys.get({ organizationId }, scopeId)) !== undefined;
      }
    },
  });
  return { ...credit, read: store.ledgerReader, verify: (noted) => verifyLedger(store.ledgerProof, sealDigest, noted) };
}
