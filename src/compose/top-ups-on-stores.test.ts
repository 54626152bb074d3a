import { beforeEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { NO_MINOR, nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { PaymentService } from '../payments/contract.ts';
import { createPurchases, type Purchases } from '../payments/purchases.ts';
import { createTopUps, type TopUps } from '../payments/top-ups.ts';
import type { CreditSale, PaymentFacts, Purchase } from '../protocol/payments.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import type { Store } from '../storage/open-store.ts';
import { openAt, TEST_ENGINES } from '../storage/testing/stores.ts';
import { paymentLedger } from './payment-ledger.ts';
import { tellerOfStops } from './payments.ts';

/** Top-ups of two processes on one store, with a card service that a test has fail. */

const TRIGGERS = 200;
const SCOPE = { organizationId: DEFAULT_TENANT.organizationId };
const DAY_MS = 86_400_000;
const SALE: CreditSale = {
  packs: [],
  amounts: [{ currency: 'USD', creditPrice: '1', least: '5', most: '500' }],
  lastsDays: undefined,
};

type Process = { readonly purchases: Purchases; readonly topUps: TopUps };

class Scene {
  now = Date.now();
  /** What the card was charged, by purchase. */
  readonly charged = new Map<string, number>();
  bank: 'pays' | 'lost' | 'declines' = 'pays';
  readonly store: Store;
  readonly ledger: Ledger;
  readonly processes: readonly [Process, Process];
  readonly #newId = createIdMaker(() => this.now);

  constructor(store: Store, other: Store) {
    this.store = store;
    this.ledger = this.#ledgerOf(store);
    this.processes = [this.#process(store), this.#process(other)];
  }

  #ledgerOf({ ledger: store }: Store): Ledger {
    return new Ledger({ store, overloaded: () => new Error('too much at once') });
  }

  /** The same purchase is charged once, whoever asks and however often. */
  readonly #service: PaymentService & { readonly mode: 'test' } = {
    mode: 'test',
    open: () => Promise.reject(new Error('nobody pays on a page here')),
    openCardPage: async ({ setupId }) => ({ sessionId: setupId, url: 'https://pay.example' }),
    cardOf: async () => ({ customerId: 'cus_1', cardId: 'pm_1', label: 'visa …4242' }),
    read: () => {
      throw new Error('nothing is told here');
    },
    charge: (purchase) => this.#charge(purchase),
    look: (purchase) => this.#charge(purchase),
  };

  async #charge({ id, amountMinor }: Purchase): Promise<PaymentFacts> {
    // Others come to it meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.bank === 'declines') {
      return { state: 'failed', paymentId: `pi_${id}`, returnedMinor: NO_MINOR, stoppedBy: 'declined' };
    }
    this.charged.set(id, Number(amountMinor));
    if (this.bank === 'lost') throw new GatewayError('payment.refused');
    return { state: 'paid', paymentId: `pi_${id}`, returnedMinor: NO_MINOR };
  }

  #process(store: Store): Process {
    const shared = {
      accounts: { service: async () => this.#service },
      isSelling: () => true,
      sale: async () => SALE,
      newId: this.#newId,
      now: () => this.now,
      warn: () => undefined,
      tellStopped: tellerOfStops({ store, newId: this.#newId, clock: { now: () => this.now } }),
    };
    const purchases = createPurchases({
      ...shared,
      store: store.purchases,
      events: store.paymentEvents,
      notes: { write: async () => undefined },
      issuer: async () => undefined,
      stopTopUp: store.autoTopUps.stop,
      noteCard: async () => undefined,
      ledger: paymentLedger(this.#ledgerOf(store)),
    });
    return { purchases, topUps: createTopUps({ ...shared, store: store.autoTopUps, purchases }) };
  }

  async turnOn(dayMost: string): Promise<void> {
    const { topUps } = this.processes[0];
    const wanted = { method: 'stripe', enabled: true, below: '5', currency: 'USD', amount: '20' } as const;
    await topUps.set(SCOPE, { ...wanted, dayMost, setBy: 'usr_1' });
    await topUps.saveCard(SCOPE, { locale: 'en', successUrl: 'https://a.example', cancelUrl: 'https://b.example' });
    await topUps.noteCard(SCOPE);
  }

  /** As many who see at once that there is too little, in both processes. */
  async trigger(): Promise<readonly string[]> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: TRIGGERS }, (_, index) => this.processes[index % 2 === 0 ? 0 : 1].topUps.topUp(SCOPE)),
    );
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : ['failed']));
  }

  async spendAll(): Promise<void> {
    const accountId = `organization/${SCOPE.organizationId}` as const;
    const [account] = await this.store.ledgerReader.accounts(SCOPE, { accountId }, { limit: 1, afterId: undefined });
    const amountNano = account?.remainingNano ?? nanoCredits(0n);
    const by = { actorId: undefined, reason: 'used' };
    await this.ledger.do({ kind: 'withdraw', id: this.#newId('wd'), accountId, amountNano, ...by });
  }

  /** What the organization's people were told, and what of it waits to be mailed. */
  async told(): Promise<readonly unknown[]> {
    const query = { kinds: ['credit.top_up_stopped'], userId: undefined, unreadOnly: false };
    const list = await this.store.notifications.list(SCOPE, { ...query, limit: 10, beforeId: undefined });
    expect(await this.store.notifications.unmailed(10)).toHaveLength(list.length);
    return list.map(({ data }) => data['cause']);
  }

  checkDue = () => this.processes[1].purchases.checkDue(new AbortController().signal);
}

describe.each(TEST_ENGINES)('credit that is bought by itself, on $kind', (engine) => {
  let scene: Scene;
  beforeEach(async () => {
    if (engine.skip !== undefined) return;
    const location = await engine.migratedLocation();
    scene = new Scene(openAt(location), openAt(location));
  });

  test.skipIf(engine.skip !== undefined)(`is charged once for ${TRIGGERS} triggers at once`, async () => {
    await scene.turnOn('100');
    const outcomes = await scene.trigger();
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(1);
    expect([...scene.charged.values()]).toEqual([2000]);
    // Who comes now finds enough.
    expect(new Set(await scene.trigger())).toEqual(new Set(['enough']));
    expect(scene.charged.size).toBe(1);
  });

  test.skipIf(engine.skip !== undefined)(
    'is never charged beyond the most of a day, and again on the next',
    async () => {
      await scene.turnOn('50');
      for (let round = 0; round < 4; round += 1) {
        await scene.trigger();
        if (round < 3) await scene.spendAll().catch(() => undefined);
      }
      expect([...scene.charged.values()]).toEqual([2000, 2000]);
      expect(await scene.processes[0].topUps.topUp(SCOPE)).toBe('capped');
      await Promise.all(scene.processes.map(({ topUps }) => topUps.topUpLow(new AbortController().signal)));
      expect(await scene.told()).toEqual(['capped']);
      scene.now += DAY_MS + 1;
      expect(await scene.processes[0].topUps.topUp(SCOPE)).toBe('begun');
      expect(scene.charged.size).toBe(3);
    },
  );

  test.skipIf(engine.skip !== undefined)(
    'whose answer is lost stays under way, and is one charge when it is known',
    async () => {
      await scene.turnOn('100');
      scene.bank = 'lost';
      const outcomes = await scene.trigger();
      expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(1);
      expect(new Set(await scene.trigger())).toEqual(new Set(['busy']));
      scene.bank = 'pays';
      scene.now += 6 * 60_000;
      await Promise.all([scene.checkDue(), scene.checkDue()]);
      expect([...scene.charged.values()]).toEqual([2000]);
      const [grant, ...more] = await scene.store.ledgerReader.grants(
        SCOPE,
        { accountId: undefined },
        {
          limit: 10,
          afterId: undefined,
        },
      );
      expect([grant?.issuedNano, more]).toEqual([20_000_000_000n, []]);
    },
  );

  test.skipIf(engine.skip !== undefined)('ends where the card is refused, until somebody sets it again', async () => {
    await scene.turnOn('100');
    scene.bank = 'declines';
    await scene.trigger();
    expect(await scene.processes[0].topUps.get(SCOPE)).toMatchObject({ stoppedBy: 'declined', enabled: true });
    expect(new Set(await scene.trigger())).toEqual(new Set(['off']));
    await scene.checkDue();
    expect(await scene.told()).toEqual(['declined']);
    await scene.turnOn('100');
    expect(await scene.processes[0].topUps.topUp(SCOPE)).toBe('begun');
    expect(await scene.told()).toEqual(['declined', 'declined']);
    scene.bank = 'pays';
    await scene.turnOn('100');
    expect(await scene.processes[1].topUps.topUp(SCOPE)).toBe('begun');
    expect(scene.charged.size).toBe(1);
    expect(await scene.told()).toHaveLength(2);
  });

  test.skipIf(engine.skip !== undefined)(
    'is looked for by the job among those that have too little alone',
    async () => {
      await scene.turnOn('100');
      const run = () => scene.processes[0].topUps.topUpLow(new AbortController().signal);
      await run();
      await run();
      expect([...scene.charged.values()]).toEqual([2000]);
      await scene.spendAll();
      await run();
      expect(scene.charged.size).toBe(2);
    },
  );
});
