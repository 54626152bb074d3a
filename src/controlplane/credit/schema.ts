import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { formatCredits, type NanoCredits, parseCredits } from '../../kernel/money.ts';
import type { CreditService, NewGrant } from '../../ledger/credit-service.ts';
import {
  type AccountBalance,
  type AnyAccount,
  type ChargeReview,
  type ChargeWithEntries,
  type EntryFilter,
  REVIEW_CAUSES,
  type ReviewedCharge,
  type ReviewFilter,
} from '../../ledger/ports.ts';
import type { LedgerVerdict } from '../../ledger/verify.ts';
import { BROKEN_STREAM_POLICIES } from '../../protocol/broken-streams.ts';
import {
  ACCOUNT_LEVELS,
  type AccountId,
  CHARGE_STATES,
  ENTRY_KINDS,
  GRANT_KINDS,
  type Grant,
  type Hold,
  type LedgerCharge,
  type LedgerEntry,
} from '../../protocol/ledger.ts';
import { exportFormatField, exportOrganizationField } from '../exports.ts';
import {
  amountField,
  fromTimeOrUndefined,
  idField,
  modelField,
  nameField,
  reasonField,
  timeField,
  timeInputField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { pageQuery } from '../paging.ts';

const ACCOUNT_CHARS_MAX = 150;
const LIST_MAX = 100;
const PRIORITY_MAX = 1000;
const TEXT_CHARS_MAX = 100;

export const creditsField = z.string().describe('Credits, as decimal text.');

const accountField = z
  .string()
  .max(ACCOUNT_CHARS_MAX)
  .regex(
    new RegExp(`^(?:${ACCOUNT_LEVELS.join('|')})/[A-Za-z0-9._:-]+$`),
    'has to be a level and an id, such as `project/proj_1`',
  );

const accountFields = {
  id: z.string().describe('Whose it is: `project/proj_1`.'),
  name: z.string().optional().describe('What that is called, as long as it is there.'),
  remaining: creditsField.describe('What no charge has taken yet.'),
  held: creditsField.describe('What of it calls hold that are under way.'),
  available: creditsField.describe('What is neither held nor expired.'),
};

export const creditAccountSchema = z.strictObject(accountFields);
export const anyAccountSchema = z.strictObject({
  ...accountFields,
  organization_id: z.string(),
  organization_name: z.string(),
});

export const creditGrantSchema = z.strictObject({
  id: z.string(),
  organization_id: z.string(),
  account_id: z.string(),
  kind: z.enum(GRANT_KINDS),
  name: z.string(),
  issued: creditsField,
  remaining: creditsField,
  held: creditsField,
  priority: z.int().describe('Lower ones are used first, then what expires first.'),
  expires_at: timeField.optional(),
  models: z.array(z.string()).optional().describe('The only models that it pays for.'),
  project_ids: z.array(z.string()).optional().describe('The only projects that it pays for.'),
  created_at: timeField,
});

export const creditEntrySchema = z.strictObject({
  id: z.string(),
  account_id: z.string(),
  grant_id: z.string(),
  kind: z.enum(ENTRY_KINDS),
  amount: creditsField.describe('Positive where the account gains.'),
  charge_id: z.string().optional(),
  at: timeField,
  actor_id: z.string().optional(),
  reason: z.string().optional(),
});

export const creditHoldSchema = z.strictObject({
  id: z.string().describe('That of the usage record, and of the charge that follows.'),
  organization_id: z.string(),
  project_id: z.string(),
  amount: creditsField.describe('Held of each account that the call pays from.'),
  account_ids: z.array(z.string()),
  placed_at: timeField,
  dispatched_at: timeField.optional().describe('When the call left for its provider.'),
  awaits_job_since: timeField
    .optional()
    .describe(
      'Since when it waits for what its provider goes on making, such as a film; it is ended by the end of that.',
    ),
  expires_at: timeField.describe('When nothing more is expected to be heard of the call, or of what it waits for.'),
});

export const chargeBasisField = z
  .string()
  .describe(
    'How the amount came about; of an answer that broke off by which policy, and who ended it: caller, provider or hub.',
  );

export const brokenStreamPolicyField = z.enum(BROKEN_STREAM_POLICIES);

export const brokenStreamsSchema = z
  .strictObject({
    policy: brokenStreamPolicyField.describe(
      '`bill-provider-usage`: what the provider has reported, and what arrived where it has not; `bill-received`: what arrived; `waive-if-nothing-delivered`: as the first, but nothing where nothing of the answer reached the caller.',
    ),
  })
  .meta({ examples: [{ policy: 'waive-if-nothing-delivered' }] });

export const creditOrganizationParams = z.strictObject({ organization_id: idField });

const chargeFields = {
  id: z.string().describe('That of the usage record.'),
  organization_id: z.string(),
  project_id: z.string(),
  account_ids: z.array(z.string()),
  state: z
    .enum(CHARGE_STATES)
    .describe(
      '`settled`: by what the provider reported; `estimated`: by what was seen of the answer; `presumed`: nothing was heard of the call; `released`: it used nothing.',
    ),
  amount: creditsField.describe('Taken from each account.'),
  held: creditsField,
  overrun: creditsField.describe('Used beyond what was held, which nobody is charged for.'),
  basis: chargeBasisField,
  ended_at: timeField,
};

const reviewFields = { at: timeField, actor_id: z.string().optional(), note: z.string().optional() };

export const chargeToReviewSchema = z.strictObject({
  ...chargeFields,
  organization_name: z.string(),
  refunded: creditsField.describe('Given back of it.'),
  review: z.strictObject(reviewFields).optional().describe('There once somebody has looked at it.'),
});
export const chargeReviewSchema = z.strictObject({
  charge_id: z.string(),
  organization_id: z.string(),
  ...reviewFields,
});
export const chargeWithEntriesSchema = z.strictObject({ ...chargeFields, entries: z.array(creditEntrySchema) });

export const creditQuery = z.strictObject({
  ...pageQuery,
  account_id: accountField.optional().describe('Of one account only, such as `project/proj_1`.'),
  organization_id: exportOrganizationField.describe('Whose, where the header `x-hub-organization` cannot be sent.'),
});

const entryFilterFields = {
  account_id: accountField.optional().describe('Of one account only, such as `project/proj_1`.'),
  kind: z.enum(ENTRY_KINDS).optional(),
  from: timeInputField.optional(),
  to: timeInputField.optional().describe('The first moment that is not part of it.'),
  organization_id: exportOrganizationField.describe('Whose, where the header `x-hub-organization` cannot be sent.'),
};

export const creditEntriesQuery = z.strictObject({ ...pageQuery, ...entryFilterFields });
export const creditEntriesExportQuery = z.strictObject({
  ...entryFilterFields,
  format: exportFormatField.default('csv'),
});

export const anyAccountsQuery = z.strictObject({
  ...pageQuery,
  text: z.string().min(1).max(TEXT_CHARS_MAX).optional().describe('Part of a name or an id, in any case.'),
});

export const reviewQuery = z.strictObject({
  ...pageQuery,
  cause: z
    .enum(REVIEW_CAUSES)
    .optional()
    .describe('`estimated` and `presumed`: the state; `overrun`: more was used than was held.'),
  organization: idField.optional().describe('Of one organization only.'),
  reviewed: z.enum(['true', 'false']).optional().describe('Only those that somebody has looked at, or nobody.'),
});

export const newReviewSchema = z
  .strictObject({ charge_id: idField, note: reasonField.optional() })
  .meta({ examples: [{ charge_id: 'ur_01k4z0000000000000000000', note: 'the estimate is plausible' }] });

/** The columns of a statement as CSV. */
export const ENTRY_COLUMNS = [
  'at',
  'kind',
  'amount',
  'account_id',
  'grant_id',
  'charge_id',
  'actor_id',
  'reason',
  'id',
] as const satisfies readonly (keyof z.output<typeof creditEntrySchema>)[];

export const chargeParams = z.strictObject({ charge_id: idField });

const placeFields = {
  organization_id: idField,
  level: z.enum(ACCOUNT_LEVELS).default('organization').describe('Whose account in the organization.'),
  scope_id: idField.optional().describe('The id of the team, project, member or key; not needed for the organization.'),
};

export const newGrantSchema = z
  .strictObject({
    ...placeFields,
    amount: amountField,
    name: nameField,
    kind: z.enum(GRANT_KINDS).default('purchased'),
    priority: z
      .int()
      .min(0)
      .max(PRIORITY_MAX)
      .optional()
      .describe('Lower ones are used first. Missing: 50 for `promotional`, 100 for others.'),
    expires_at: timeInputField.optional(),
    models: z.array(modelField).min(1).max(LIST_MAX).optional().describe('The only models that it pays for.'),
    project_ids: z.array(idField).min(1).max(LIST_MAX).optional().describe('The only projects that it pays for.'),
    reason: reasonField.optional(),
  })
  .meta({
    examples: [{ organization_id: 'org_default', amount: '250', name: 'Order 1042', reason: 'paid by invoice' }],
  });

export const withdrawalSchema = z
  .strictObject({ ...placeFields, amount: amountField, reason: reasonField })
  .meta({ examples: [{ organization_id: 'org_default', amount: '12.5', reason: 'the order was cancelled' }] });

export const refundSchema = z
  .strictObject({ charge_id: idField, amount: amountField, reason: reasonField })
  .meta({ examples: [{ charge_id: 'ur_01k4z0000000000000000000', amount: '0.25', reason: 'a broken answer' }] });

export const withdrawnSchema = z.strictObject({
  id: z.string(),
  organization_id: z.string(),
  account_id: z.string(),
  amount: creditsField,
  reason: z.string(),
});

export const refundedSchema = z.strictObject({
  id: z.string(),
  organization_id: z.string(),
  charge_id: z.string(),
  amount: creditsField.describe('Given back to each account that the charge took it of.'),
  reason: z.string(),
});

export const ledgerVerifyQuery = z.strictObject({
  noted: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/)
    .transform((text) => {
      const [number = '', digest = ''] = text.split(':');
      return { number: Number(number), digest };
    })
    .optional()
    .describe('The head of an earlier answer, as `<number>:<digest>`: the ledger has to go on from there.'),
});

