import { describe, expect, test } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { assertSame, createOwedGrants, type WantedGrant } from '../ledger/owed-grants.ts';
import { createSealDigest } from '../ledger/seals.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { messagesOf, tellOfUsage } from '../notifications/customer-usage.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Store } from './open-store.ts';
import { organization, project, virtualKey } from './testing/rows.ts';
import { openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';

/** Customers of a platform, credit that is owed and usage that is told, on both engines, with two hubs on one store. */

const CREDIT = 1_000_000_000n;
const ACME = { id: 'org_acme', externalId: 'acme-42' };
const ACCOUNT: AccountId = 'organization/org_acme';
const newId = createIdMaker(() => Date.now());
const digest = createSealDigest(Buffer.from('a secret of this test'));

const ledgerOf = (store: Store): Ledger =>
  new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });

const owedGrantsOf = (store: Store, ledger = ledgerOf(store)) =>
  createOwedGrants({ store: store.owedGrants, ledger, reader: store.ledgerReader, newId, now: Date.now });

const order = (reference: string, fields: Partial<WantedGrant> = {}): WantedGrant => ({
  organizationId: ACME.id,
  reference,
  kind: 'purchased',
  name: reference,
  amountNano: nanoCredits(CREDIT),
  expiresAt: undefined,
  actorId: undefined,
  reason: undefined,
  ...fields,
});

/** A customer with everything that one begins with. */
const acme = (fields: { readonly projectId?: string; readonly id?: string } = {}) => {
  const { projectId = 'proj_acme', id = ACME.id } = fields;
  return {
    organization: organization(id, { externalId: ACME.externalId }),
    project: project(projectId, { organizationId: id }),
    key: virtualKey(`vk_${id}`, { organizationId: id, projectId }),
    owed: owedGrantsOf({} as Store, {} as Ledger).draft(order('order-1', { organizationId: id })),
  };
};

const NO_CHECKS = { check: () => undefined, checkOwed: () => undefined };

async function storesOf(engine: TestEngine): Promise<readonly [Store, Store]> {
  const location = await engine.migratedLocation();
  return [openAt(location), openAt(location)];
}

