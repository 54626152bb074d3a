import { type RawBuilder, sql, type Transaction } from 'kysely';
import { lessCredits, minorUnits, type NanoCredits, nanoCredits } from '../../kernel/money.ts';
import type { MovementItem, MovementSum, StatementStore } from '../../ledger/statement-ports.ts';
import { ENTRY_KINDS, type EntryKind, GRANT_KINDS } from '../../protocol/ledger.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { joinHalves, NANO_HALF, nowMsSql, orUndefined, timeOrUndefined, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { Schema } from '../schema.ts';

type View = Transaction<Schema>;
type Halves = { readonly high: string | null; readonly low: string | null };
type Alike = {
  readonly kind: string;
  readonly grant_kind: string | null;
  readonly is_redeemed: number | string;
};

const high = (column: string): RawBuilder<string | null> =>
  exactText(sql`SUM(${sql.raw(column)} / ${sql.lit(NANO_HALF)})`);
const low = (column: string): RawBuilder<string | null> =>
  exactText(sql`SUM(${sql.raw(column)} % ${sql.lit(NANO_HALF)})`);
const REDEEMED = sql`CASE WHEN EXISTS (SELECT 1 FROM code_redemptions AS r WHERE r.grant_id = e.grant_id) THEN 1 ELSE 0 END`;

/** What statements are made of. Entries of one account lie together in an index, in the order of time. */
export function createStatementStore(database: StoreDatabase): StatementStore {
  const within = ({ organizationId }: OrganizationScope) => database.within(organizationId);
  return {
    zones: (scope) =>
      within(scope).read(async (reading) => {
        const rows = await reading
          .selectFrom('statement_zones')
          .select(['month', 'time_zone'])
          .where('organization_id', '=', scope.organizationId)
          .orderBy('month')
          .execute();
        return rows.map(({ month, time_zone: timeZone }) => ({ month: Number(month), timeZone }));
      }),
    setZone: ({ organizationId }, { month, timeZone }) =>
      database.write(async (transaction) => {
        await transaction
          .deleteFrom('statement_zones')
          .where('organization_id', '=', organizationId)
          .where('month', '>=', month)
          .execute();
        await transaction
          .insertInto('statement_zones')
          .values({ organization_id: organizationId, month, time_zone: timeZone })
          .execute();
      }),
    span: (scope) =>
      within(scope).read(async (reading) => {
        const { rows } = await sql<{ now: number | string; first: number | null }>`SELECT
          ${sql.raw(nowMsSql(database.engine))} AS now,
          (SELECT MIN(at) FROM ledger_entries WHERE ${isOwn(scope)}) AS first`.execute(reading);
        const [row] = rows;
        return { nowMs: wholeNumber(row?.now ?? 0), firstAt: timeOrUndefined(row?.first ?? null) };
      }),
    balances: (scope, instants) => within(scope).readTogether((view) => balances(view, scope, instants)),
    month: (scope, { fromMs, toMs, itemsMax }) =>
      within(scope).readTogether(async (view) => {
        const [openingNano, closingNano] = await balances(view, scope, [fromMs, toMs]);
        if (openingNano === undefined || closingNano === undefined) throw new Error('a month has two ends');
        const month = sql`${isOwn(scope, 'e.')} AND e.at >= ${fromMs} AND e.at < ${toMs}`;
        return {
          openingNano,
          closingNano,
          sums: await sumsOf(view, month),
          items: await itemsOf(view, month, itemsMax),
          paid: await paidOf(view, month),
        };
      }),
  };
}

/** Of the organization's own account: what its parts may use is part of that. */
function isOwn({ organizationId }: OrganizationScope, of = ''): RawBuilder<unknown> {
  return sql`${sql.raw(`${of}account_id`)} = ${`organization/${organizationId}`}
    AND ${sql.raw(`${of}organization_id`)} = ${organizationId}`;
}

