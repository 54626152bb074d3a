import type { ClientBase } from 'pg';
import pg from 'pg';
import type { RowSecurity } from '../protocol/row-security.ts';
import { errorCode } from './errors.ts';
import { type Grant, grantsOf, type RoleNames, rolesOf } from './row-security.ts';

const { escapeIdentifier } = pg;

/** What work needs to know to take a role. */
export type RowSecurityOn = { readonly state: 'on'; readonly schema: string; readonly roles: RoleNames };
export type PostgresRowSecurity = RowSecurityOn | Extract<RowSecurity, { readonly state: 'off' }>;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DENIED = '42501';
const NO_SUCH_ROLE = '22023';
const UNDEFINED_OBJECT = '42704';
const EXISTS_ALREADY = new Set(['42710', '23505']);
/** What a cluster-wide catalogue says when two databases' hubs change it at once, as an internal error. */
const CHANGED_AT_ONCE = /concurrently (?:updated|deleted)/;

const START_ONCE = 'Start the hub once with the login that owns the tables.';

/** Looks whether this login can work under row-level security here. Changes nothing. */
export async function inspectRowSecurity(client: ClientBase): Promise<PostgresRowSecurity> {
  const { schema, owner, secured } = await readTables(client);
  if (schema === null || owner === null || !secured) {
    return { state: 'off', reason: 'The tables have no policies yet.', remedy: START_ONCE };
  }
  const roles = rolesOf(owner);
  if (roles === undefined) {
    const remedy = 'Let a login with a name of at most 45 bytes own the tables.';
    return { state: 'off', reason: `The owner's name, ${owner}, leaves no room for the roles' names.`, remedy };
  }
  for (const role of Object.values(roles)) {
    const refusal = await refusalOf(client, role, schema);
    if (refusal !== undefined) return { state: 'off', reason: refusal, remedy: howToMake(roles, owner) };
  }
  const [missing] = await missingGrants(client, schema, roles);
  if (missing !== undefined) {
    return { state: 'off', reason: `A privilege is missing: ${missing}.`, remedy: START_ONCE };
  }
  return { state: 'on', schema, roles };
}

/**
 * Makes the roles where they are missing and grants what is not granted, as far as this login may, and says how things
 * stand. Runs at each start: a restored database comes without grants, and roles may be made by hand later.
 */
export async function ensureRowSecurity(client: ClientBase, lockId: number): Promise<PostgresRowSecurity> {
  const before = await inspectRowSecurity(client);
  if (before.state === 'on') return before;
  const { schema, owner } = await readTables(client);
  const roles = owner === null ? undefined : rolesOf(owner);
  if (schema === null || owner === null || roles === undefined) return before;
  for (const role of Object.values(roles)) await makeRole(client, { role, owner, schema });
  await grantMissing(client, { schema, roles, lockId });
  return await inspectRowSecurity(client);
}

type Tables = { readonly schema: string | null; readonly owner: string | null; readonly secured: boolean | null };

async function readTables(client: ClientBase): Promise<Tables> {
  const { rows } = await client.query<Tables>(`SELECT current_schema() AS schema,
    pg_get_userbyid(pg_class.relowner) AS owner, pg_class.relrowsecurity AS secured
    FROM (SELECT to_regclass('organizations') AS id) AS found LEFT JOIN pg_class ON pg_class.oid = found.id`);
  return rows[0] ?? { schema: null, owner: null, secured: null };
}

/** Why work as this role would fail or see everything; `undefined` when it can be done. */
async function refusalOf(client: ClientBase, role: string, schema: string): Promise<string | undefined> {
  try {
    await client.query(`BEGIN; ${assume(role, schema)}`);
    const { rows } = await client.query<{ active: boolean }>("SELECT row_security_active('organizations') AS active");
    return rows[0]?.active === true ? undefined : `The role ${role} bypasses row-level security.`;
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === NO_SUCH_ROLE) return `The role ${role} does not exist, and this login may not create it.`;
    if (code === DENIED) return `This login may not take the role ${role}.`;
    throw thrown;
  } finally {
    await client.query('ROLLBACK');
  }
}

/**
 * Takes a role until the transaction ends. A search path may name a schema after the user, who is another now, and the
 * owner's sessions refuse to be filtered.
 */
