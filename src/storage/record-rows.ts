import { nanoUsd } from '../kernel/money.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { Operation } from '../protocol/operation.ts';
import type { Attempt, Loss, RequestOutcome, RequestRecord, RequestStatus, UsageRecord } from '../protocol/records.ts';
import type { UsageBasis } from '../protocol/usage.ts';
import { flag, fromJsonText, isSet, orUndefined, toJsonText } from './engine.ts';
import type { RequestTable } from './request-schema.ts';
import type { UsageTable } from './schema.ts';

/** A value as both engines take it; whole amounts of money travel as decimal text. */
export type RecordValue = string | number | null;

/** One request's two rows: values in the order of USAGE_COLUMNS and REQUEST_COLUMNS. */
export type RecordRow = { readonly usage: readonly RecordValue[]; readonly request: readonly RecordValue[] };

const EMPTY_LIST = '[]';

/** A request's outcome → its rows. Runs once per request: no loop, no intermediate objects. */
export function toRecordRow({ usage: record, request }: RequestOutcome): RecordRow {
  const { usage } = record;
  return {
    usage: [
      record.id,
      record.requestId,
      record.organizationId,
      record.projectId,
      Math.round(record.startedAt),
      text(record.memberId),
      text(record.serviceAccountId),
      record.keyId,
      text(record.connectionId),
      text(record.credentialId),
      text(record.providerId),
      record.application,
      text(record.endUser),
      record.tags === undefined ? null : toJsonText(record.tags),
      text(record.clientRequestId),
      text(record.traceparent),
      record.operation,
      flag(record.streamed),
      record.requestedModel,
      text(record.routedModel),
      text(record.servedModel),
      whole(usage.inputTokens),
      whole(usage.cachedInputTokens),
      whole(usage.cacheWrite5mTokens),
      whole(usage.cacheWrite1hTokens),
      whole(usage.audioInputTokens),
      whole(usage.outputTokens),
      whole(usage.reasoningTokens),
      whole(usage.audioOutputTokens),
      whole(usage.imageInputTokens),
      whole(usage.imageOutputTokens),
      whole(usage.images),
      usage.seconds === undefined ? null : usage.seconds,
      whole(usage.characters),
      whole(usage.toolCalls),
      text(usage.providerCostUsd),
      text(record.usageBasis),
      record.costNano === undefined ? null : record.costNano.toString(),
      text(record.rateCardId),
      whole(record.rateCardVersion),
      text(record.finishReason),
      record.status,
      record.httpStatus,
      text(record.errorCode),
      record.firstByteMs === undefined ? null : record.firstByteMs,
      record.durationMs,
      record.overheadMs,
      Math.round(record.requestBytes),
      Math.round(record.responseBytes),
      record.instanceId,
      text(record.corrects),
      madeText(record.made),
      whole(record.deliveredTokens),
    ],
    request: toRequestRow(request),
  };
}

function toRequestRow(request: RequestRecord): readonly RecordValue[] {
  return [
    request.id,
    request.requestId,
    request.organizationId,
    request.projectId,
    Math.round(request.startedAt),
    request.attempts.length === 0 ? EMPTY_LIST : toJsonText(request.attempts),
    request.losses.length === 0 ? EMPTY_LIST : toJsonText(request.losses),
    text(request.errorMessage),
    text(request.userAgent),
    text(request.clientAddress),
    request.verdicts === undefined ? null : toJsonText(request.verdicts),
  ];
}

function madeText(made: MadeAs | undefined): string | null {
  const isSaid = made?.imageSize !== undefined || made?.imageQuality !== undefined;
  return isSaid ? toJsonText({ imageSize: made.imageSize, imageQuality: made.imageQuality }) : null;
}

function text(value: string | undefined): string | null {
  return value === undefined ? null : value;
}