export const ledgerVerdictSchema = z.strictObject({
  intact: z.boolean(),
  entries: z.int().nonnegative(),
  unsealed: z.int().nonnegative().describe('Entries of the last seconds, which no seal covers yet.'),
  differences: z.array(z.strictObject({ id: z.string(), what: z.string() })),
  head: z
    .strictObject({ number: z.int().nonnegative(), digest: z.string() })
    .describe('Note it elsewhere: a ledger that was put back as a whole to an older state shows by it alone.'),
});

export function toCreditAccount(account: AccountBalance): z.output<typeof creditAccountSchema> {
  return {
    id: account.id,
    name: account.name,
    remaining: formatCredits(account.remainingNano),
    held: formatCredits(account.heldNano),
    available: formatCredits(account.availableNano),
  };
}

export function toAnyAccount(account: AnyAccount): z.output<typeof anyAccountSchema> {
  const { organizationId: organization_id, organizationName: organization_name } = account;
  return { ...toCreditAccount(account), organization_id, organization_name };
}

export function toCreditGrant(grant: Grant): z.output<typeof creditGrantSchema> {
  return {
    id: grant.id,
    organization_id: grant.organizationId,
    account_id: grant.accountId,
    kind: grant.kind,
    name: grant.name,
    issued: formatCredits(grant.issuedNano),
    remaining: formatCredits(grant.remainingNano),
    held: formatCredits(grant.heldNano),
    priority: grant.priority,
    expires_at: toTimeOrUndefined(grant.expiresAt),
    models: grant.models && [...grant.models],
    project_ids: grant.projectIds && [...grant.projectIds],
    created_at: toTime(grant.createdAt),
  };
}

