import { createHash } from 'node:crypto';
import type { WeightedTurns } from '../kernel/weighted-turns.ts';
import type { Affinity, Strategy } from '../protocol/route.ts';
import type { DeploymentHealth } from './health.ts';
import type { PlacedDeployment, RequestFacts } from './route.ts';

/** One more than the largest number that six bytes hold. */
const HASH_RANGE = 2 ** 48;
const HASH_BYTES = 6;

/** A deployment that may be tried, and what is known of it. */
export type Candidate = PlacedDeployment & {
  /** The deployment's. */
  readonly id: string;
  readonly tier: number;
  readonly health: DeploymentHealth;
};

export type OrderDeps = {
  readonly turns: Pick<WeightedTurns, 'next'>;
  readonly nowMs: number;
};

export type TierToOrder = {
  /** Whose turns are counted together. */
  readonly group: string;
  readonly strategy: Strategy;
  readonly affinity: Affinity;
  readonly placed: readonly Candidate[];
  readonly facts: RequestFacts | undefined;
};

/** The deployments of a tier in the order in which they are to be tried, all of which may be. */
export function orderTier(tier: TierToOrder, deps: OrderDeps): readonly Candidate[] {
  const { placed } = tier;
  if (placed.length < 2) return placed;
  const ordered = byStrategy(tier, deps);
  const bound = boundTo(tier);
  if (bound === undefined) return ordered;
  return [bound, ...ordered.filter((each) => each !== bound)];
}

function byStrategy({ group, strategy, placed, facts }: TierToOrder, deps: OrderDeps): readonly Candidate[] {
  switch (strategy) {
    case 'priority':
      return placed;
    case 'weighted':
      return inTurn(group, placed, deps.turns);
    case 'least_in_flight':
      return sortedBy(placed, ({ health, weight }) => health.inFlight / weight);
    case 'fastest':
      return sortedBy(placed, ({ health }) => {
        // What was not measured lately is measured by one call at a time.
        return health.firstByteMsAt(deps.nowMs) ?? (health.inFlight === 0 ? 0 : Number.MAX_VALUE);
      });
    case 'cheapest':
      return sortedBy(placed, ({ deployment }) => {
        const cost = facts?.costAt(deployment);
        return cost === undefined ? Number.MAX_VALUE : Number(cost);
      });
  }
}

/** Whose turn it is, then the others by their weight. */
function inTurn(group: string, placed: readonly Candidate[], turns: OrderDeps['turns']): readonly Candidate[] {
  const first = turns.next(group, placed);
  const others = placed.filter((each) => each !== first).sort((a, b) => b.weight - a.weight);
  return first === undefined ? others : [first, ...others];
}

/** Smallest first; of alike ones, as they are written. */
function sortedBy(placed: readonly Candidate[], valueOf: (each: Candidate) => number): readonly Candidate[] {
  return placed
    .map((each) => ({ each, value: valueOf(each) }))
    .toSorted((a, b) => a.value - b.value)
    .map(({ each }) => each);
}

/**
 * The deployment that this conversation, person or key goes to: by weighted rendezvous hashing, so that every process
 * finds the same one without remembering any, and one that comes or goes moves its own share alone.
 * https://www.ietf.org/archive/id/draft-ietf-bess-weighted-hrw-00.html
 */
function boundTo({ affinity, placed, facts }: TierToOrder): Candidate | undefined {
  const what = facts === undefined ? undefined : affinityKey(affinity, facts);
  if (what === undefined) return undefined;
  let bound: Candidate | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const each of placed) {
    const hash = createHash('sha256').update(`${each.deployment.id}\n${what}`).digest();
    const score = -each.weight / Math.log((hash.readUIntBE(0, HASH_BYTES) + 1) / (HASH_RANGE + 1));
    if (score <= most) continue;
    most = score;
    bound = each;
  }
  return bound;
}

function affinityKey(affinity: Affinity, facts: RequestFacts): string | undefined {
  switch (affinity) {
    case 'none':
      return undefined;
    case 'conversation':
      return facts.conversation();
    case 'end_user':
      return facts.endUser === undefined ? undefined : `${facts.organizationId}\n${facts.endUser}`;
    case 'key':
      return facts.keyId;
  }
}
