import type { CreditServices } from '../controlplane/credit/credit-services.ts';
import { createCreditService } from '../ledger/credit-service.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { explainCharge } from '../metering/price-call.ts';
import { settleCall } from '../metering/settle-call.ts';
import { isUsageSaid } from '../protocol/usage.ts';
import type { Core } from './core.ts';
import { readTerms, versionsIn } from './price-terms.ts';

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
    starters: store.starterCredits.list,
    explain: async ({ terms: text }, record) => {
      const { usage, usageBasis = 'reported', startedAt: at, made, operation, deliveredTokens } = record;
      if (!isUsageSaid(usage)) return undefined;
      const { cardId, ruleId } = versionsIn(text);
      const [card, rule] = await Promise.all([
        cardId === undefined ? undefined : store.rateCards.get(cardId),
        ruleId === undefined ? undefined : store.priceRules.get(ruleId),
      ]);
      const terms = readTerms(text, { cards: card ? [card] : [], rules: rule ? [rule] : [] });
      if (terms === undefined) return undefined;
      const { charged, broken } = settleCall(terms, {
        call: { usage, at, ...made },
        usageBasis,
        operation,
        deliveredTokens,
      });
      return { ...explainCharge(terms, charged), brokenStreams: terms.brokenStreams, broken };
    },
    verify: (noted) => verifyLedger(store.ledgerProof, sealDigest, noted),
  };
}
