import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { LedgerStore } from '../ledger/ports.ts';
import type { RowSecurity } from '../protocol/row-security.ts';
import type { HealthSignals } from '../routing/ports.ts';
import type { Engine } from './engine.ts';
import type { MigrationSession } from './migrate.ts';
import type { RecordRow } from './record-rows.ts';
import type { Schema } from './schema.ts';

/** The channel on which PostgreSQL instances tell each other that the configuration changed. */
export const HINT_CHANNEL = 'aigne_hub_config';

/** The channel on which they tell each other what they see of deployments. */
export const SIGNAL_CHANNEL = 'aigne_hub_signals';

/** What the store says to the operator's log when something happened that no caller hears of. */
export type StoreNote = (event: { readonly message: string; readonly cause: unknown }) => void;

/** What a repository reads and writes through; everything it rejects with has been translated by `storeError`. */
export type ScopedDatabase = {
  readonly engine: Engine;
  /** Single reads, each on its own view of the store. */
  readonly read: <T>(work: (database: Kysely<Schema>) => Promise<T>) => Promise<T>;
  /** Several reads on one consistent view. */
  readonly readTogether: <T>(work: (view: Transaction<Schema>) => Promise<T>) => Promise<T>;
  /** One transaction that is synced to disk before it resolves. */
  readonly write: <T>(work: (transaction: Transaction<Schema>) => Promise<T>) => Promise<T>;
};

/**
 * One engine, opened. By itself it sees every organization's rows: that is for what concerns the whole installation, and
 * for what is looked up before it is known whose it is.
 */
export type StoreDatabase = ScopedDatabase & {
  /**
   * The same for the rows of one organization. Where {@link RowSecurity} is on, the database itself hides all others and
   * refuses to write them, and what `CONTROL_PRIVILEGES` leaves out cannot be touched.
   */
  readonly within: (organizationId: string) => ScopedDatabase;
  /**
   * One transaction that adds what requests leave behind, for any organization. Where {@link RowSecurity} is on it can
   * do nothing else, and read nothing.
   */
  readonly append: <T>(work: (transaction: Transaction<Schema>) => Promise<T>) => Promise<T>;
  /** See `LedgerStore.transact`. */
  readonly transactLedger: LedgerStore['transact'];
  /** The hot write: all rows in one synced transaction, those that are there already left alone. */
  readonly commitRecords: (rows: readonly RecordRow[]) => Promise<void>;
  /** See `ConfigurationStore.onHint`. */
  readonly onHint: (changed: () => void) => () => void;
  /** Missing where processes cannot tell each other anything through the store. */
  readonly signals: HealthSignals | undefined;
  /** Lends the connection on which migrations run. */
  readonly migrating: <T>(work: (session: MigrationSession) => Promise<T>) => Promise<T>;
  /** How organizations are kept apart, as of the last start or the first look. */
  readonly rowSecurity: () => Promise<RowSecurity>;
  /** Makes what row-level security needs beside the schema, as far as this login may; at each start, after migrating. */
  readonly ensureRowSecurity: () => Promise<RowSecurity>;
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
  database: ScopedDatabase,
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
