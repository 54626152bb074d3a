import { type Selectable, sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import { nanoCredits } from '../../kernel/money.ts';
import type { CodeOutcome, LedgerPage, RedemptionCodeStore } from '../../ledger/ports.ts';
import type { GrantKind } from '../../protocol/ledger.ts';
import type { CodeBatch, CodeRefusal } from '../../protocol/redemption-codes.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, orNull, orUndefined, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { CodeBatchTable } from '../ledger-schema.ts';
import { statementParts } from '../statement-parts.ts';
import { writeOwed } from './owed-grants.ts';
import type { Reading, Writing } from './within-organization.ts';

const COLUMNS = [
  'id',
  'name',
  'kind',
  'code_count',
  'uses_max',
  'valid_until',
  'credit_expires_at',
  'credit_lasts_days',
  'withdrawn_at',
  'created_at',
  'actor_id',
] as const;

type Row = Pick<Selectable<CodeBatchTable>, (typeof COLUMNS)[number]> & { readonly amount_nano: string | null };

/** Redemption codes in the store, by their digests alone. */
export function createRedemptionCodeStore(database: StoreDatabase): RedemptionCodeStore {
  return {
    ...batches(database),
    redeem: (input) => database.write((transaction) => redeem(transaction, database.engine, input)),
  };
}

function batches(database: StoreDatabase): Omit<RedemptionCodeStore, 'redeem'> {
  const listed = async (reading: Reading, { limit, afterId, id }: Partial<LedgerPage> & { readonly id?: string }) => {
    let query = selectBatches(reading)
      .select((row) =>
        row
          .selectFrom('redemption_codes as c')
          .select((codes) => codes.fn.sum('c.uses').as('uses'))
          .whereRef('c.batch_id', '=', 'code_batches.id')
          .as('uses'),
      )
      .orderBy('id', 'desc');
    if (limit !== undefined) query = query.limit(limit);
    if (afterId !== undefined) query = query.where('id', '<', afterId);
    if (id !== undefined) query = query.where('id', '=', id);
    return (await query.execute()).map((row) => ({ ...toBatch(row), uses: wholeNumber(row.uses ?? 0) }));
  };
  return {
    insert: (batch, digests) =>
      database.write(async (transaction) => {
        await transaction.insertInto('code_batches').values(columnsOf(batch)).execute();
        const codes = digests.map((digest, index) => ({ digest, batch_id: batch.id, number: index + 1 }));
        for (const some of statementParts(codes)) {
          await transaction.insertInto('redemption_codes').values(some).execute();
        }
      }),
    list: (page) => database.read((reading) => listed(reading, page)),
    get: (id) => database.read(async (reading) => (await listed(reading, { id }))[0]),
    withdraw: (id, at) =>
      database.write(async (transaction) => {
        const row = await transaction
          .updateTable('code_batches')
          .set({ withdrawn_at: sql<number>`COALESCE(withdrawn_at, CAST(${at} AS BIGINT))` })
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst();
        return row !== undefined;
      }),
    codes: (batchId, { limit, afterNumber }) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('redemption_codes')
          .select(['number', 'uses'])
          .where('batch_id', '=', batchId)
          .where('number', '>', afterNumber)
          .orderBy('number')
          .limit(limit)
          .execute();
        return rows.map(({ number, uses }) => ({ number, uses }));
      }),
    redemptions: (batchId, { limit, afterId }) =>
      database.read(async (reading) => {
        let query = reading
          .selectFrom('code_redemptions as r')
          .innerJoin('organizations as o', 'o.id', 'r.organization_id')
          .select(['r.grant_id', 'r.number', 'r.organization_id', 'r.actor_id', 'r.redeemed_at', 'o.name'])
          .where('r.batch_id', '=', batchId)
          .orderBy('r.grant_id', 'desc')
          .limit(limit);
        if (afterId !== undefined) query = query.where('r.grant_id', '<', afterId);
        return (await query.execute()).map((row) => ({
          id: row.grant_id,
          grantId: row.grant_id,
          number: row.number,
          organizationId: row.organization_id,
          organizationName: row.name,
          actorId: orUndefined(row.actor_id),
          at: Number(row.redeemed_at),
        }));
      }),
  };
}

