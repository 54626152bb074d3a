import { describe, expect, it } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { CacheTally } from './cache-tally.ts';
import type { CacheCountStore } from './ports.ts';

const HOUR = 3_600_000;

describe('how often answers were there', () => {
  it('is written by organization and hour, and again where it could not be', async () => {
    const written: Parameters<CacheCountStore['add']>[0][] = [];
    let isDown = true;
    const tally = new CacheTally({
      add: async (counts) => {
        if (isDown) throw new Error('down');
        written.push(counts);
      },
    });
    tally.note({ organizationId: 'org_a' }, HOUR + 5, 'miss');
    tally.note({ organizationId: 'org_a' }, HOUR + 6, nanoUsd(7n));
    await expect(tally.flush()).rejects.toThrow('down');
    tally.note({ organizationId: 'org_a' }, HOUR + 7, nanoUsd(3n));
    tally.note({ organizationId: 'org_b' }, HOUR * 2, 'miss');
    isDown = false;
    await tally.flush();
    await tally.flush();
    expect(written).toEqual([
      [
        { organizationId: 'org_a', hour: HOUR, hits: 2, misses: 1, savedNano: 10n },
        { organizationId: 'org_b', hour: HOUR * 2, hits: 0, misses: 1, savedNano: 0n },
      ],
    ]);
  });
});
