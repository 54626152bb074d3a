import type { Clock } from '../kernel/clock.ts';
import { createWeightedTurns } from '../kernel/weighted-turns.ts';
import type { ConnectionTarget, Deployment } from '../protocol/deployment.ts';
import { type HealthChange, RoutingHealth } from './health.ts';
import { PromptCaches } from './prompt-caches.ts';
import { RetryBudget } from './retry-budget.ts';
import type { RequestFacts } from './route.ts';
import { type Routed, type Standing, standing, type Turn, Turns } from './turns.ts';

export type RouterDeps = {
  readonly clock: Clock;
  /** For how long a connection has no credential to be called with; 0 where it has one. Milliseconds. */
  readonly coolForMs: (connection: ConnectionTarget) => number;
  /** Told when a deployment's breaker opens or closes by what this process saw. */
  readonly onChange: (change: HealthChange) => void;
};

/** What a process remembers between requests to decide which deployment is called. */
export class Router {
  readonly health: RoutingHealth;
  readonly #deps: RouterDeps;
  readonly #turns = createWeightedTurns();
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #promptCaches = new PromptCaches();

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.health = new RoutingHealth(deps.clock, deps.onChange);
  }

  /** The deployments of a request, each as it is asked for. */
  turnsOf(routed: Routed, facts: RequestFacts | undefined): Turns {
    return this.#turnsBy(routed, facts, this.#turns);
  }

  /** What {@link turnsOf} would give now, without taking a turn of anybody. */
  explain(routed: Routed, facts: RequestFacts | undefined): readonly Turn[] {
    const turns = this.#turnsBy(routed, facts, { next: this.#turns.peek });
    const explained: Turn[] = [];
    for (let turn = turns.next(); turn !== undefined; turn = turns.next()) explained.push(turn);
    return explained;
  }

  /** How a deployment would stand if it were chosen now. */
  standingOf(deployment: Pick<Deployment, 'connection' | 'upstreamModel'>): Standing {
    const { clock, coolForMs } = this.#deps;
    return standing(this.health.of(deployment), coolForMs(deployment.connection), clock.monotonic());
  }

  /** The further tries of all requests that are counted with it. */
  budgetOf({ group }: Pick<Routed, 'group'>): RetryBudget {
    let budget = this.#budgets.get(group);
    if (budget === undefined) {
      budget = new RetryBudget();
      this.#budgets.set(group, budget);
    }
    return budget;
  }

  /** How many tokens of a conversation the deployment has most likely kept. */
  promptTokensAt(conversation: string, deployment: Deployment): number {
    return this.#promptCaches.tokensAt(conversation, deployment, this.#deps.clock.monotonic());
  }

  /** A deployment has answered: what it has read of the conversation it may keep for the next request. */
  noteAnswered({ route }: Routed, deployment: Deployment, facts: RequestFacts | undefined): void {
    if (route?.strategy !== 'cheapest' || facts === undefined) return;
    const conversation = facts.conversation();
    if (conversation === undefined) return;
    const nowMs = this.#deps.clock.monotonic();
    this.#promptCaches.note(conversation, deployment, { tokens: facts.inputTokens(), nowMs });
  }

  /** Forgets the deployments of connections that are gone, and what nobody has asked for lately. */
  retain(connections: Iterable<Pick<ConnectionTarget, 'id'>>): void {
    this.health.retain(connections);
    const nowMs = this.#deps.clock.monotonic();
    for (const [group, budget] of this.#budgets) if (budget.isIdleAt(nowMs)) this.#budgets.delete(group);
    this.#turns.retain((turns) => this.#budgets.has(turns.slice(0, turns.lastIndexOf('\n'))));
  }

  #turnsBy(
    routed: Routed,
    facts: RequestFacts | undefined,
    turns: ConstructorParameters<typeof Turns>[2]['turns'],
  ): Turns {
    const { coolForMs, clock } = this.#deps;
    return new Turns(routed, facts, { health: this.health, turns, coolForMs, nowMs: clock.monotonic });
  }
}