async function redeem(
  transaction: Writing,
  engine: Engine,
  { digest, organizationId, actorId, now, draft }: Parameters<RedemptionCodeStore['redeem']>[0],
): Promise<CodeOutcome> {
  // An update that changes nothing is the lock that both engines have: those who redeem a code follow one another.
  const code = await transaction
    .updateTable('redemption_codes')
    .set((row) => ({ uses: row.ref('uses') }))
    .where('digest', '=', digest)
    .returning(['batch_id', 'number', 'uses'])
    .executeTakeFirst();
  if (code === undefined) return { kind: 'unknown' };
  const { batch_id: batchId, number, uses } = code;
  const batch = await batchOf(transaction, engine, batchId);
  const owed = draft(batch, number);
  const before = await transaction
    .selectFrom('code_redemptions')
    .select('grant_id')
    .where('batch_id', '=', batchId)
    .where('number', '=', number)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  if (before === undefined) {
    const why = refusalOf(batch, uses, now);
    if (why !== undefined) return { kind: 'refused', why };
    await transaction
      .updateTable('redemption_codes')
      .set({ uses: uses + 1 })
      .where('digest', '=', digest)
      .execute();
    await transaction
      .insertInto('code_redemptions')
      .values({
        grant_id: owed.id,
        batch_id: batchId,
        number,
        organization_id: organizationId,
        actor_id: orNull(actorId),
        redeemed_at: now,
      })
      .execute();
  }
  // Of a code that was redeemed before, what was owed then stands under the same reference.
  const [found = owed] = await writeOwed(transaction, [owed], () => undefined);
  return { kind: 'redeemed', owed: found, isNew: before === undefined };
}

/** A batch that is not withdrawn before the code is redeemed. */
async function batchOf(transaction: Writing, engine: Engine, id: string): Promise<CodeBatch> {
  const row = await selectBatches(transaction)
    .where('id', '=', id)
    .$if(engine === 'postgres', (query) => query.forShare())
    .executeTakeFirst();
  if (row === undefined) throw new GatewayError('resource.not_found');
  return toBatch(row);
}

function refusalOf(batch: CodeBatch, uses: number, now: number): CodeRefusal | undefined {
  if (batch.withdrawnAt !== undefined) return 'withdrawn';
  // Credit whose time is over could not be used.
  const ends = [batch.validUntil, batch.creditExpiresAt];
  if (ends.some((end) => end !== undefined && end <= now)) return 'expired';
  return uses >= batch.usesMax ? 'used_up' : undefined;
}

function selectBatches(reading: Reading) {
  return reading
    .selectFrom('code_batches')
    .select(COLUMNS)
    .select(exactText(sql.ref('amount_nano')).as('amount_nano'));
}

function columnsOf(batch: CodeBatch) {
  return {
    id: batch.id,
    name: batch.name,
    kind: batch.kind,
    amount_nano: sql<number>`CAST(${batch.amountNano.toString()} AS BIGINT)`,
    code_count: batch.count,
    uses_max: batch.usesMax,
    valid_until: orNull(batch.validUntil),
    credit_expires_at: orNull(batch.creditExpiresAt),
    credit_lasts_days: orNull(batch.creditLastsDays),
    withdrawn_at: orNull(batch.withdrawnAt),
    created_at: batch.createdAt,
    actor_id: orNull(batch.actorId),
  };
}

/** A kind was written from the same type. */
function toBatch(row: Row): CodeBatch {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as GrantKind,
    amountNano: nanoCredits(BigInt(row.amount_nano ?? 0)),
    count: row.code_count,
    usesMax: row.uses_max,
    validUntil: timeOf(row.valid_until),
    creditExpiresAt: timeOf(row.credit_expires_at),
    creditLastsDays: orUndefined(row.credit_lasts_days),
    withdrawnAt: timeOf(row.withdrawn_at),
    createdAt: Number(row.created_at),
    actorId: orUndefined(row.actor_id),
  };
}

function timeOf(column: number | null): number | undefined {
  return column === null ? undefined : Number(column);
}
