import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { nanoUsd } from '../kernel/money.ts';
import type { Operation } from '../protocol/operation.ts';
import { TOKEN_CLASSES } from '../protocol/rate-card.ts';
import type { RequestStatus } from '../protocol/records.ts';
import type { UsageBasis } from '../protocol/usage.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { exactText, fromJsonText, isSet, orUndefined } from './engine.ts';
import type { PendingRecord } from './rollup-cells.ts';
import type { UsageTable } from './schema.ts';

/** The columns of a usage record that sums are made of. */
const COLUMNS = [
  'organization_id',
  'project_id',
  'started_at',
  'member_id',
  'key_id',
  'connection_id',
  'provider_id',
  'application',
  'end_user',
  'tags',
  'operation',
  'streamed',
  'requested_model',
  'routed_model',
  ...TOKEN_CLASSES,
  'images',
  'seconds',
  'characters',
  'tool_calls',
  'usage_basis',
  'rate_card_id',
  'rate_card_version',
  'status',
  'first_byte_ms',
  'duration_ms',
  'corrects',
] as const satisfies readonly (keyof UsageTable)[];

export type SummedRow = Pick<UsageTable, 'id' | (typeof COLUMNS)[number]> & { readonly cost_nano: string | null };

/** What to select of `usage_records`, which the query calls `u`. */
export function summedColumns(): RawBuilder<unknown> {
  const columns = [...COLUMNS, 'id'].map((name) => sql.ref(`u.${name}`));
  return sql`${sql.join(columns)}, ${exactText(sql.ref('u.cost_nano'))} AS cost_nano`;
}

/** A stored row → what sums are made of. Words of closed unions were written from the same types. */
export function toPendingRecord(row: SummedRow): PendingRecord {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    startedAt: Number(row.started_at),
    memberId: orUndefined(row.member_id),
    keyId: row.key_id,
    connectionId: orUndefined(row.connection_id),
    providerId: orUndefined(row.provider_id),
    application: row.application,
    endUser: orUndefined(row.end_user),
    // The column holds what was written from a record of strings.
    tags: row.tags === null ? undefined : (fromJsonText(row.tags) as Record<string, string>),
    operation: row.operation as Operation,
    streamed: isSet(row.streamed),
    requestedModel: row.requested_model,
    routedModel: orUndefined(row.routed_model),
    usage: {
      ...NO_USAGE,
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
    },
    usageBasis: orUndefined(row.usage_basis) as UsageBasis | undefined,
    costNano: row.cost_nano === null ? undefined : nanoUsd(BigInt(row.cost_nano)),
    rateCardId: orUndefined(row.rate_card_id),
    rateCardVersion: orUndefined(row.rate_card_version),
    status: row.status as RequestStatus,
    firstByteMs: orUndefined(row.first_byte_ms),
    durationMs: row.duration_ms,
    corrects: orUndefined(row.corrects),
  };
}
