import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakePaymentKit } from '../../test/support/fake-payment-kit.ts';
import { nanoCredits } from '../kernel/money.ts';
import { placeHold } from '../ledger/testing/operations.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { ACCOUNT, ADA, CREDIT, KitScene, MINUTE_MS, RUNNING, SCOPE } from './testing/payment-kit-scene.ts';

/** A Payment Kit whose balance leads: what other programs use of the same credit is taken here. */

const ROUNDS = 120;

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('in %s', (_, engine) => {
  describe.skipIf(engine.skip !== undefined)('credit whose balance Payment Kit leads', () => {
    let scene: KitScene;
    let kit: FakePaymentKit;
    beforeEach(async () => {
      scene = await KitScene.open(engine);
      kit = scene.kit;
      await scene.connect({ leads: 'payment_kit' });
    });
    afterEach(async () => {
      expect(await scene.close()).toEqual([]);
    });
    /** Both processes compare, several times at once. */
    const checkAtOnce = () =>
      Promise.all([...scene.processes, ...scene.processes].map((process) => process.checkNow(SCOPE)));
    const takenElsewhere = async () => {
      const filter = { accountId: ACCOUNT, kind: 'elsewhere' } as const;
      const entries = await scene.store.ledgerReader.entries(SCOPE, filter, { limit: 1000, afterId: undefined });
      return entries.map(({ amountNano }) => amountNano).toReversed();
    };

    test('follows what others use, once, and tells what was used here alone', async () => {
      await kit.give(ADA, '10');
      await checkAtOnce();
      await scene.spend(2n * CREDIT);
      await kit.useElsewhere(ADA, '3');
      expect(await scene.available()).toBe('8');
      await checkAtOnce();
      expect(await scene.available()).toBe('5');
      expect(await takenElsewhere()).toEqual([-3n * CREDIT]);
      await scene.work();
      await checkAtOnce();
      await scene.work();
      expect(await scene.available()).toBe('5');
      expect(kit.credit.countedOf(ADA)).toBe(2_000_000n);
      expect(await scene.processes[1].compare(SCOPE)).toMatchObject({
        leftNano: 5n * CREDIT,
        remainingNano: 5n * CREDIT,
        elsewhereNano: 3n * CREDIT,
        toTakeNano: 0n,
        customer: { checkedAt: scene.now },
      });
    });

    test('takes nothing of what calls hold until they let go of it', async () => {
      await kit.give(ADA, '10');
      await checkAtOnce();
      const path = [ACCOUNT] as const;
      await scene.ledger.do(placeHold('ur_held', 4n * CREDIT, { path }));
      await kit.useElsewhere(ADA, '8');
      await checkAtOnce();
      expect(await takenElsewhere()).toEqual([-6n * CREDIT]);
      expect(await scene.available()).toBe('0');
      expect((await scene.processes[0].compare(SCOPE)).toTakeNano).toBe(2n * CREDIT);
      const amountNano = nanoCredits(CREDIT);
      await scene.ledger.do({ kind: 'end', id: 'ur_held', path, state: 'settled', basis: 'reported', amountNano });
      await checkAtOnce();
      expect(await scene.available()).toBe('1');
      await scene.work();
      await checkAtOnce();
      expect(await scene.available()).toBe('1');
      expect(kit.credit.remainingOf(kit.credit.customerOf(ADA).id)).toBe(1_000_000n);
    });

    test('takes what was surely used elsewhere while a message may have arrived, and the rest then', async () => {
      await kit.give(ADA, '20');
      await checkAtOnce();
      for (const [how, taken] of [
        ['drops', [-3n]],
        ['gone', [-3n, -2n]],
      ] as const) {
        await scene.spend(CREDIT);
        kit.turn(how);
        await scene.work();
        kit.turn('up');
        await kit.useElsewhere(ADA, '3');
        await checkAtOnce();
        expect(await takenElsewhere()).toEqual(taken.map((credits) => credits * CREDIT));
        scene.now += 6000;
        await scene.work();
      }
      await checkAtOnce();
      expect(await takenElsewhere()).toEqual([-3n * CREDIT, -2n * CREDIT, -CREDIT]);
      expect(await scene.available()).toBe('12');
      expect(kit.credit.countedOf(ADA)).toBe(2_000_000n);
    });

    test('is compared anew where a message was delivered between what is read there and here', async () => {
      await kit.give(ADA, '10');
      await checkAtOnce();
      await kit.useElsewhere(ADA, '4');
      await checkAtOnce();
      await scene.spend(CREDIT);
      await scene.seal();
      await scene.processes[1].gather(RUNNING);
      // The grants do not show it yet, and it does not wait any more.
      kit.holdUp('/api/credit-grants', () => scene.processes[1].deliver(RUNNING));
      await scene.processes[0].checkNow(SCOPE);
      expect(kit.credit.countedOf(ADA)).toBe(1_000_000n);
      expect(await takenElsewhere()).toEqual([-4n * CREDIT]);
      expect(await scene.available()).toBe('5');
    });

    test('gives back what others did not use after all, and no more', async () => {
      const { id } = await kit.give(ADA, '10');
      await checkAtOnce();
      await kit.useElsewhere(ADA, '4');
      await checkAtOnce();
      kit.giveBack(id, '3');
      await checkAtOnce();
      expect(await scene.available()).toBe('9');
      kit.giveBack(id, '3');
      await checkAtOnce();
      expect(await scene.available()).toBe('10');
      expect(await takenElsewhere()).toEqual([-4n * CREDIT, 3n * CREDIT, CREDIT]);
    });

    test('takes of a new grant what others had used before and none covered', async () => {
      await kit.give(ADA, '2');
      await checkAtOnce();
      await kit.useElsewhere(ADA, '5');
      await checkAtOnce();
      expect(await scene.available()).toBe('0');
      expect((await scene.processes[0].compare(SCOPE)).toTakeNano).toBe(3n * CREDIT);
      await kit.give(ADA, '10');
      await checkAtOnce();
      expect(await scene.available()).toBe('7');
    });

    test('goes on with what it last knew while Payment Kit is down', async () => {
      await kit.give(ADA, '10');
      await checkAtOnce();
      await kit.useElsewhere(ADA, '4');
      kit.turn('down');
      await expect(scene.processes[0].checkNow(SCOPE)).rejects.toMatchObject({ code: 'payment.refused' });
      await scene.spend(3n * CREDIT);
      const before = kit.calls();
      for (let second = 0; second < 600; second += 5) {
        await scene.processes[second % 2 === 0 ? 0 : 1].check(RUNNING);
        scene.now += 5000;
      }
      expect(kit.calls() - before).toBeLessThanOrEqual(11);
      expect(await scene.available()).toBe('7');
      kit.turn('up');
      scene.now += MINUTE_MS;
      await scene.processes[0].check(RUNNING);
      expect(await scene.available()).toBe('3');
    });

    test('is compared every minute while it is used, and ever more seldom when it is not', async () => {
      await kit.give(ADA, '100');
      await scene.processes[0].check(RUNNING);
      const lookIn = async (ms: number): Promise<boolean> => {
        scene.now += ms;
        const before = kit.calls();
        await scene.processes[1].check(RUNNING);
        return kit.calls() > before;
      };
      expect(await lookIn(MINUTE_MS - 1)).toBe(false);
      expect(await lookIn(1)).toBe(true);
      expect(await lookIn(MINUTE_MS)).toBe(false);
      expect(await lookIn(7 * MINUTE_MS)).toBe(true);
      expect(await lookIn(8 * MINUTE_MS)).toBe(false);
      for (let minute = 0; minute < 3; minute += 1) {
        await scene.spend(CREDIT);
        await scene.work();
        expect(await lookIn(MINUTE_MS)).toBe(true);
      }
      // A message is a reason to look as well, as soon as it is somebody's turn.
      await kit.useElsewhere(ADA, '1');
      const body = kit.events().at(-1) ?? '';
      const {
        'x-component-sig': signature,
        'x-component-sig-iat': iat,
        'x-component-sig-exp': exp,
      } = kit.sign(body, {
        atSeconds: Math.floor(scene.now / 1000),
      });
      await scene.processes[0].receive({ body, signature, iat, exp });
      expect(await lookIn(0)).toBe(true);
      expect(await scene.available()).toBe('96');
    });

    test('is taken from the connection on, and left alone where the hub leads', async () => {
      await scene.processes[0].accounts.set({ leads: 'hub' }, undefined);
      await kit.give(ADA, '10');
      await checkAtOnce();
      await kit.useElsewhere(ADA, '4');
      await checkAtOnce();
      expect(await scene.available()).toBe('10');
      scene.now += MINUTE_MS;
      await scene.processes[0].accounts.set({ leads: 'payment_kit' }, undefined);
      await scene.processes[1].check(RUNNING);
      expect(await scene.available()).toBe('6');
    });

    test(`agrees after ${ROUNDS} rounds of whatever happens, and tells what was used here to the last unit`, async () => {
      const random = seeded(20_261_129);
      await kit.give(ADA, '200');
      await kit.give(ADA, '50', { category: 'promotional', priority: 90 });
      await checkAtOnce();
      let usedHere = 0n;
      for (let round = 0; round < ROUNDS; round += 1) {
        const nano = BigInt(1 + Math.floor(random() * 3_000_000_000));
        const work: Record<string, () => Promise<unknown>> = {
          spend: async () => {
            usedHere += nano;
            await scene.spend(nano);
          },
          elsewhere: () => kit.useElsewhere(ADA, `${nano / 2_000_000_000n}.${random() < 0.5 ? '25' : '000001'}`),
          check: () => Promise.allSettled(scene.processes.map((process) => process.checkNow(SCOPE))),
          tell: () => scene.tell(),
          turn: async () =>
            kit.turn((['up', 'up', 'drops', 'down', 'gone'] as const)[Math.floor(random() * 5)] ?? 'up'),
          wait: async () => {
            scene.now += Math.floor(random() * 20_000);
          },
        };
        if (random() < 0.5) await scene.seal();
        const names = Object.keys(work);
        const some = Array.from({ length: 3 }, () => names[Math.floor(random() * names.length)] ?? '');
        await Promise.all([...new Set(some)].map(async (name) => work[name]?.()));
      }
      kit.turn('up');
      scene.now += 20 * MINUTE_MS;
      await scene.work();
      await checkAtOnce();
      const { leftNano, remainingNano, pendingNano, backlog, customer, toTakeNano } =
        await scene.processes[0].compare(SCOPE);
      expect([backlog.waiting, pendingNano, toTakeNano]).toEqual([0, 0n, 0n]);
      expect(leftNano).toBe(remainingNano - customer.untoldNano);
      expect(kit.credit.countedOf(ADA) * 1000n + customer.untoldNano).toBe(usedHere);
    });
  });
});

/** Numbers from 0 to below 1, always the same (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
