import { describe, expect, test } from 'vitest';
import { nanoCredits } from '../kernel/money.ts';
import { expireDue } from '../ledger/expire.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { AccountId } from '../protocol/ledger.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { tamper } from './testing/tamper.ts';

/** The store's clock says when credit expires and when a hold's time is over, whatever the clocks of processes say. */

const MINUTE_MS = 60_000;
const ACCOUNT: AccountId = 'organization/org_default';
const AMOUNT = nanoCredits(10n);
/** What a database may say of the zone that its sessions are in. */
const ZONES = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns'];

describe.each(TEST_ENGINES)('time on $kind', (engine) => {
  describe.each([-10, 0, 10])('with a process whose clock is %i minutes off', (minutes) => {
    test.skipIf(engine.skip).each(engine.kind === 'postgres' ? ZONES : ['UTC'])(
      'is the store’s own, which is in %s',
      async (zone) => {
        const location = await engine.migratedLocation();
        const run = await tamper(location, { guarded: true });
        if (location.kind === 'postgres') {
          await run(`ALTER DATABASE ${new URL(location.url).pathname.slice(1)} SET timezone = '${zone}'`);
        }
        const clock = { now: () => Date.now() + minutes * MINUTE_MS, monotonic: () => performance.now() };
        const store = openAt(location, { clock });
        const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
        const give = (id: string, expiresInMs: number) =>
          // The machine's clock is the store's here.
          ledger.do(giveGrant(id, AMOUNT, { expiresAt: Date.now() + expiresInMs }));
        const place = (id: string, ttlMs: number) => ledger.do(placeHold(id, AMOUNT, { path: [ACCOUNT], ttlMs }));
        const sweep = (id: string) => ledger.do({ kind: 'sweep', id, path: [ACCOUNT] });

        await give('gr_over', -MINUTE_MS);
        expect(await place('ur_1', MINUTE_MS)).toMatchObject({ kind: 'short', cause: 'out' });
        await give('gr_good', MINUTE_MS);
        expect(await place('ur_1', MINUTE_MS)).toMatchObject({ kind: 'held' });
        expect(await sweep('ur_1')).toEqual({ kind: 'alive' });
        await ledger.do({ kind: 'renew', id: 'ur_1', path: [ACCOUNT], ttlMs: 5 * MINUTE_MS });
        expect((await store.ledgerHolds.stray(10)).due).toEqual([]);
        await ledger.do({ kind: 'renew', id: 'ur_1', path: [ACCOUNT], ttlMs: -1 });
        expect((await store.ledgerHolds.stray(10)).due.map(({ id }) => id)).toEqual(['ur_1']);
        expect(await sweep('ur_1')).toMatchObject({ kind: 'ended', state: 'presumed' });

        expect((await store.ledgerReader.due(10)).map(({ id }) => id)).toEqual(['gr_over']);
        await expireDue(store.ledgerReader, ledger, new AbortController().signal);
        expect(await store.ledgerReader.due(10)).toEqual([]);
        const entries = await store.ledgerReader.entries(
          { organizationId: 'org_default' },
          { accountId: ACCOUNT },
          { limit: 10, afterId: undefined },
        );
        expect(entries.map(({ kind }) => kind).toSorted()).toEqual(['charge', 'expiry', 'grant', 'grant']);
        for (const { at } of entries) expect(Math.abs(at - Date.now())).toBeLessThan(MINUTE_MS);
      },
    );
  });
});
