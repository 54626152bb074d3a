import { describe, expect, test } from 'vitest';
import { parseJson } from '../kernel/json.ts';
import type { ContentRow } from '../protocol/contents.ts';
import { ContentKeeper, type WireContent } from './content-keeper.ts';

const DAY_MS = 86_400_000;

function content(id: string, text = '{"a":1}'): WireContent {
  const side = { mediaType: 'application/json', bytes: text.length, read: Buffer.from(text) };
  return {
    id,
    organizationId: 'org_1',
    projectId: 'proj_1',
    startedAt: 1000,
    rule: { keepDays: 3, redacts: true },
    request: side,
    answer: side,
    heldBytes: text.length * 2,
  };
}

function open({ insert = async (_rows: readonly ContentRow[]): Promise<void> => undefined, heldBytesMax = 100 } = {}) {
  const rows: ContentRow[] = [];
  const lost: unknown[] = [];
  const keeper = new ContentKeeper({
    store: {
      insert: async (given) => {
        await insert(given);
        rows.push(...given);
      },
    },
    seal: (value) => JSON.stringify(value),
    breathe: async () => undefined,
    onLost: (count, why) => lost.push([count, why]),
    heldBytesMax,
  });
  return { keeper, rows, lost };
}

describe('contents that are kept', () => {
  test('are stored sealed, until their days are over, and give their room back', async () => {
    const { keeper, rows, lost } = open();
    expect(keeper.take(14)).toBe(true);
    keeper.keep(content('ur_1'));
    keeper.keep(content('ur_2', '{"to":"ann@example.com"}'));
    expect(keeper.take(48)).toBe(true);
    await keeper.close();
    expect(rows).toMatchObject([
      { id: 'ur_1', organizationId: 'org_1', projectId: 'proj_1', createdAt: 1000, expiresAt: 1000 + 3 * DAY_MS },
      { id: 'ur_2' },
    ]);
    expect(parseJson(rows[1]?.sealed ?? '')).toMatchObject({
      isRedacted: true,
      request: { text: '{"to":"[redacted: e-mail address]"}' },
    });
    expect([lost, keeper.heldBytes]).toEqual([[], 0]);
  });

  test('take no more memory than there is for them', () => {
    const { keeper, lost } = open({ heldBytesMax: 100 });
    expect([keeper.take(60), keeper.take(60), keeper.take(40)]).toEqual([true, false, true]);
    keeper.release(40);
    expect(keeper.take(40)).toBe(true);
    keeper.noteLost();
    expect(lost).toEqual([[1, 'memory']]);
  });

  test('are lost and counted where the store does not take them, and those after them are not', async () => {
    let calls = 0;
    const { keeper, rows, lost } = open({
      insert: async () => {
        calls += 1;
        if (calls === 1) throw new Error('the store is gone');
      },
    });
    keeper.take(28);
    keeper.keep(content('ur_1'));
    await keeper.close();
    expect(keeper.heldBytes).toBe(14);
    keeper.keep(content('ur_2'));
    await keeper.close();
    expect(lost).toEqual([[1, 'store']]);
    expect(rows).toMatchObject([{ id: 'ur_2' }]);
    expect(keeper.heldBytes).toBe(0);
  });
});
