import { z } from 'zod';
import { OPERATIONS } from '../../protocol/operation.ts';
import {
  AFFINITIES,
  ROUTE_BOUNDS,
  type RouteCondition,
  type RouteDefinition,
  type RouteRow,
  type RouteTier,
  STRATEGIES,
} from '../../protocol/route.ts';
import { idField, modelField, nameField, revisionField, sourceField, timeField, toTime } from '../fields.ts';
import { fromTimeouts, timeoutsSchema, toTimeouts } from '../timeouts.ts';

const targetSchema = z.strictObject({
  model: modelField.describe('A model, or one deployment of it as `connection/model`; an alias too, but no route.'),
  weight: z
    .int()
    .min(0)
    .max(ROUTE_BOUNDS.weight)
    .default(1)
    .describe('How often it is chosen beside others of its tier; 0 takes it out without forgetting it.'),
  timeouts: timeoutsSchema.default({}),
});

const tierSchema = z.strictObject({ targets: z.array(targetSchema).min(1).max(ROUTE_BOUNDS.targets) });
const tiersField = z
  .array(tierSchema)
  .min(1)
  .max(ROUTE_BOUNDS.tiers)
  .describe('The next tier is tried where nothing of the one before is left.');

const valuesField = z.array(z.string().min(1).max(ROUTE_BOUNDS.valueChars)).min(1).max(ROUTE_BOUNDS.values);
const namedValues = z
  .record(z.string().min(1).max(ROUTE_BOUNDS.valueChars), valuesField)
  .refine((named) => Object.keys(named).length <= ROUTE_BOUNDS.names, `at most ${ROUTE_BOUNDS.names} names`);
const idsField = z.array(idField).min(1).max(ROUTE_BOUNDS.values);
const tokensField = z.int().min(0).max(ROUTE_BOUNDS.tokens);

const conditionSchema = z
  .strictObject({
    tags: namedValues.optional().describe('Of the header `x-hub-tags`: each name with the values that fit.'),
    headers: namedValues.optional().describe('Of the request: each name with the values that fit.'),
    key_ids: idsField.optional(),
    team_ids: idsField.optional(),
    project_ids: idsField.optional(),
    organization_ids: idsField.optional(),
    input_tokens_min: tokensField.optional(),
    input_tokens_max: tokensField.optional(),
    tools: z.boolean().optional().describe('Whether the request brings tools.'),
    images: z.boolean().optional().describe('Whether the request brings pictures.'),
  })
  .describe('What a request must be like; all that is said must fit.')
  .refine((when) => Object.values(when).some((each) => each !== undefined), 'says nothing');

const ruleSchema = z.strictObject({ when: conditionSchema, tiers: tiersField });

const definitionFields = {
  strategy: z
    .enum(STRATEGIES)
    .default('priority')
    .describe(
      'In which order the deployments of a tier are tried: as they are written, in turn by weight, by the fewest calls under way, by the shortest time to the first byte lately, or by what the request costs.',
    ),
  affinity: z
    .enum(AFFINITIES)
    .default('none')
    .describe('What goes to the same deployment while that works, so that its prompt cache is used.'),
  tiers: tiersField,
  rules: z
    .array(ruleSchema)
    .max(ROUTE_BOUNDS.rules)
    .default([])
    .describe('The first that fits a request says its tiers in the place of those above.'),
  timeouts: timeoutsSchema.default({}),
  fallbacks: z
    .strictObject({
      context_too_long: modelField.optional().describe('Asked where the request is too long for whoever was asked.'),
      content_filter: modelField.optional().describe('Asked where the provider refused the content.'),
    })
    .default({}),
};

export const routeSchema = z.strictObject({
  id: z.string(),
  name: z.string().describe('What callers ask for. A route wins over every other reading of its name.'),
  ...definitionFields,
  source: sourceField,
  created_at: timeField,
  updated_at: timeField,
  revision: revisionField,
});

export const routeParams = z.strictObject({ route_id: idField });

export const newRouteSchema = z.strictObject({ name: modelField, ...definitionFields }).meta({
  examples: [
    {
      name: 'smart',
      strategy: 'weighted',
      tiers: [{ targets: [{ model: 'openai/gpt-4.1', weight: 3 }, { model: 'azure/gpt-4.1' }] }],
    },
  ],
});

export const explainSchema = z
  .strictObject({
    model: modelField,
    operation: z.enum(OPERATIONS).default('chat'),
    key_id: idField.optional().describe('As whom; without it, as a key of the default project that nothing limits.'),
    tags: z.record(z.string(), z.string().max(ROUTE_BOUNDS.valueChars)).default({}),
    headers: z.record(z.string(), z.string().max(ROUTE_BOUNDS.valueChars)).default({}),
    end_user: nameField.optional(),
    conversation: nameField.optional(),
    input_tokens: tokensField.default(0),
    tools: z.boolean().default(false),
    images: z.boolean().default(false),
  })
  .meta({ examples: [{ model: 'smart', tags: { team: 'search' }, input_tokens: 1200 }] });

