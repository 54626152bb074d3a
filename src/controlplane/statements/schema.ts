import { z } from 'zod';
import { addCredits, formatCredits, NO_CREDITS } from '../../kernel/money.ts';
import {
  type ChargedPart,
  type ListedStatement,
  MOVEMENTS,
  type Statement,
  type StatementZones,
} from '../../ledger/statements.ts';
import { writeAmount } from '../../payments/currency.ts';
import type { CreditNote, Issuer } from '../../protocol/credit-notes.ts';
import { creditsField } from '../credit/schema.ts';
import { exportFormatField, exportOrganizationField } from '../exports.ts';
import { idField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';
import { pageQuery } from '../paging.ts';

const ZONE_CHARS_MAX = 64;
const NUMBER_MAX = 2_147_483_647;

const monthField = z.string().regex(/^2\d{3}-(?:0[1-9]|1[0-2])$/, 'has to be a month such as `2026-10`');
const zoneField = z.string().min(1).max(ZONE_CHARS_MAX).describe('IANA name, such as `Asia/Taipei`.');
const moneyField = z.string().describe('Of the currency, as decimal text.');
const organizationField = exportOrganizationField.describe(
  'Whose, where the header `x-hub-organization` cannot be sent.',
);
const languageField = z.enum(['en', 'zh-TW']).optional().describe('Missing: as the browser asks for.');

export const statementsQuery = z.strictObject({
  limit: pageQuery.limit.default(12),
  cursor: monthField.optional().describe('`next_cursor` of the page before.'),
  organization_id: organizationField,
});
export const statementParams = z.strictObject({ month: monthField });
export const statementQuery = z.strictObject({ organization_id: organizationField });
export const printQuery = z.strictObject({ organization_id: organizationField, lang: languageField });
export const statementExportQuery = z.strictObject({
  organization_id: organizationField,
  format: exportFormatField.default('csv'),
});

const listedFields = {
  month: z.string(),
  time_zone: z.string().describe('By whose clocks the month begins.'),
  from: timeField,
  to: timeField.describe('The first moment that is not part of it.'),
  final: z.boolean().describe('Whether the month is over, so that nothing of this ever changes.'),
  opening: creditsField.describe('What was left at its beginning; what calls held is part of it.'),
  closing: creditsField.describe('What was left at its end, or is now.'),
};
export const listedStatementSchema = z.strictObject(listedFields);

const zonesFields = {
  time_zone: z.string().describe('By whose clocks the running month begins and ends.'),
  next: z
    .strictObject({ time_zone: z.string(), from: z.string().describe('The first month of it.') })
    .optional()
    .describe('What was chosen from a later month on.'),
};
export const zonesSchema = z.strictObject(zonesFields);
export const zoneChangeSchema = z
  .strictObject({ time_zone: zoneField })
  .meta({ examples: [{ time_zone: 'Asia/Taipei' }] });
export const anyZoneChangeSchema = z
  .strictObject({ organization_id: idField, time_zone: zoneField })
  .meta({ examples: [{ organization_id: 'org_default', time_zone: 'Asia/Taipei' }] });

const partFields = {
  charged: creditsField.describe('What calls took, and corrections of that: below zero.'),
  refunded: creditsField.describe('What was given back for calls.'),
  total: creditsField,
};
const movementField = z
  .enum(MOVEMENTS)
  .describe(
    '`redeemed`: by a code; `taken_back`: by hand, or since the payment for it went back; `used_elsewhere`: at the Payment Kit that sold it.',
  );

const itemSchema = z.strictObject({
  id: z.string(),
  at: timeField,
  movement: movementField,
  name: z.string().optional().describe('Of what was given.'),
  amount: creditsField.describe('Below zero: taken.'),
  reason: z.string().optional(),
  purchase_id: z.string().optional(),
  currency: z.string().optional().describe('Of what the whole purchase cost.'),
  paid: moneyField.optional(),
});

const issuerSchema = z.strictObject({
  name: z.string(),
  address: z.string().optional(),
  tax_id: z.string().optional(),
});

export const creditNoteSchema = z.strictObject({
  number: z.int().positive().describe('In the whole installation 1, 2, 3 … without a gap.'),
  issued_at: timeField,
  purchase_id: z.string(),
  purchase_name: z.string(),
  purchase_amount: moneyField,
  paid_at: timeField.optional(),
  currency: z.string(),
  amount: moneyField.describe('What went back; below zero where a refund failed that a note before tells of.'),
  credits: creditsField.describe('Taken back for it by then, and on no note before; below zero: given again.'),
  customer: z.string(),
  issuer: issuerSchema.optional(),
});

export const statementSchema = z.strictObject({
  ...listedFields,
  bought: creditsField,
  granted: creditsField,
  redeemed: creditsField,
  taken_back: creditsField.describe('Below zero, as all that is taken.'),
  charged: creditsField,
  refunded: creditsField,
  used_elsewhere: creditsField.describe('What other programs used at the Payment Kit that leads the balance.'),
  expired: creditsField,
  paid: z
    .array(z.strictObject({ currency: z.string(), amount: moneyField }))
    .describe('For what was bought here in this month, however much of it went back since.'),
  models: z.array(z.strictObject({ model: z.string().optional(), ...partFields })).describe('What took most first.'),
  projects: z.array(z.strictObject({ project_id: z.string().optional(), name: z.string().optional(), ...partFields })),
  items: z
    .array(itemSchema)
    .describe('Everything but charges, refunds of those, and what was used elsewhere; 1,000 at most.'),
  has_more_items: z.boolean(),
  credit_notes: z.array(creditNoteSchema).describe('Of the month, 100 at most.'),
});

export const creditNotesQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z.coerce.number().int().min(1).max(NUMBER_MAX).optional().describe('`next_cursor` of the page before.'),
  organization_id: organizationField,
});
export const creditNoteParams = z.strictObject({ number: z.coerce.number().int().min(1).max(NUMBER_MAX) });

