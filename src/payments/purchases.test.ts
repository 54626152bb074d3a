import { beforeEach, describe, expect, it } from 'vitest';
import { formatCredits, minorUnits, type NanoCredits, NO_CREDITS, NO_MINOR, nanoCredits } from '../kernel/money.ts';
import type { PaymentFacts, Purchase } from '../protocol/payments.ts';
import { PaymentMismatch } from './contract.ts';
import { createPurchases, type Purchases } from './purchases.ts';
import { MemoryPayments } from './testing/memory-stores.ts';

/** Purchases on stores in memory, a service that says what a test has it say, and a ledger that may fail at each step. */

const SCOPE = { organizationId: 'org_1' };
const MINUTE_MS = 60_000;
const UNPAID: PaymentFacts = { state: 'open', paymentId: undefined, returnedMinor: NO_MINOR };
const PAID: PaymentFacts = { state: 'paid', paymentId: 'pi_1', returnedMinor: NO_MINOR };

const ISSUER = { name: 'Example AI', address: '1 Road\nTaipei', taxId: '12345678' };

const NO_CARDS = {
  openCardPage: () => Promise.reject(new Error('no card is saved here')),
  cardOf: () => Promise.reject(new Error('no card is saved here')),
  charge: () => Promise.reject(new Error('no card is charged here')),
};

class Scene {
  now = Date.UTC(2026, 0, 1);
  facts: PaymentFacts | Error = UNPAID;
  isSelling = true;
  looks = 0;
  /** What the account has of what was bought. */
  free = NO_CREDITS;
  readonly given = new Map<string, NanoCredits>();
  readonly reversals = new Map<string, NanoCredits>();
  failing: 'give' | 'note' | 'reverse' | undefined;
  readonly stores = new MemoryPayments();
  readonly warned: unknown[] = [];
  readonly purchases: Purchases;

  constructor() {
    let made = 0;
    this.purchases = createPurchases({
      accounts: {
        service: async () => ({
          mode: 'test',
          open: async ({ purchase }) => ({ sessionId: `cs_${purchase.id}`, url: `https://pay.example/${purchase.id}` }),
          look: async () => {
            this.looks += 1;
            if (this.facts instanceof Error) throw this.facts;
            return this.facts;
          },
          read: ({ body }) => {
            const [id = '', purchaseId] = body.split(' ');
            return { id, type: 'said', mode: 'test', purchaseId, paymentId: undefined, cardOf: undefined };
          },
          ...NO_CARDS,
        }),
      },
      isSelling: () => this.isSelling,
      store: {
        ...this.stores.purchases,
        noteGranted: async (id) => {
          this.#fail('note');
          await this.stores.purchases.noteGranted(id);
        },
      },
      events: this.stores.events,
      notes: this.stores.creditNotes,
      issuer: async () => ISSUER,
      stopTopUp: this.stores.topUps.stop,
      tellStopped: async () => undefined,
      noteCard: async () => undefined,
      sale: async () => ({
        packs: [{ id: 'ten', name: 'Ten', credits: '10', prices: [{ currency: 'USD', amount: '12' }] }],
        amounts: [],
        lastsDays: 30,
      }),
      ledger: {
        give: async ({ id, amountNano }) => {
          this.#fail('give');
          if (this.given.has(id)) return;
          this.given.set(id, amountNano);
          this.free = nanoCredits(this.free + amountNano);
        },
        reverse: async ({ grantId, number, totalNano }) => {
          this.#fail('reverse');
          const before = [...this.reversals]
            .filter(([id]) => id.startsWith(grantId) && Number(id.split('/')[1]) < number)
            .reduce((sum, [, nano]) => sum + nano, 0n);
          const known = this.reversals.get(`${grantId}/${number}`);
          if (known !== undefined) return { totalNano: nanoCredits(before + known), isPosted: true };
          const wanted = totalNano - before;
          const taken = wanted > this.free ? this.free : wanted;
          if (taken === 0n) return { totalNano: nanoCredits(before), isPosted: false };
          this.reversals.set(`${grantId}/${number}`, nanoCredits(taken));
          this.free = nanoCredits(this.free - taken);
          return { totalNano: nanoCredits(before + taken), isPosted: true };
        },
      },
      newId: (prefix) => {
        made += 1;
        return `${prefix}_${String(made).padStart(4, '0')}`;
      },
      now: () => this.now,
      warn: (about) => this.warned.push(about),
    });
  }

