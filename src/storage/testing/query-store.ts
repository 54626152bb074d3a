import Database from 'better-sqlite3';
import pg from 'pg';
import type { StoreLocation } from '../open-store.ts';

/** What a statement finds in a store, past all that the store itself offers. */
export async function queryStore(location: StoreLocation, sql: string): Promise<readonly unknown[]> {
  if (location.kind === 'sqlite') {
    const database = new Database(location.path, { readonly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: location.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
