import { z } from 'zod';
import { ruleId } from '../../policy/access-rule-service.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../../protocol/access.ts';
import type { AccessLists, AccessRule } from '../../protocol/people.ts';
import { idField, revisionField, timeField, toTime } from '../fields.ts';

const list = (what: string) =>
  z
    .array(
      z
        .string()
        .min(1)
        .max(PATTERN_CHARS_MAX)
        .regex(/^[^\s\p{Cc}]+$/u, 'has spaces'),
    )
    .max(PATTERNS_MAX)
    .optional()
    .describe(`${what} A \`*\` stands for anything.`);

const lists = {
  allowed_models: list('If given, no other models may be called; empty: none.'),
  denied_models: list('Models that may not be called, whatever else allows them.'),
  allowed_providers: list('If given, no other providers may answer; empty: none.'),
  denied_providers: list('Providers that may not answer.'),
  allowed_regions: list('If given, no other regions may answer, nor a connection whose region is not known.'),
  denied_regions: list('Regions that may not answer.'),
};

export const ruleListsSchema = z
  .strictObject(lists)
  .refine((given) => Object.values(given).some((one) => one !== undefined), 'has to have a list')
  .meta({ examples: [{ allowed_models: ['gpt-4.1*', 'claude-*'], denied_providers: ['deepseek'] }] });

export const ruleSchema = z.strictObject({
  id: z.string().describe('`<scope>:<scope_id>`.'),
  scope: z
    .enum(['operator', 'organization', 'team', 'project', 'key'])
    .describe('What the rule stands on. All rules above a key have to agree; `operator` is the operator’s.'),
  scope_id: z.string(),
  ...lists,
  updated_at: timeField,
  revision: revisionField,
});

export const ruleParams = z.strictObject({
  scope: z.enum(['organization', 'team', 'project', 'key']),
  scope_id: idField,
});
export const operatorRuleParams = z.strictObject({ organization_id: idField });

export function toRule(rule: AccessRule): z.output<typeof ruleSchema> {
  const copy = (patterns: readonly string[] | undefined) => patterns && [...patterns];
  return {
    id: ruleId(rule),
    scope: rule.scope,
    scope_id: rule.scopeId,
    allowed_models: copy(rule.allowedModels),
    denied_models: copy(rule.deniedModels),
    allowed_providers: copy(rule.allowedProviders),
    denied_providers: copy(rule.deniedProviders),
    allowed_regions: copy(rule.allowedRegions),
    denied_regions: copy(rule.deniedRegions),
    updated_at: toTime(rule.updatedAt),
    revision: rule.revision,
  };
}

export function toLists(given: z.output<typeof ruleListsSchema>): AccessLists {
  return {
    allowedModels: given.allowed_models,
    deniedModels: given.denied_models,
    allowedProviders: given.allowed_providers,
    deniedProviders: given.denied_providers,
    allowedRegions: given.allowed_regions,
    deniedRegions: given.denied_regions,
  };
}
