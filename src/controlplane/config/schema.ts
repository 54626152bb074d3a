import { z } from 'zod';
import { countField, timeField, toTimeOrUndefined } from '../fields.ts';
import type { ConfigOutcome, ConfigStatus } from '../services.ts';

export const configStatusSchema = z.strictObject({
  path: z.string().optional().describe('Where hub.yaml lies; missing when there is none.'),
  applied_at: timeField.optional(),
  version: countField.describe('Every change of configuration raises it.'),
});

export const configApplySchema = z
  .strictObject({ dry_run: z.boolean().default(false) })
  .meta({ examples: [{ dry_run: true }] });

export const configOutcomeSchema = z.strictObject({
  applied: z.boolean(),
  changes: z.array(z.strictObject({ action: z.enum(['create', 'update', 'remove']), sentence: z.string() })),
  problems: z
    .array(z.strictObject({ place: z.string(), message: z.string() }))
    .describe('What stands in the way; nothing is applied while there is any.'),
});

export function toConfigStatus(status: ConfigStatus): z.output<typeof configStatusSchema> {
  return { path: status.path, applied_at: toTimeOrUndefined(status.appliedAt), version: status.version };
}

export function toConfigOutcome(outcome: ConfigOutcome): z.output<typeof configOutcomeSchema> {
  return {
    applied: outcome.applied,
    changes: outcome.changes.map((change) => ({ ...change })),
    problems: outcome.problems.map((problem) => ({ ...problem })),
  };
}
