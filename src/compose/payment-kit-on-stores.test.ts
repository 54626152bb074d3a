import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakePaymentKit } from '../../test/support/fake-payment-kit.ts';
import { nanoCredits } from '../kernel/money.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { ACCOUNT, ADA, CREDIT, KitScene, MINUTE_MS, RUNNING, SCOPE } from './testing/payment-kit-scene.ts';

/** What a Payment Kit sells, and what it is told. */

const sent = (kit: FakePaymentKit, body: string, how?: Parameters<FakePaymentKit['sign']>[1]) => {
  const headers = kit.sign(body, how);
  return {
    body,
    signature: headers['x-component-sig'],
    iat: headers['x-component-sig-iat'],
    exp: headers['x-component-sig-exp'],
  };
};

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('in %s', (_, engine) => {
  describe.skipIf(engine.skip !== undefined)('credit that a Payment Kit sells', () => {
    let scene: KitScene;
    let kit: FakePaymentKit;
    beforeEach(async () => {
      scene = await KitScene.open(engine);
      kit = scene.kit;
      await scene.connect();
    });
    afterEach(async () => {
      expect(await scene.close()).toEqual([]);
    });

    test('is given once for each grant, whoever hears of it and how often', async () => {
      const grant = await kit.give(ADA, '12.5');
      const [event = ''] = kit.events();
      await Promise.all(
        Array.from({ length: 40 }, (_each, index) =>
          scene.processes[index % 2 === 0 ? 0 : 1].receive(sent(kit, event)),
        ),
      );
      expect(await scene.available()).toBe('12.5');
      await scene.processes[0].checkNow(SCOPE);
      expect(await scene.available()).toBe('12.5');
      expect(await scene.store.owedGrants.ofReferences([`payment-kit/test/pc_1/${grant.id}`])).toMatchObject([
        { kind: 'purchased', name: 'Credits' },
      ]);
      expect(await scene.store.paymentEvents.list({ limit: 10, afterId: undefined })).toMatchObject([
        { method: 'payment_kit', outcome: 'applied', type: 'customer.credit_grant.granted' },
      ]);
    });

    test('comes without any message, once it is looked for', async () => {
      await kit.give(ADA, '3');
      for (let index = 0; index < 101; index += 1) await kit.give(ADA, '0.01', { category: 'promotional' });
      await scene.processes[1].check(RUNNING);
      expect(await scene.available()).toBe('4.01');
      // Nobody looks again at once, and after that ever more seldom.
      const calls = kit.calls();
      await scene.processes[0].check(RUNNING);
      expect(kit.calls()).toBe(calls);
      await kit.give(ADA, '1');
      scene.now += 4 * MINUTE_MS;
      await scene.processes[0].check(RUNNING);
      expect(await scene.available()).toBe('5.01');
    });

    test('is what is in force: not what is over, comes later, is void, or was used elsewhere before', async () => {
      const second = Math.floor(scene.now / 1000);
      await kit.give(ADA, '1', { expires_at: second - 1 });
      await kit.give(ADA, '2', { status: 'pending' });
      await kit.give(ADA, '4', { status: 'voided' });
      await kit.give(ADA, '8', {
        created_at: new Date(scene.now - MINUTE_MS).toISOString(),
        remaining_amount: '3000000',
      });
      await kit.give(ADA, '16', { expires_at: second + 3600 });
      await scene.processes[0].checkNow(SCOPE);
      expect(await scene.available()).toBe('19');
    });

    test('is taken back as far as it is there when its grant is void', async () => {
      const grant = await kit.give(ADA, '10');
      await scene.processes[0].checkNow(SCOPE);
      await scene.spend(4n * CREDIT);
      await kit.voidGrant(grant.id);
      await Promise.all(scene.processes.map((each) => each.checkNow(SCOPE)));
      expect(await scene.available()).toBe('0');
    });

    test('is told when it is used: in one message for each period, to the last unit, whoever tells', async () => {
      await kit.give(ADA, '20');
      await scene.processes[0].checkNow(SCOPE);
      for (let index = 0; index < 7; index += 1) await scene.spend(CREDIT / 7n);
      await scene.work();
      // The currency has six places: what is finer waits.
      expect(kit.credit.meterEvents.map(({ value }) => value)).toEqual(['0.999999']);
      expect((await scene.processes[0].compare(SCOPE)).customer.untoldNano).toBe(994n);
      await scene.spend(CREDIT + 6n);
      await scene.work();
      await scene.work();
      expect(kit.credit.meterEvents.map(({ value }) => value)).toEqual(['0.999999', '1.000001']);
      const { leftNano, remainingNano, pendingNano, customer } = await scene.processes[1].compare(SCOPE);
      expect([leftNano, remainingNano, pendingNano, customer.untoldNano]).toEqual([18n * CREDIT, 18n * CREDIT, 0n, 0n]);
    });

    test('is told without what other credit paid for, and less what was given back', async () => {
      await scene.ledger.do({ kind: 'give', ...OTHER_CREDIT });
      await kit.give(ADA, '20');
      await scene.processes[0].checkNow(SCOPE);
      await scene.spend(5n * CREDIT);
      await scene.work();
      expect(kit.credit.meterEvents.map(({ value }) => value)).toEqual(['3']);
      const refund = {
        kind: 'refund',
        chargeId: 'ur_000001',
        path: [ACCOUNT],
        actorId: undefined,
        reason: 'x',
      } as const;
      await scene.ledger.do({ ...refund, id: 'rf_1', amountNano: nanoCredits(5n * CREDIT) });
      await scene.work();
      expect((await scene.processes[0].compare(SCOPE)).customer.untoldNano).toBe(-3n * CREDIT);
      await scene.ledger.do({ kind: 'withdraw', ...ALL_OTHER });
      await scene.spend(4n * CREDIT);
      await scene.work();
      expect(kit.credit.countedOf(ADA)).toBe(4_000_000n);
    });

    test.each([400, 409] as const)('is told once where an answer is lost, by a refusal with %s', async (status) => {
      kit.refuseKnownBy(status);
      await kit.give(ADA, '20');
      await scene.processes[0].checkNow(SCOPE);
      await scene.spend(CREDIT);
      kit.turn('drops');
      await scene.work();
      expect(await scene.processes[0].backlog()).toMatchObject({ waiting: 1, waitingNano: CREDIT });
      kit.turn('up');
      scene.now += 6000;
      await scene.work();
      expect(await scene.processes[0].backlog()).toMatchObject({ waiting: 0, problem: undefined });
      expect(kit.credit.meterEvents).toMatchObject([{ value: '1', consumed: 1_000_000n }]);
    });

    test('is told after ten minutes of silence, of which few calls were made', async () => {
      await kit.give(ADA, '100');
      await scene.processes[0].checkNow(SCOPE);
      kit.turn('down');
      const before = kit.calls();
      for (let second = 0; second < 600; second += 5) {
        if (second % 60 === 0) await scene.spend(CREDIT / 2n);
        await scene.work();
        scene.now += 5000;
      }
      expect(kit.credit.meterEvents).toEqual([]);
      expect(kit.calls() - before).toBeLessThan(80);
      expect(await scene.processes[0].backlog()).toMatchObject({
        waiting: 10,
        problem: expect.stringContaining('503'),
      });
      kit.turn('up');
      scene.now += 10 * MINUTE_MS;
      await scene.work();
      expect(kit.credit.meterEvents.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, () => '0.5'));
      expect(new Set(kit.credit.meterEvents.map(({ identifier }) => identifier)).size).toBe(10);
    });

    test('is told at once when somebody asks for it', async () => {
      await kit.give(ADA, '100');
      await scene.processes[0].checkNow(SCOPE);
      kit.turn('gone');
      await scene.spend(CREDIT);
      await scene.work();
      kit.turn('up');
      await scene.processes[1].tellNow();
      expect(kit.credit.countedOf(ADA)).toBe(1_000_000n);
    });
  });
});

const OTHER_CREDIT = {
  id: 'gr_other',
  organizationId: SCOPE.organizationId,
  accountId: ACCOUNT,
  grantKind: 'promotional',
  name: 'A gift',
  amountNano: nanoCredits(2n * CREDIT),
  priority: 1,
  expiresAt: undefined,
  models: undefined,
  projectIds: undefined,
  actorId: undefined,
  reason: undefined,
} as const;
const ALL_OTHER = {
  id: 'wd_1',
  accountId: ACCOUNT,
  amountNano: nanoCredits(2n * CREDIT),
  actorId: undefined,
  reason: undefined,
} as const;
