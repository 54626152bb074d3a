import { describe, expect, test } from 'vitest';
import { nanoCredits, nanoUsd, usdPerMillion } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { compileRateCard } from '../metering/compile-rate-card.ts';
import { priceLine } from '../metering/price-line.ts';
import { settleCall } from '../metering/settle-call.ts';
import { createLogger } from '../observability/logger.ts';
import { BROKEN_STREAM_POLICIES } from '../protocol/broken-streams.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { outcome } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { describeTerms } from './price-terms.ts';
import { endStrayHolds } from './stray-holds.ts';

/** A process that died between a call's record and its charge: whoever comes after charges what it would have charged. */

const ACCOUNT = 'organization/org_default';
const HELD = 5_000n;
const FALLBACK = 70n;
const CARD: RateCard = {
  id: 'rc_1',
  providerId: 'openai',
  model: 'gpt-example',
  version: 1,
  source: 'operator',
  effectiveFrom: 0,
  prices: [priceLine('input', usdPerMillion('0.001')), priceLine('output', usdPerMillion('0.01'))],
};
const TERMS = {
  cost: compileRateCard(CARD),
  creditPrice: nanoUsd(1_000_000_000n),
  marginMillionths: 0,
  list: undefined,
  isBelowCostAllowed: false,
  ruleId: undefined,
};
const USED = { ...NO_USAGE, inputTokens: 100, outputTokens: 50 };
const ENDINGS: readonly Partial<UsageRecord>[] = [
  { status: 'success' },
  { status: 'client_closed', deliveredTokens: 20 },
  { status: 'client_closed', deliveredTokens: 0 },
  { status: 'cut', deliveredTokens: 0, usageBasis: 'estimated' },
  { status: 'timeout', deliveredTokens: 3 },
  { status: 'interrupted', deliveredTokens: 1, usageBasis: 'estimated' },
  // Written before there were policies.
  { status: 'interrupted', usageBasis: 'estimated' },
];

describe.each(TEST_ENGINES)('on $kind', (engine) => {
  describe.skipIf(engine.skip).each(BROKEN_STREAM_POLICIES)('%s', (brokenStreams) => {
    const terms = { ...TERMS, brokenStreams };

    /** Ends the holds of calls with such records; the charge of each, in their order. */
    async function chargesOf(records: readonly Partial<UsageRecord>[]) {
      const store = await freshStore(engine);
      await store.rateCards.insert([CARD]);
      const ledger = new Ledger({
        store: store.ledger,
        overloaded: () => new Error('too much at once'),
      });
      await ledger.do(giveGrant('gr_1', 1_000_000n));
      const outcomes = records.map((record, index) => outcome(index, { usage: USED, ...record }));
      for (const { usage } of outcomes) {
        const held = { path: [ACCOUNT], terms: describeTerms(terms), fallbackNano: nanoCredits(FALLBACK) } as const;
        await ledger.do(placeHold(usage.id, HELD, held));
      }
      await store.records.commit(outcomes);
      const logger = createLogger({ level: 'silent', instanceId: 'inst_1' });
      await endStrayHolds({ store, ledger, logger });
      // A second look finds nothing that is left to do.
      await endStrayHolds({ store, ledger, logger });
      const scope = { organizationId: 'org_default' };
      return await Promise.all(outcomes.map(({ usage: { id } }) => store.ledgerReader.charge(scope, id)));
    }

    test('each call is charged as it would have been', async () => {
      const charges = await chargesOf(ENDINGS);
      const expected = ENDINGS.map(({ usageBasis = 'reported', deliveredTokens }) => {
        const call = { usage: USED, at: 0 };
        return settleCall(terms, { call, usageBasis, operation: 'chat', deliveredTokens });
      });
      expect(charges.map((found) => found?.charge.amountNano)).toEqual(expected.map(({ priceNano }) => priceNano));
      for (const [index, { broken }] of expected.entries()) {
        expect(charges[index]?.charge.basis.includes(brokenStreams)).toBe(broken !== undefined);
      }
    });

    test('a picture of which nothing is known pays for what went in, unless that is waived', async () => {
      const unheard = { operation: 'images', usage: NO_USAGE, usageBasis: 'estimated', status: 'interrupted' } as const;
      const charges = await chargesOf([
        { ...unheard, deliveredTokens: 0 },
        { ...unheard, deliveredTokens: 2 },
      ]);
      const isWaiving = brokenStreams === 'waive-if-nothing-delivered';
      expect(charges.map((found) => found?.charge.amountNano)).toEqual([isWaiving ? 0n : FALLBACK, FALLBACK]);
    });

    test('a film that may have been begun pays for all of it, unless only what arrives is charged', async () => {
      const unheard = { operation: 'videos', usage: NO_USAGE, usageBasis: 'estimated', status: 'interrupted' } as const;
      const charges = await chargesOf([{ ...unheard, deliveredTokens: 0 }]);
      const amountNano = brokenStreams === 'bill-provider-usage' ? FALLBACK : 0n;
      expect(charges[0]?.charge).toMatchObject({ state: 'estimated', amountNano });
    });
  });
});