export function assume(role: string, schema: string): string {
  return `SET LOCAL ROLE ${escapeIdentifier(role)}; SET LOCAL search_path = ${escapeIdentifier(schema)}; SET LOCAL row_security = on`;
}

/** Takes a role until the connection ends. */
export function assumeForSession(role: string, schema: string): string {
  return `SET search_path = ${escapeIdentifier(schema)}; SET ROLE ${escapeIdentifier(role)}`;
}

/** Whether an error says that a role is gone, may not be taken, or may not do what it was to do. */
export function isRoleRefused(code: string): boolean {
  return code === DENIED || code === NO_SUCH_ROLE;
}

function howToMake(roles: RoleNames, owner: string): string {
  const [control, data, grantee] = [roles.control, roles.data, owner].map((name) => escapeIdentifier(name));
  return (
    `As a superuser: CREATE ROLE ${control} NOLOGIN; CREATE ROLE ${data} NOLOGIN; ` +
    `GRANT ${control}, ${data} TO ${grantee}; then start the hub again.`
  );
}

type Making = { readonly role: string; readonly owner: string; readonly schema: string };

/** The owner gets the role, and with it every login that acts for the owner. */
async function makeRole(client: ClientBase, { role, owner, schema }: Making): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await attempt(client, `CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
  if ((await refusalOf(client, role, schema)) === undefined) return;
  await attempt(client, `GRANT ${escapeIdentifier(role)} TO ${escapeIdentifier(owner)}`);
}

/** Another hub may do the same at this moment; and what this login may not do shows when it is inspected again. */
async function attempt(client: ClientBase, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === DENIED || code === UNDEFINED_OBJECT || EXISTS_ALREADY.has(code)) return;
    if (thrown instanceof Error && CHANGED_AT_ONCE.test(thrown.message)) return;
    throw thrown;
  }
}

/** What is still to be granted, each as the words between GRANT and the semicolon. */
async function missingGrants(client: ClientBase, schema: string, roles: RoleNames): Promise<readonly string[]> {
  const wanted = grantsOf(roles);
  const { rows } = await client.query<{ position: number }>(
    `SELECT (position - 1)::int AS position
      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS wanted (value, position),
        LATERAL (SELECT value->>'role', format('%I.%I', $2::text, value->>'table'), value->>'privilege', value->>'column')
          AS one (role_name, path, privilege, column_name)
      WHERE to_regclass(path) IS NOT NULL AND NOT CASE
        WHEN column_name IS NULL THEN has_table_privilege(role_name, path, privilege)
        ELSE has_column_privilege(role_name, path, column_name, privilege) END
      ORDER BY position`,
    [JSON.stringify(wanted), schema],
  );
  const onTables = rows.flatMap(({ position }) => wanted[position] ?? []);
  const outside = await client.query<{ role: string }>(
    "SELECT role FROM unnest($1::text[]) AS role WHERE NOT has_schema_privilege(role, $2, 'USAGE')",
    [Object.values(roles), schema],
  );
  return [
    ...outside.rows.map(({ role }) => `USAGE ON SCHEMA ${escapeIdentifier(schema)} TO ${escapeIdentifier(role)}`),
    ...onTables.map((grant) => grantText(grant, schema)),
  ];
}

function grantText({ role, table, privilege, column }: Grant, schema: string): string {
  const what = column === undefined ? privilege : `${privilege} (${escapeIdentifier(column)})`;
  return `${what} ON ${escapeIdentifier(schema)}.${escapeIdentifier(table)} TO ${escapeIdentifier(role)}`;
}

type Granting = { readonly schema: string; readonly roles: RoleNames; readonly lockId: number };

/** Under the lock of migrations: two that grant the same at once would meet in the catalogue. */
async function grantMissing(client: ClientBase, { schema, roles, lockId }: Granting): Promise<void> {
  try {
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${lockId})`);
    const missing = await missingGrants(client, schema, roles);
    await client.query(`${missing.map((grant) => `GRANT ${grant};`).join(' ')} COMMIT`);
  } catch (thrown) {
    await client.query('ROLLBACK');
    // What could not be granted shows when it is inspected again.
    if (errorCode(thrown) !== DENIED && errorCode(thrown) !== UNDEFINED_OBJECT) throw thrown;
  }
}
