import type { ExpressionWrapper, Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import { sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import type { Organization } from '../../protocol/people.ts';
import { wholeNumber } from '../engine.ts';
import type { Schema } from '../schema.ts';
import { toOrganization } from './organizations.ts';

/** A view of the store, in a transaction or not. */
export type Reading = Kysely<Schema>;
export type Writing = Transaction<Schema>;

/**
 * Holds the organization's row until the commit, so that what is counted or compared within it stays true until then. An
 * update that changes nothing is the lock that both engines have. @throws resource.not_found
 */
export async function holdOrganization(transaction: Writing, organizationId: string): Promise<Organization> {
  const row = await transaction
    .updateTable('organizations')
    .set((organization) => ({ revision: organization.ref('revision') }))
    .where('id', '=', organizationId)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new GatewayError('resource.not_found');
  return toOrganization(row);
}

/** A row that has to be there. @throws resource.not_found */
export function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}

/** @throws resource.changed when the caller knows another revision than the row has */
export function assertRevision(row: { readonly revision: number }, ifRevision: number | undefined): void {
  if (ifRevision !== undefined && row.revision !== ifRevision) throw new GatewayError('resource.changed');
}

/** What an update gave back that asked for the revision that was read. @throws resource.changed when it found none */
export function unchangedSince<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new GatewayError('resource.changed');
  return row;
}

/** Tables whose rows an organization has, each under an id. */
type OwnedTable = 'members' | 'projects' | 'service_accounts' | 'teams';

/** How many of a kind the organization has. */
export async function countOf(reading: Reading, table: OwnedTable, organizationId: string): Promise<number> {
  const { count } = await reading
    .selectFrom(table)
    .select((rows) => rows.fn.countAll().as('count'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return wholeNumber(count);
}

/** Whether another row of the organization has the name. */
export async function isNameTaken(
  reading: Reading,
  table: Exclude<OwnedTable, 'members'>,
  of: { readonly organizationId: string; readonly name: string | undefined; readonly exceptId?: string },
): Promise<boolean> {
  if (of.name === undefined) return false;
  const row = await reading
    .selectFrom(table)
    .select('id')
    .where('organization_id', '=', of.organizationId)
    .where('name', '=', of.name)
    .where('id', '!=', of.exceptId ?? '')
    .executeTakeFirst();
  return row !== undefined;
}

/** Those of these teams that the organization has. */
export async function teamsLeft(
  reading: Reading,
  organizationId: string,
  teamIds: readonly string[],
): Promise<readonly string[]> {
  if (teamIds.length === 0) return [];
  const rows = await reading
    .selectFrom('teams')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...teamIds])
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Ends the virtual keys that are of these columns' values and not ended yet. */
export async function revokeVirtualKeys(
  transaction: Writing,
  of: {
    readonly organizationId: string;
    readonly column?: 'member_id' | 'service_account_id' | 'project_id';
    readonly value?: string;
  },
  at: number,
): Promise<void> {
  let query = transaction
    .updateTable('virtual_keys')
    .set((key) => ({ revoked_at: at, revision: key('revision', '+', 1) }))
    .where('organization_id', '=', of.organizationId)
    .where('revoked_at', 'is', null);
  if (of.column !== undefined && of.value !== undefined) query = query.where(of.column, '=', of.value);
  await query.execute();
}

/** Takes the owner's name off virtual keys, which stay for their usage's sake when the owner's row goes. */
export async function disownVirtualKeys(
  transaction: Writing,
  column: 'member_id' | 'service_account_id',
  value: string,
): Promise<void> {
  await transaction
    .updateTable('virtual_keys')
    .set({ [column]: null })
    .where(column, '=', value)
    .execute();
}

type Text = ExpressionWrapper<Schema, keyof Schema, string | null> | RawBuilder<string | null>;

/** Whether a column has the text somewhere in it, in whatever case; SQLite knows the cases of ASCII letters alone. */
export function contains(column: Text, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) LIKE lower(${pattern}) ESCAPE '\\'`;
}
