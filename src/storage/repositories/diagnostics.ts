import { type Kysely, sql } from 'kysely';
import type { NewestRequests, StoreDiagnostics } from '../../protocol/diagnostics.ts';
import type { StoreDatabase } from '../database.ts';
import { wholeNumber } from '../engine.ts';
import type { Schema } from '../schema.ts';

/** However many records there are, no more than these are looked at. */
const NEWEST_REQUESTS = 10_000;

/** Tables whose size explains how a hub is used. What grows with every request is not among them: to count it takes long. */
const COUNTED = [
  'organizations',
  'teams',
  'projects',
  'users',
  'members',
  'service_accounts',
  'virtual_keys',
  'management_keys',
  'connections',
  'credentials',
  'models',
  'model_aliases',
  'routes',
  'rate_cards',
  'access_rules',
  'guardrails',
  'limits',
  'sso_connections',
  'webhooks',
  'notifications',
] as const satisfies readonly (keyof Schema)[];

/** Reads what helps to find out what is wrong with an installation. */
export function createDiagnosticsReader(database: StoreDatabase): () => Promise<StoreDiagnostics> {
  return () =>
    database.readTogether(async (view) => {
      const rows: Record<string, number> = {};
      for (const table of COUNTED) rows[table] = await count(view, table);
      const migrations = await view
        .selectFrom('schema_migrations')
        .select(['version', 'name', 'applied_at'])
        .orderBy('version')
        .execute();
      return {
        engineVersion: await engineVersion(view, database.engine),
        migrations: migrations.map(({ applied_at: appliedAt, version, name }) => ({ version, name, appliedAt })),
        rows,
        providers: await connectionsByProvider(view),
        queues: { recordsToSum: await count(view, 'usage_pending'), deliveriesWaiting: await deliveriesWaiting(view) },
        newest: await newestRequests(view),
      };
    });
}

async function count(view: Kysely<Schema>, table: (typeof COUNTED)[number] | 'usage_pending'): Promise<number> {
  const { rows } = await sql<{ count: number | string }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(
    view,
  );
  return wholeNumber(rows[0]?.count ?? 0);
}

async function engineVersion(view: Kysely<Schema>, engine: StoreDatabase['engine']): Promise<string> {
  const version = engine === 'sqlite' ? sql<string>`sqlite_version()` : sql<string>`current_setting('server_version')`;
  const { rows } = await sql<{ version: string }>`SELECT ${version} AS version`.execute(view);
  return rows[0]?.version ?? '';
}

async function connectionsByProvider(view: Kysely<Schema>): Promise<StoreDiagnostics['providers']> {
  const rows = await view
    .selectFrom('connections')
    .select((row) => ['provider_id', row.fn.countAll().as('connections')])
    .groupBy('provider_id')
    .orderBy('provider_id')
    .execute();
  return rows.map((row) => ({ providerId: row.provider_id, connections: wholeNumber(row.connections) }));
}

async function deliveriesWaiting(view: Kysely<Schema>): Promise<number> {
  const { waiting } = await view
    .selectFrom('webhook_deliveries')
    .select((row) => row.fn.countAll().as('waiting'))
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return wholeNumber(waiting);
}

/** Ids sort by time, so that the newest are found without a look at the others. */
async function newestRequests(view: Kysely<Schema>): Promise<NewestRequests> {
  const newest = view
    .selectFrom('usage_records')
    .select(['error_code', 'instance_id', 'started_at'])
    .orderBy('id', 'desc')
    .limit(NEWEST_REQUESTS)
    .as('newest');
  const groups = await view
    .selectFrom(newest)
    .select((row) => [
      'error_code',
      'instance_id',
      row.fn.countAll().as('requests'),
      row.fn.max('started_at').as('last_at'),
    ])
    .groupBy(['error_code', 'instance_id'])
    .execute();
  const instances = new Map<string, Sum>();
  const errors = new Map<string, Sum>();
  for (const { error_code: code, instance_id: instanceId, ...row } of groups) {
    const sum = { requests: wholeNumber(row.requests), lastAt: wholeNumber(row.last_at) };
    add(instances, instanceId, sum);
    if (code !== null) add(errors, code, sum);
  }
  return {
    requests: groups.reduce((sum, { requests }) => sum + wholeNumber(requests), 0),
    instances: latestFirst(instances).map(([instanceId, sum]) => ({ instanceId, ...sum })),
    errors: latestFirst(errors).map(([code, sum]) => ({ code, ...sum })),
  };
}

type Sum = { readonly requests: number; readonly lastAt: number };

function add(sums: Map<string, Sum>, name: string, { requests, lastAt }: Sum): void {
  const sum = sums.get(name) ?? { requests: 0, lastAt: 0 };
  sums.set(name, { requests: sum.requests + requests, lastAt: Math.max(sum.lastAt, lastAt) });
}

function latestFirst(sums: ReadonlyMap<string, Sum>): readonly (readonly [string, Sum])[] {
  return [...sums].toSorted(([, a], [, b]) => b.lastAt - a.lastAt);
}
