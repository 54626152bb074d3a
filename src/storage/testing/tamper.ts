import Database from 'better-sqlite3';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { StoreLocation } from '../open-store.ts';

/**
 * Runs statements in a store past the hub, as somebody with the file or the database's password could. Unless `guarded`,
 * the triggers that guard the audit log are gone.
 */
export async function tamper(
  location: StoreLocation,
  { guarded }: { readonly guarded: boolean },
): Promise<(statement: string) => Promise<void>> {
  const run = location.kind === 'sqlite' ? inFile(location.path) : await inServer(location.url);
  if (guarded) return run;
  const on = location.kind === 'sqlite' ? '' : ' ON audit_entries';
  for (const trigger of ['audit_entries_update', 'audit_entries_delete']) await run(`DROP TRIGGER ${trigger}${on}`);
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
