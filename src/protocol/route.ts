import type { Source } from './configuration.ts';
import type { Tenant } from './tenant.ts';

/**
 * In which order the deployments of a tier are tried: as they are written, in turn by their weights, by the fewest calls
 * under way, by the shortest time to the first byte lately, or by what this request costs.
 */
export const STRATEGIES = ['priority', 'weighted', 'least_in_flight', 'fastest', 'cheapest'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What goes to the same deployment while that works, so that its prompt cache is used. */
export const AFFINITIES = ['none', 'conversation', 'end_user', 'key'] as const;
export type Affinity = (typeof AFFINITIES)[number];

/** How much a route may say. */
export const ROUTE_BOUNDS = {
  targets: 32,
  tiers: 8,
  rules: 32,
  weight: 1000,
  /** Of one name in a condition. */
  values: 100,
  names: 16,
  valueChars: 256,
  tokens: 100_000_000,
  timeoutMs: 24 * 60 * 60 * 1000,
} as const;

/** How long a call may stay in each of its phases, where that is not as the hub's settings say. Milliseconds. */
export type RouteTimeouts = {
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly totalMs?: number | undefined;
};

export const NO_TIMEOUTS: RouteTimeouts = {};

/** A model or one deployment of it, by any name but a route's. */
export type RouteTarget = {
  readonly model: string;
  /** How often it is chosen beside others of its tier; 0 takes it out without forgetting it. */
  readonly weight: number;
  readonly timeouts: RouteTimeouts;
};

export type RouteTier = { readonly targets: readonly RouteTarget[] };

/** What a request must be like; of what is not said, anything. Of several values one must fit. */
export type RouteCondition = {
  readonly tags?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly headers?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly keyIds?: readonly string[] | undefined;
  readonly teamIds?: readonly string[] | undefined;
  readonly projectIds?: readonly string[] | undefined;
  readonly organizationIds?: readonly string[] | undefined;
  /** By the estimate that is made of what is sent. */
  readonly inputTokensMin?: number | undefined;
  readonly inputTokensMax?: number | undefined;
  readonly tools?: boolean | undefined;
  readonly images?: boolean | undefined;
};

export type RouteRule = { readonly when: RouteCondition; readonly tiers: readonly RouteTier[] };

/** How a name that callers use is served. */
export type RouteDefinition = {
  readonly strategy: Strategy;
  readonly affinity: Affinity;
  /** The next one is tried where nothing of the one before is left. */
  readonly tiers: readonly RouteTier[];
  /** The first that fits a request says its tiers in the place of those above. */
  readonly rules: readonly RouteRule[];
  readonly timeouts: RouteTimeouts;
  /** What is asked where the request is too long for whoever was asked, or its content was refused. */
  readonly fallbacks: {
    readonly contextTooLong?: string | undefined;
    readonly contentFilter?: string | undefined;
  };
};

export type RouteRow = Tenant & {
  readonly id: string;
  readonly name: string;
  readonly definition: RouteDefinition;
  readonly source: Source;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
};
