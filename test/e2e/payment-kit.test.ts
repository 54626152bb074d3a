import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { setPrices } from '../support/credit-scene.ts';
import { connectPaymentKit, kitEventsAddressOf, newAppKey, startFakePaymentKit } from '../support/fake-payment-kit.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import {
  ADA,
  available,
  closeKitHubs,
  compare,
  expectTrueLedger,
  KIT,
  type KitHubs,
  openKitHubs,
  organizationOf,
} from '../support/payment-kit-hubs.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Credit that a Payment Kit sells: to two processes on one store, each told the same by it. */

const COPIES = 200;
const CALLS = 20;
/** What a job that a killed process was at waits for. */
const LEASE_MS = 90_000;

const post = (hub: HubProcess, body: string, headers: Readonly<Record<string, string>>) =>
  fetch(kitEventsAddressOf(hub), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

/** What every message so far said, once each: both sides agree when nothing is on its way. */
async function expectToldExactly(scene: Pick<KitHubs, 'hubs' | 'kit' | 'organizationId'>): Promise<void> {
  await eventually(
    'agreement',
    async () => {
      await scene.hubs[0].control('POST', `${KIT}/tell`);
      const { left, remaining, pending, untold, usage } = await compare(scene);
      const owed = Number(asObject(usage ?? {})['waiting_credits']) + Number(untold) + Number(pending);
      return Math.abs(Number(remaining) - Number(left) - owed) < 1e-9 && owed < 1e-6 ? true : undefined;
    },
    LEASE_MS,
  );
  const { meterEvents } = scene.kit.credit;
  expect(new Set(meterEvents.map(({ identifier }) => identifier)).size).toBe(meterEvents.length);
}

describe.each(['sqlite', 'postgres'] as const)('credit that a Payment Kit sells, on %s', (store) => {
  const isMissing = store === 'postgres' && !postgresAvailable().available;
  let scene: KitHubs;
  beforeAll(async () => {
    if (!isMissing) scene = await openKitHubs(store);
  }, 60_000);
  afterAll(() => scene && closeKitHubs(scene));
  beforeEach(() => {
    if (scene === undefined) return;
    scene.kit.turn('up');
    scene.kit.tell(kitEventsAddressOf(scene.hubs[0]));
  });

  it.skipIf(isMissing)('is bought on its page by who the organization is there, and pays for calls', async () => {
    const { hubs, kit, secret } = scene;
    expect(await hubs[0].control('GET', '/credit/sale')).toMatchObject({ methods: [], payment_kit: { mode: 'test' } });
    const { checkout_url: url } = asObject(await hubs[1].control('POST', '/credit/payment-kit-checkout'));
    expect(textOf(url ?? '')).toContain(`${kit.url}/checkout/pay/${kit.paymentLink}?__did-connect__=`);
    await kit.pay(textOf(url ?? ''));
    expect(await available(hubs[0])).toBe(10);
    expect((await callHub(hubs[1], secret, { body: chatBody() })).status).toBe(200);
    expect(await listOf(hubs[0], '/credit/grants')).toMatchObject([
      { kind: 'purchased', name: 'Ten credits', issued: '10' },
    ]);
  });

  it.skipIf(isMissing)(
    `is given once for ${COPIES} copies of one message at once, to two processes`,
    { timeout: 60_000 },
    async () => {
      const { hubs, kit, place } = scene;
      kit.tell(undefined);
      const before = await available(hubs[0]);
      await kit.give(ADA, '7');
      const event = kit.events().at(-1) ?? '';
      const answers = await Promise.all(
        Array.from({ length: COPIES }, (_, index) => post(hubs[index % 2 === 0 ? 0 : 1], event, kit.sign(event))),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect((await available(hubs[0])) - before).toBeCloseTo(7, 9);
      const [noted] = await listOf(hubs[1], '/installation/payments/events?limit=1');
      expect(noted).toMatchObject({ method: 'payment_kit', outcome: 'applied', mode: 'test' });
      await expectTrueLedger(place);
    },
  );

  it.skipIf(isMissing)('is not given for thirty forgeries', async () => {
    const { hubs, kit } = scene;
    const before = await available(hubs[0]);
    const genuine = kit.events().at(-1) ?? '';
    const forged = genuine.replaceAll('evt_fake', 'evt_forged');
    const now = Math.floor(Date.now() / 1000);
    const { 'x-component-sig': signature, ...unsigned } = kit.sign(forged);
    const forgeries: readonly (readonly [number, Readonly<Record<string, string>>])[] = [
      [400, {}],
      [400, unsigned],
      [400, { ...unsigned, 'x-component-sig': '' }],
      [401, { ...unsigned, 'x-component-sig': '0x' }],
      [401, { ...unsigned, 'x-component-sig': `0x${'0'.repeat(128)}` }],
      [401, { 'x-component-sig': signature ?? '' }],
      [401, { ...kit.sign(forged), 'x-component-sig-exp': String(now + 301) }],
      [401, kit.sign(genuine)],
      [401, kit.sign(forged, { key: newAppKey().privateKey })],
      [401, kit.sign(forged, { atSeconds: now - 301 })],
      [401, kit.sign(forged, { atSeconds: now - 86_400, lastsSeconds: 90_000 })],
      [401, kit.sign(forged, { atSeconds: now + 120 })],
      [401, kit.sign(forged, { lastsSeconds: 86_400 })],
      [401, kit.sign(forged, { path: '/control/v1/payments/stripe/events' })],
      [401, kit.sign(forged, { path: '/payment-kit/control/v1/payments/payment-kit/events' })],
    ];
    expect(forgeries.length * hubs.length).toBe(30);
    for (const [index, [status, headers]] of forgeries.entries()) {
      for (const hub of hubs) expect((await post(hub, forged, headers)).status, `forgery ${index}`).toBe(status);
    }
    // Not even a message that is genuine gives what Payment Kit has not given, or is of the other mode.
    expect((await post(hubs[0], forged, kit.sign(forged))).status).toBe(200);
    const live = forged.replaceAll('"livemode":false', '"livemode":true').replaceAll('evt_forged', 'evt_live');
    expect((await post(hubs[0], live, kit.sign(live))).status).toBe(400);
    expect(await available(hubs[0])).toBe(before);
  });

  it.skipIf(isMissing)('comes without any message, by itself or once somebody looks', { timeout: 90_000 }, async () => {
    const { hubs, kit, organizationId } = scene;
    kit.tell(undefined);
    const before = await available(hubs[0]);
    const { id } = await kit.give(ADA, '2');
    kit.turn('down');
    const check = () => hubs[1].control('POST', `${KIT}/customers/${organizationId}/check`);
    await expect(check()).rejects.toMatchObject({ status: 502 });
    kit.turn('up');
    expect(await check()).toMatchObject({ did: ADA });
    expect((await available(hubs[0])) - before).toBeCloseTo(2, 9);
    await kit.voidGrant(id);
    await check();
    expect(await available(hubs[0])).toBeCloseTo(before, 9);
  });

  it.skipIf(isMissing)(
    'is told when it was used, once, through an outage and lost answers',
    { timeout: 90_000 },
    async () => {
      const { hubs, kit, secret, place } = scene;
      await kit.give(ADA, '50');
      const spend = async () => {
        const answers = await Promise.all(
          Array.from({ length: CALLS }, (_, index) =>
            callHub(hubs[index % 2 === 0 ? 0 : 1], secret, { body: chatBody() }),
          ),
        );
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      };
      for (const how of ['down', 'drops', 'gone', 'drops'] as const) {
        kit.turn(how);
        await spend();
        const tried = kit.calls();
        await eventually('a try', async () => {
          await hubs[0].control('POST', `${KIT}/tell`);
          return kit.calls() > tried ? true : undefined;
        });
      }
      kit.turn('up');
      await expectToldExactly(scene);
      await expectTrueLedger(place);
    },
  );

  it.skipIf(isMissing)('needs what it can be proved by, and a meter of the same mode', async () => {
    const { hubs, kit } = scene;
    const set = (change: JsonObject) => hubs[0].control('PUT', KIT, change);
    for (const [param, refused] of [
      ['secret_key', { secret_key: newAppKey().secret.slice(0, -2) }],
      ['secret_key', { secret_key: '' }],
      ['access_key', { access_key: '' }],
      ['public_key', { access_key: kit.accessKey, public_key: '0x12' }],
      ['access_key', { access_key: kit.accessKey, secret_key: kit.secretKey }],
      ['meter', { meter: 'nothing' }],
      ['payment_link', { payment_link: 'plink_none' }],
      ['secret_key', { address: `${kit.url}/elsewhere` }],
    ] as const) {
      await expect(set(refused), JSON.stringify(refused)).rejects.toMatchObject({
        status: 400,
        body: expect.stringContaining(param),
      });
    }
    // A Payment Kit that does not have the mode has nothing of it.
    await expect(set({ mode: 'live' })).rejects.toMatchObject({ status: 400 });
    const shown = await hubs[0].control('GET', KIT);
    expect(shown).toMatchObject({
      state: 'on',
      mode: 'test',
      meter: kit.meter,
      currency_id: kit.currencyId,
      places: 6,
    });
    expect(JSON.stringify(shown)).not.toContain(kit.secretKey.slice(2, 30));
    await expect(hubs[0].control('PUT', `${KIT}/customers/org_none`, { customer: ADA })).rejects.toMatchObject({
      status: 404,
    });
    const other = asObject(await hubs[0].control('POST', '/organizations', { name: 'Other' }));
    await expect(
      hubs[0].control('PUT', `${KIT}/customers/${textOf(asObject(other['organization'])['id'])}`, { customer: ADA }),
    ).rejects.toMatchObject({ status: 409 });
  });
});

describe('usage that is told while the hub is killed', () => {
  it('is counted once, whether or not its answer came', { timeout: 400_000 }, async () => {
    const [upstream, kit] = [await startFakeUpstream(), await startFakePaymentKit()];
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-kit-'));
    const options = {
      dataDir,
      allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${kit.port}`],
      environment: { HUB_CREDIT: 'true' },
    };
    let hub = await startHub(options);
    await hub.connectFake(upstream, { name: 'fake' });
    await setPrices(hub);
    const { secret } = await hub.createKey('buyer');
    const organizationId = await organizationOf(hub);
    await connectPaymentKit(hub, kit);
    await hub.control('PUT', `${KIT}/customers/${organizationId}`, { customer: ADA });
    await kit.give(ADA, '100');
    for (let round = 0; round < 3; round += 1) {
      expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
      kit.turn('holds');
      const before = kit.credit.meterEvents.length;
      await eventually(
        'a message',
        () => {
          hub.control('POST', `${KIT}/tell`).catch(() => undefined);
          return kit.credit.meterEvents.length > before;
        },
        LEASE_MS,
      );
      await hub.kill9();
      kit.turn('up');
      hub = await startHub(options);
      // Payment Kit has it, and the hub does not know that yet.
      await expectToldExactly({ hubs: [hub, hub], kit, organizationId });
      expect(kit.credit.meterEvents).toHaveLength(round + 1);
    }
    await hub.stop();
    await expectTrueLedger({ location: { kind: 'sqlite', path: join(dataDir, 'hub.db') } });
    await rm(dataDir, { recursive: true, force: true });
    await upstream.close();
    await kit.close();
  });
});