export function toCreditEntry(entry: LedgerEntry): z.output<typeof creditEntrySchema> {
  return {
    id: entry.id,
    account_id: entry.accountId,
    grant_id: entry.grantId,
    kind: entry.kind,
    amount: formatCredits(entry.amountNano),
    charge_id: entry.chargeId,
    at: toTime(entry.at),
    actor_id: entry.actorId,
    reason: entry.reason,
  };
}

export function toCreditHold(hold: Hold): z.output<typeof creditHoldSchema> {
  return {
    id: hold.id,
    organization_id: hold.organizationId,
    project_id: hold.projectId,
    amount: formatCredits(hold.amountNano),
    account_ids: [...new Set(hold.shares.map(({ accountId }) => accountId))],
    placed_at: toTime(hold.placedAt),
    dispatched_at: toTimeOrUndefined(hold.dispatchedAt),
    awaits_job_since: toTimeOrUndefined(hold.awaitsJobSince),
    expires_at: toTime(hold.expiresAt),
  };
}

/** Without the terms, which say what the operator pays and earns. */
function toCreditCharge(charge: LedgerCharge): Omit<z.output<typeof chargeWithEntriesSchema>, 'entries'> {
  return {
    id: charge.id,
    organization_id: charge.organizationId,
    project_id: charge.projectId,
    account_ids: [...charge.accountIds],
    state: charge.state,
    amount: formatCredits(charge.amountNano),
    held: formatCredits(charge.heldNano),
    overrun: formatCredits(charge.overrunNano),
    basis: charge.basis,
    ended_at: toTime(charge.endedAt),
  };
}

