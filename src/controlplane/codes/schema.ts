import { z } from 'zod';
import { formatCredits } from '../../kernel/money.ts';
import type { NewCodeBatch } from '../../ledger/redemption-codes.ts';
import type { CodeBatch, Redemption } from '../../protocol/redemption-codes.ts';
import { creditGrantSchema, creditsField, toAmount } from '../credit/schema.ts';
import {
  amountField,
  countField,
  fromTimeOrUndefined,
  idField,
  nameField,
  timeField,
  timeInputField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';

const COUNT_MAX = 10_000;
const USES_MAX = 1_000_000;
const DAYS_MAX = 3650;
/** A code as it is typed, with room for spaces. */
const CODE_CHARS_MAX = 64;
const KINDS = ['promotional', 'purchased', 'adjustment'] as const;

export const batchParams = z.strictObject({ batch_id: idField });

const batchFields = {
  name: nameField.describe('What the grants are called, where the organization reads it.'),
  amount: amountField,
  kind: z.enum(KINDS).default('promotional'),
  count: z.int().min(1).max(COUNT_MAX).describe('How many codes.'),
  uses_max: z
    .int()
    .min(1)
    .max(USES_MAX)
    .default(1)
    .describe('How many organizations may redeem each code, one time each.'),
  valid_until: timeInputField.optional().describe('From when on no code is redeemed.'),
  credit_expires_at: timeInputField.optional().describe('When the credit expires.'),
  credit_lasts_days: z.int().min(1).max(DAYS_MAX).optional().describe('So many days after a code is redeemed.'),
};

export const newBatchSchema = z
  .strictObject(batchFields)
  .refine((body) => body.credit_expires_at === undefined || body.credit_lasts_days === undefined, {
    path: ['credit_lasts_days'],
    message: 'stands beside `credit_expires_at`: credit ends once',
  })
  .meta({
    examples: [
      { name: 'Conference', amount: '10', count: 200, valid_until: '2099-12-31T00:00:00Z', credit_lasts_days: 90 },
    ],
  });

export const batchSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  amount: creditsField,
  kind: z.string(),
  count: countField,
  uses_max: countField,
  uses: countField.describe('How often codes of it were redeemed.'),
  state: z.enum(['open', 'expired', 'withdrawn']),
  valid_until: timeField.optional(),
  credit_expires_at: timeField.optional(),
  credit_lasts_days: countField.optional(),
  withdrawn_at: timeField.optional(),
  created_at: timeField,
});

export const madeBatchSchema = z.strictObject({
  batch: batchSchema,
  codes: z.array(z.string()).describe('In the order of their numbers. Shown this once; the hub keeps digests alone.'),
});

export const codeSchema = z.strictObject({ number: z.int().positive(), uses: countField });

export const redemptionSchema = z.strictObject({
  grant_id: z.string(),
  number: z.int().positive().describe('Of the code.'),
  organization_id: z.string(),
  organization_name: z.string(),
  actor_id: z.string().optional(),
  redeemed_at: timeField,
});

export const newRedemptionSchema = z
  .strictObject({
    code: z
      .string()
      .trim()
      .min(1)
      .max(CODE_CHARS_MAX)
      .describe('As it was handed out; spaces, dashes and case do not matter.'),
  })
  .meta({ examples: [{ code: '0000-0000-0000-0000' }] });

export const redeemedSchema = z.strictObject({
  grant: creditGrantSchema,
  redeemed_before: z.boolean().describe('Whether the organization had this credit of the code already.'),
});

export function toBatch(batch: CodeBatch & { readonly uses: number }, nowMs: number): z.output<typeof batchSchema> {
  return {
    id: batch.id,
    name: batch.name,
    amount: formatCredits(batch.amountNano),
    kind: batch.kind,
    count: batch.count,
    uses_max: batch.usesMax,
    uses: batch.uses,
    state: stateOf(batch, nowMs),
    valid_until: toTimeOrUndefined(batch.validUntil),
    credit_expires_at: toTimeOrUndefined(batch.creditExpiresAt),
    credit_lasts_days: batch.creditLastsDays,
    withdrawn_at: toTimeOrUndefined(batch.withdrawnAt),
    created_at: toTime(batch.createdAt),
  };
}

function stateOf({ withdrawnAt, validUntil, creditExpiresAt }: CodeBatch, nowMs: number) {
  if (withdrawnAt !== undefined) return 'withdrawn';
  return [validUntil, creditExpiresAt].some((end) => end !== undefined && end <= nowMs) ? 'expired' : 'open';
}

export function toNewBatch(body: z.output<typeof newBatchSchema>, actorId: string | undefined): NewCodeBatch {
  return {
    name: body.name,
    kind: body.kind,
    amountNano: toAmount(body.amount),
    count: body.count,
    usesMax: body.uses_max,
    validUntil: fromTimeOrUndefined(body.valid_until),
    creditExpiresAt: fromTimeOrUndefined(body.credit_expires_at),
    creditLastsDays: body.credit_lasts_days,
    actorId,
  };
}

export function toRedemption(redemption: Redemption): z.output<typeof redemptionSchema> {
  return {
    grant_id: redemption.grantId,
    number: redemption.number,
    organization_id: redemption.organizationId,
    organization_name: redemption.organizationName,
    actor_id: redemption.actorId,
    redeemed_at: toTime(redemption.at),
  };
}
