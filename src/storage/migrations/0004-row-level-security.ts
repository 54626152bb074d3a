import type { Migration } from './migration.ts';

/**
 * Row-level security on PostgreSQL: who is not the tables' owner sees the rows of the organization that the transaction
 * names, and none when it names none. The policies name no role, so that they can be restored into a cluster that has
 * other roles; which role may do what is granted at each start.
 */
export const rowLevelSecurity: Migration = {
  version: 4,
  name: 'row-level security',
  statements: (engine) => (engine === 'sqlite' ? [] : statements()),
};

/** NULL or empty where nothing was set, and no organization has such an id. Asked once per query, not once per row. */
const ORGANIZATION = "(SELECT current_setting('hub.organization', true))";

const OF_ORGANIZATION = [
  'teams',
  'projects',
  'members',
  'team_members',
  'service_accounts',
  'invitations',
  'sso_connections',
  'virtual_keys',
  'management_keys',
  'access_rules',
  'audit_entries',
  'connections',
  'credentials',
  'models',
  'model_aliases',
  'identity_overrides',
  'usage_records',
  'request_records',
  'held_ids',
];
/** Requests of several organizations share a commit; who may insert here is said by privileges alone. */
const LEFT_BY_REQUESTS = ['usage_records', 'request_records', 'held_ids'];

function statements(): readonly string[] {
  return [
    ...OF_ORGANIZATION.flatMap((table) => secured(table, `USING (organization_id = ${ORGANIZATION})`)),
    ...secured('organizations', `USING (id = ${ORGANIZATION})`),
    ...secured(
      'users',
      `FOR SELECT USING (EXISTS (
    SELECT FROM members WHERE members.user_id = users.id AND members.organization_id = ${ORGANIZATION}))`,
    ),
    ...LEFT_BY_REQUESTS.map((table) => `CREATE POLICY left_by_requests ON ${table} FOR INSERT WITH CHECK (true)`),
  ];
}

/** Without a condition of its own, what is written must fulfil the one for what is read. */
function secured(table: string, policy: string): readonly string[] {
  return [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`, `CREATE POLICY of_organization ON ${table} ${policy}`];
}
