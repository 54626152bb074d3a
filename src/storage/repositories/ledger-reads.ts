import { type RawBuilder, sql, type Transaction } from 'kysely';
import { nanoCredits } from '../../kernel/money.ts';
import type {
  AccountBalance,
  ChargeWithEntries,
  EntryFilter,
  LedgerPage,
  LedgerReader,
  OfAccount,
} from '../../ledger/ports.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { ScopedDatabase, StoreDatabase } from '../database.ts';
import { type Engine, nowMsSql } from '../engine.ts';
import { ledgerColumns } from '../exact-columns.ts';
import {
  CHARGE_COLUMNS,
  ENTRY_COLUMNS,
  GRANT_COLUMNS,
  HOLD_COLUMNS,
  type ReadRow,
  toCharge,
  toEntry,
  toGrant,
  toHold,
} from '../ledger-rows.ts';
import type { Schema } from '../schema.ts';
import { ACCOUNT_NAME, NAMES_OF_ACCOUNTS, type NamedAccount, withBalances } from './ledger-balances.ts';
import { anyAccounts, chargesToReview } from './ledger-oversight.ts';

type Row<Name extends keyof Schema> = ReadRow<Schema[Name]>;
type Condition = RawBuilder<unknown>;

/** Credit for people to read. A page goes on only from a row that its own list has. */
export function createLedgerReader(database: StoreDatabase): LedgerReader {
  return { ...ofOrganization(database), ...ofInstallation(database) };
}

type OfOrganization = 'accounts' | 'grants' | 'grant' | 'entries' | 'holds' | 'charge' | 'amountsOf';

function ofOrganization(database: StoreDatabase): Pick<LedgerReader, OfOrganization> {
  const { engine } = database;
  const within = ({ organizationId }: OrganizationScope): ScopedDatabase => database.within(organizationId);
  return {
    accounts: (scope, filter, page) =>
      within(scope).readTogether((view) => accounts(view, { engine, scope, filter, page })),
    grants: async (scope, { accountId }, { limit, afterId }) => {
      const rows = await read<Row<'ledger_grants'>>(
        within(scope),
        sql`SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t
          WHERE ${all(of(scope), ofAccount(accountId), olderThan(afterId))} ORDER BY t.id DESC LIMIT ${limit}`,
      );
      return rows.map(toGrant);
    },
    grant: async (scope, id) => {
      const [row] = await read<Row<'ledger_grants'>>(
        within(scope),
        sql`SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t WHERE ${all(of(scope), sql`t.id = ${id}`)}`,
      );
      return row && toGrant(row);
    },
    entries: async (scope, filter, { limit, afterId }) => {
      const rows = await read<Row<'ledger_entries'>>(
        within(scope),
        sql`SELECT ${ledgerColumns(ENTRY_COLUMNS, 't')} FROM ledger_entries AS t
          WHERE ${all(of(scope), ...ofEntries(filter), postedBefore(scope, afterId))}
          ORDER BY t.at DESC, t.id DESC LIMIT ${limit}`,
      );
      return rows.map(toEntry);
    },
    holds: async (scope, { accountId }, { limit, afterId }) => {
      const rows = await read<Row<'ledger_holds'>>(
        within(scope),
        sql`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t
          WHERE ${all(of(scope), holding(engine, accountId), olderThan(afterId))} ORDER BY t.id DESC LIMIT ${limit}`,
      );
      return rows.map(toHold);
    },
    charge: (scope, id) => charge(within(scope), all(of(scope), sql`t.id = ${id}`)),
    amountsOf: async (scope, ids) => {
      if (ids.length === 0) return new Map();
      const rows = await read<{ readonly id: string; readonly amount: string }>(
        within(scope),
        sql`SELECT t.id, CAST(t.amount_nano AS TEXT) AS amount FROM ledger_charges AS t
          WHERE ${all(of(scope), sql`t.id IN (${sql.join(ids)})`)}`,
      );
      return new Map(rows.map(({ id, amount }) => [id, nanoCredits(BigInt(amount))]));
    },
  };
}

