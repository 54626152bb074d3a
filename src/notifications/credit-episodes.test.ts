import { describe, expect, it } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant } from '../ledger/testing/operations.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { tellOfCredit } from './credit-episodes.ts';

const CREDIT = 1_000_000_000n;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const ACCOUNT = 'organization/org_default';
const KINDS = ['credit.low', 'credit.out', 'credit.restored'];

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))(
  'credit that runs low, in %s',
  (_, engine) => {
    describe.skipIf(engine.skip !== undefined)('here', () => {
      const open = async () => {
        const clock = { nowMs: Date.now() };
        const now = () => clock.nowMs;
        const store = await freshStore(engine, { clock: { now, monotonic: now } });
        const newId = createIdMaker(now);
        const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
        const tell = async (): Promise<void> => {
          clock.nowMs += 1;
          const looks = {
            lowNano: nanoCredits(CREDIT),
            purchaseLinkOf: () => 'https://example.com/buy',
            newId,
            clock: now,
          };
          const look = () => tellOfCredit({ ...looks, store: store.notifications, credit: store.creditLeft });
          // Several instances look at once.
          await Promise.all([look(), look()]);
        };
        const told = async () => {
          const query = { kinds: KINDS, userId: undefined, unreadOnly: false, limit: 50, beforeId: undefined };
          const list = await store.notifications.list(DEFAULT_TENANT, query);
          return list.toReversed().map(({ kind, data }) => `${kind} ${textOf(data['left'])}`);
        };
        const change = async (nano: bigint): Promise<void> => {
          const id = newId('x');
          if (nano > 0n) await ledger.do(giveGrant(id, nano));
          else {
            const taken = {
              accountId: ACCOUNT,
              amountNano: nanoCredits(-nano),
              actorId: undefined,
              reason: undefined,
            } as const;
            await ledger.do({ kind: 'withdraw', id, ...taken });
          }
          await tell();
        };
        return { store, ledger, change, told };
      };

      it('is told once when little is left, once when none is, and once when there is again', async () => {
        const { change, told } = await open();
        await change(10n * CREDIT);
        await change(-8n * CREDIT);
        expect(await told()).toEqual([]);
        await change(-(3n * CREDIT) / 2n);
        await change(-CREDIT / 10n);
        expect(await told()).toEqual(['credit.low 0.5']);
        await change(-(4n * CREDIT) / 10n + 1000n);
        await change(-1000n);
        expect((await told()).slice(1)).toEqual(['credit.out 0.000001']);
        await change(10n * CREDIT);
        await change(CREDIT);
        expect((await told()).slice(2)).toEqual(['credit.restored 10']);
        await change(-10n * CREDIT - CREDIT / 2n);
        expect((await told()).slice(3)).toEqual(['credit.low 0.5']);
      });

      it('is told of what is used up at once, and of what is still little when some comes', async () => {
        const { change, told } = await open();
        await change(10n * CREDIT);
        await change(-10n * CREDIT);
        await change(CREDIT / 2n);
        await change(-CREDIT / 2n);
        await change(CREDIT / 2n);
        expect(await told()).toEqual(['credit.out 0', 'credit.low 0.5', 'credit.out 0', 'credit.restored 0.5']);
      });

      it('is not told where nothing was spent, or the organization is closed', async () => {
        const { change, told, store } = await open();
        await change(CREDIT / 2n);
        expect(await told()).toEqual([]);
        await store.organizations.update(
          DEFAULT_TENANT.organizationId,
          { state: 'closed' },
          { check: () => undefined },
        );
        await change(-CREDIT / 2n);
        expect(await told()).toEqual([]);
      });
    });
  },
);
