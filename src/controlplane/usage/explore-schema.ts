import { z } from 'zod';
import { quantileOf, type Sketch } from '../../kernel/sketch.ts';
import { CALENDAR_UNITS } from '../../kernel/time-zone.ts';
import { countOf, type Measures } from '../../protocol/measures.ts';
import { OPERATIONS } from '../../protocol/operation.ts';
import type { UsageFilters } from '../../protocol/usage-sums.ts';
import type { Explored, ExploredGroup, ExploreQuery } from '../../records/explore.ts';
import {
  fromTime,
  idField,
  maybeCostFields,
  modelField,
  timeField,
  timeInputField,
  toCost,
  toTime,
} from '../fields.ts';
import { statusField } from './schema.ts';

const TEXT_CHARS_MAX = 256;
const TAG_CHARS_MAX = 512;
const ZONE_CHARS_MAX = 64;
/** Values of one filter. */
const VALUES_MAX = 100;
const TOP_MAX = 100;
const TOP_DEFAULT = 10;

const GROUPS = [
  'none',
  'model',
  'provider',
  'connection',
  'key',
  'member',
  'team',
  'project',
  'application',
  'tag',
  'end_user',
  'operation',
  'status',
] as const;

/** A parameter that may be given several times: any of its values will do. */
function anyOf<Field extends z.ZodType<string>>(field: Field) {
  return z.union([field, z.array(field).min(1).max(VALUES_MAX)]).optional();
}

const textField = z.string().min(1).max(TEXT_CHARS_MAX);

export const zoneField = z
  .string()
  .min(1)
  .max(ZONE_CHARS_MAX)
  .default('UTC')
  .describe('IANA name. Hours, days, weeks and months begin as its clocks say.');

export const exploreQuery = z.strictObject({
  from: timeInputField,
  to: timeInputField,
  time_zone: zoneField,
  granularity: z
    .enum(['none', 'auto', ...CALENDAR_UNITS])
    .default('none')
    .describe('The length of the buckets; `none` for sums alone. Weeks begin on Monday. At most 1,500 buckets.'),
  group_by: z.enum(GROUPS).default('none'),
  model: anyOf(modelField),
  provider_id: anyOf(idField),
  connection_id: anyOf(idField),
  key_id: anyOf(idField),
  member_id: anyOf(idField),
  team_id: anyOf(idField),
  project_id: anyOf(idField),
  application: anyOf(textField),
  tag: anyOf(z.string().min(1).max(TAG_CHARS_MAX)).describe('`name=value`'),
  end_user: anyOf(textField),
  operation: anyOf(z.enum(OPERATIONS)),
  status: anyOf(statusField),
  order_by: z.enum(['cost', 'requests']).default('cost').describe('Which groups come first.'),
  top: z.coerce
    .number()
    .int()
    .min(1)
    .max(TOP_MAX)
    .default(TOP_DEFAULT)
    .describe('Groups at most; all others are one more, the rest.'),
  compare: z.enum(['previous']).optional().describe('Adds the totals of as long a time just before.'),
});

/** Corrections are differences, so that a sum of them alone may be negative. */
const sumField = z.int();
const percentilesSchema = z
  .strictObject({ p50: z.number().optional(), p95: z.number().optional() })
  .describe('Within 2 % of the exact value; missing where there is none.');

const exploredTotalsSchema = z.strictObject({
  requests: sumField,
  failed_requests: sumField,
  estimated_requests: sumField,
  unpriced_requests: sumField.describe('Requests without a known price; no cost holds them.'),
  input_tokens: sumField,
  cached_input_tokens: sumField,
  cache_write_5m_tokens: sumField,
  cache_write_1h_tokens: sumField,
  audio_input_tokens: sumField,
  output_tokens: sumField,
  reasoning_tokens: sumField,
  audio_output_tokens: sumField,
  image_input_tokens: sumField,
  image_output_tokens: sumField,
  images: sumField,
  seconds: z.number(),
  characters: sumField,
  tool_calls: sumField,
  ...maybeCostFields,
  latency_ms: percentilesSchema,
  time_to_first_byte_ms: percentilesSchema,
  tokens_per_second: percentilesSchema,
});

const pointSchema = z.strictObject({
  requests: sumField,
  failed_requests: sumField,
  input_tokens: sumField,
  output_tokens: sumField,
  cost_nano_usd: maybeCostFields.cost_nano_usd,
});

export const exploredSchema = z.strictObject({
  from: timeField,
  to: timeField,
  time_zone: z.string(),
  granularity: z.enum(['none', ...CALENDAR_UNITS]),
  buckets: z.array(z.strictObject({ start: timeField, end: timeField })),
  groups: z.array(
    z.strictObject({
      value: z.string().optional().describe('Missing for what has no value, and for the rest.'),
      is_rest: z.literal(true).optional(),
      totals: exploredTotalsSchema,
      points: z.array(pointSchema).optional().describe('One for each bucket.'),
    }),
  ),
  totals: exploredTotalsSchema,
  previous_totals: exploredTotalsSchema.optional(),
  capped: z
    .literal(true)
    .optional()
    .describe('A day had more values than are kept apart: what they hold is in the rest.'),
});