export type ShownStatement = z.output<typeof statementSchema>;
export type ShownNote = z.output<typeof creditNoteSchema>;

export function toListed(statement: ListedStatement): z.output<typeof listedStatementSchema> {
  return {
    month: statement.month,
    time_zone: statement.timeZone,
    from: toTime(statement.fromMs),
    to: toTime(statement.toMs),
    final: statement.isFinal,
    opening: formatCredits(statement.openingNano),
    closing: formatCredits(statement.closingNano),
  };
}

export function toZones({ timeZone, next }: StatementZones): z.output<typeof zonesSchema> {
  return { time_zone: timeZone, next: next && { time_zone: next.timeZone, from: next.from } };
}

export function toStatement(
  statement: Statement,
  projectNames: ReadonlyMap<string, string>,
  notes: readonly CreditNote[],
): ShownStatement {
  const { sums, models, projects, items, hasMoreItems, paid } = statement;
  const sumOf = (movement: (typeof MOVEMENTS)[number]): string => formatCredits(sums.get(movement) ?? NO_CREDITS);
  return {
    ...toListed(statement),
    bought: sumOf('bought'),
    granted: sumOf('granted'),
    redeemed: sumOf('redeemed'),
    taken_back: sumOf('taken_back'),
    charged: sumOf('charged'),
    refunded: sumOf('refunded'),
    used_elsewhere: sumOf('used_elsewhere'),
    expired: sumOf('expired'),
    paid: paid.map(({ currency, amountMinor }) => ({ currency, amount: writeAmount(amountMinor, currency) })),
    models: models.map((part) => ({ model: part.value, ...toPart(part) })),
    projects: projects.map((part) => ({
      project_id: part.value,
      name: part.value === undefined ? undefined : projectNames.get(part.value),
      ...toPart(part),
    })),
    items: items.map(({ id, at, movement, name, amountNano, reason, purchase }) => ({
      id,
      at: toTime(at),
      movement,
      name,
      amount: formatCredits(amountNano),
      // A purchase's own id is the reason that the hub notes.
      reason: reason === purchase?.id ? undefined : reason,
      purchase_id: purchase?.id,
      ...(purchase === undefined || movement !== 'bought'
        ? {}
        : { currency: purchase.currency, paid: writeAmount(purchase.amountMinor, purchase.currency) }),
    })),
    has_more_items: hasMoreItems,
    credit_notes: notes.map(toNote),
  };
}

function toPart({ chargedNano, refundedNano }: ChargedPart) {
  return {
    charged: formatCredits(chargedNano),
    refunded: formatCredits(refundedNano),
    total: formatCredits(addCredits(chargedNano, refundedNano)),
  };
}

export function toNote(note: CreditNote): ShownNote {
  const { currency, purchase } = note;
  return {
    number: note.number,
    issued_at: toTime(note.issuedAt),
    purchase_id: note.purchaseId,
    purchase_name: purchase.name,
    purchase_amount: writeAmount(purchase.amountMinor, currency),
    paid_at: toTimeOrUndefined(purchase.paidAt),
    currency,
    amount: writeAmount(note.amountMinor, currency),
    credits: formatCredits(note.creditsNano),
    customer: note.customer,
    issuer: toIssuer(note.issuer),
  };
}

function toIssuer(issuer: Issuer | undefined): z.output<typeof issuerSchema> | undefined {
  return issuer && { name: issuer.name, address: issuer.address, tax_id: issuer.taxId };
}

/** The columns of the file. Each line is of one part of the statement, which alone sums up to what it says. */
export const STATEMENT_COLUMNS = ['part', 'at', 'id', 'name', 'amount', 'currency', 'paid'] as const;
export type StatementLine = { readonly [Column in (typeof STATEMENT_COLUMNS)[number]]?: string | undefined };

export function linesOf(statement: ShownStatement): readonly StatementLine[] {
  return [
    { part: 'opening', at: statement.from, amount: statement.opening },
    ...MOVEMENTS.map((movement) => ({ part: movement, amount: statement[movement] })),
    { part: 'closing', at: statement.to, amount: statement.closing },
    ...statement.items.map(({ id, at, movement, name, amount, currency, paid }) => ({
      part: `item_${movement}`,
      at,
      id,
      name,
      amount,
      currency,
      paid,
    })),
    ...statement.models.map(({ model, total }) => ({ part: 'model', id: model, amount: total })),
    ...statement.projects.map(({ project_id: id, name, total }) => ({ part: 'project', id, name, amount: total })),
    ...statement.credit_notes.map((note) => ({
      part: 'credit_note',
      at: note.issued_at,
      id: String(note.number),
      name: note.purchase_name,
      amount: note.credits,
      currency: note.currency,
      paid: note.amount,
    })),
  ];
}
