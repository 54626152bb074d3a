import { z } from 'zod';
import { formatCredits, nanoCredits } from '../../kernel/money.ts';
import type { LimitCount, LimitWithCounts } from '../../limits/limit-service.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../../protocol/access.ts';
import {
  LIMIT_BOUNDS,
  LIMIT_MEASURES,
  LIMIT_SUBJECTS,
  LIMIT_UNITS,
  type Limit,
  type LimitMeasure,
  type LimitTerms,
  type LimitWindow,
  readLimitAmount,
} from '../../protocol/limits.ts';
import { idField, nameField, revisionField, sourceField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';

const subjectField = z
  .strictObject({
    kind: z.enum(LIMIT_SUBJECTS),
    id: z
      .string()
      .min(1)
      .max(LIMIT_BOUNDS.subjectChars)
      .regex(/^[^\p{Cc}]+$/u, 'has control characters')
      .optional()
      .describe(
        'Whose calls; missing: each of the kind has a count of its own. A tag is `name=value`, or `name` for each of its values; a model any of its names.',
      ),
  })
  .describe('Whose calls are counted.');

const modelsField = z
  .array(
    z
      .string()
      .min(1)
      .max(PATTERN_CHARS_MAX)
      .regex(/^[^\s\p{Cc}]+$/u, 'has spaces'),
  )
  .min(1)
  .max(PATTERNS_MAX)
  .optional()
  .describe('If given, calls of these models alone are counted. A `*` stands for anything.');

const windowField = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('calendar'),
      unit: z.enum(LIMIT_UNITS),
      time_zone: z.string().min(1).max(LIMIT_BOUNDS.zoneChars).default('UTC').describe('By whose clocks it begins.'),
    }),
    z.strictObject({ kind: z.literal('rolling'), seconds: z.int().min(1).max(LIMIT_BOUNDS.seconds) }),
  ])
  .optional()
  .describe(
    'Over which time it counts: a calendar’s unit exactly, or the last seconds, of which no span of that length ever holds more. Missing for `concurrent`.',
  );

const amountField = z
  .string()
  .max(LIMIT_BOUNDS.amountChars)
  .describe(
    'A whole number; of `money` decimal text with nine places at most: dollars, or credits where calls are paid for with them.',
  );

const thresholdsField = z
  .array(z.int().min(1).max(100))
  .max(LIMIT_BOUNDS.thresholds)
  .describe('Percentages of it at which people are told, once in a window.');

const terms = {
  name: nameField,
  subject: subjectField,
  models: modelsField,
  measure: z.enum(LIMIT_MEASURES),
  amount: amountField,
  window: windowField,
  mode: z.enum(['hard', 'soft']).describe('`hard` refuses what goes beyond; `soft` only tells of it.'),
};

export const limitTermsSchema = z
  .strictObject({ ...terms, thresholds: thresholdsField.default([]) })
  .refine(({ amount, measure }) => readLimitAmount(amount, measure) !== undefined, {
    path: ['amount'],
    message: 'has to be above zero: a whole number, or of money at most nine million with nine places at most',
  })
  .meta({
    examples: [
      {
        name: 'Budget of the month',
        subject: { kind: 'organization' },
        measure: 'money',
        amount: '100.00',
        window: { kind: 'calendar', unit: 'month', time_zone: 'Asia/Taipei' },
        mode: 'hard',
        thresholds: [80, 100],
      },
    ],
  });

const countSchema = z.strictObject({
  subject: z.string().optional().describe('Whose count it is, where each has one.'),
  used: z.string(),
  left: z.string(),
  resets_at: timeField.optional().describe('When all of it can be had again, if nothing more is used.'),
});

export const limitSchema = z.strictObject({
  id: z.string(),
  ...terms,
  thresholds: thresholdsField,
  counts: z
    .array(countSchema)
    .optional()
    .describe(
      'How much is used now, the largest first, at most a hundred; calls under way count as what they may use. Missing where it cannot be had.',
    ),
  source: sourceField,
  created_at: timeField,
  updated_at: timeField,
  revision: revisionField,
});

export const limitParams = z.strictObject({ limit_id: idField });

export function toTerms(given: z.output<typeof limitTermsSchema>): LimitTerms {
  const { name, subject, models, measure, mode, thresholds } = given;
  return {
    name,
    subject: { kind: subject.kind, id: subject.id },
    models,
    measure,
    amount: readLimitAmount(given.amount, measure) ?? 0n,
    window: given.window && toWindow(given.window),
    mode,
    thresholds: [...new Set(thresholds)].sort((a, b) => a - b),
  };
}

function toWindow(given: NonNullable<z.output<typeof windowField>>): LimitWindow {
  if (given.kind === 'rolling') return given;
  return { kind: given.kind, unit: given.unit, timeZone: given.time_zone };
}

export function toLimit({ limit, counts }: LimitWithCounts): z.output<typeof limitSchema> {
  return { ...toPlainLimit(limit), counts: counts?.map((count) => toCount(count, limit)) };
}

/** A limit without how it stands. */
export function toPlainLimit(limit: Limit): z.output<typeof limitSchema> {
  const { id, name, subject, models, measure, amount, window, mode, thresholds, source, revision } = limit;
  return {
    id,
    name,
    subject: { kind: subject.kind, id: subject.id },
    models: models && [...models],
    measure,
    amount: textOf(amount, measure),
    window: window?.kind === 'calendar' ? { kind: 'calendar', unit: window.unit, time_zone: window.timeZone } : window,
    mode,
    thresholds: [...thresholds],
    source,
    created_at: toTime(limit.createdAt),
    updated_at: toTime(limit.updatedAt),
    revision,
  };
}

function toCount({ subject, used, left, resetAtMs }: LimitCount, { measure }: Limit): z.output<typeof countSchema> {
  return {
    subject,
    used: textOf(used, measure),
    left: textOf(left, measure),
    resets_at: toTimeOrUndefined(resetAtMs),
  };
}

function textOf(amount: bigint, measure: LimitMeasure): string {
  return measure === 'money' ? formatCredits(nanoCredits(amount)) : String(amount);
}