/** Backwards from what is left now, which all entries come to: few lie between then and now. */
async function balances(
  view: View,
  scope: OrganizationScope,
  instants: readonly number[],
): Promise<readonly NanoCredits[]> {
  const { rows } = await sql<Halves>`SELECT ${high('remaining_nano')} AS high, ${low('remaining_nano')} AS low
    FROM ledger_grants WHERE ${isOwn(scope)}`.execute(view);
  let balance = nanoOf(rows[0]);
  let before: number | undefined;
  const found: NanoCredits[] = [];
  for (const instant of instants.toReversed()) {
    const end = before === undefined ? sql`` : sql` AND at < ${before}`;
    const { rows: later } = await sql<Halves>`SELECT ${high('amount_nano')} AS high, ${low('amount_nano')} AS low
      FROM ledger_entries WHERE ${isOwn(scope)} AND at >= ${instant}${end}`.execute(view);
    balance = lessCredits(balance, nanoOf(later[0]));
    found.push(balance);
    before = instant;
  }
  return found.toReversed();
}

async function sumsOf(view: View, month: RawBuilder<unknown>): Promise<readonly MovementSum[]> {
  const { rows } = await sql<
    Alike & Halves & { project_id: string | null; terms: string | null; entries: number | string }
  >`SELECT e.kind, g.kind AS grant_kind, ${REDEEMED} AS is_redeemed, c.project_id, c.terms,
      ${high('e.amount_nano')} AS high, ${low('e.amount_nano')} AS low, COUNT(*) AS entries
    FROM ledger_entries AS e LEFT JOIN ledger_grants AS g ON g.id = e.grant_id
      LEFT JOIN ledger_charges AS c ON c.id = e.charge_id
    WHERE ${month} GROUP BY 1, 2, 3, 4, 5`.execute(view);
  return rows.map((row) => ({
    ...alike(row),
    projectId: orUndefined(row.project_id),
    terms: orUndefined(row.terms),
    amountNano: nanoOf(row),
    entries: wholeNumber(row.entries),
  }));
}

async function itemsOf(view: View, month: RawBuilder<unknown>, max: number): Promise<readonly MovementItem[]> {
  const { rows } = await sql<
    Alike & {
      id: string;
      at: number | string;
      amount: string;
      name: string | null;
      reason: string | null;
      purchase_id: string | null;
      currency: string | null;
      amount_minor: string | null;
      mode: string | null;
    }
  >`SELECT e.id, e.at, e.kind, CAST(e.amount_nano AS TEXT) AS amount, e.reason, g.name, g.kind AS grant_kind,
      ${REDEEMED} AS is_redeemed, p.id AS purchase_id, p.currency, CAST(p.amount_minor AS TEXT) AS amount_minor, p.mode
    FROM ledger_entries AS e LEFT JOIN ledger_grants AS g ON g.id = e.grant_id
      LEFT JOIN purchases AS p ON p.grant_id = e.grant_id
    WHERE ${month} AND e.kind IN ('grant', 'reversal', 'withdrawal', 'expiry')
    ORDER BY e.at, e.id LIMIT ${max}`.execute(view);
  return rows.map((row) => ({
    ...alike(row),
    id: row.id,
    at: Number(row.at),
    amountNano: nanoCredits(BigInt(row.amount)),
    name: orUndefined(row.name),
    reason: orUndefined(row.reason),
    purchase:
      row.purchase_id === null
        ? undefined
        : {
            id: row.purchase_id,
            currency: row.currency ?? '',
            amountMinor: minorUnits(BigInt(row.amount_minor ?? 0)),
            mode: row.mode ?? '',
          },
  }));
}

async function paidOf(view: View, month: RawBuilder<unknown>) {
  const { rows } = await sql<{ currency: string; amount: string }>`SELECT p.currency,
      CAST(SUM(p.amount_minor) AS TEXT) AS amount
    FROM ledger_entries AS e JOIN purchases AS p ON p.grant_id = e.grant_id
    WHERE ${month} AND e.kind = 'grant' GROUP BY p.currency ORDER BY p.currency`.execute(view);
  return rows.map(({ currency, amount }) => ({ currency, amountMinor: minorUnits(BigInt(amount)) }));
}

function alike({ kind, grant_kind: grantKind, is_redeemed: isRedeemed }: Alike) {
  return {
    kind: ENTRY_KINDS.find((each) => each === kind) ?? unknown(kind),
    grantKind: GRANT_KINDS.find((each) => each === grantKind),
    isRedeemed: Number(isRedeemed) === 1,
  };
}

function unknown(kind: string): EntryKind {
  throw new Error(`nobody knows entries of the kind ${kind}`);
}

function nanoOf(row: Halves | undefined): NanoCredits {
  return nanoCredits(joinHalves(row?.high, row?.low));
}