  #fail(step: typeof this.failing): void {
    if (this.failing === step) throw new Error(`the store failed at ${step}`);
  }

  async buy(): Promise<Purchase> {
    const { purchase } = await this.purchases.buy(SCOPE, {
      method: 'stripe',
      currency: 'USD',
      packId: 'ten',
      locale: 'en',
      email: undefined,
      buyerId: 'usr_1',
      returnUrl: (id, how) => `https://hub.example/${id}/${how}`,
    });
    return purchase;
  }

  checkDue = () => this.purchases.checkDue(new AbortController().signal);
  say = (event: string, { id }: Purchase) =>
    this.purchases.receive('stripe', { body: `${event} ${id}`, signature: undefined });
  left = () => formatCredits(this.free);
  of = async ({ id }: Purchase): Promise<Purchase> => {
    const found = await this.stores.purchases.find(id);
    if (found === undefined) throw new Error('the purchase is gone');
    return found;
  };
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('a purchase', () => {
  it('is given once, whatever fails between the steps and however often it is told', async () => {
    const purchase = await scene.buy();
    scene.facts = PAID;
    for (const failing of ['give', 'note', undefined] as const) {
      scene.failing = failing;
      const told = scene.say('evt_1', purchase);
      if (failing === undefined) await told;
      else await expect(told).rejects.toThrow(`failed at ${failing}`);
    }
    await scene.say('evt_1', purchase);
    await scene.say('evt_2', purchase);
    expect(scene.left()).toBe('10');
    expect(await scene.of(purchase)).toMatchObject({ state: 'paid', isGranted: true, nextCheckAt: undefined });
    expect(await scene.stores.events.list({ limit: 10, afterId: undefined })).toHaveLength(2);
  });

  it('whose process died after the payment was noted is given by the job', async () => {
    const purchase = await scene.buy();
    scene.facts = PAID;
    scene.failing = 'give';
    await expect(scene.say('evt_1', purchase)).rejects.toThrow('give');
    scene.failing = undefined;
    await scene.checkDue();
    expect(scene.left()).toBe('10');
  });

  it('of which no message comes is asked after, ever more seldom, and no more once it is over', async () => {
    const purchase = await scene.buy();
    const lookedAt: number[] = [];
    const begin = scene.now;
    for (let minute = 0; minute <= 120; minute += 1) {
      scene.now = begin + minute * MINUTE_MS;
      const before = scene.looks;
      await scene.checkDue();
      if (scene.looks > before) lookedAt.push(minute);
    }
    expect(lookedAt).toEqual([5, 10, 20, 40, 80]);
    scene.facts = { ...UNPAID, state: 'expired' };
    scene.now += 7 * 60 * MINUTE_MS;
    await scene.checkDue();
    const { looks } = scene;
    scene.now += 30 * 86_400_000;
    await scene.checkDue();
    expect([scene.looks, (await scene.of(purchase)).state]).toEqual([looks, 'expired']);
  });

  it('that was taken for expired is given when it is paid after all', async () => {
    const purchase = await scene.buy();
    scene.facts = { ...UNPAID, state: 'expired' };
    await scene.say('evt_1', purchase);
    scene.facts = PAID;
    await scene.say('evt_2', purchase);
    scene.facts = UNPAID;
    await scene.say('evt_3', purchase);
    expect([scene.left(), (await scene.of(purchase)).state]).toEqual(['10', 'paid']);
  });

  it('is one look for many messages at once', async () => {
    const purchase = await scene.buy();
    scene.facts = PAID;
    await Promise.all(Array.from({ length: 50 }, (_, index) => scene.say(`evt_${index % 2}`, purchase)));
    expect([scene.looks, scene.left()]).toEqual([1, '10']);
  });

  it('that is not what was paid is given nothing, and the message is noted so', async () => {
    const purchase = await scene.buy();
    scene.facts = new PaymentMismatch('another amount');
    await scene.say('evt_1', purchase);
    expect([scene.left(), scene.warned.length]).toEqual(['0', 1]);
    expect(await scene.stores.events.list({ limit: 1, afterId: undefined })).toMatchObject([{ outcome: 'mismatched' }]);
  });

  it('of another program on the same account is nothing to the hub', async () => {
    await scene.purchases.receive('stripe', { body: 'evt_1 pu_of_somebody', signature: undefined });
    expect(scene.looks).toBe(0);
    expect(await scene.stores.events.list({ limit: 1, afterId: undefined })).toMatchObject([{ outcome: 'ignored' }]);
  });

  it('is begun by nobody while calls cost no credit, and what was begun before is given', async () => {
    const purchase = await scene.buy();
    scene.isSelling = false;
    await expect(scene.buy()).rejects.toMatchObject({ code: 'payment.unavailable' });
    scene.facts = PAID;
    await scene.say('evt_1', purchase);
    expect(scene.left()).toBe('10');
  });

  it('may be used for as long as was said when it was begun', async () => {
    const { createdAt, grantExpiresAt } = await scene.buy();
    expect(grantExpiresAt).toBe(createdAt + 30 * 86_400_000);
  });
});