const issued = async (store: Store): Promise<readonly bigint[]> => {
  const page = { limit: 100, afterId: undefined };
  const grants = await store.ledgerReader.grants({ organizationId: ACME.id }, { accountId: undefined }, page);
  return grants.map(({ issuedNano }) => issuedNano);
};

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('in %s', (_, engine) => {
  describe.skipIf(engine.skip !== undefined)('customers of a platform', () => {
    test('of two who make the same customer, one does, with all or nothing of what it begins with', async () => {
      const [one, other] = await storesOf(engine);
      const outcomes = await Promise.all([
        one.customers.insert(acme(), NO_CHECKS),
        other.customers.insert(acme({ id: 'org_second', projectId: 'proj_second' }), NO_CHECKS),
      ]);
      expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1);
      const [made] = new Set(outcomes.map((outcome) => outcome.organization.id));
      expect(outcomes.every((outcome) => outcome.organization.id === made)).toBe(true);
      expect((await one.customers.find(ACME.externalId))?.id).toBe(made);
      expect((await one.customers.defaultProject(made ?? ''))?.isDefault).toBe(true);
      expect(await one.owedGrants.waiting(10)).toMatchObject([{ organizationId: made, reference: 'order-1' }]);
      const state = await one.configuration.load();
      expect(state.keys.filter(({ organizationId }) => organizationId === made)).toHaveLength(1);
      expect(state.organizations.find(({ id }) => id === made)?.externalId).toBe(ACME.externalId);
      expect((await one.customers.list({ limit: 10, search: 'ACME' })).map(({ id }) => id)).toEqual([made]);
    });

    test('nothing of a customer is made whose credit stands for something else already', async () => {
      const [store] = await storesOf(engine);
      await store.customers.insert(acme(), NO_CHECKS);
      const second = acme({ id: 'org_second', projectId: 'proj_second' });
      const other = { ...second, organization: organization('org_second', { externalId: 'other' }) };
      const checks = {
        check: () => undefined,
        checkOwed: (...both: Parameters<typeof assertSame> extends [infer A, infer B, number] ? [A, B] : never) =>
          assertSame(...both, Date.now()),
      };
      await expect(store.customers.insert(other, checks)).rejects.toMatchObject({ code: 'resource.conflict' });
      expect(await store.customers.find('other')).toBeUndefined();
      expect(await store.organizations.get('org_second')).toBeUndefined();
    });

    test('an external id is one organization’s', async () => {
      const [store] = await storesOf(engine);
      await store.customers.insert(acme(), NO_CHECKS);
      const change = { externalId: ACME.externalId };
      await expect(store.organizations.update('org_default', change, { check: () => undefined })).rejects.toMatchObject(
        { code: 'resource.conflict' },
      );
    });
  });

  describe.skipIf(engine.skip !== undefined)('credit that is owed', () => {
    test('is given once by each reference, on two hubs at once, and to all or none', async () => {
      const [one, other] = await storesOf(engine);
      await one.customers.insert({ ...acme(), owed: undefined }, NO_CHECKS);
      const both = [owedGrantsOf(one), owedGrantsOf(other)];
      const wanted = [order('order-1'), order('order-2'), order('order-3')];
      const given = await Promise.all(
        both.flatMap((grants) => [grants.give(wanted), grants.give(wanted.toReversed())]),
      );
      expect(given.flat().filter(({ isNew }) => isNew)).toHaveLength(3);
      expect(await issued(one)).toEqual([CREDIT, CREDIT, CREDIT]);
      const changed = [order('order-4'), order('order-2', { amountNano: nanoCredits(5n) })];
      await expect(both[0]?.give(changed)).rejects.toMatchObject({ code: 'resource.conflict' });
      expect(await one.owedGrants.ofReferences(['order-4'])).toEqual([]);
      expect(await issued(one)).toHaveLength(3);
    });

    test('is given later where a process dies between its word and the grant, or between the grant and its note', async () => {
      const [store] = await storesOf(engine);
      await store.customers.insert({ ...acme(), owed: undefined }, NO_CHECKS);
      const grants = owedGrantsOf(store);
      const [written, given] = [order('order-1'), order('order-2')].map((each) => grants.draft(each));
      await store.owedGrants.owe(
        [written, given].flatMap((each) => each ?? []),
        () => undefined,
      );
      await ledgerOf(store).do(giveGrant(given?.id ?? '', CREDIT, { organizationId: ACME.id, accountId: ACCOUNT }));
      await grants.giveWaiting();
      expect(await issued(store)).toEqual([CREDIT, CREDIT]);
      expect(await store.owedGrants.waiting(10)).toEqual([]);
    });
  });

  describe.skipIf(engine.skip !== undefined)('usage that is told', () => {
    const call = async (ledger: Ledger, id: string, amount: bigint): Promise<void> => {
      const path = [ACCOUNT, 'project/proj_acme'] as const;
      const fields = { path, organizationId: ACME.id, projectId: 'proj_acme' };
      await ledger.do(placeHold(id, 3n * CREDIT, fields));
      await ledger.do({ kind: 'end', id, path, state: 'settled', amountNano: nanoCredits(amount), basis: 'reported' });
    };

    test('is each movement once, whole, whatever the seals cut apart, and whoever tells', async () => {
      const [one, other] = await storesOf(engine);
      await one.customers.insert({ ...acme(), owed: undefined }, NO_CHECKS);
      const ledger = ledgerOf(one);
      const gift = { organizationId: ACME.id, accountId: ACCOUNT };
      // Two grants, so that a call is paid by both, and an account of a part, which is not told of.
      await ledger.do(giveGrant('gr_1', CREDIT, { ...gift, priority: 1 }));
      await ledger.do(giveGrant('gr_2', 10n * CREDIT, gift));
      await ledger.do(giveGrant('gr_3', 10n * CREDIT, { organizationId: ACME.id, accountId: 'project/proj_acme' }));
      await ledger.do(giveGrant('gr_4', 10n * CREDIT));
      await call(ledger, 'ur_1', 2n * CREDIT);
      await call(ledger, 'ur_2', 1n);
      await ledger.do(placeHold('ur_3', CREDIT, { path: ['organization/org_default'] }));
      const own = {
        id: 'ur_3',
        path: ['organization/org_default'] as const,
        state: 'settled',
        basis: 'reported',
      } as const;
      await ledger.do({ kind: 'end', ...own, amountNano: nanoCredits(CREDIT) });
      const back = {
        kind: 'refund',
        id: 'rf_1',
        chargeId: 'ur_1',
        path: [ACCOUNT, 'project/proj_acme'] as const,
      } as const;
      await ledger.do({ ...back, amountNano: nanoCredits(CREDIT), actorId: undefined, reason: 'a broken answer' });
      // One entry in each seal.
      while ((await one.ledgerSeals.sealNext(1, digest)) > 0);

      const told: string[] = [];
      const slices = [];
      for (;;) {
        const slice = await one.customerUsage.next(1);
        if (slice === undefined) break;
        slices.push(slice);
        const to = { organizationId: 'org_default', at: 1, newId: () => newId('whd') };
        const outcomes = await Promise.all([one, other].map((store) => store.customerUsage.tell(slice, [], to)));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        told.push(...slice.movements.map(({ id, amountNano }) => `${id} ${amountNano}`));
      }
      expect(told.toSorted()).toEqual(['rf_1 -1000000000', 'ur_1/charge 2000000000', 'ur_2/charge 1']);
      const messages = slices.flatMap((slice) => messagesOf(slice, { operatorId: 'org_default', at: 1 }));
      expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(messages.length);
    });

    test('goes to the webhooks that ask for it by name, those that are switched off among them', async () => {
      const [store] = await storesOf(engine);
      await store.customers.insert({ ...acme(), owed: undefined }, NO_CHECKS);
      const hook = (id: string, kinds: readonly string[], enabled: boolean) =>
        store.webhooks.insert(
          {
            id,
            organizationId: 'org_default',
            url: 'https://example.com/hook',
            kinds,
            enabled,
            sealed: 'hv1:1:secret',
            previousUntil: undefined,
            failingSince: undefined,
            createdAt: 1,
            revision: 1,
          },
          20,
        );
      await hook('wh_named', ['customer.usage'], true);
      await hook('wh_off', ['customer.usage', 'credit.low'], false);
      await hook('wh_all', [], true);
      const ledger = ledgerOf(store);
      await ledger.do(giveGrant('gr_1', 10n * CREDIT, { organizationId: ACME.id, accountId: ACCOUNT }));
      await call(ledger, 'ur_1', 1_500_000_000n);
      await store.ledgerSeals.sealNext(100, digest);
      const teller = { store: store.customerUsage, operatorId: 'org_default', newId, now: () => 1_000 };
      await tellOfUsage(teller, new AbortController().signal);
      await tellOfUsage(teller, new AbortController().signal);
      const deliveries = await Promise.all(
        ['wh_named', 'wh_off', 'wh_all'].map((id) =>
          store.webhooks.deliveries({ organizationId: 'org_default' }, id, { limit: 10, beforeId: undefined }),
        ),
      );
      expect(deliveries.map(({ length }) => length)).toEqual([1, 1, 0]);
      expect(JSON.parse(deliveries[0]?.[0]?.body ?? '')).toEqual({
        type: 'customer.usage',
        timestamp: '1970-01-01T00:00:01.000Z',
        organization_id: 'org_default',
        data: {
          event_id: 'usg_org_acme_1_1_1',
          organization_id: ACME.id,
          external_id: ACME.externalId,
          credits: '1.5',
          movements: [{ id: 'ur_1/charge', charge_id: 'ur_1', kind: 'charge', credits: '1.5', at: expect.any(String) }],
        },
      });
    });
  });
});
