import { describe, expect, onTestFinished, test } from 'vitest';
import { type ManyRows, once } from './many-rows.ts';
import { type RecordRow, toRecordRow } from './record-rows.ts';
import { createHotWrites } from './sqlite-hot.ts';
import type { SqliteSession, SqliteThread } from './sqlite-thread.ts';
import { createSqliteThread } from './sqlite-thread.ts';
import { outcome } from './testing/rows.ts';
import { TEST_ENGINES } from './testing/stores.ts';
import { createTurns } from './turns.ts';

const RECORD = toRecordRow(outcome(1));
const withoutId = (row: RecordRow): RecordRow => ({ ...row, usage: row.usage.with(0, null) });
const READS = [once('SELECT 1')];

/** A write; it does not fit where it has no id. */
const entry = (id: string | null): ManyRows => ({
  sql: 'INSERT INTO ledger_unsealed (entry_id) VALUES (?)',
  width: 1,
  rows: [[id]],
});

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
        script: (...asked) => tell('script', session.script(...asked)),
        finish: (...asked) => tell('finish', session.finish(...asked)),
        commit: (...asked) => tell('commit', session.commit(...asked)),
        rollback: () => tell('rollback', session.rollback()),
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

const ENTRY = { writes: [entry('le_1')], result: 'decided' };

describe('records that come while another transaction has not written', () => {
  test('are written with it, in one commit', async () => {
    const { hot, said, found } = await setUp();
    const decided = hot.readThenWrite(READS, () => ENTRY);
    const committed = hot.commitRecords([RECORD]);
    expect(await Promise.all([decided, committed])).toEqual(['decided', undefined]);
    expect(said).toEqual(['script', 'finish']);
    expect(await found()).toEqual({ entries: 1, records: 1 });
  });

  test('are written alone where it gives up', async () => {
    const { hot, said, found } = await setUp();
    const decided = hot.readThenWrite(READS, () => {
      throw new Error('cannot be done');
    });
    const committed = hot.commitRecords([RECORD]);
    await expect(decided).rejects.toThrow('cannot be done');
    await committed;
    expect(said).toEqual(['script', 'rollback', 'commit']);
    expect(await found()).toEqual({ entries: 0, records: 1 });
  });

  test('do not fail with it', async () => {
    const { hot, said, found } = await setUp();
    const decided = hot.readThenWrite(READS, () => ({ writes: [entry(null)], result: undefined }));
    const committed = hot.commitRecords([RECORD]);
    await expect(decided).rejects.toThrow('NOT NULL');
    await committed;
    expect(said).toEqual(['script', 'finish', 'rollback', 'commit', 'script', 'finish', 'rollback']);
    expect(await found()).toEqual({ entries: 0, records: 1 });
  });

  test('fail without it', async () => {
    const { hot, said, found } = await setUp();
    const decided = hot.readThenWrite(READS, () => ENTRY);
    const committed = hot.commitRecords([withoutId(RECORD)]);
    await expect(committed).rejects.toThrow('NOT NULL');
    expect(await decided).toBe('decided');
    expect(said).toEqual(['script', 'finish', 'rollback', 'commit', 'script', 'finish']);
    expect(await found()).toEqual({ entries: 1, records: 0 });
  });
});

test('records that come alone wait for nobody', async () => {
  const { hot, said, found } = await setUp();
  await hot.commitRecords([RECORD]);
  expect(said).toEqual(['commit']);
  expect(await found()).toEqual({ entries: 0, records: 1 });
});

test('records that come once a transaction writes go in the next', async () => {
  const { hot, said, found } = await setUp();
  let committed: Promise<void> | undefined;
  const first = hot.readThenWrite(READS, () => {
    // In the turn after this, the first has taken along what waited.
    queueMicrotask(() => {
      committed = hot.commitRecords([RECORD]);
    });
    return ENTRY;
  });
  const second = hot.readThenWrite(READS, () => ({ writes: [entry('le_2')], result: undefined }));
  await Promise.all([first, second]);
  await committed;
  expect(said).toEqual(['script', 'finish', 'script', 'finish']);
  expect(await found()).toEqual({ entries: 2, records: 1 });
});

test('whatever is asked for at once, each is there or its asker was told', async () => {
  const { hot, found } = await setUp();
  const asked = Array.from({ length: 300 }, (_, index) => {
    const isFit = index % 7 !== 3;
    if (index % 3 !== 0) {
      const row = toRecordRow(outcome(index));
      return hot.commitRecords([isFit ? row : withoutId(row)]).then(() => 'records' as const);
    }
    const writes = [entry(isFit ? `le_${index}` : null)];
    return hot.readThenWrite(READS, () => ({ writes, result: 'entries' as const }));
  });
  const told = await Promise.allSettled(asked);
  const done = (kind: 'records' | 'entries'): number =>
    told.filter((each) => each.status === 'fulfilled' && each.value === kind).length;
  expect(await found()).toEqual({ entries: done('entries'), records: done('records') });
  expect([done('entries'), done('records')]).toEqual([85, 172]);
});
