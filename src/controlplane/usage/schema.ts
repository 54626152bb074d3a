import { z } from 'zod';
import { ERRORS } from '../../kernel/errors.ts';
import { formatCredits } from '../../kernel/money.ts';
import { lossesForPayers, messageForPayers } from '../../protocol/for-payers.ts';
import { OPERATIONS } from '../../protocol/operation.ts';
import type { Attempt, RequestOutcome, UsageRecord } from '../../protocol/records.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { UsageFilter, UsageGroup, UsageTotals } from '../../records/ports.ts';
import { exportFormatField, exportOrganizationField } from '../exports.ts';
import {
  countField,
  fromTimeOrUndefined,
  idField,
  maybeCostFields,
  modelField,
  timeField,
  timeInputField,
  toCost,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { toVerdict, verdictSchema } from '../guardrails/schema.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { requestChargeSchema } from './charge-schema.ts';
import type { RecordView } from './costs.ts';

const TEXT_CHARS_MAX = 256;

export const statusField = z.enum([
  'success',
  'upstream_error',
  'rejected',
  'client_closed',
  'cut',
  'timeout',
  'interrupted',
]);

/** Counts by class; the classes do not overlap, and one that the provider did not tell is missing. */
const usageSchema = z.strictObject({
  input_tokens: z.int().optional(),
  cached_input_tokens: z.int().optional(),
  cache_write_5m_tokens: z.int().optional(),
  cache_write_1h_tokens: z.int().optional(),
  audio_input_tokens: z.int().optional(),
  output_tokens: z.int().optional(),
  reasoning_tokens: z.int().optional(),
  audio_output_tokens: z.int().optional(),
  image_input_tokens: z.int().optional(),
  image_output_tokens: z.int().optional(),
  images: z.number().optional(),
  seconds: z.number().optional(),
  characters: z.int().optional(),
  tool_calls: z.int().optional(),
  provider_cost_usd: z.string().optional().describe('What the provider itself said the call cost.'),
});

export const usageRecordSchema = z.strictObject({
  id: z.string(),
  request_id: z.string(),
  started_at: timeField,
  project_id: z.string(),
  key_id: z.string(),
  member_id: z.string().optional(),
  service_account_id: z.string().optional(),
  connection_id: z.string().optional(),
  credential_id: z.string().optional(),
  provider_id: z.string().optional(),
  application: z.string(),
  end_user: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  client_request_id: z.string().optional(),
  traceparent: z.string().optional(),
  operation: z.enum(OPERATIONS),
  streamed: z.boolean(),
  corrects: z
    .string()
    .optional()
    .describe('The record that this one corrects. Its counts are differences, and may be negative.'),
  requested_model: z.string(),
  routed_model: z.string().optional(),
  served_model: z.string().optional(),
  usage: usageSchema,
  usage_basis: z.enum(['reported', 'estimated', 'cached']).optional(),
  priced: z.boolean().describe('False: the model had no known price, and there is no cost.'),
  charge: z
    .string()
    .optional()
    .describe(
      'Credits that it took, where calls are paid for with credit. Cost and provider are then shown to operators.',
    ),
  ...maybeCostFields,
  rate_card_id: z.string().optional(),
  rate_card_version: z.int().optional(),
  finish_reason: z.string().optional(),
  status: statusField,
  http_status: z.int(),
  error_code: z.string().optional(),
  first_byte_ms: z.number().optional(),
  duration_ms: z.number(),
  overhead_ms: z.number(),
  request_bytes: countField,
  response_bytes: countField,
  instance_id: z.string(),
});

const attemptSchema = z.strictObject({
  connection_id: z.string(),
  credential_id: z.string().optional(),
  provider_id: z.string(),
  routed_model: z.string(),
  started_ms: z.number(),
  headers_ms: z.number().optional(),
  first_byte_ms: z.number().optional(),
  ended_ms: z.number(),
  http_status: z.int().optional(),
  outcome: z.enum(['success', 'fault']),
  error_code: z.string().optional(),
  upstream_message: z.string().optional(),
  upstream_request_id: z.string().optional(),
  standing: z
    .enum(['trying', 'cooling', 'open'])
    .optional()
    .describe(
      'How the deployment stood where it was not simply ready: `trying` whether it works again, `cooling` with its credentials at their limits, `open` where it had failed lately and nothing else was left.',
    ),
  no_retry: z
    .enum(['retry_budget', 'attempts'])
    .optional()
    .describe('Why no other try followed: those of the route were used up, or those of the request.'),
});

export const requestDetailSchema = z.strictObject({
  usage_record: usageRecordSchema,
  attempts: z.array(attemptSchema),
  losses: z.array(
    z.strictObject({
      field: z.string(),
      reason: z.string().optional().describe('Shown to who may know the provider, whose format it is about.'),
    }),
  ),
  verdicts: z.array(verdictSchema).optional().describe('What guardrails found; missing where none did.'),
  error_message: z.string().optional(),
  error_remedy: z.string().optional().describe('What to do about the error.'),
  user_agent: z.string().optional(),
  client_address: z.string().optional(),
  content_expires_at: timeField
    .optional()
    .describe('There, and shown to who may read contents: what was said is stored until then.'),
  charge: requestChargeSchema.optional().describe('Where calls are paid for with credit.'),
});

export const totalsSchema = z.strictObject({
  group: z.string().optional(),
  requests: countField,
  failed_requests: countField,
  estimated_requests: countField,
  unpriced_requests: countField.describe('Records without a known price; no cost holds them.'),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  ...maybeCostFields,
});

const textField = z.string().min(1).max(TEXT_CHARS_MAX);

const filterFields = {
  from: timeInputField.optional(),
  to: timeInputField.optional(),
  project_id: idField.optional(),
  key_id: idField.optional(),
  model: modelField.optional(),
  provider_id: idField.optional(),
  connection_id: idField.optional(),
  status: statusField.optional(),
  end_user: textField.optional(),
  application: textField.optional(),
};

export const usageRecordsQuery = z.strictObject({
  ...pageQuery,
  ...filterFields,
  text: textField.optional().describe('Part of a model, application, end user, tag, error code or id, in any case.'),
});
export const usageRecordPageSchema = pageOf(usageRecordSchema).extend({
  searched_back_to: timeField
    .optional()
    .describe('Older records have not been looked at yet: the next page goes on with them. Rows may be few or none.'),
});
export const usageExportQuery = z.strictObject({
  ...filterFields,
  format: exportFormatField.default('csv'),
  organization_id: exportOrganizationField,
});
export const usageTotalsQuery = z.strictObject({
  ...filterFields,
  group_by: z
    .enum(['model', 'provider', 'connection', 'key', 'status', 'operation', 'end_user', 'application', 'day'])
    .optional(),
});
export const requestParams = z.strictObject({ request_id: idField });

/** `projectIds`: those that are asked for, or may be seen; `undefined`: all of the organization. */
export function toUsageFilter(
  query: z.output<typeof usageTotalsQuery>,
  projectIds: readonly string[] | undefined,
): UsageFilter {
  return {
    projectIds,
    fromMs: fromTimeOrUndefined(query.from),
    toMs: fromTimeOrUndefined(query.to),
    keyId: query.key_id,
    model: query.model,
    providerId: query.provider_id,
    connectionId: query.connection_id,
    status: query.status,
    endUser: query.end_user,
    application: query.application,
  };
}

export function toUsageGroup(group: z.output<typeof usageTotalsQuery>['group_by']): UsageGroup | undefined {
  return group === 'end_user' ? 'endUser' : group;
}

export function toUsageRecord(
  record: UsageRecord,
  { seesCosts, chargeNano }: RecordView,
): z.output<typeof usageRecordSchema> {
  const shown = seesCosts ? record : withoutCosts(record);
  // A charge of nothing is one, too.
  const charge = chargeNano === undefined ? undefined : formatCredits(chargeNano);
  return { ...toFields(shown), priced: record.costNano !== undefined, charge };
}

/** Who served a call and what it cost: nothing of it is left, and no name of a model but the caller's own. */
function withoutCosts(record: UsageRecord): UsageRecord {
  return {
    ...record,
    connectionId: undefined,
    credentialId: undefined,
    providerId: undefined,
    routedModel: undefined,
    servedModel: undefined,
    rateCardId: undefined,
    rateCardVersion: undefined,
    costNano: undefined,
    usage: { ...record.usage, providerCostUsd: undefined },
  };
}

function toFields(record: UsageRecord): Omit<z.output<typeof usageRecordSchema>, 'priced'> {
  return {
    id: record.id,
    request_id: record.requestId,
    started_at: toTime(record.startedAt),
    project_id: record.projectId,
    key_id: record.keyId,
    member_id: record.memberId,
    service_account_id: record.serviceAccountId,
    connection_id: record.connectionId,
    credential_id: record.credentialId,
    provider_id: record.providerId,
    application: record.application,
    end_user: record.endUser,
    tags: record.tags === undefined ? undefined : { ...record.tags },
    client_request_id: record.clientRequestId,
    traceparent: record.traceparent,
    operation: record.operation,
    streamed: record.streamed,
    corrects: record.corrects,
    requested_model: record.requestedModel,
    routed_model: record.routedModel,
    served_model: record.servedModel,
    usage: toUsage(record.usage),
    usage_basis: record.usageBasis,
    ...(record.costNano === undefined ? {} : toCost(record.costNano)),
    rate_card_id: record.rateCardId,
    rate_card_version: record.rateCardVersion,
    finish_reason: record.finishReason,
    status: record.status,
    http_status: record.httpStatus,
    error_code: record.errorCode,
    first_byte_ms: record.firstByteMs,
    duration_ms: record.durationMs,
    overhead_ms: record.overheadMs,
    request_bytes: record.requestBytes,
    response_bytes: record.responseBytes,
    instance_id: record.instanceId,
  };
}

function toUsage(usage: Usage): z.output<typeof usageSchema> {
  return {
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_write_5m_tokens: usage.cacheWrite5mTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    audio_input_tokens: usage.audioInputTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    audio_output_tokens: usage.audioOutputTokens,
    image_input_tokens: usage.imageInputTokens,
    image_output_tokens: usage.imageOutputTokens,
    images: usage.images,
    seconds: usage.seconds,
    characters: usage.characters,
    tool_calls: usage.toolCalls,
    provider_cost_usd: usage.providerCostUsd,
  };
}

export function toRequestDetail(
  outcome: RequestOutcome,
  view: RecordView & {
    readonly contentExpiresAt: number | undefined;
    readonly charge: z.output<typeof requestChargeSchema> | undefined;
  },
): z.output<typeof requestDetailSchema> {
  const { losses, errorMessage } = outcome.request;
  return {
    usage_record: toUsageRecord(outcome.usage, view),
    attempts: view.seesCosts ? outcome.request.attempts.map(toAttempt) : [],
    losses: view.seesCosts ? losses.map(({ field, reason }) => ({ field, reason })) : [...lossesForPayers(losses)],
    verdicts: outcome.request.verdicts?.map(toVerdict),
    error_message: view.seesCosts ? errorMessage : messageForPayers(outcome.usage.errorCode, errorMessage),
    error_remedy: remedyOf(outcome.usage.errorCode),
    user_agent: outcome.request.userAgent,
    client_address: outcome.request.clientAddress,
    content_expires_at: toTimeOrUndefined(view.contentExpiresAt),
    charge: view.charge,
  };
}

/** A record may be older than the catalogue, so its code need not be one of today's. */
function remedyOf(code: string | undefined): string | undefined {
  return Object.entries(ERRORS).find(([known]) => known === code)?.[1].remedy;
}

function toAttempt(attempt: Attempt): z.output<typeof attemptSchema> {
  return {
    connection_id: attempt.connectionId,
    credential_id: attempt.credentialId,
    provider_id: attempt.providerId,
    routed_model: attempt.routedModel,
    started_ms: attempt.startedMs,
    headers_ms: attempt.headersMs,
    first_byte_ms: attempt.firstByteMs,
    ended_ms: attempt.endedMs,
    http_status: attempt.httpStatus,
    outcome: attempt.outcome,
    error_code: attempt.errorCode,
    upstream_message: attempt.upstreamMessage,
    upstream_request_id: attempt.upstreamRequestId,
    standing: attempt.standing,
    no_retry: attempt.noRetry,
  };
}

export function toTotals(totals: UsageTotals, seesCosts: boolean): z.output<typeof totalsSchema> {
  return {
    group: totals.group,
    requests: totals.requests,
    failed_requests: totals.failedRequests,
    estimated_requests: totals.estimatedRequests,
    unpriced_requests: totals.unpricedRequests,
    input_tokens: totals.inputTokens,
    cached_input_tokens: totals.cachedInputTokens,
    output_tokens: totals.outputTokens,
    reasoning_tokens: totals.reasoningTokens,
    ...(seesCosts ? toCost(totals.costNano) : {}),
  };
}
