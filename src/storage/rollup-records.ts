import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { nanoUsd } from '../kernel/money.ts';
import type { Operation } from '../protocol/operation.ts';
import { TOKEN_CLASSES } from '../protocol/rate-card.ts';
import type { RequestStatus } from '../protocol/records.ts';
import type { UsageBasis } from '../protocol/usage.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { fromJsonText, isSet, orUndefined } from './engine.ts';
import { exactText } from './exact-columns.ts';
import type { PendingRecord } from './rollup-cells.ts';
import type { UsageTable } from './schema.ts';

/** The columns of a usage record that sums are made of, in the order of {@link SummedRow}. */
const COLUMNS = [
  'id',
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

/** The names of {@link summedColumns}. */
export const SUMMED_NAMES: readonly string[] = [...COLUMNS, 'cost_nano'];

type ValuesOf<Names extends readonly (keyof UsageTable)[]> = { readonly [I in keyof Names]: UsageTable[Names[I]] };

/** The values of a stored record: lists take a third of what objects of forty names take to read. */
export type SummedRow = readonly [...ValuesOf<typeof COLUMNS>, costNano: string | null];

/** What to select of `usage_records`, which the query calls `u`. */
export function summedColumns(): RawBuilder<unknown> {
  const columns = COLUMNS.map((name) => sql.ref(`u.${name}`));
  return sql`${sql.join(columns)}, ${exactText(sql.ref('u.cost_nano'))} AS cost_nano`;
}

/** Where a record lies among others, as they are read. */
export function positionOf([id, , , startedAt]: SummedRow): { readonly at: number; readonly id: string } {
  return { at: Number(startedAt), id };
}

/** A stored row → what sums are made of. Words of closed unions were written from the same types. */
export function toPendingRecord([
  ,
  organizationId,
  projectId,
  startedAt,
  memberId,
  keyId,
  connectionId,
  providerId,
  application,
  endUser,
  tags,
  operation,
  streamed,
  requestedModel,
  routedModel,
  inputTokens,
  cachedInputTokens,
  cacheWrite5mTokens,
  cacheWrite1hTokens,
  audioInputTokens,
  outputTokens,
  reasoningTokens,
  audioOutputTokens,
  imageInputTokens,
  imageOutputTokens,
  images,
  seconds,
  characters,
  toolCalls,
  usageBasis,
  rateCardId,
  rateCardVersion,
  status,
  firstByteMs,
  durationMs,
  corrects,
  costNano,
]: SummedRow): PendingRecord {
  return {
    organizationId,
    projectId,
    startedAt: Number(startedAt),
    memberId: orUndefined(memberId),
    keyId,
    connectionId: orUndefined(connectionId),
    providerId: orUndefined(providerId),
    application,
    endUser: orUndefined(endUser),
    // The column holds what was written from a record of strings.
    tags: tags === null ? undefined : (fromJsonText(tags) as Record<string, string>),
    operation: operation as Operation,
    streamed: isSet(streamed),
    requestedModel,
    routedModel: orUndefined(routedModel),
    usage: {
      ...NO_USAGE,
      inputTokens: orUndefined(inputTokens),
      cachedInputTokens: orUndefined(cachedInputTokens),
      cacheWrite5mTokens: orUndefined(cacheWrite5mTokens),
      cacheWrite1hTokens: orUndefined(cacheWrite1hTokens),
      audioInputTokens: orUndefined(audioInputTokens),
      outputTokens: orUndefined(outputTokens),
      reasoningTokens: orUndefined(reasoningTokens),
      audioOutputTokens: orUndefined(audioOutputTokens),
      imageInputTokens: orUndefined(imageInputTokens),
      imageOutputTokens: orUndefined(imageOutputTokens),
      images: orUndefined(images),
      seconds: orUndefined(seconds),
      characters: orUndefined(characters),
      toolCalls: orUndefined(toolCalls),
    },
    usageBasis: orUndefined(usageBasis) as UsageBasis | undefined,
    costNano: costNano === null ? undefined : nanoUsd(BigInt(costNano)),
    rateCardId: orUndefined(rateCardId),
    rateCardVersion: orUndefined(rateCardVersion),
    status: status as RequestStatus,
    firstByteMs: orUndefined(firstByteMs),
    durationMs,
    corrects: orUndefined(corrects),
  };
}
