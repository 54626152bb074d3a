import type { CreditServices } from '../controlplane/credit/credit-services.ts';
import { createCreditService } from '../ledger/credit-service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { explainCharge } from '../metering/price-call.ts';
import { isUsageSaid } from '../protocol/usage.ts';
import type { Core } from './core.ts';
import { readTerms } from './price-terms.ts';

/** Joins the ledger to the control plane. */
export function creditServices(core: Core): CreditServices {
  const { settings, store, ledger, newId, clock, sealDigest } = core;
  const credit = createCreditService({
    ledger,
    reader: store.ledgerReader,
    reviews: store.ledgerReviews,
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
  return {
    ...credit,
    charging: settings.credit,
    read: store.ledgerReader,
    explain: async ({ terms: text }, { usage, startedAt: at, made }) => {
      if (!isUsageSaid(usage)) return undefined;
      const [cards, rules] = await Promise.all([store.rateCards.list(), store.priceRules.list()]);
      const terms = readTerms(text, { cards, rules });
      return terms && explainCharge(terms, { usage, at, ...made });
    },
    verify: (noted) => verifyLedger(store.ledgerProof, sealDigest, noted),
  };
}