type Query = z.output<typeof exploreQuery>;

export function toExploreQuery(
  query: Query,
  { projectIds, seesCosts }: { readonly projectIds: readonly string[] | undefined; readonly seesCosts: boolean },
): ExploreQuery {
  return {
    fromMs: fromTime(query.from),
    toMs: fromTime(query.to),
    timeZone: query.time_zone,
    granularity: query.granularity,
    groupBy: query.group_by === 'none' ? undefined : query.group_by,
    filters: toFilters(query),
    teamIds: listOf(query.team_id),
    projectIds,
    // An order by what is not told would tell of it.
    orderBy: seesCosts ? query.order_by : 'requests',
    top: query.top,
    compare: query.compare,
  };
}

function toFilters(query: Query): UsageFilters {
  const filters: Record<string, readonly string[] | undefined> = {
    model: listOf(query.model),
    provider: listOf(query.provider_id),
    connection: listOf(query.connection_id),
    key: listOf(query.key_id),
    member: listOf(query.member_id),
    project: listOf(query.project_id),
    application: listOf(query.application),
    tag: listOf(query.tag),
    end_user: listOf(query.end_user),
    operation: listOf(query.operation),
    status: listOf(query.status),
  };
  return Object.fromEntries(Object.entries(filters).filter(([, values]) => values !== undefined));
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value].flat();
}

export function toExplored(query: Query, explored: Explored, seesCosts: boolean): z.output<typeof exploredSchema> {
  const { edges, granularity, previousTotals } = explored;
  const toTotals = (measures: Measures) => toExploredTotals(measures, seesCosts);
  return {
    from: toTime(fromTime(query.from)),
    to: toTime(fromTime(query.to)),
    time_zone: query.time_zone,
    granularity,
    buckets: edges.slice(1).map((end, index) => ({ start: toTime(edges[index] ?? end), end: toTime(end) })),
    groups: explored.groups.map((group) => toGroup(group, seesCosts)),
    totals: toTotals(explored.totals),
    ...(previousTotals === undefined ? {} : { previous_totals: toTotals(previousTotals) }),
    ...(explored.isCapped ? { capped: true as const } : {}),
  };
}

function toGroup({ value, isRest, totals, points }: ExploredGroup, seesCosts: boolean) {
  return {
    ...(value === undefined ? {} : { value }),
    ...(isRest ? { is_rest: true as const } : {}),
    totals: toExploredTotals(totals, seesCosts),
    ...(points === undefined ? {} : { points: points.map((point) => toPoint(point, seesCosts)) }),
  };
}

function toPoint(measures: Measures, seesCosts: boolean): z.output<typeof pointSchema> {
  return {
    requests: countOf(measures, 'requests'),
    failed_requests: countOf(measures, 'failed'),
    input_tokens: countOf(measures, 'input_tokens'),
    output_tokens: countOf(measures, 'output_tokens'),
    ...(seesCosts ? { cost_nano_usd: measures.costNano.toString() } : {}),
  };
}

function toExploredTotals(measures: Measures, seesCosts: boolean): z.output<typeof exploredTotalsSchema> {
  const count = (name: Parameters<typeof countOf>[1]): number => countOf(measures, name);
  const [duration, firstByte, speed] = measures.sketches;
  return {
    requests: count('requests'),
    failed_requests: count('failed'),
    estimated_requests: count('estimated'),
    unpriced_requests: count('unpriced'),
    input_tokens: count('input_tokens'),
    cached_input_tokens: count('cached_input_tokens'),
    cache_write_5m_tokens: count('cache_write_5m_tokens'),
    cache_write_1h_tokens: count('cache_write_1h_tokens'),
    audio_input_tokens: count('audio_input_tokens'),
    output_tokens: count('output_tokens'),
    reasoning_tokens: count('reasoning_tokens'),
    audio_output_tokens: count('audio_output_tokens'),
    image_input_tokens: count('image_input_tokens'),
    image_output_tokens: count('image_output_tokens'),
    images: count('images'),
    seconds: count('seconds_ms') / 1000,
    characters: count('characters'),
    tool_calls: count('tool_calls'),
    ...(seesCosts ? toCost(measures.costNano) : {}),
    latency_ms: toPercentiles(duration),
    time_to_first_byte_ms: toPercentiles(firstByte),
    tokens_per_second: toPercentiles(speed),
  };
}

function toPercentiles(sketch: Sketch | undefined): z.output<typeof percentilesSchema> {
  if (sketch === undefined || sketch.length === 0) return {};
  return { p50: rounded(quantileOf(sketch, 0.5)), p95: rounded(quantileOf(sketch, 0.95)) };
}

/** Four digits: more would tell of an exactness that is not there. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(4));
}
