import { z } from 'zod';
import { countOf, type Measures, tokensOf } from '../../protocol/measures.ts';
import type { Chargeback, ChargebackQuery, ChargebackRow } from '../../records/chargeback.ts';
import { exportFormatField, exportOrganizationField } from '../exports.ts';
import { costFields, timeField, toCost, toTime } from '../fields.ts';
import { zoneField } from './explore-schema.ts';

const TAG_CHARS_MAX = 256;

const fields = {
  month: z
    .string()
    .regex(/^2\d{3}-(?:0[1-9]|1[0-2])$/)
    .describe('Such as `2026-10`.'),
  time_zone: zoneField,
  by: z.enum(['team', 'project', 'tag']),
  tag: z
    .string()
    .min(1)
    .max(TAG_CHARS_MAX)
    .optional()
    .describe('With `by=tag`: the name of the tag; missing: the first one of the month.'),
};
export const chargebackQuery = z.strictObject(fields);
export const chargebackExportQuery = z.strictObject({
  ...fields,
  format: exportFormatField.default('csv'),
  organization_id: exportOrganizationField,
});

/** Corrections are differences, so that a sum of them alone may be negative. */
const sumField = z.int();
const sumFields = {
  requests: sumField,
  failed_requests: sumField,
  unpriced_requests: sumField.describe('Requests without a known price; no cost holds them.'),
  tokens: sumField.describe('Of all classes.'),
  input_tokens: sumField,
  cached_input_tokens: sumField,
  output_tokens: sumField,
  reasoning_tokens: sumField,
  ...costFields,
};

const rowSchema = z.strictObject({
  value: z
    .string()
    .optional()
    .describe('The id of a team or project, or what the tag says; missing: what belongs to none.'),
  name: z.string().optional().describe('What a team or project is called that is still there.'),
  ...sumFields,
});

export const chargebackSchema = z.strictObject({
  month: z.string(),
  time_zone: z.string(),
  from: timeField,
  to: timeField,
  rows: z.array(rowSchema).describe('Dearest first. Each record counts in one of them.'),
  total: z.strictObject(sumFields),
  tag: z.string().optional(),
  tags: z.array(z.string()).optional().describe('With `by=tag`: the names of the tags of the month.'),
  capped: z
    .literal(true)
    .optional()
    .describe('A day had more values than are kept apart: what they hold is with what belongs to none.'),
});

type Query = z.output<typeof chargebackQuery>;
export type ShownRow = z.output<typeof rowSchema>;

/** The columns of the file. */
export const CHARGEBACK_COLUMNS = [
  'value',
  'name',
  'requests',
  'failed_requests',
  'unpriced_requests',
  'tokens',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_usd',
] as const satisfies readonly (keyof ShownRow)[];

export function toChargebackQuery(
  { month, time_zone: timeZone, by, tag }: Query,
  projectIds: readonly string[] | undefined,
): ChargebackQuery {
  const monthMs = Date.parse(`${month}-01T00:00:00Z`);
  return { monthMs, timeZone, by: by === 'tag' ? { kind: by, tag } : { kind: by }, projectIds };
}

export function toChargeback(query: Query, found: Chargeback): z.output<typeof chargebackSchema> {
  const { fromMs, toMs, rows, whole, tag, tags, isCapped } = found;
  return {
    month: query.month,
    time_zone: query.time_zone,
    from: toTime(fromMs),
    to: toTime(toMs),
    rows: rows.map(toRow),
    total: toSums(whole),
    ...(query.by === 'tag' ? { tag, tags: [...tags] } : {}),
    ...(isCapped ? { capped: true as const } : {}),
  };
}

export function toRow({ value, name, measures }: ChargebackRow): ShownRow {
  return { value, name, ...toSums(measures) };
}

function toSums(measures: Measures) {
  const count = (name: Parameters<typeof countOf>[1]): number => countOf(measures, name);
  return {
    requests: count('requests'),
    failed_requests: count('failed'),
    unpriced_requests: count('unpriced'),
    tokens: tokensOf(measures),
    input_tokens: count('input_tokens'),
    cached_input_tokens: count('cached_input_tokens'),
    output_tokens: count('output_tokens'),
    reasoning_tokens: count('reasoning_tokens'),
    ...toCost(measures.costNano),
  };
}