function ofInstallation(
  database: StoreDatabase,
): Pick<LedgerReader, 'anyCharge' | 'anyAccounts' | 'anyHolds' | 'toReview' | 'due'> {
  return {
    anyCharge: (id) => charge(database, sql`t.id = ${id}`),
    anyAccounts: ({ text }, page) =>
      database.readTogether((view) => anyAccounts(view, { engine: database.engine, text, page })),
    anyHolds: async ({ limit, afterId }) => {
      const rows = await read<Row<'ledger_holds'>>(
        database,
        sql`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t
          WHERE ${all(sql`1 = 1`, afterId === undefined ? undefined : sql`t.id > ${afterId}`)}
          ORDER BY t.id LIMIT ${limit}`,
      );
      return rows.map(toHold);
    },
    toReview: (filter, page) => database.readTogether((view) => chargesToReview(view, filter, page)),
    due: async (limit) => {
      const rows = await read<Pick<Row<'ledger_grants'>, 'id' | 'account_id'>>(
        database,
        sql`SELECT id, account_id FROM ledger_grants WHERE remaining_nano > 0 AND expires_at IS NOT NULL
          AND expires_at <= ${sql.raw(nowMsSql(database.engine))} AND remaining_nano > held_nano
          ORDER BY expires_at LIMIT ${limit}`,
      );
      // Ids of accounts are written by the ledger alone.
      return rows.map(({ id, account_id }) => ({ id, accountId: account_id as AccountId }));
    },
  };
}

async function read<Each>(database: ScopedDatabase, statement: RawBuilder<unknown>): Promise<readonly Each[]> {
  const { rows } = await database.read((reading) => statement.execute(reading));
  // The columns are those that the statement names.
  return rows as readonly Each[];
}

type Balances = {
  readonly engine: Engine;
  readonly scope: OrganizationScope;
  readonly filter: OfAccount;
  readonly page: LedgerPage;
};

async function accounts(
  view: Transaction<Schema>,
  { engine, scope, filter: { accountId }, page: { limit, afterId } }: Balances,
): Promise<readonly AccountBalance[]> {
  const conditions = all(
    of(scope),
    accountId === undefined ? undefined : sql`t.id = ${accountId}`,
    afterId === undefined ? undefined : sql`t.id > ${afterId}`,
  );
  const { rows } = await sql<NamedAccount>`SELECT t.id, t.organization_id, ${ACCOUNT_NAME} AS name
    FROM ledger_accounts AS t ${NAMES_OF_ACCOUNTS} WHERE ${conditions} ORDER BY t.id LIMIT ${limit}`.execute(view);
  return await withBalances(view, engine, rows);
}

function charge(database: ScopedDatabase, condition: Condition): Promise<ChargeWithEntries | undefined> {
  return database.readTogether(async (view) => {
    const { rows } = await sql<Row<'ledger_charges'>>`SELECT ${ledgerColumns(CHARGE_COLUMNS, 't')}
      FROM ledger_charges AS t WHERE ${condition}`.execute(view);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { rows: entries } = await sql<Row<'ledger_entries'>>`SELECT ${ledgerColumns(ENTRY_COLUMNS, 't')}
      FROM ledger_entries AS t WHERE t.charge_id = ${row.id} AND t.organization_id = ${row.organization_id}
      ORDER BY t.at, t.id`.execute(view);
    return { charge: toCharge(row), entries: entries.map(toEntry) };
  });
}

function of({ organizationId }: OrganizationScope): Condition {
  return sql`t.organization_id = ${organizationId}`;
}

function ofAccount(accountId: AccountId | undefined): Condition | undefined {
  return accountId === undefined ? undefined : sql`t.account_id = ${accountId}`;
}

function ofEntries({ accountId, kind, fromMs, toMs }: EntryFilter): readonly (Condition | undefined)[] {
  return [
    ofAccount(accountId),
    kind === undefined ? undefined : sql`t.kind = ${kind}`,
    fromMs === undefined ? undefined : sql`t.at >= ${fromMs}`,
    toMs === undefined ? undefined : sql`t.at < ${toMs}`,
  ];
}

/** Ids that the hub made sort by the time of their making. */
function olderThan(id: string | undefined): Condition | undefined {
  return id === undefined ? undefined : sql`t.id < ${id}`;
}

/** Ids of entries begin with what they were posted for, so that they do not sort by time. */
function postedBefore({ organizationId }: OrganizationScope, id: string | undefined): Condition | undefined {
  if (id === undefined) return undefined;
  return sql`(t.at, t.id) < (SELECT l.at, l.id FROM ledger_entries AS l
    WHERE l.id = ${id} AND l.organization_id = ${organizationId})`;
}

/** The accounts of a hold stand in its document; of calls that are under way there are few. */
function holding(engine: Engine, accountId: AccountId | undefined): Condition | undefined {
  if (accountId === undefined) return undefined;
  const shares = engine === 'sqlite' ? sql`json_each(t.shares)` : sql`json_array_elements(t.shares::json)`;
  return sql`EXISTS (SELECT 1 FROM ${shares} AS s${engine === 'sqlite' ? sql`` : sql` (value)`}
    WHERE s.value ->> 0 = ${accountId})`;
}

function all(...conditions: readonly (Condition | undefined)[]): Condition {
  return sql.join(
    conditions.filter((condition) => condition !== undefined),
    sql` AND `,
  );
}
