import type { WeightedTurns } from '../kernel/weighted-turns.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import type { RouteTimeouts } from '../protocol/route.ts';
import type { DeploymentHealth, RoutingHealth } from './health.ts';
import { type Candidate, orderTier } from './order.ts';
import { type CompiledRoute, placedAlone, type RequestFacts, type Tiers } from './route.ts';

/** A model name as it is to be served. */
export type Routed = {
  /** Whose requests and further tries are counted together: a route's, or those for one model. */
  readonly group: string;
  /** `undefined` where the connections that serve a model are its route by themselves. */
  readonly route: CompiledRoute | undefined;
  /** By which of the route's rules. */
  readonly rule: number | undefined;
  readonly tiers: Tiers;
};

/** Every deployment that may be called. */
export function deploymentsIn({ tiers }: Pick<Routed, 'tiers'>): readonly Deployment[] {
  return tiers.flatMap((tier) => tier.map(({ deployment }) => deployment));
}

/** What can be served in one place only. */
export function onlyAt(deployment: Deployment): Routed {
  return { group: deployment.canonicalModel, route: undefined, rule: undefined, tiers: [[placedAlone(deployment)]] };
}

/**
 * How a deployment stands as it is chosen: `ready`; `trying`, where one call may see whether it works again; `cooling`, where
 * no credential of its can be used, for the time of a rate limit or until one is mended; `open`, where it lately failed. The last two come after all others.
 */
export type Standing = 'ready' | 'trying' | 'cooling' | 'open';

/** How a deployment stands by what is known of it, and by how long its connection has no credential to be called with. */
export function standing({ breaker }: DeploymentHealth, coolForMs: number, nowMs: number): Standing {
  const state = breaker.stateAt(nowMs);
  if (state === 'open') return 'open';
  if (state === 'half-open') return 'trying';
  return coolForMs > 0 ? 'cooling' : 'ready';
}

export type Turn = {
  readonly deployment: Deployment;
  readonly tier: number;
  readonly standing: Standing;
  readonly weight: number;
  /** As the route says for this deployment and for all, and as its connection says. */
  readonly timeouts: RouteTimeouts;
};

export type TurnsDeps = {
  readonly health: RoutingHealth;
  readonly turns: Pick<WeightedTurns, 'next'>;
  /** For how long a connection has no credential to be called with; 0 where it has one. Milliseconds. */
  readonly coolForMs: (connection: ConnectionTarget) => number;
  readonly nowMs: () => number;
};

/** How the deployments of a model are tried that nobody has made a route for. */
const BY_ITSELF = { strategy: 'priority', affinity: 'none' } as const;

type Choice = { readonly candidate: Candidate; readonly standing: Standing };

/**
 * The deployments of a request one after the other: of each tier those that work, in the order of the route's strategy; then
 * those that are at their limits; and last, since there is nothing to lose, those that failed lately.
 */
export class Turns {
  readonly #routed: Routed;
  readonly #facts: RequestFacts | undefined;
  readonly #deps: TurnsDeps;
  readonly #left: Candidate[];
  #tier = 0;
  #ordered: readonly Candidate[] | undefined;

  constructor(routed: Routed, facts: RequestFacts | undefined, deps: TurnsDeps) {
    this.#routed = routed;
    this.#facts = facts;
    this.#deps = deps;
    const left: Candidate[] = [];
    routed.tiers.forEach((placed, tier) => {
      for (const { deployment, weight, timeouts } of placed) {
        if (weight === 0) continue;
        left.push({ id: deployment.id, deployment, weight, timeouts, tier, health: deps.health.of(deployment) });
      }
    });
    this.#left = left;
  }

  /** Whether none is left after the one that was given last. */
  get isLast(): boolean {
    return this.#left.length === 0;
  }

  next(): Turn | undefined {
    const nowMs = this.#deps.nowMs();
    const chosen = this.#nextReady(nowMs) ?? this.#nextDoubtful(nowMs);
    if (chosen === undefined) return undefined;
    const { candidate } = chosen;
    this.#left.splice(this.#left.indexOf(candidate), 1);
    const { deployment, tier, weight, timeouts } = candidate;
    return { deployment, tier, weight, standing: chosen.standing, timeouts };
  }

  #nextReady(nowMs: number): Choice | undefined {
    for (; this.#tier < this.#routed.tiers.length; this.#tier += 1) {
      this.#ordered ??= this.#order(nowMs);
      for (const candidate of this.#ordered) {
        if (!this.#left.includes(candidate)) continue;
        const how = this.#standingOf(candidate, nowMs);
        if (how === 'ready' || how === 'trying') return { candidate, standing: how };
      }
      this.#ordered = undefined;
    }
    return undefined;
  }

  #nextDoubtful(nowMs: number): Choice | undefined {
    const choices = this.#left.map((candidate) => ({
      candidate,
      standing: this.#standingOf(candidate, nowMs),
      waitMs: this.#waitMs(candidate, nowMs),
    }));
    const isOpen = (choice: Choice): number => Number(choice.standing === 'open');
    return choices.toSorted((a, b) => isOpen(a) - isOpen(b) || a.waitMs - b.waitMs)[0];
  }

  /** Of the tier at hand those that may be called. What may see whether it works again comes first: one call at a time does. */
  #order(nowMs: number): readonly Candidate[] {
    const tier = this.#tier;
    const trying: Candidate[] = [];
    const ready: Candidate[] = [];
    for (const candidate of this.#left) {
      if (candidate.tier !== tier) continue;
      const how = this.#standingOf(candidate, nowMs);
      if (how === 'trying') trying.push(candidate);
      else if (how === 'ready') ready.push(candidate);
    }
    if (ready.length < 2) return trying.length === 0 ? ready : [...trying, ...ready];
    const { group, route, rule } = this.#routed;
    const { strategy, affinity } = route ?? BY_ITSELF;
    const { turns } = this.#deps;
    const ordered = orderTier(
      { group: `${group}\n${rule ?? ''} ${tier}`, strategy, affinity, placed: ready, facts: this.#facts },
      { turns, nowMs },
    );
    return trying.length === 0 ? ordered : [...trying, ...ordered];
  }

  #standingOf({ deployment, health }: Candidate, nowMs: number): Standing {
    return standing(health, this.#deps.coolForMs(deployment.connection), nowMs);
  }

  #waitMs({ deployment, health }: Candidate, nowMs: number): number {
    return Math.max((health.breaker.openUntilMs ?? 0) - nowMs, this.#deps.coolForMs(deployment.connection), 0);
  }
}
