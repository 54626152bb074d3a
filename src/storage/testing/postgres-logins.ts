import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { postgresDatabase } from '../../../test/support/postgres.ts';
import type { StoreLocation } from '../open-store.ts';

/** A place for a store in PostgreSQL. */
export type PostgresPlace = Extract<StoreLocation, { readonly kind: 'postgres' }>;

/** A connection of a test's own, closed when the test is over. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A login that the cluster did not have before; `attributes` as in CREATE ROLE. */
export async function newLogin(url: string, attributes: string): Promise<(databaseUrl: string) => PostgresPlace> {
  const name = `login_${randomBytes(4).toString('hex')}`;
  const admin = await connectTo(url);
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret' ${attributes}`);
  return (databaseUrl) => {
    const own = new URL(databaseUrl);
    own.username = name;
    own.password = 'secret';
    return { kind: 'postgres', url: own.toString(), poolSize: 4 };
  };
}

/** An empty database, gone when the test is over: how its superuser reaches it, and how a new login that owns it does. */
export async function databaseOf(
  attributes: string,
): Promise<{ readonly admin: string; readonly place: PostgresPlace }> {
  const admin = await emptyDatabase();
  const place = (await newLogin(admin, attributes))(admin);
  await give(admin, place);
  return { admin, place };
}

/** Another empty database of the same login. */
export async function anotherOf(place: PostgresPlace): Promise<PostgresPlace> {
  const admin = await emptyDatabase();
  await give(admin, place);
  const own = new URL(place.url);
  own.pathname = new URL(admin).pathname;
  return { ...place, url: own.toString() };
}

async function emptyDatabase(): Promise<string> {
  const { url, drop } = await postgresDatabase();
  onTestFinished(() => drop());
  return url;
}

async function give(url: string, place: PostgresPlace): Promise<void> {
  const admin = await connectTo(url);
  await admin.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} OWNER TO ${new URL(place.url).username}`);
}
