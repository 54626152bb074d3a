import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { LedgerStore } from '../ledger/ports.ts';
import { createCarryOut, readsOf } from '../ledger/transaction.ts';
import { errorCode } from './errors.ts';
import { createLedgerStatements } from './ledger-statements.ts';
import { type FoundRows, type ManyRows, wantedRows } from './many-rows.ts';
import type { PoolLimits } from './postgres-connections.ts';
import type { PackedValue } from './rollup-columns.ts';

/**
 * Limits of the connections for what is done for every call: it takes milliseconds, or something is wrong. A connection
 * that is silent is given up, and one whose other end is gone lets go of its locks before anybody has waited for long.
 */
export const HOT_LIMITS: PoolLimits = {
  // What is asked for is done one after the other; the second is for the moment in which the first is replaced.
  connections: 2,
  connectMs: 1500,
  statementMs: 1500,
  lockMs: 1000,
  silenceMs: 2000,
  idleInTransactionMs: 5000,
  isPipelined: true,
};

/** Reads are sent together, so that each waits for the locks and for all before it. */
const READS_SILENCE_MS = 2 * HOT_LIMITS.silenceMs;

/**
 * Serialization failure, deadlock, lock not available, and a statement that waited for one lock after the other until its
 * time was over: whoever lost against others begins again. Nothing of it was written, or what is asked for finds it.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const LOST = new Set(['40001', '40P01', '55P03', '57014']);
const TRIES_MAX = 8;
/** Two that have lost against each other shall not meet again: each waits a while of its own, longer every time. */
const FIRST_PAUSE_MS = 20;
const PAUSE_MS_MAX = 250;
/**
 * What is read has to be what whoever held the locks before has written, whatever the database's own default is. A plan
 * that is kept may have been made while a table was small: it is to use an index all the same.
 */
const BEGIN =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan';
/** Statements whose plans are kept on a connection; there are a dozen reads, and as many sets of writes as occur together. */
const PREPARED_MAX = 100;

/** Operations on credit: see `LedgerStore.transact`. */
export function createPostgresLedger(pool: Pool): LedgerStore['transact'] {
  const statements = createLedgerStatements('postgres');
  const carryOut = createCarryOut();
  const transact = createTransactions(pool);
  return (operations) =>
    transact(statements.reads(readsOf(operations)), (found) => {
      const { changes, done } = carryOut(operations, statements.rows(found));
      return { writes: statements.writes(changes), result: done };
    });
}

/** What was found → what is written then, and what comes of it. It is asked again where a transaction has to begin anew. */
type Decide<T> = (found: readonly FoundRows[]) => { readonly writes: readonly ManyRows[]; readonly result: T };

/** Synced transactions in two steps: what is read first says what is written then. */
function createTransactions(pool: Pool) {
  return async <T>(reads: readonly ManyRows[], decide: Decide<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await onConnection(pool, (client) => transact(client, reads, decide));
      } catch (thrown) {
        if (!LOST.has(errorCode(thrown)) || tries >= TRIES_MAX) throw thrown;
        await pause(randomInt(1, Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** tries)));
      }
    }
  };
}

async function transact<T>(client: ClientBase, reads: readonly ManyRows[], decide: Decide<T>): Promise<T> {
  const begun = client.query(BEGIN);
  const [found] = await Promise.all([readAll(client, reads), begun]);
  const { writes, result } = decide(found);
  const written = writes.length > 0 ? client.query(together(writes)) : undefined;
  // Where the writes fail, so has the transaction.
  const [{ command }] = await Promise.all([client.query('COMMIT'), written]);
  // A transaction that had failed is answered with a rollback.
  if (command !== 'COMMIT') throw new Error(`a transaction ended with ${command}`);
  return result;
}

/**
 * All are sent at once, each is done after the one before; those that ask for what others have found are sent once that is
 * there. A statement sees what was committed before it began, so that what comes after the locks sees all of it.
 */
async function readAll(client: ClientBase, reads: readonly ManyRows[]): Promise<readonly FoundRows[]> {
  const first = reads.map(async (read) => (read.foundBy === undefined ? await run(client, read) : []));
  const found = await Promise.all(first);
  const rest = reads.map(async (read, place) =>
    read.foundBy === undefined ? (found[place] ?? []) : await run(client, { ...read, rows: wantedRows(read, found) }),
  );
  return await Promise.all(rest);
}

/** One that is for no rows is not worth the way there and back. */
async function run(client: ClientBase, statement: ManyRows): Promise<FoundRows> {
  if (statement.rows.length === 0) return [];
  const { sql: text, isPlannedAnew = false } = statement;
  const asked = {
    ...(isPlannedAnew ? { text } : prepared(text, () => text)),
    values: columnsOf(statement),
    rowMode: 'array',
    query_timeout: READS_SILENCE_MS,
  } as const;
  const answer = await client.query<unknown[]>(asked);
  return answer.rows;
}

type Column = readonly PackedValue[];

function columnsOf({ width, rows }: ManyRows): Column[] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}

const PLACE = /\$(\d+)/g;

/**
 * Statements that write, in one: the way there and back takes longer than what they do. None sees what another writes, so
 * no two may be about the same row. https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
 */
function together(statements: readonly ManyRows[]): Prepared & { readonly values: Column[] } {
  const which = statements.map(({ sql }) => numberOf(sql)).join(' ');
  return { ...prepared(which, () => textOf(statements)), values: statements.flatMap(columnsOf) };
}

function textOf(statements: readonly ManyRows[]): string {
  let before = 0;
  const parts = statements.map(({ sql, width }, index) => {
    const shift = before;
    before += width;
    return `w${index} AS (${sql.replace(PLACE, (_, place: string) => `$${Number(place) + shift}`)})`;
  });
  return `WITH ${parts.join(', ')} SELECT 1`;
}

type Prepared = { readonly text: string; readonly name?: string };

const known = new Map<string, Prepared>();
const numbers = new Map<string, number>();

/** A statement by its name: to parse and plan it for each transaction would take longer than to run it. */
function prepared(key: string, build: () => string): Prepared {
  const found = known.get(key);
  if (found !== undefined) return found;
  const text = build();
  if (known.size >= PREPARED_MAX) return { text };
  const made = { text, name: `hub_hot_${known.size}` };
  known.set(key, made);
  return made;
}

/** Short for a text that is long, and always the same. */
function numberOf(text: string): number {
  const found = numbers.get(text);
  if (found !== undefined) return found;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

/** After an error the connection is closed, and with it the transaction: nobody knows in which state it is. */
async function onConnection<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isSound = false;
  try {
    const result = await work(client);
    isSound = true;
    return result;
  } finally {
    client.release(!isSound);
  }
}
