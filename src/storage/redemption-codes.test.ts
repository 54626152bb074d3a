import { describe, expect, test } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import { createKeyedDigest } from '../kernel/keyed-digest.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { createOwedGrants, type OwedGrants } from '../ledger/owed-grants.ts';
import { createRedemptionCodes, type NewCodeBatch } from '../ledger/redemption-codes.ts';
import type { Store } from './open-store.ts';
import { organization, project } from './testing/rows.ts';
import { openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';

/** Redemption codes on both engines, with two hubs on one store. */

const CREDIT = 1_000_000_000n;
const newId = createIdMaker(() => Date.now());
const digest = createKeyedDigest(Buffer.from('a secret of this test'), 'codes');

const BATCH: NewCodeBatch = {
  name: 'Conference',
  kind: 'promotional',
  amountNano: nanoCredits(CREDIT),
  count: 1,
  usesMax: 1,
  validUntil: undefined,
  creditExpiresAt: undefined,
  creditLastsDays: undefined,
  actorId: undefined,
};

/** A hub on the store; `dies`: before what it owes is given. */
function hubOn(store: Store, { now = Date.now, dies = false } = {}) {
  const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
  const grants = createOwedGrants({ store: store.owedGrants, ledger, reader: store.ledgerReader, newId, now });
  const dying: OwedGrants = { ...grants, giveNow: () => Promise.reject(new Error('the process died')) };
  const codes = createRedemptionCodes({
    store: store.redemptionCodes,
    digest,
    grants: dies ? dying : grants,
    countTry: async () => undefined,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    newId,
    now,
  });
  return { codes, grants };
}

async function storesOf(
  engine: TestEngine,
  organizations: number,
): Promise<readonly [Store, Store, readonly string[]]> {
  const location = await engine.migratedLocation();
  const store = openAt(location);
  const ids = Array.from({ length: organizations }, (_, index) => `org_${index}`);
  for (const id of ids) {
    const made = { organization: organization(id), project: project(`proj_${id}`, { organizationId: id }) };
    await store.organizations.insert({ ...made, owner: undefined }, { check: () => undefined });
  }
  return [store, openAt(location), ids];
}

const by = (organizationId: string) => ({ organizationId, actorId: 'usr_1', address: undefined });

async function issuedTo(store: Store, organizationId: string): Promise<readonly bigint[]> {
  const page = { limit: 10, afterId: undefined };
  const grants = await store.ledgerReader.grants({ organizationId }, { accountId: undefined }, page);
  return grants.map(({ issuedNano }) => issuedNano);
}

/** How many were redeemed anew, and why the others were not. */
async function outcomesOf(tries: readonly Promise<{ readonly isNew: boolean }>[]) {
  const settled = await Promise.allSettled(tries);
  const told = settled.map((each) =>
    each.status === 'fulfilled'
      ? each.value.isNew
        ? 'new'
        : 'known'
      : String(each.reason.details?.why ?? each.reason),
  );
  return Object.fromEntries([...Map.groupBy(told, (word) => word)].map(([word, all]) => [word, all.length]));
}

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('codes in %s', (_, engine) => {
  describe.skipIf(engine.skip !== undefined)('here', () => {
    test('of many who redeem a code at once on two hubs, as many get it as may', async () => {
      const [one, other, ids] = await storesOf(engine, 12);
      const hubs = [hubOn(one), hubOn(other)];
      const single = await hubOn(one).codes.create(BATCH);
      const many = await hubOn(one).codes.create({ ...BATCH, usesMax: 5 });
      const tries = (code = '') =>
        ids.flatMap((id) => hubs.map(({ codes }) => codes.redeem(code, by(id)))).map((each) => each);
      const first = await outcomesOf(tries(single.codes[0]));
      expect(first).toEqual({ new: 1, known: 1, used_up: 22 });
      const second = await outcomesOf(tries(many.codes[0]));
      expect(second).toEqual({ new: 5, known: 5, used_up: 14 });
      const issued = (await Promise.all(ids.map((id) => issuedTo(one, id)))).flat();
      expect(issued).toEqual(Array.from({ length: 6 }, () => CREDIT));
      const [multi, uni] = await one.redemptionCodes.list({ limit: 10, afterId: undefined });
      expect([uni?.uses, multi?.uses]).toEqual([1, 5]);
      expect(await one.redemptionCodes.redemptions(many.batch.id, { limit: 10, afterId: undefined })).toHaveLength(5);
      expect(await one.owedGrants.waiting(10)).toEqual([]);
    });

    test('what was redeemed is given where the process dies before, once', async () => {
      const [store, other, [id = '']] = await storesOf(engine, 1);
      const { codes } = await hubOn(store).codes.create(BATCH);
      await expect(hubOn(store, { dies: true }).codes.redeem(codes[0] ?? '', by(id))).rejects.toThrow('died');
      expect(await issuedTo(store, id)).toEqual([]);
      const [waiting] = await store.owedGrants.waiting(10);
      expect(waiting).toMatchObject({ organizationId: id, reason: expect.stringContaining('code 1 of cb_') });
      await Promise.all([hubOn(other).grants.giveWaiting(), hubOn(store).codes.redeem(codes[0] ?? '', by(id))]);
      expect(await issuedTo(store, id)).toEqual([CREDIT]);
      expect((await store.redemptionCodes.list({ limit: 1, afterId: undefined }))[0]?.uses).toBe(1);
    });

    test('none is redeemed after its time, after that of its credit, or once its batch is withdrawn', async () => {
      const [store, , [id = '']] = await storesOf(engine, 1);
      const at = Date.now();
      const made = async (fields: Partial<NewCodeBatch>) => hubOn(store).codes.create({ ...BATCH, ...fields });
      const later = hubOn(store, { now: () => at + 20_000 });
      const ended = await made({ validUntil: at + 10_000 });
      const stale = await made({ creditExpiresAt: at + 10_000 });
      const withdrawn = await made({});
      await hubOn(store).codes.withdraw(withdrawn.batch.id);
      const whys = [];
      for (const { codes } of [ended, stale, withdrawn]) {
        whys.push(await outcomesOf([later.codes.redeem(codes[0] ?? '', by(id))]));
      }
      expect(whys).toEqual([{ expired: 1 }, { expired: 1 }, { withdrawn: 1 }]);
      expect(await issuedTo(store, id)).toEqual([]);
    });

    test('lie in the store as digests alone', async () => {
      const [store] = await storesOf(engine, 0);
      const { batch, codes } = await hubOn(store).codes.create({ ...BATCH, count: 600 });
      expect(new Set(codes).size).toBe(600);
      expect(await store.redemptionCodes.codes(batch.id, { limit: 2, afterNumber: 598 })).toEqual([
        { number: 599, uses: 0 },
        { number: 600, uses: 0 },
      ]);
    });
  });
});
