import { z } from 'zod';
import { timeZone } from '../kernel/time-zone.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../protocol/access.ts';
import {
  LIMIT_BOUNDS,
  LIMIT_MEASURES,
  LIMIT_SUBJECTS,
  LIMIT_UNITS,
  type LimitTerms,
  readLimitAmount,
} from '../protocol/limits.ts';
import { shortText } from './fields.ts';

const LIMITS_MAX = 500;
const NAME_CHARS_MAX = 100;

const subject = z
  .strictObject({
    kind: z.enum(LIMIT_SUBJECTS),
    id: shortText
      .max(LIMIT_BOUNDS.subjectChars)
      .regex(/^[^\p{Cc}]+$/u, 'must not have control characters')
      .optional(),
  })
  .superRefine(({ kind, id }, context) => {
    if (kind === 'organization' && id !== undefined) {
      context.addIssue({ code: 'custom', path: ['id'], message: 'must be missing: the organization limits itself' });
    }
    if (kind === 'tag' && id === undefined) {
      context.addIssue({ code: 'custom', message: 'must give the id of the tag: name, or name=value' });
    }
  });

const calendarWindow = z.strictObject({
  kind: z.literal('calendar'),
  unit: z.enum(LIMIT_UNITS),
  timeZone: z
    .string()
    .min(1)
    .max(LIMIT_BOUNDS.zoneChars)
    .refine(isZone, 'must be a time zone such as Asia/Taipei')
    .default('UTC'),
});
const rollingWindow = z.strictObject({
  kind: z.literal('rolling'),
  seconds: z.int().min(1).max(LIMIT_BOUNDS.seconds),
});

const pattern = z
  .string()
  .min(1)
  .max(PATTERN_CHARS_MAX)
  .regex(/^[^\s\p{Cc}]+$/u, 'must not have spaces');

const limitSchema = z
  .strictObject({
    name: shortText.max(NAME_CHARS_MAX),
    subject,
    models: z.array(pattern).min(1).max(PATTERNS_MAX).optional(),
    measure: z.enum(LIMIT_MEASURES),
    amount: z.union([z.string().max(LIMIT_BOUNDS.amountChars), z.number()], 'must be a number such as 100'),
    window: z
      .discriminatedUnion('kind', [calendarWindow, rollingWindow], 'must be of the kind calendar or rolling')
      .optional(),
    mode: z.enum(['hard', 'soft']),
    thresholds: z.array(z.int().min(1).max(100)).max(LIMIT_BOUNDS.thresholds).default([]),
  })
  .superRefine(({ measure, amount, window }, context) => {
    if (readLimitAmount(String(amount), measure) === undefined) {
      const message = 'must be above zero: a whole number, or of money at most nine million with nine places at most';
      context.addIssue({ code: 'custom', path: ['amount'], message });
    }
    if ((measure === 'concurrent') !== (window === undefined)) {
      const message =
        measure === 'concurrent'
          ? 'must be missing: what goes on at once is counted at every moment'
          : 'is missing; only the measure concurrent has none';
      context.addIssue({ code: 'custom', path: ['window'], message });
    }
  });

/** The limits of hub.yaml. */
export const usageLimitsSchema = z.array(limitSchema).max(LIMITS_MAX).default([]);

/** A limit of hub.yaml. Whom it counts stands in it as it is written: by id or name. */
export type DeclaredLimit = LimitTerms;

/** An entry of the file → the limit that it declares. */
export function toDeclaredLimit(entry: z.output<typeof limitSchema>): DeclaredLimit {
  const { name, subject: whom, models, measure, amount, window, mode, thresholds } = entry;
  return {
    name,
    subject: { kind: whom.kind, id: whom.id },
    models,
    measure,
    // The schema let nothing else through.
    amount: readLimitAmount(String(amount), measure) ?? 0n,
    window,
    mode,
    thresholds: [...new Set(thresholds)].sort((a, b) => a - b),
  };
}

function isZone(name: string): boolean {
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}
