import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { type CreditPlace, type PlaceKind, startCreditPlace } from '../support/credit-places.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, collect, eventually, type HubAnswer, openCall } from '../support/hub-calls.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Charging that is switched on and off while several processes answer calls. */

const CHARGING = '/installation/charging';
const TERMS = { price_usd: '0.5', margin_percent: '20', payment: 'by_hand' };
const CALLERS = 12;
const SWITCHES = 6;
const PAGE = { limit: 100_000, afterId: undefined };
const ALL_CHARGES = { accountId: 'organization/org_default', kind: 'charge' } as const;

describe.each(['sqlite', 'postgres'] as const)(
  'charging that is switched while calls run, on %s',
  (kind: PlaceKind) => {
    const isLeftOut = kind === 'postgres' && !postgresAvailable().available;
    let upstream: FakeUpstream;
    let place: CreditPlace;
    let key: string;

    beforeAll(async () => {
      if (isLeftOut) return;
      upstream = await startFakeUpstream();
      place = await startCreditPlace(kind, {
        allow: [`127.0.0.1:${upstream.port}`],
        isLeftOpen: true,
        prepare: async (hub) => {
          await hub.connectFake(upstream, { name: 'fake' });
          await setPrices(hub);
          key = (await hub.createKey('caller')).secret;
        },
      });
      await withStore(place.location, (store) => giveMuch(store, ['organization/org_default']));
    }, 120_000);
    afterAll(async () => {
      await place?.close();
      await upstream?.close();
    });

    const change = (body: JsonObject) => place.hubs[0].control('PATCH', CHARGING, body);
    const models = (hub: CreditPlace['hubs'][0]) => callHub(hub, key, { method: 'GET', path: '/v1/models' });
    /** Every process answers as one that charges, or as one that does not. */
    const allFollow = async (isOn: boolean): Promise<void> => {
      for (const hub of place.hubs) {
        // Workers take turns: as many looks in a row as there may be of them.
        await eventually('all processes follow', async () => {
          const looks = await Promise.all(Array.from({ length: 6 }, () => models(hub)));
          return looks.every(({ text }) => text.includes('"credits"') === isOn);
        });
      }
    };
    const switchTo = async (enabled: boolean): Promise<void> => {
      await change({ enabled });
      await allFollow(enabled);
    };
    const chargesOf = async (store: Store) => {
      const charges = (await store.ledgerReader.entries(DEFAULT_TENANT, ALL_CHARGES, PAGE)).filter(
        ({ accountId }) => accountId === 'organization/org_default',
      );
      return charges.map(({ amountNano }) => 0n - amountNano);
    };
    const priceOf = ({ headers, trailers }: HubAnswer): string | undefined => {
      const told = trailers['x-hub-charge'] ?? headers['x-hub-charge'];
      return typeof told === 'string' ? told : undefined;
    };

    it.skipIf(isLeftOut)('begins nothing by halves, and then charges in every process', async () => {
      await expect(change({ ...TERMS, enabled: true })).rejects.toThrow('charging.incomplete');
      const offers = [{ name: 'fake-small', published: true }];
      await place.hubs[0].control('PATCH', '/installation/offers', { offers });
      expect(await change({ ...TERMS, enabled: true })).toMatchObject({ enabled: true, missing: [] });
      await allFollow(true);
      for (const hub of place.hubs) {
        expect(priceOf(await callHub(hub, key, { body: chatBody({ max_tokens: 20 }) }))).toBeDefined();
        expect(asObject(await hub.control('GET', '/info'))['mode']).toBe('service_provider');
      }
      await expect(change({ price_usd: '2' })).rejects.toThrow('resource.conflict');
    });

    it.skipIf(isLeftOut)('charges a call as it began: whole when it was on, nothing when it was off', async () => {
      upstream.setScript(() => ({ contentEvents: 10, eventDelayMs: 100 }));
      const body = chatBody({ max_tokens: 50, stream: true, stream_options: { include_usage: true } });
      const charged = await openCall(place.hubs[0], key, { body });
      await switchTo(false);
      const free = await openCall(place.hubs[0], key, { body });
      await switchTo(true);
      upstream.setScript(undefined);
      expect(priceOf(await collect(charged))).toBeDefined();
      const { trailers } = await collect(free);
      expect(trailers['x-hub-charge']).toBeUndefined();
      expect(trailers['x-hub-cost']).toBeDefined();
    });

    it.skipIf(isLeftOut)(
      'neither loses nor doubles a charge, however often it is switched under load',
      {
        timeout: 120_000,
      },
      async () => {
        const before = await withStore(place.location, chargesOf);
        const state = { isOver: false };
        const told: string[] = [];
        const statuses = new Set<number>();
        const callers = Array.from({ length: CALLERS }, async (_, index) => {
          const hub = place.hubs[index % place.hubs.length] ?? place.hubs[0];
          for (let call = 0; !state.isOver; call += 1) {
            const answer = await callHub(hub, key, { body: chatBody({ max_tokens: 20, stream: call % 2 === 0 }) });
            statuses.add(answer.status);
            const price = priceOf(answer);
            if (price !== undefined) told.push(price);
          }
        });
        for (let round = 0; round < SWITCHES; round += 1) await switchTo(round % 2 === 1);
        state.isOver = true;
        await Promise.all(callers);
        expect([...statuses]).toEqual([200]);
        const isSettled = async (store: Store): Promise<boolean> => {
          const open = await store.ledgerReader.anyHolds(PAGE);
          return open.length === 0;
        };
        await withStore(place.location, async (store) => {
          await eventually('no hold is open', () => isSettled(store));
          const after = await chargesOf(store);
          expect(after.length - before.length).toBe(told.length);
          const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
          expect(sum(after) - sum(before)).toBe(sum(told.map(nanoOf)));
          const proof = await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none')));
          expect(proof.differences.filter(({ id }) => !id.startsWith('seal'))).toEqual([]);
        });
        expect(told.length).toBeGreaterThan(0);
      },
    );

    it.skipIf(isLeftOut)('keeps balances and keys while it is off, and goes on from there', async () => {
      const balance = () =>
        withStore(place.location, async (store) => {
          const [account] = await store.ledgerReader.accounts(
            DEFAULT_TENANT,
            { accountId: 'organization/org_default' },
            PAGE,
          );
          return account?.availableNano;
        });
      await switchTo(false);
      const left = await balance();
      expect((await callHub(place.hubs[0], key, { body: chatBody({ max_tokens: 20 }) })).status).toBe(200);
      expect(await balance()).toBe(left);
      await switchTo(true);
      expect((await callHub(place.hubs[0], key, { body: chatBody({ max_tokens: 20 }) })).status).toBe(200);
      await eventually('the charge is there', async () => (await balance()) !== left);
    });
  },
);

function nanoOf(credits: string): bigint {
  const [whole = '0', fraction = ''] = credits.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
