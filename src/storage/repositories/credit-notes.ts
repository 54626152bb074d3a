import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { minorUnits, nanoCredits } from '../../kernel/money.ts';
import type { CreditNoteStore } from '../../payments/ports.ts';
import type { CreditNote, CreditNoteParties } from '../../protocol/credit-notes.ts';
import type { StoreDatabase } from '../database.ts';
import { fromJsonText, orUndefined, toJsonText, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { CreditNoteTable } from '../payment-schema.ts';
import type { Schema } from '../schema.ts';

const AMOUNTS = ['amount_minor', 'credits_nano'] as const;
type Row = Omit<CreditNoteTable, (typeof AMOUNTS)[number]> & {
  readonly [Name in (typeof AMOUNTS)[number]]: string | null;
};
const COLUMNS = [
  'number',
  'organization_id',
  'purchase_id',
  'currency',
  'issued_at',
  'document',
] as const satisfies readonly (keyof CreditNoteTable)[];
type Reading = Parameters<Parameters<StoreDatabase['read']>[0]>[0];

const documentSchema = z.object({
  issuer: z.object({ name: z.string(), address: z.string().optional(), taxId: z.string().optional() }).optional(),
  customer: z.string(),
  purchase: z.object({ name: z.string(), amountMinor: z.string(), paidAt: z.number().optional() }),
});

/** Notes of money that went back, in the store. */
export function createCreditNoteStore(database: StoreDatabase): CreditNoteStore {
  return {
    write: (purchaseId, { at, issuer }) =>
      database.write(async (transaction) => {
        // Whoever writes one waits for whoever does: numbers have no gap, and no amount is noted twice.
        if (database.engine === 'postgres') {
          await sql`LOCK TABLE credit_notes IN SHARE ROW EXCLUSIVE MODE`.execute(transaction);
        }
        const owed = await owedOf(transaction, purchaseId);
        if (owed === undefined) return;
        const { last } = await transaction
          .selectFrom('credit_notes')
          .select(sql<number | string>`COALESCE(MAX(number), 0)`.as('last'))
          .executeTakeFirstOrThrow();
        const { purchase, customer, amountMinor, creditsNano } = owed;
        const paidAt = purchase.paid_at === null ? {} : { paidAt: Number(purchase.paid_at) };
        await transaction
          .insertInto('credit_notes')
          .values({
            number: wholeNumber(last) + 1,
            organization_id: purchase.organization_id,
            purchase_id: purchaseId,
            currency: purchase.currency,
            amount_minor: exact(amountMinor),
            credits_nano: exact(creditsNano),
            issued_at: at,
            document: toJsonText({
              issuer,
              customer,
              purchase: { name: purchase.name, amountMinor: purchase.amount_minor, ...paidAt },
            }),
          })
          .execute();
        await transaction
          .updateTable('purchases')
          .set({ noted_minor: sql<number>`refunded_minor` })
          .where('id', '=', purchaseId)
          .execute();
      }),
    list: ({ organizationId }, { limit, before, fromMs, toMs }) =>
      database.within(organizationId).read(async (reading) => {
        const rows = await select(reading)
          .where('t.organization_id', '=', organizationId)
          .$if(before !== undefined, (query) => query.where('t.number', '<', before ?? 0))
          .$if(fromMs !== undefined, (query) => query.where('t.issued_at', '>=', fromMs ?? 0))
          .$if(toMs !== undefined, (query) => query.where('t.issued_at', '<', toMs ?? 0))
          .orderBy('t.number', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toNote);
      }),
    get: ({ organizationId }, number) =>
      database.within(organizationId).read(async (reading) => {
        const row = await select(reading)
          .where('t.organization_id', '=', organizationId)
          .where('t.number', '=', number)
          .executeTakeFirst();
        return row && toNote(row);
      }),
  };
}

/** What of a purchase no note tells of; `undefined` where all is told. */
async function owedOf(transaction: Transaction<Schema>, purchaseId: string) {
  const purchase = await transaction
    .selectFrom('purchases as p')
    .innerJoin('organizations as o', 'o.id', 'p.organization_id')
    .select(['p.organization_id', 'p.currency', 'p.name', 'p.paid_at', 'o.name as customer'])
    .select([
      exactText(sql.ref('p.amount_minor')).as('amount_minor'),
      exactText(sql`p.refunded_minor - p.noted_minor`).as('more_minor'),
      exactText(
        sql`p.reversed_nano - COALESCE((SELECT SUM(n.credits_nano) FROM credit_notes AS n WHERE n.purchase_id = p.id), 0)`,
      ).as('more_nano'),
    ])
    .where('p.id', '=', purchaseId)
    .executeTakeFirst();
  const amountMinor = BigInt(purchase?.more_minor ?? 0);
  if (purchase === undefined || amountMinor === 0n) return undefined;
  return { purchase, customer: purchase.customer, amountMinor, creditsNano: BigInt(purchase.more_nano ?? 0) };
}

function select(reading: Reading) {
  return reading
    .selectFrom('credit_notes as t')
    .select(COLUMNS.map((name) => `t.${name}` as const))
    .select(AMOUNTS.map((name) => exactText(sql.ref(`t.${name}`)).as(name)));
}

function exact(amount: bigint) {
  return sql<number>`CAST(${amount.toString()} AS BIGINT)`;
}

function toNote(row: Row): CreditNote {
  return {
    ...partiesOf(row.document),
    number: wholeNumber(row.number),
    organizationId: row.organization_id,
    purchaseId: row.purchase_id,
    currency: row.currency,
    amountMinor: minorUnits(BigInt(row.amount_minor ?? 0)),
    creditsNano: nanoCredits(BigInt(row.credits_nano ?? 0)),
    issuedAt: Number(row.issued_at),
  };
}

function partiesOf(text: string): CreditNoteParties {
  const { issuer, customer, purchase } = documentSchema.parse(fromJsonText(text));
  return {
    issuer: issuer && { name: issuer.name, address: issuer.address, taxId: issuer.taxId },
    customer,
    purchase: {
      name: purchase.name,
      amountMinor: minorUnits(BigInt(purchase.amountMinor)),
      paidAt: orUndefined(purchase.paidAt ?? null),
    },
  };
}