export function toChargeWithEntries({ charge, entries }: ChargeWithEntries): z.output<typeof chargeWithEntriesSchema> {
  return { ...toCreditCharge(charge), entries: entries.map(toCreditEntry) };
}

export function toChargeToReview(charge: ReviewedCharge): z.output<typeof chargeToReviewSchema> {
  const { review } = charge;
  return {
    ...toCreditCharge(charge),
    organization_name: charge.organizationName,
    refunded: formatCredits(charge.refundedNano),
    review: review && toReviewFields(review),
  };
}

export function toChargeReview(review: ChargeReview): z.output<typeof chargeReviewSchema> {
  return { charge_id: review.chargeId, organization_id: review.organizationId, ...toReviewFields(review) };
}

function toReviewFields({ at, actorId: actor_id, note }: ChargeReview) {
  return { at: toTime(at), actor_id, note };
}

export function toEntryFilter(query: Omit<z.output<typeof creditEntriesQuery>, 'limit' | 'cursor'>): EntryFilter {
  return {
    accountId: toAccountId(query.account_id),
    kind: query.kind,
    fromMs: fromTimeOrUndefined(query.from),
    toMs: fromTimeOrUndefined(query.to),
  };
}

export function toReviewFilter({ cause, organization, reviewed }: z.output<typeof reviewQuery>): ReviewFilter {
  return {
    cause,
    organizationId: organization,
    isReviewed: reviewed === undefined ? undefined : reviewed === 'true',
  };
}

export function toLedgerVerdict(verdict: LedgerVerdict): z.output<typeof ledgerVerdictSchema> {
  const { entries, unsealed, differences, head } = verdict;
  return { intact: differences.length === 0, entries, unsealed, differences: [...differences], head };
}

/** An account's id that its schema has checked. */
export function toAccountId(text: string | undefined): AccountId | undefined {
  return text as AccountId | undefined;
}

export function toNewGrant(body: z.output<typeof newGrantSchema>, actorId: string | undefined): NewGrant {
  return {
    ...toPlace(body),
    amountNano: toAmount(body.amount),
    name: body.name,
    kind: body.kind,
    priority: body.priority,
    expiresAt: fromTimeOrUndefined(body.expires_at),
    models: body.models,
    projectIds: body.project_ids,
    actorId,
    reason: body.reason,
  };
}

export function toWithdrawal(
  body: z.output<typeof withdrawalSchema>,
  actorId: string | undefined,
): Parameters<CreditService['withdraw']>[0] {
  return { ...toPlace(body), amountNano: toAmount(body.amount), actorId, reason: body.reason };
}

export function toRefund(
  body: z.output<typeof refundSchema>,
  actorId: string | undefined,
): Parameters<CreditService['refund']>[0] {
  return { chargeId: body.charge_id, amountNano: toAmount(body.amount), actorId, reason: body.reason };
}

function toPlace(body: z.output<typeof withdrawalSchema> | z.output<typeof newGrantSchema>) {
  return { organizationId: body.organization_id, level: body.level, scopeId: body.scope_id };
}

/** An amount that its schema has checked. */
export function toAmount(text: string): NanoCredits {
  const amount = parseCredits(text);
  if (amount === undefined) throw new GatewayError('request.invalid', { param: 'amount' });
  return amount;
}
