import { z } from 'zod';
import {
  AFFINITIES,
  ROUTE_BOUNDS,
  type RouteCondition,
  type RouteDefinition,
  type RouteTier,
  STRATEGIES,
} from '../protocol/route.ts';
import { shortText } from './fields.ts';

const ROUTES_MAX = 500;
const NAME_CHARS_MAX = 256;

const model = shortText
  .max(NAME_CHARS_MAX)
  .regex(/^[^\p{Cc}]+$/u, 'must be a model’s name, without control characters');

const milliseconds = z.int().min(1).max(ROUTE_BOUNDS.timeoutMs).optional();
const timeouts = z
  .strictObject({
    connectMs: milliseconds,
    firstByteMs: milliseconds,
    idleMs: milliseconds,
    totalMs: milliseconds,
  })
  .default({});

const target = z.strictObject({
  model,
  weight: z.int().min(0).max(ROUTE_BOUNDS.weight).default(1),
  timeouts,
});
const tiers = z
  .array(z.strictObject({ targets: z.array(target).min(1).max(ROUTE_BOUNDS.targets) }))
  .min(1)
  .max(ROUTE_BOUNDS.tiers);

const values = z.array(shortText.max(ROUTE_BOUNDS.valueChars)).min(1).max(ROUTE_BOUNDS.values);
const namedValues = z
  .record(z.string().min(1).max(ROUTE_BOUNDS.valueChars), values)
  .refine((named) => Object.keys(named).length <= ROUTE_BOUNDS.names, `must have at most ${ROUTE_BOUNDS.names} names`);
const tokens = z.int().min(0).max(ROUTE_BOUNDS.tokens).optional();

const when = z
  .strictObject({
    tags: namedValues.optional(),
    headers: namedValues.optional(),
    keys: values.optional(),
    teams: values.optional(),
    projects: values.optional(),
    organizations: values.optional(),
    inputTokensMin: tokens,
    inputTokensMax: tokens,
    tools: z.boolean().optional(),
    images: z.boolean().optional(),
  })
  .refine(
    (condition) => Object.values(condition).some((each) => each !== undefined),
    'must say what a request is like; without a condition the tiers stand in the route itself',
  );

const routeSchema = z.strictObject({
  name: model,
  strategy: z.enum(STRATEGIES).default('priority'),
  affinity: z.enum(AFFINITIES).default('none'),
  tiers,
  rules: z.array(z.strictObject({ when, tiers })).max(ROUTE_BOUNDS.rules).default([]),
  timeouts,
  fallbacks: z.strictObject({ contextTooLong: model.optional(), contentFilter: model.optional() }).default({}),
});

/** The routes of hub.yaml. */
export const routesSchema = z.array(routeSchema).max(ROUTES_MAX).default([]);

/** A route of hub.yaml. Keys, teams, projects and organizations stand in its rules as they are written: by id or name. */
export type DeclaredRoute = { readonly name: string; readonly definition: RouteDefinition };

/** An entry of the file → the route that it declares. */
export function toDeclaredRoute({ name, ...entry }: z.output<typeof routeSchema>): DeclaredRoute {
  const { strategy, affinity, tiers: own, rules, timeouts: times, fallbacks } = entry;
  return {
    name,
    definition: {
      strategy,
      affinity,
      tiers: own satisfies readonly RouteTier[],
      rules: rules.map((rule) => ({ when: toCondition(rule.when), tiers: rule.tiers })),
      timeouts: times,
      fallbacks,
    },
  };
}

function toCondition(written: z.output<typeof when>): RouteCondition {
  const { keys, teams, projects, organizations, headers, ...rest } = written;
  const lowered = headers && Object.entries(headers).map(([name, each]) => [name.toLowerCase(), each]);
  return {
    ...rest,
    headers: lowered && Object.fromEntries(lowered),
    keyIds: keys,
    teamIds: teams,
    projectIds: projects,
    organizationIds: organizations,
  };
}
