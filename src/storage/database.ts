import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';
import type { MigrationSession } from './migrate.ts';
import type { RecordRow } from './record-rows.ts';
import type { Schema } from './schema.ts';

/** The channel on which PostgreSQL instances tell each other that the configuration changed. */
export const HINT_CHANNEL = 'aigne_hub_config';

/** What the store says to the operator's log when something happened that no caller hears of. */
export type StoreNote = (event: { readonly message: string; readonly cause: unknown }) => void;

/**
 * One engine, opened: what the repositories are written against. Everything it rejects with has been translated by
 * `storeError`.
 */
export type StoreDatabase = {
  readonly engine: Engine;
  /** Single reads, each on its own view of the store. */
  readonly read: <T>(work: (database: Kysely<Schema>) => Promise<T>) => Promise<T>;
  /** Several reads on one consistent view. */
  readonly readTogether: <T>(work: (view: Transaction<Schema>) => Promise<T>) => Promise<T>;
  /** One transaction that is synced to disk before it resolves. */
  readonly write: <T>(work: (transaction: Transaction<Schema>) => Promise<T>) => Promise<T>;
  /** The hot write: all rows in one synced transaction, those that are there already left alone. */
  readonly commitRecords: (rows: readonly RecordRow[]) => Promise<void>;
  /** See `ConfigurationStore.onHint`. */
  readonly onHint: (changed: () => void) => () => void;
  /** Lends the connection on which migrations run. */
  readonly migrating: <T>(work: (session: MigrationSession) => Promise<T>) => Promise<T>;
  /** Resolves when the store answers. */
  readonly ping: () => Promise<void>;
  /** Finishes what was asked before, then lets go of files and sockets. */
  readonly close: () => Promise<void>;
};

/**
 * A write after which the data plane must look again: bumps the configuration version in the same transaction, unless
 * `changed` says that the result was no change. The version's row is updated last and stays locked until the commit, so
 * that versions become visible in the order of their numbers.
 */
export async function changeConfiguration<T>(
  database: StoreDatabase,
  work: (transaction: Transaction<Schema>) => Promise<T>,
  changed: (result: T) => boolean = () => true,
): Promise<T> {
  return await database.write(async (transaction) => {
    const result = await work(transaction);
    if (!changed(result)) return result;
    await transaction
      .updateTable('config_version')
      .set((row) => ({ version: row('version', '+', 1) }))
      .execute();
    if (database.engine === 'postgres') await sql`SELECT pg_notify(${HINT_CHANNEL}, '')`.execute(transaction);
    return result;
  });
}