/** PostgreSQL refuses a fraction in a whole column, and would refuse the other records of the batch with it. */
function whole(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

/** A row read back; `cost_nano` was cast to text. */
export type StoredUsage = Omit<UsageTable, 'cost_nano'> & { readonly cost_nano: string | null };

/** A stored row → usage record. Words of closed unions were written by {@link toRecordRow} and are taken as such. */
export function toUsageRecord(row: StoredUsage): UsageRecord {
  return {
    id: row.id,
    requestId: row.request_id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    startedAt: row.started_at,
    memberId: orUndefined(row.member_id),
    serviceAccountId: orUndefined(row.service_account_id),
    keyId: row.key_id,
    connectionId: orUndefined(row.connection_id),
    credentialId: orUndefined(row.credential_id),
    providerId: orUndefined(row.provider_id),
    application: row.application,
    endUser: orUndefined(row.end_user),
    tags: tagsOf(row.tags),
    clientRequestId: orUndefined(row.client_request_id),
    traceparent: orUndefined(row.traceparent),
    // Only an Operation is ever written to this column.
    operation: row.operation as Operation,
    streamed: isSet(row.streamed),
    requestedModel: row.requested_model,
    routedModel: orUndefined(row.routed_model),
    servedModel: orUndefined(row.served_model),
    usage: usageOf(row),
    // Only a UsageBasis is ever written to this column.
    usageBasis: orUndefined(row.usage_basis) as UsageBasis | undefined,
    costNano: row.cost_nano === null ? undefined : nanoUsd(BigInt(row.cost_nano)),
    rateCardId: orUndefined(row.rate_card_id),
    rateCardVersion: orUndefined(row.rate_card_version),
    finishReason: orUndefined(row.finish_reason),
    // Only a RequestStatus is ever written to this column.
    status: row.status as RequestStatus,
    httpStatus: row.http_status,
    errorCode: orUndefined(row.error_code),
    firstByteMs: orUndefined(row.first_byte_ms),
    durationMs: row.duration_ms,
    overheadMs: row.overhead_ms,
    requestBytes: row.request_bytes,
    responseBytes: row.response_bytes,
    instanceId: row.instance_id,
    ...(row.corrects === null ? {} : { corrects: row.corrects }),
    // The column holds what toRecordRow wrote from words.
    ...(row.made_as === null ? {} : { made: fromJsonText(row.made_as) as MadeAs }),
    ...(row.delivered_tokens === null ? {} : { deliveredTokens: row.delivered_tokens }),
  };
}

function usageOf(row: StoredUsage): UsageRecord['usage'] {
  return {
    inputTokens: orUndefined(row.input_tokens),
    cachedInputTokens: orUndefined(row.cached_input_tokens),
    cacheWrite5mTokens: orUndefined(row.cache_write_5m_tokens),
    cacheWrite1hTokens: orUndefined(row.cache_write_1h_tokens),
    audioInputTokens: orUndefined(row.audio_input_tokens),
    outputTokens: orUndefined(row.output_tokens),
    reasoningTokens: orUndefined(row.reasoning_tokens),
    audioOutputTokens: orUndefined(row.audio_output_tokens),
    imageInputTokens: orUndefined(row.image_input_tokens),
    imageOutputTokens: orUndefined(row.image_output_tokens),
    images: orUndefined(row.images),
    seconds: orUndefined(row.seconds),
    characters: orUndefined(row.characters),
    toolCalls: orUndefined(row.tool_calls),
    providerCostUsd: orUndefined(row.provider_cost_usd),
  };
}

function tagsOf(stored: string | null): UsageRecord['tags'] {
  // The column holds what toRecordRow wrote from a record of strings.
  return stored === null ? undefined : (fromJsonText(stored) as Record<string, string>);
}

/** A stored row → request record. */
export function toRequestRecord(row: RequestTable): RequestRecord {
  return {
    id: row.id,
    requestId: row.request_id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    startedAt: row.started_at,
    attempts: attemptsOf(row.attempts),
    // The column holds what toRecordRow wrote from a list of losses.
    losses: fromJsonText(row.losses) as unknown as readonly Loss[],
    errorMessage: orUndefined(row.error_message),
    userAgent: orUndefined(row.user_agent),
    clientAddress: orUndefined(row.client_address),
    // The column holds what toRecordRow wrote from a list of verdicts.
    ...(row.verdicts === null ? {} : { verdicts: fromJsonText(row.verdicts) as unknown as RequestRecord['verdicts'] }),
  };
}

function attemptsOf(stored: string): readonly Attempt[] {
  // The column holds what toRecordRow wrote; JSON leaves out members that were undefined, so each is named again.
  const attempts = fromJsonText(stored) as unknown as readonly Attempt[];
  return attempts.map((attempt) => ({
    connectionId: attempt.connectionId,
    credentialId: attempt.credentialId,
    providerId: attempt.providerId,
    routedModel: attempt.routedModel,
    startedMs: attempt.startedMs,
    headersMs: attempt.headersMs,
    firstByteMs: attempt.firstByteMs,
    endedMs: attempt.endedMs,
    httpStatus: attempt.httpStatus,
    outcome: attempt.outcome,
    errorCode: attempt.errorCode,
    upstreamMessage: attempt.upstreamMessage,
    upstreamRequestId: attempt.upstreamRequestId,
    standing: attempt.standing,
    noRetry: attempt.noRetry,
  }));
}
