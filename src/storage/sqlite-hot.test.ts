import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GiveGrant } from '../ledger/operations.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { type RecordRow, toRecordRow } from './record-rows.ts';
import { createHotWrites } from './sqlite-hot.ts';
import type { SqliteSession, SqliteThread } from './sqlite-thread.ts';
import { createSqliteThread } from './sqlite-thread.ts';
import { outcome } from './testing/rows.ts';
import { TEST_ENGINES } from './testing/stores.ts';
import { createTurns } from './turns.ts';

const RECORD = toRecordRow(outcome(1));
const withoutId = (row: RecordRow): RecordRow => ({ ...row, usage: row.usage.with(0, null) });
/** Credit that is given; the store will not have what has no name. */
const give = (id: string, isFit = true): GiveGrant =>
  giveGrant(id, 10n, isFit ? {} : { name: null as unknown as string });
/** Names no account. */
const impossible = placeHold('ur_1', 1n, { path: [] });

/** A store's hot writes, and what is said to its thread. */
async function setUp() {
  const sqlite = TEST_ENGINES.find(({ kind }) => kind === 'sqlite');
  const location = await sqlite?.migratedLocation();
  if (location?.kind !== 'sqlite') throw new Error('SQLite is always there');
  const thread = createSqliteThread({ path: location.path, role: 'writer' });
  onTestFinished(() => thread.close());
  const said: (keyof SqliteSession)[] = [];
  const listened: SqliteThread = {
    close: thread.close,
    session: async () => {
      const session = await thread.session();
      return {
        ...session,
        ledger: (...asked) => tell('ledger', session.ledger(...asked)),
        commit: (...asked) => tell('commit', session.commit(...asked)),
      };
    },
  };
  function tell<T>(word: keyof SqliteSession, answer: T): T {
    said.push(word);
    return answer;
  }
  const found = async () => {
    const session = await thread.session();
    const count = async (table: string): Promise<unknown> =>
      (await session.query(`SELECT COUNT(*) AS n FROM ${table}`, [])).rows[0]?.['n'];
    return { entries: await count('ledger_unsealed'), records: await count('usage_records') };
  };
  return { hot: createHotWrites(listened, createTurns()), said, found };
}

describe('records that come while another transaction has not begun', () => {
  test('are written with it, in one commit', async () => {
    const { hot, said, found } = await setUp();
    const given = hot.transactLedger([give('gr_1')]);
    const committed = hot.commitRecords([RECORD]);
    expect((await given).outcomes).toEqual([{ kind: 'given' }]);
    await committed;
    expect(said).toEqual(['ledger']);
    expect(await found()).toEqual({ entries: 1, records: 1 });
  });

  test.each([
    ['it cannot be done', impossible, 'account'],
    ['the store will not have it', give('gr_1', false), 'NOT NULL'],
  ])('are written alone where %s', async (_, operation, why) => {
    const { hot, said, found } = await setUp();
    const given = hot.transactLedger([give('gr_2'), operation]);
    const committed = hot.commitRecords([RECORD]);
    await expect(given).rejects.toThrow(why);
    await committed;
    expect(said).toEqual(['ledger', 'commit', 'ledger']);
    expect(await found()).toEqual({ entries: 0, records: 1 });
  });

  test('fail without it', async () => {
    const { hot, said, found } = await setUp();
    const given = hot.transactLedger([give('gr_1')]);
    const committed = hot.commitRecords([withoutId(RECORD)]);
    await expect(committed).rejects.toThrow('NOT NULL');
    expect((await given).outcomes).toEqual([{ kind: 'given' }]);
    expect(said).toEqual(['ledger', 'commit', 'ledger']);
    expect(await found()).toEqual({ entries: 1, records: 0 });
  });

  test('are told where there is no store', async () => {
    const thread = createSqliteThread({ path: '/nowhere/at/all.db', role: 'writer' });
    const hot = createHotWrites(thread, createTurns());
    const asked = [hot.transactLedger([give('gr_1')]), hot.commitRecords([RECORD])];
    const told = await Promise.allSettled(asked);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

test('records that come alone wait for nobody', async () => {
  const { hot, said, found } = await setUp();
  await hot.commitRecords([RECORD]);
  expect(said).toEqual(['commit']);
  expect(await found()).toEqual({ entries: 0, records: 1 });
});

test('records that come once a transaction has begun go in the next', async () => {
  const { hot, said, found } = await setUp();
  const first = hot.transactLedger([give('gr_1')]);
  while (said.length === 0) await setImmediate();
  const committed = hot.commitRecords([RECORD]);
  await first;
  await Promise.all([committed, hot.transactLedger([give('gr_2')])]);
  expect(said).toEqual(['ledger', 'ledger']);
  expect(await found()).toEqual({ entries: 2, records: 1 });
});

test('records that come once the last transaction has begun go after it', async () => {
  const { hot, said, found } = await setUp();
  const only = hot.transactLedger([give('gr_1')]);
  while (said.length === 0) await setImmediate();
  await Promise.all([only, hot.commitRecords([RECORD])]);
  expect(said).toEqual(['ledger', 'commit']);
  expect(await found()).toEqual({ entries: 1, records: 1 });
});

test('whatever is asked for at once, each is there or its asker was told', async () => {
  const { hot, found } = await setUp();
  const asked = Array.from({ length: 300 }, (_, index) => {
    const isFit = index % 7 !== 3;
    if (index % 3 !== 0) {
      const row = toRecordRow(outcome(index));
      return hot.commitRecords([isFit ? row : withoutId(row)]).then(() => 'records' as const);
    }
    return hot.transactLedger([give(`gr_${index}`, isFit)]).then(() => 'entries' as const);
  });
  const told = await Promise.allSettled(asked);
  const done = (kind: 'records' | 'entries'): number =>
    told.filter((each) => each.status === 'fulfilled' && each.value === kind).length;
  expect(await found()).toEqual({ entries: done('entries'), records: done('records') });
  expect([done('entries'), done('records')]).toEqual([85, 172]);
});
