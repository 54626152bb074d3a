import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eachModel } from '../support/credit-scene.ts';
import { kitEventsAddressOf } from '../support/fake-payment-kit.ts';
import { callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';
import {
  ADA,
  available,
  closeKitHubs,
  compare,
  expectTrueLedger,
  KIT,
  type KitHubs,
  openKitHubs,
} from '../support/payment-kit-hubs.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Credit that other programs use at Payment Kit as well, whose balance leads: with two processes on one store. */

const COPIES = 40;
const CALLS = 12;
const PRICE = 0.001;

/** A thousandth of a credit for each call, whatever it says: what is held is what is charged. */
const priceByRequest = (hub: HubProcess): Promise<void> =>
  eachModel(hub, (providerId, model) =>
    hub.control('POST', '/prices', {
      provider_id: providerId,
      model,
      prices: [
        { unit: 'input', usd_per_million: '0' },
        { unit: 'output', usd_per_million: '0' },
        { unit: 'request', usd_per_million: '1000' },
      ],
    }),
  );

describe.each(['sqlite', 'postgres'] as const)('credit whose balance Payment Kit leads, on %s', (store) => {
  const isMissing = store === 'postgres' && !postgresAvailable().available;
  let scene: KitHubs;
  let usedHere = 0;
  beforeAll(async () => {
    const change = { leads: 'payment_kit', check_seconds: 10 };
    if (!isMissing) scene = await openKitHubs(store, { change, price: priceByRequest });
  }, 60_000);
  afterAll(() => scene && closeKitHubs(scene));
  beforeEach(() => {
    if (scene === undefined) return;
    scene.kit.turn('up');
    scene.kit.tell(kitEventsAddressOf(scene.hubs[0]));
  });
  const checkAtOnce = (copies: number) =>
    Promise.all(
      Array.from({ length: copies }, (_, index) =>
        scene.hubs[index % 2 === 0 ? 0 : 1].control('POST', `${KIT}/customers/${scene.organizationId}/check`),
      ),
    );
  const elsewhere = () => listOf(scene.hubs[0], '/credit/entries?kind=elsewhere&limit=100');
  /** How many of so many calls at once are served; the others are refused for want of credit. */
  const serve = async (calls: number): Promise<number> => {
    const { hubs, secret } = scene;
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, index) => callHub(hubs[index % 2 === 0 ? 0 : 1], secret, { body: chatBody() })),
    );
    const served = answers.filter(({ status }) => status === 200).length;
    const refusals = new Set(answers.flatMap(({ status, error }) => (status === 200 ? [] : [error['code']])));
    for (const code of refusals) expect(code).toMatch(/^credit\.(?:exhausted|held)$/);
    usedHere += served;
    return served;
  };

  it.skipIf(isMissing)('follows what another program uses, once, whoever compares', { timeout: 90_000 }, async () => {
    const { kit, hubs } = scene;
    await kit.give(ADA, '10');
    kit.tell(undefined);
    await kit.useElsewhere(ADA, '4');
    expect(await available(hubs[0])).toBe(10);
    await checkAtOnce(COPIES);
    expect(await available(hubs[1])).toBe(6);
    expect(await elsewhere()).toMatchObject([{ amount: '-4', reason: 'used at Payment Kit' }]);
    expect(await compare(scene)).toMatchObject({ used_elsewhere: '4', to_take: '0', remaining: '6', left: '6' });
    expect((await hubs[0].control('GET', KIT)) ?? {}).toMatchObject({ leads: 'payment_kit', check_seconds: 10 });
    // A message is a reason to look, within seconds.
    kit.tell(kitEventsAddressOf(hubs[1]));
    await kit.useElsewhere(ADA, '1.5');
    await eventually('what was used elsewhere', async () => (await available(hubs[0])) === 4.5, 60_000);
  });

  it.skipIf(isMissing)(
    `serves exactly as many calls as are left, of ${CALLS * 5} at once`,
    { timeout: 90_000 },
    async () => {
      const { kit, hubs } = scene;
      kit.tell(undefined);
      // All but so much as pays for the calls, and a little that pays for none.
      const left = await available(hubs[0]);
      await kit.useElsewhere(ADA, (left - CALLS * PRICE - PRICE / 2).toFixed(4));
      await checkAtOnce(2);
      expect(await serve(CALLS * 5)).toBe(CALLS);
      expect(await available(hubs[0])).toBeCloseTo(PRICE / 2, 9);
      await hubs[0].control('POST', `${KIT}/tell`);
      await checkAtOnce(COPIES);
      expect(await serve(4)).toBe(0);
      await expectTrueLedger(scene.place);
    },
  );

  it.skipIf(isMissing)(
    'goes on while Payment Kit is down, and follows once it is back',
    { timeout: 90_000 },
    async () => {
      const { kit, hubs, organizationId } = scene;
      await kit.give(ADA, '1');
      const before = await available(hubs[0]);
      kit.tell(undefined);
      await kit.useElsewhere(ADA, '0.25');
      kit.turn('down');
      await expect(hubs[1].control('POST', `${KIT}/customers/${organizationId}/check`)).rejects.toMatchObject({
        status: 502,
      });
      expect(await serve(CALLS)).toBe(CALLS);
      expect(await available(hubs[0])).toBeCloseTo(before - CALLS * PRICE, 9);
      kit.turn('up');
      // Nobody asks for it: customers whose turn has come are compared.
      await eventually(
        'what was used elsewhere',
        async () => Math.abs((await available(hubs[0])) - (before - CALLS * PRICE - 0.25)) < 1e-9,
        60_000,
      );
    },
  );

  it.skipIf(isMissing)(
    'tells what was used here, once, and nothing of what others used',
    { timeout: 90_000 },
    async () => {
      const { kit, hubs } = scene;
      await eventually(
        'all told',
        async () => {
          await hubs[1].control('POST', `${KIT}/tell`);
          return Math.abs(Number(kit.credit.countedOf(ADA)) / 1e6 - usedHere * PRICE) < 1e-9;
        },
        60_000,
      );
      await checkAtOnce(2);
      const { left, remaining, pending, untold, to_take: toTake } = await compare(scene);
      expect([left, pending, untold, toTake]).toEqual([remaining, '0', '0', '0']);
      const told = kit.credit.meterEvents.map(({ identifier }) => textOf(identifier));
      expect(new Set(told).size).toBe(told.length);
      await expectTrueLedger(scene.place);
    },
  );
});