describe('money that goes back', () => {
  const returned = (minor: number): PaymentFacts => ({ ...PAID, returnedMinor: minorUnits(BigInt(minor)) });

  async function paid(): Promise<Purchase> {
    const purchase = await scene.buy();
    scene.facts = PAID;
    await scene.say('evt_paid', purchase);
    return purchase;
  }

  it.each([
    [[400], '6.666666667'],
    [[400, 800, 1200], '0'],
    [[1200, 400], '6.666666667'],
    [[1200, 0, 1200, 0], '10'],
  ])('in steps of %j cents leaves', async (steps, left) => {
    const purchase = await paid();
    for (const [index, minor] of steps.entries()) {
      scene.facts = returned(minor);
      await scene.say(`evt_${index}`, purchase);
      await scene.say(`evt_${index}b`, purchase);
    }
    expect(scene.left()).toBe(left);
  });

  it('takes what is there, and the rest once calls let go of it', async () => {
    const purchase = await paid();
    scene.free = nanoCredits(4_000_000_000n);
    scene.facts = returned(1200);
    await scene.say('evt_1', purchase);
    expect([scene.left(), formatCredits((await scene.of(purchase)).reversedNano)]).toEqual(['0', '4']);
    scene.free = nanoCredits(1_000_000_000n);
    scene.now += 10 * MINUTE_MS;
    await scene.checkDue();
    expect([scene.left(), formatCredits((await scene.of(purchase)).reversedNano)]).toEqual(['0', '5']);
  });

  it('is taken back once by whoever comes after a failure', async () => {
    const purchase = await paid();
    scene.facts = returned(600);
    scene.failing = 'reverse';
    await expect(scene.say('evt_1', purchase)).rejects.toThrow('reverse');
    scene.failing = undefined;
    await scene.say('evt_1', purchase);
    expect(scene.left()).toBe('5');
  });

  it('for good stands on a note, with what was taken back for it; a dispute that is open does not', async () => {
    const purchase = await paid();
    scene.facts = returned(600);
    await scene.say('evt_dispute', purchase);
    expect(scene.stores.notes).toEqual([]);
    scene.facts = { ...returned(600), refundedMinor: minorUnits(600n) };
    await scene.say('evt_lost', purchase);
    await scene.say('evt_again', purchase);
    scene.facts = { ...returned(1200), refundedMinor: minorUnits(1200n) };
    scene.free = nanoCredits(2_000_000_000n);
    await scene.say('evt_refund', purchase);
    const told = scene.stores.notes.map(({ number, amountMinor, creditsNano, issuer }) => [
      number,
      amountMinor,
      formatCredits(creditsNano),
      issuer,
    ]);
    expect(told).toEqual([
      [1, 600n, '5', ISSUER],
      [2, 600n, '2', ISSUER],
    ]);
  });

  it('is noted by whoever comes after a failure', async () => {
    const purchase = await paid();
    scene.facts = { ...returned(600), refundedMinor: minorUnits(600n) };
    scene.failing = 'reverse';
    await expect(scene.say('evt_1', purchase)).rejects.toThrow('reverse');
    scene.failing = undefined;
    await scene.checkDue();
    expect(scene.stores.notes.map(({ creditsNano }) => formatCredits(creditsNano))).toEqual(['5']);
  });
});
