import { expect } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { type CreditPlace, type PlaceKind, startCreditPlace } from './credit-places.ts';
import { setPrices, withStore } from './credit-scene.ts';
import { connectPaymentKit, type FakePaymentKit, startFakePaymentKit } from './fake-payment-kit.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';
import { asObject, eventually, listOf, textOf } from './hub-calls.ts';
import type { HubProcess } from './hub-process.ts';

/** Hubs whose credit a Payment Kit sells, for the default organization, which is Ada there. */

export const ADA = 'z1AdaWhoBuysCreditsHere';
export const KIT = '/installation/payments/payment-kit';

/** Two processes on one store, and the Payment Kit that both are told by. */
export type KitHubs = {
  readonly place: CreditPlace;
  readonly hubs: readonly [HubProcess, HubProcess];
  readonly upstream: FakeUpstream;
  readonly kit: FakePaymentKit;
  /** Of a key that both know. */
  readonly secret: string;
  readonly organizationId: string;
};

/** `change`: what else is said of the connection; `price`: what calls cost. */
export async function openKitHubs(
  store: PlaceKind,
  { change = {}, price = setPrices }: { readonly change?: JsonObject; readonly price?: typeof setPrices } = {},
): Promise<KitHubs> {
  const [upstream, kit] = [await startFakeUpstream(), await startFakePaymentKit()];
  let [secret, organizationId] = ['', ''];
  const place = await startCreditPlace(store, {
    allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${kit.port}`],
    prepare: async (hub) => {
      await hub.connectFake(upstream, { name: 'fake' });
      await price(hub);
      ({ secret } = await hub.createKey('buyer'));
      organizationId = await organizationOf(hub);
      await connectPaymentKit(hub, kit, change);
      await hub.control('PUT', `${KIT}/customers/${organizationId}`, { customer: ADA });
    },
  });
  const [one, two = one] = place.hubs;
  return { place, hubs: [one, two], upstream, kit, secret, organizationId };
}

export async function organizationOf(hub: HubProcess): Promise<string> {
  const organizations = await listOf(hub, '/organizations');
  return textOf(organizations[0]?.['id'] ?? '');
}

export async function closeKitHubs({ place, upstream, kit }: KitHubs): Promise<void> {
  await place.close();
  await upstream.close();
  await kit.close();
}

/** What is there when no call is under way. */
export async function available(hub: HubProcess): Promise<number> {
  await eventually('end of all holds', async () => (await listOf(hub, '/credit/holds')).length === 0);
  const [account] = await listOf(hub, '/credit/accounts');
  return Number(account?.['available'] ?? '0');
}

/** What both sides know of the customer. */
export const compare = async ({
  hubs,
  organizationId,
}: Pick<KitHubs, 'hubs' | 'organizationId'>): Promise<JsonObject> =>
  asObject(await hubs[0].control('GET', `${KIT}/customers/${organizationId}`));

export async function expectTrueLedger(place: Pick<CreditPlace, 'location'>): Promise<void> {
  const { differences } = await withStore(place.location, (store) =>
    verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none'))),
  );
  expect(differences.filter(({ id }) => !id.startsWith('seal'))).toEqual([]);
}
