import { type Selectable, sql } from 'kysely';
import { nanoCredits } from '../../kernel/money.ts';
import type { OwedGrantStore } from '../../ledger/ports.ts';
import type { GrantKind } from '../../protocol/ledger.ts';
import type { OwedGrant } from '../../protocol/owed-grants.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { OwedGrantTable } from '../ledger-schema.ts';
import { statementParts } from '../statement-parts.ts';
import type { Reading, Writing } from './within-organization.ts';

const COLUMNS = [
  'id',
  'organization_id',
  'reference',
  'kind',
  'name',
  'expires_at',
  'actor_id',
  'reason',
  'created_at',
] as const;

type Row = Pick<Selectable<OwedGrantTable>, (typeof COLUMNS)[number]> & { readonly amount_nano: string | null };

/** Credit that is owed, in the store. */
export function createOwedGrantStore(database: StoreDatabase): OwedGrantStore {
  return {
    owe: (wanted, check) => database.write((transaction) => writeOwed(transaction, wanted, check)),
    ofReferences: (references) => database.read((reading) => ofReferences(reading, references)),
    waiting: (limit) =>
      database.read(async (reading) => {
        const rows = await selectOwed(reading).where('state', '=', 'waiting').orderBy('id').limit(limit).execute();
        return rows.map(toOwed);
      }),
    noteGiven: (ids) =>
      database.write(async (transaction) => {
        for (const some of statementParts(ids)) {
          await transaction.updateTable('owed_grants').set({ state: 'given' }).where('id', 'in', some).execute();
        }
      }),
  };
}

/**
 * Writes down what is owed by references that nobody has used, and gives what stands for each of them then; `check` is told
 * both, and what it throws undoes all.
 */
export async function writeOwed(
  transaction: Writing,
  wanted: readonly OwedGrant[],
  check: (wanted: OwedGrant, found: OwedGrant) => void,
): Promise<readonly OwedGrant[]> {
  // In one order, so that two who write the same wait for each other and not each for one of them.
  const ordered = wanted.toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  for (const some of statementParts(ordered)) {
    await transaction
      .insertInto('owed_grants')
      .values(some.map(columnsOf))
      .onConflict((conflict) => conflict.column('reference').doNothing())
      .execute();
  }
  const references = wanted.map(({ reference }) => reference);
  const found = new Map((await ofReferences(transaction, references)).map((owed) => [owed.reference, owed]));
  return wanted.map((each) => {
    const owed = found.get(each.reference);
    if (owed === undefined) throw new Error(`what is owed by the reference ${each.reference} is not there`);
    check(each, owed);
    return owed;
  });
}

async function ofReferences(reading: Reading, references: readonly string[]): Promise<readonly OwedGrant[]> {
  const found: OwedGrant[] = [];
  for (const some of statementParts(references)) {
    found.push(...(await selectOwed(reading).where('reference', 'in', some).execute()).map(toOwed));
  }
  return found;
}

function selectOwed(reading: Reading) {
  return reading
    .selectFrom('owed_grants')
    .select(COLUMNS)
    .select(exactText(sql.ref('amount_nano')).as('amount_nano'));
}

function columnsOf(owed: OwedGrant) {
  return {
    id: owed.id,
    organization_id: owed.organizationId,
    reference: owed.reference,
    kind: owed.kind,
    name: owed.name,
    amount_nano: sql<number>`CAST(${owed.amountNano.toString()} AS BIGINT)`,
    expires_at: orNull(owed.expiresAt),
    actor_id: orNull(owed.actorId),
    reason: orNull(owed.reason),
    state: 'waiting',
    created_at: owed.createdAt,
  };
}

/** A kind was written from the same type. */
function toOwed(row: Row): OwedGrant {
  return {
    id: row.id,
    organizationId: row.organization_id,
    reference: row.reference,
    kind: row.kind as GrantKind,
    name: row.name,
    amountNano: nanoCredits(BigInt(row.amount_nano ?? 0)),
    expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
    actorId: orUndefined(row.actor_id),
    reason: orUndefined(row.reason),
    createdAt: Number(row.created_at),
  };
}
