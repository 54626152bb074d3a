import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../kernel/json.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { Store } from '../storage/open-store.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { createStarterDigest, startersOf } from './starter-credits.ts';
import { PASSWORD, type PeoplePlane, startPeoplePlane } from './testing/account-plane.ts';

const DAY_MS = 86_400_000;
const OFFER = { name: 'Welcome', amount: '5', lasts_days: 30, per_day_max: 100 };
const SIGN_UP = { sign_up: 'open', sign_up_joins: 'personal' };

function firstIdOf(rows: unknown): string {
  const [first] = Array.isArray(rows) ? rows : [];
  return isJsonObject(first) && typeof first['id'] === 'string' ? first['id'] : '';
}

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))(
  'credit to begin with, in %s',
  (_, engine) => {
    describe.skipIf(engine.skip !== undefined)('here', () => {
      /** Fails so many times before it gives. */
      const open = async (offer: object, { failing = 0, address = '192.0.2.1', isCharging = true } = {}) => {
        let left = failing;
        const late: unknown[] = [];
        const starter = (store: Store) => {
          const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
          const digest = createStarterDigest(Buffer.from('a secret of this test'));
          const logger = { warn: ({ err }: { err: unknown }) => late.push(err) };
          const real = startersOf({
            isCharging: () => isCharging,
            logger: logger as never,
            digest,
            ledger,
          });
          return {
            ...real,
            give: async (credit: Parameters<typeof real.give>[0]) => {
              left -= 1;
              if (left >= 0) throw new Error('the store is away');
              await real.give(credit);
            },
          };
        };
        const plane = await startPeoplePlane(engine, { starter, address });
        const set = await plane.operator('/installation', {
          method: 'PATCH',
          body: { ...SIGN_UP, starter_credits: { ...OFFER, ...offer } },
        });
        expect(set.status).toBe(200);
        return { plane, late };
      };
      const signUp = async (plane: PeoplePlane, email: string): Promise<string> => {
        // Ids sort by their milliseconds.
        plane.clock.nowMs += 1;
        const browser = plane.browser();
        const person = { email, name: email, password: PASSWORD };
        const asked = await browser.send('/auth/sign-up', { method: 'POST', body: person });
        expect(asked.status).toBe(202);
        const { token } = plane.lastMail('verify');
        expect((await browser.send('/auth/verify', { method: 'POST', body: { token } })).status).toBe(200);
        await browser.send('/auth/sign-in', { method: 'POST', body: { email, password: PASSWORD } });
        return firstIdOf((await browser.send('/me')).body['organizations']);
      };
      const grantsOf = (plane: PeoplePlane, organizationId: string) =>
        plane.store.ledgerReader.grants(
          { organizationId },
          { accountId: undefined },
          { limit: 10, afterId: undefined },
        );
      const stories = async (plane: PeoplePlane) =>
        (await plane.store.starterCredits.list({ state: undefined }, { limit: 100, afterId: undefined }))
          .toReversed()
          .map(({ state, refusal }) => refusal ?? state);

      it('is given with the organization of whoever proves their address', async () => {
        const { plane } = await open({});
        const organizationId = await signUp(plane, 'ada@example.com');
        await expect.poll(() => grantsOf(plane, organizationId)).toHaveLength(1);
        const [grant] = await grantsOf(plane, organizationId);
        expect(grant).toMatchObject({
          accountId: `organization/${organizationId}`,
          kind: 'promotional',
          name: 'Welcome',
          issuedNano: 5_000_000_000n,
          priority: 50,
          expiresAt: plane.clock.nowMs + 30 * DAY_MS,
        });
        await expect.poll(() => stories(plane)).toEqual(['given']);
      });

      it('is given to nobody while calls cost no credit, and used up by nobody', async () => {
        const { plane } = await open({}, { isCharging: false });
        expect(await grantsOf(plane, await signUp(plane, 'ada@example.com'))).toEqual([]);
        expect(await stories(plane)).toEqual([]);
      });

      it('is given once for each person, whatever they call their mailbox', async () => {
        const { plane } = await open({});
        await signUp(plane, 'ada@gmail.com');
        for (const email of ['a.da@gmail.com', 'ada+2@gmail.com', 'ada@googlemail.com']) {
          expect(await grantsOf(plane, await signUp(plane, email))).toEqual([]);
        }
        await expect.poll(() => stories(plane)).toEqual(['given', 'had_before', 'had_before', 'had_before']);
      });

      it('is given no more to whoever had it before the account was erased', async () => {
        const { plane } = await open({});
        await signUp(plane, 'ada@example.com');
        const id = firstIdOf((await plane.operator('/users')).body['data']);
        await plane.people.accounts.close(id);
        await plane.people.accounts.erase(id);
        await signUp(plane, 'ada@example.com');
        await expect.poll(() => stories(plane)).toEqual(['given', 'had_before']);
      });

      it('is given to so many people a day, even where they come at once', async () => {
        const { plane } = await open({ per_day_max: 2 });
        await Promise.all(
          ['a', 'b', 'c', 'd'].map((name) =>
            plane.people.accounts.signUpProved({
              email: `${name}@example.com`,
              name,
              password: PASSWORD,
              locale: 'en',
            }),
          ),
        ).then((people) => Promise.all(people.map((user) => plane.people.accounts.admit(user))));
        await expect
          .poll(async () => (await stories(plane)).toSorted())
          .toEqual(['day_is_full', 'day_is_full', 'given', 'given']);
        plane.clock.nowMs += DAY_MS;
        await signUp(plane, 'e@example.com');
        await expect.poll(async () => (await stories(plane)).at(-1)).toBe('given');
      });

      it('is given to five people of one network a day, and to none of a domain that the operator refuses', async () => {
        const { plane } = await open({ refused_domains: ['throwaway.example'] });
        await signUp(plane, 'eve@mail.throwaway.example');
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await signUp(plane, `${name}@example.com`);
        await expect
          .poll(() => stories(plane))
          .toEqual(['domain', ...Array.from({ length: 5 }, () => 'given'), 'too_many_from_there']);
      });

      it('is given once where giving it failed, or was not noted', async () => {
        const { plane, late } = await open({}, { failing: 1 });
        const organizationId = await signUp(plane, 'ada@example.com');
        await expect.poll(() => late).toHaveLength(1);
        expect(await stories(plane)).toEqual(['waiting']);
        const { starterCredits } = plane.people;
        await Promise.all([starterCredits?.giveWaiting(), starterCredits?.giveWaiting()]);
        expect(await grantsOf(plane, organizationId)).toHaveLength(1);
        expect(await stories(plane)).toEqual(['given']);
      });

      it('is offered no more once the operator takes the offer back', async () => {
        const { plane } = await open({});
        const body = { starter_credits: null };
        const { body: after } = await plane.operator('/installation', { method: 'PATCH', body });
        expect(after['starter_credits']).toBeUndefined();
        await signUp(plane, 'ada@example.com');
        expect(await stories(plane)).toEqual([]);
      });
    });
  },
);
