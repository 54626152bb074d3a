import type { Schema } from './schema.ts';

/** The setting of a PostgreSQL transaction that says whose rows it is about; the policies compare with it. */
export const ORGANIZATION_SETTING = 'hub.organization';

/** PostgreSQL cuts off what is longer, without an error. */
const NAME_BYTES_MAX = 63;

/**
 * The two roles that work is done as. They are named after the tables' owner: roles belong to the whole cluster, and the
 * login of one hub must not come into the database of another by a role that both share.
 */
export type RoleNames = {
  /** Sees and changes the rows of one organization at a time. */
  readonly control: string;
  /** Adds what requests leave behind, for any organization, and reads nothing. */
  readonly data: string;
};

/** `undefined` when the owner's name leaves no room. */
export function rolesOf(owner: string): RoleNames | undefined {
  const roles = { control: `aigne_hub_control_${owner}`, data: `aigne_hub_data_${owner}` };
  const fits = Object.values(roles).every((name) => Buffer.byteLength(name) <= NAME_BYTES_MAX);
  return fits ? roles : undefined;
}

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
type Columns<Table extends keyof Schema> = readonly (keyof Schema[Table] & string)[];
/** `true`: all columns. */
type Privileges<Table extends keyof Schema> = { readonly [Each in Privilege]?: true | Columns<Table> };

const EVERYTHING = { SELECT: true, INSERT: true, UPDATE: true, DELETE: true } as const;
const NOTHING = {} as const;

/**
 * What the control role may do with each table. A new table does not compile until somebody has decided, and is closed
 * until then. Every table that is open here has a policy, but for the three single rows that carry no tenant's data.
 */
export const CONTROL_PRIVILEGES: { readonly [Table in keyof Schema]: Privileges<Table> } = {
  // The operator makes and ends organizations.
  organizations: { SELECT: true, UPDATE: true },
  organization_logos: { SELECT: true },
  teams: EVERYTHING,
  projects: EVERYTHING,
  members: EVERYTHING,
  team_members: EVERYTHING,
  service_accounts: EVERYTHING,
  invitations: EVERYTHING,
  sso_connections: EVERYTHING,
  virtual_keys: EVERYTHING,
  management_keys: EVERYTHING,
  access_rules: EVERYTHING,
  guardrails: EVERYTHING,
  limits: EVERYTHING,
  // Counted as the installation's, whoever calls.
  limit_counts: { SELECT: true },
  limit_takes: { SELECT: true },
  cached_answers: EVERYTHING,
  // Counted as the installation's, whoever calls.
  cache_counts: { SELECT: true },
  connections: EVERYTHING,
  credentials: EVERYTHING,
  models: EVERYTHING,
  model_aliases: EVERYTHING,
  routes: EVERYTHING,
  identity_overrides: EVERYTHING,
  // Who the members are, without what they sign in with. A person changes as the installation's, not as one organization's.
  users: {
    SELECT: ['id', 'email', 'name', 'locale', 'email_verified_at', 'state', 'created_at', 'last_seen_at', 'revision'],
  },
  notifications: { SELECT: true },
  notification_reads: { SELECT: true, INSERT: true },
  webhooks: EVERYTHING,
  webhook_deliveries: EVERYTHING,
  content_policies: EVERYTHING,
  customer_group_members: EVERYTHING,
  // Written by requests, and never changed.
  usage_records: { SELECT: true },
  request_records: { SELECT: true },
  held_ids: { SELECT: true, DELETE: true },
  request_contents: { SELECT: true, DELETE: true },
  idempotent_calls: EVERYTHING,
  // Written by the job that sums, as the installation's.
  usage_pending: { SELECT: true },
  usage_series: { SELECT: true },
  usage_rollups: { SELECT: true },
  usage_value_days: { SELECT: true },
  usage_packed: { SELECT: true },
  usage_listed: { SELECT: true },
  usage_unpacked: { SELECT: true },
  // Written as the installation's, whoever asks.
  ledger_accounts: { SELECT: true },
  ledger_grants: { SELECT: true },
  ledger_holds: { SELECT: true },
  awaited_jobs: { SELECT: true },
  ledger_charges: { SELECT: true },
  ledger_entries: { SELECT: true },
  ledger_reviews: { SELECT: true },
  starter_credits: { SELECT: true },
  // Who pays what is written by the installation's own hand, after the service was asked.
  purchases: { SELECT: true },
  auto_top_ups: { SELECT: true },
  credit_notes: { SELECT: true },
  statement_zones: { SELECT: true },
  payment_accounts: NOTHING,
  payment_events: NOTHING,
  payment_kit_places: NOTHING,
  payment_kit_customers: { SELECT: true },
  payment_kit_usage: { SELECT: true },
  owed_grants: { SELECT: true },
  code_redemptions: { SELECT: true },
  // Triggers refuse changes besides.
  audit_entries: { SELECT: true, INSERT: true },
  // One row each: the end of the audit's chain, and the count of changes that every change of configuration bumps.
  audit_head: { SELECT: true, UPDATE: true },
  config_version: { SELECT: true, UPDATE: true },
  // And up to when sums are packed, which is the same for all.
  usage_rollup_state: { SELECT: ['closed_at'] },
  // Read before it is known whose they are (a domain leads to a connection that may be the installation's), or of a person who may be in several organizations.
  sso_domains: NOTHING,
  sessions: NOTHING,
  one_time_tokens: NOTHING,
  user_identities: NOTHING,
  connect_sessions: NOTHING,
  notification_mutes: NOTHING,
  throttles: NOTHING,
  idempotency_records: NOTHING,
  // The installation's own.
  installation: NOTHING,
  admin_tokens: NOTHING,
  rate_cards: NOTHING,
  model_offers: NOTHING,
  price_rules: NOTHING,
  customer_groups: NOTHING,
  credit_worth: NOTHING,
  price_proposals: NOTHING,
  catalogue_entries: NOTHING,
  jobs: NOTHING,
  ledger_unsealed: NOTHING,
  ledger_seals: NOTHING,
  customer_usage_told: NOTHING,
  code_batches: NOTHING,
  redemption_codes: NOTHING,
  vault_versions: NOTHING,
  secret_fingerprints: NOTHING,
  schema_migrations: NOTHING,
};

/** What the data role may do: nothing that is not here. */
export const DATA_PRIVILEGES: { readonly [Table in keyof Schema]?: Privileges<Table> } = {
  usage_records: { INSERT: true },
  request_records: { INSERT: true },
  held_ids: { INSERT: true },
  request_contents: { INSERT: true },
  usage_pending: { INSERT: true },
};

/** One privilege of one role; without a column, on the whole table. */
export type Grant = {
  readonly role: string;
  readonly table: string;
  readonly privilege: string;
  readonly column: string | undefined;
};

/** Everything that the roles are to be granted. */
export function grantsOf({ control, data }: RoleNames): readonly Grant[] {
  return [...grantsTo(control, CONTROL_PRIVILEGES), ...grantsTo(data, DATA_PRIVILEGES)];
}

type AnyPrivileges = { readonly [Each in Privilege]?: true | readonly string[] };

function grantsTo(role: string, privileges: Readonly<Record<string, AnyPrivileges>>): readonly Grant[] {
  return Object.entries(privileges).flatMap(([table, granted]) =>
    Object.entries(granted).flatMap(([privilege, columns]): readonly Grant[] =>
      columns === true
        ? [{ role, table, privilege, column: undefined }]
        : columns.map((column) => ({ role, table, privilege, column })),
    ),
  );
}
