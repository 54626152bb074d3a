import { describe, expect, it } from 'vitest';
import type { CachedAnswer } from '../protocol/cached-answer.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { MemoryShelf } from './memory-shelf.ts';

const OURS = { organizationId: 'org_a' };
const answer = (bytes: number, expiresAt = 100): CachedAnswer => ({
  body: Buffer.alloc(bytes),
  contentType: 'application/json',
  usage: NO_USAGE,
  made: undefined,
  costNano: undefined,
  servedModel: undefined,
  finishReason: undefined,
  losses: [],
  storedAt: 0,
  expiresAt,
});

describe('answers in memory', () => {
  it('are there until their time is over, for their organization', async () => {
    const shelf = new MemoryShelf(10_000);
    const kept = answer(10);
    await shelf.put(OURS, 'a', kept);
    expect(await shelf.get(OURS, 'a', 99)).toBe(kept);
    expect(await shelf.get({ organizationId: 'org_b' }, 'a', 99)).toBeUndefined();
    expect(await shelf.get(OURS, 'a', 100)).toBeUndefined();
    expect(shelf.bytes).toBe(0);
  });

  it('are never more than there is room for: those go that were not asked for longest', async () => {
    const shelf = new MemoryShelf(3 * 2024);
    for (const id of ['a', 'b', 'c']) await shelf.put(OURS, id, answer(1000));
    await shelf.get(OURS, 'a', 0);
    await shelf.put(OURS, 'd', answer(1000));
    const there = await Promise.all(['a', 'b', 'c', 'd'].map((id) => shelf.get(OURS, id, 0)));
    expect(there.map((each) => each !== undefined)).toEqual([true, false, true, true]);
    await shelf.put(OURS, 'a', answer(2000));
    expect(shelf.bytes).toBeLessThanOrEqual(3 * 2024);
    await shelf.put(OURS, 'e', answer(100_000));
    expect(await shelf.get(OURS, 'e', 0)).toBeUndefined();
    expect(await shelf.get(OURS, 'a', 0)).toBeDefined();
  });
});
