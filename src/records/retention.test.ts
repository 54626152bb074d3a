import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { countOf } from '../protocol/measures.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { outcome } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES, temporaryDir } from '../storage/testing/stores.ts';
import { createArchiveFolder } from './archive.ts';
import { decodeOutcome } from './encode.ts';
import { removeOldRecords } from './retention.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const ALL = { limit: 1000, cursor: undefined };
const LARGE = nanoUsd(2n ** 53n + 1n);
const never = new AbortController().signal;

describe.each(TEST_ENGINES)('old records in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    /** Thirty records, one a day; the newest is of this moment. */
    async function filled() {
      const store = await freshStore(engine);
      const outcomes = Array.from({ length: 30 }, (_, index) =>
        outcome(index, { startedAt: NOW - index * DAY_MS, costNano: LARGE }),
      );
      await store.records.commit(outcomes);
      const directory = temporaryDir();
      const deps = {
        store: store.recordRetention,
        archive: createArchiveFolder(directory),
        days: 10,
        now: () => NOW,
        onProgress: () => undefined,
      };
      const archived = () =>
        readdirSync(directory)
          .toSorted()
          .flatMap((name) =>
            gunzipSync(readFileSync(join(directory, name)))
              .toString('utf8')
              .trimEnd()
              .split('\n'),
          )
          .map(decodeOutcome);
      const listed = async () => (await store.records.list(DEFAULT_TENANT, {}, ALL)).map(({ id }) => id);
      return { store, outcomes, directory, deps, archived, listed };
    }

    test('go to the archive whole, then out of the store; sums stay', async () => {
      const { store, outcomes, deps, archived, listed } = await filled();
      await store.usageRollups.rollUp(1000);
      const edges = [NOW - 40 * DAY_MS, NOW + DAY_MS];
      const sumsOf = () =>
        store.usage.view(DEFAULT_TENANT, (view) =>
          view.sums({ edges, filters: {}, groupBy: undefined, detail: 'all' }),
        );
      const before = await sumsOf();
      await removeOldRecords(deps, never);
      expect(await listed()).toEqual(outcomes.slice(0, 11).map(({ usage }) => usage.id));
      expect(archived()).toEqual(outcomes.slice(11).toReversed());
      const [gone, kept] = [outcomes[20], outcomes[5]];
      expect(await store.records.get(DEFAULT_TENANT, gone?.usage.requestId ?? '')).toBeUndefined();
      expect(await store.records.get(DEFAULT_TENANT, kept?.usage.requestId ?? '')).toEqual(kept);
      expect(await sumsOf()).toEqual(before);
      expect(before.map(({ measures }) => countOf(measures, 'requests'))).toEqual([30]);
    });

    test('stay until the sums hold them', async () => {
      const { deps, archived, listed } = await filled();
      await removeOldRecords(deps, never);
      expect(await listed()).toHaveLength(30);
      expect(archived()).toEqual([]);
    });

    test('stay where the archive takes none, and are tried again', async () => {
      const { store, deps, archived, listed } = await filled();
      await store.usageRollups.rollUp(1000);
      const full = { write: () => Promise.reject(new Error('the disk is full')) };
      await expect(removeOldRecords({ ...deps, archive: full }, never)).rejects.toThrow('the disk is full');
      expect(await listed()).toHaveLength(30);
      await removeOldRecords(deps, never);
      expect(archived()).toHaveLength(19);
    });

    test('are archived once though a crash came before they were deleted', async () => {
      const { store, deps, directory, archived, listed } = await filled();
      await store.usageRollups.rollUp(1000);
      const died = { ...deps.store, remove: () => Promise.reject(new Error('killed')) };
      await expect(removeOldRecords({ ...deps, store: died }, never)).rejects.toThrow('killed');
      await removeOldRecords(deps, never);
      expect(await listed()).toHaveLength(11);
      expect(archived()).toHaveLength(19);
      expect(readdirSync(directory)).toEqual([expect.stringMatching(/^usage-2026-05-03-org_default-\w+\.jsonl\.gz$/)]);
    });

    test('wait when the job is told to stop', async () => {
      const { store, deps, listed } = await filled();
      await store.usageRollups.rollUp(1000);
      await removeOldRecords(deps, AbortSignal.abort());
      expect(await listed()).toHaveLength(30);
    });
  });
});