const STANDINGS = ['ready', 'trying', 'cooling', 'open'] as const;
const standingField = z
  .enum(STANDINGS)
  .describe(
    '`ready`; `trying`: failed lately, and one call may see whether it works again; `cooling`: all its credentials are at their limits or set aside; `open`: failed lately. The last two are tried after all others.',
  );

const stepSchema = z.strictObject({
  deployment: z.string(),
  connection_id: z.string(),
  provider_id: z.string(),
  upstream_model: z.string(),
  tier: z.int().describe('From 1.'),
  weight: z.int(),
  standing: standingField,
  in_flight: z.int(),
  first_byte_ms: z.number().optional().describe('The mean of late.'),
  cost_nano_usd: z.string().optional().describe('What the request costs there, with an answer of 1,000 tokens.'),
});

export const explainedSchema = z.strictObject({
  route_id: z.string().optional().describe('Missing where the connections that serve the model are its route.'),
  strategy: z.enum(STRATEGIES),
  affinity: z.enum(AFFINITIES),
  rule: z.int().optional().describe('Which of the route’s rules fits, from 1.'),
  steps: z
    .array(stepSchema)
    .describe('In the order in which they would be tried; those of the organization’s own connections alone.'),
  retries_left: z.int().describe('Further tries that the route has in this process within the minute.'),
});

export const healthSchema = z.strictObject({
  deployment: z.string(),
  connection_id: z.string(),
  provider_id: z.string(),
  upstream_model: z.string(),
  standing: standingField,
  open_ms: z.number().optional().describe('For how long nobody tries it.'),
  in_flight: z.int(),
  first_byte_ms: z.number().optional(),
});

export function toRoute(row: RouteRow): z.output<typeof routeSchema> {
  const { strategy, affinity, tiers, rules, timeouts, fallbacks } = row.definition;
  return {
    id: row.id,
    name: row.name,
    strategy,
    affinity,
    tiers: tiers.map(toTier),
    rules: rules.map(({ when, tiers: own }) => ({ when: toCondition(when), tiers: own.map(toTier) })),
    timeouts: toTimeouts(timeouts),
    fallbacks: { context_too_long: fallbacks.contextTooLong, content_filter: fallbacks.contentFilter },
    source: row.source,
    created_at: toTime(row.createdAt),
    updated_at: toTime(row.updatedAt),
    revision: row.revision,
  };
}

export function fromDefinition(body: z.output<typeof newRouteSchema>): RouteDefinition {
  return {
    strategy: body.strategy,
    affinity: body.affinity,
    tiers: body.tiers.map(fromTier),
    rules: body.rules.map(({ when, tiers }) => ({ when: fromCondition(when), tiers: tiers.map(fromTier) })),
    timeouts: fromTimeouts(body.timeouts),
    fallbacks: { contextTooLong: body.fallbacks.context_too_long, contentFilter: body.fallbacks.content_filter },
  };
}

function toTier({ targets }: RouteTier): z.output<typeof tierSchema> {
  return { targets: targets.map((each) => ({ ...each, timeouts: toTimeouts(each.timeouts) })) };
}

function fromTier({ targets }: z.output<typeof tierSchema>): RouteTier {
  return { targets: targets.map((each) => ({ ...each, timeouts: fromTimeouts(each.timeouts) })) };
}

function toCondition(when: RouteCondition): z.output<typeof conditionSchema> {
  return {
    tags: mutable(when.tags),
    headers: mutable(when.headers),
    key_ids: when.keyIds && [...when.keyIds],
    team_ids: when.teamIds && [...when.teamIds],
    project_ids: when.projectIds && [...when.projectIds],
    organization_ids: when.organizationIds && [...when.organizationIds],
    input_tokens_min: when.inputTokensMin,
    input_tokens_max: when.inputTokensMax,
    tools: when.tools,
    images: when.images,
  };
}

function mutable(named: RouteCondition['tags']): Record<string, string[]> | undefined {
  return named && Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values]]));
}

function fromCondition(when: z.output<typeof conditionSchema>): RouteCondition {
  const headers = when.headers && Object.entries(when.headers).map(([name, values]) => [name.toLowerCase(), values]);
  return {
    tags: when.tags,
    headers: headers && Object.fromEntries(headers),
    keyIds: when.key_ids,
    teamIds: when.team_ids,
    projectIds: when.project_ids,
    organizationIds: when.organization_ids,
    inputTokensMin: when.input_tokens_min,
    inputTokensMax: when.input_tokens_max,
    tools: when.tools,
    images: when.images,
  };
}
