import Database from 'better-sqlite3';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { StoreLocation } from '../open-store.ts';

const GUARDED = ['audit_entries', 'ledger_charges', 'ledger_entries', 'ledger_seals'];

/**
 * Runs statements in a store past the hub, as somebody with the file or the database's password could. Unless `guarded`,
 * the triggers that guard what is only ever added to are gone.
 */
export async function tamper(
  location: StoreLocation,
  { guarded }: { readonly guarded: boolean },
): Promise<(statement: string) => Promise<void>> {
  const run = location.kind === 'sqlite' ? inFile(location.path) : await inServer(location.url);
  if (guarded) return run;
  for (const table of GUARDED) {
    const on = location.kind === 'sqlite' ? '' : ` ON ${table}`;
    for (const act of ['update', 'delete']) await run(`DROP TRIGGER ${table}_${act}${on}`);
  }
  return run;
}

function inFile(path: string): (statement: string) => Promise<void> {
  const database = new Database(path);
  onTestFinished(() => void database.close());
  return async (statement) => void database.exec(statement);
}

async function inServer(url: string): Promise<(statement: string) => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return async (statement) => void (await client.query(statement));
}
