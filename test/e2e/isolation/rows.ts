import Database from 'better-sqlite3';
import pg from 'pg';

/** Everything that a store holds, row by row, past every wall of the hub's own. */
export type StoreRows = {
  /** Each row as `table: JSON`, of those that are an organization's or hold one of the ids of what is its own, sorted. */
  readonly about: (organizationId: string, ids: readonly string[]) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/**
 * What moves by itself, whoever calls: when something was last seen or used, and jobs. What an attacker did stands in
 * the audit log under the ids that it named, which are the victim's.
 */
const MOVING_COLUMNS = /^(last_seen_at|last_used_at|use_count|next_due_at|refreshed_at|checked_at|last_looked_at)$/;
/** What a caller may write as they like: it leads nowhere in another organization. */
const WORDS = /^(provider_id|upstream_model|canonical_model|target|requested_model|model|end_user|application|name)$/;
/** Usage is summed by a job when its time comes; what the sums are of stands in usage_records. */
const SUMS = [
  'usage_pending',
  'usage_series',
  'usage_rollups',
  'usage_value_days',
  'usage_packed',
  'usage_listed',
  'usage_unpacked',
  'usage_rollup_state',
];
/** Entries are sealed by a job, too; what they say stands in ledger_entries. */
const SEALS = ['ledger_unsealed', 'ledger_seals'];
const MOVING_TABLES = new Set(['jobs', 'audit_entries', 'audit_head', ...SUMS, ...SEALS]);

export function sqliteRows(file: string): StoreRows {
  const database = new Database(file, { readonly: true });
  return {
    about: async (organizationId, ids) => {
      const tables = database
        .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all();
      return keep(
        tables.map(({ name }) => ({ name, rows: database.prepare<[], object>(`SELECT * FROM "${name}"`).all() })),
        { organizationId, ids },
      );
    },
    close: async () => void database.close(),
  };
}

/** `url` has to be a superuser's, for whom no row is hidden. */
export async function postgresRows(url: string): Promise<StoreRows> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    about: async (organizationId, ids) => {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
      );
      const read: Table[] = [];
      for (const { name } of tables) {
        read.push({
          name: name.slice(name.indexOf('.') + 1),
          rows: (await client.query<object>(`SELECT * FROM ${name}`)).rows,
        });
      }
      return keep(read, { organizationId, ids });
    },
    close: () => client.end(),
  };
}

type Table = { readonly name: string; readonly rows: readonly object[] };

function keep(
  tables: readonly Table[],
  { organizationId, ids }: { readonly organizationId: string; readonly ids: readonly string[] },
): readonly string[] {
  return tables
    .filter(({ name }) => !MOVING_TABLES.has(name))
    .flatMap(({ name, rows }) =>
      rows.map((row) => {
        const fields = Object.entries(row).filter(([column]) => !MOVING_COLUMNS.test(column));
        const isOwn = fields.some(([column, value]) => column === 'organization_id' && value === organizationId);
        return `${name}: ${written(isOwn ? fields : fields.filter(([column]) => !WORDS.test(column)))}`;
      }),
    )
    .filter((row) => [organizationId, ...ids].some((id) => row.includes(`"${id}"`)))
    .toSorted();
}

function written(fields: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify(Object.fromEntries(fields), (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
