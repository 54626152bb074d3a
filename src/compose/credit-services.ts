import type { CreditServices } from '../controlplane/credit/credit-services.ts';
import { usdToNano } from '../kernel/money.ts';
import { createCreditService } from '../ledger/credit-service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { explainCharge } from '../metering/price-call.ts';
import { settleCall } from '../metering/settle-call.ts';
import { isUsageSaid } from '../protocol/usage.ts';
import { createRevenueReport } from '../records/revenue.ts';
import type { Core } from './core.ts';
import { purchaseLinks } from './purchase-link.ts';
import { storedTerms } from './stored-terms.ts';

/** Joins the ledger to the control plane. */
export function creditServices(core: Core): CreditServices {
  const { snapshot, store, ledger, newId, clock, sealDigest } = core;
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
    charging: () => snapshot.current.charging,
    purchaseLinkOf: purchaseLinks(core),
    read: store.ledgerReader,
    starters: store.starterCredits.list,
    revenue: createRevenueReport({
      earnings: store.earnings,
      usage: store.usage,
      creditPrice: async () =>
        (await store.creditWorth.settled()) ?? usdToNano(snapshot.current.chargingTerms.priceUsd),
    }),
    explain: async ({ terms: text, used, state }, record) => {
      const { startedAt: at, operation } = record;
      // A job tells what it used after its call's record was written, and is no answer that breaks off.
      const { usage, usageBasis = 'reported', made } = used ?? record;
      const deliveredTokens = used === undefined ? record.deliveredTokens : undefined;
      if (!isUsageSaid(usage) || state === 'released') return undefined;
      const terms = await storedTerms(store, text);
      if (terms === undefined) return undefined;
      const call = { usage, at, ...made };
      const { charged, broken } = settleCall(terms, { call, usageBasis, operation, deliveredTokens });
      return { ...explainCharge(terms, charged), brokenStreams: terms.brokenStreams, broken };
    },
    verify: (noted) => verifyLedger(store.ledgerProof, sealDigest, noted),
  };
}
