import type { Deployment } from '../protocol/deployment.ts';
import type { Affinity, RouteCondition, RouteRow, RouteTier, RouteTimeouts, Strategy } from '../protocol/route.ts';

/** A deployment with its place in a route. */
export type PlacedDeployment = {
  readonly deployment: Deployment;
  readonly weight: number;
  /** The nearest word counts: of its place in the route, the route's own, its connection's. */
  readonly timeouts: RouteTimeouts;
};

/** A deployment that nobody has placed, with the time-outs of its connection. */
export function placedAlone(deployment: Deployment): PlacedDeployment {
  return { deployment, weight: 1, timeouts: deployment.connection.timeouts ?? {} };
}

export type Tiers = readonly (readonly PlacedDeployment[])[];

/** A route that an operator has made, with the deployments that its targets mean. */
export type CompiledRoute = {
  readonly id: string;
  readonly name: string;
  readonly strategy: Strategy;
  readonly affinity: Affinity;
  readonly timeouts: RouteTimeouts;
  readonly fallbacks: RouteRow['definition']['fallbacks'];
  readonly tiers: Tiers;
  readonly rules: readonly { readonly when: RouteCondition; readonly tiers: Tiers }[];
};

/** What a route may ask of a request. What takes work is worked out when it is asked for. */
export type RequestFacts = {
  readonly organizationId: string;
  readonly teamId: string | undefined;
  readonly projectId: string;
  readonly keyId: string;
  readonly endUser: string | undefined;
  readonly tag: (name: string) => string | undefined;
  readonly header: (name: string) => string | undefined;
  readonly inputTokens: () => number;
  readonly hasTools: () => boolean;
  readonly hasImages: () => boolean;
  /** What all requests of a conversation, or of one long prompt, have in common; `undefined` where nothing tells. */
  readonly conversation: () => string | undefined;
  /** What the request costs there, in nano-dollars; `undefined` where that is not known. */
  readonly costAt: (deployment: Deployment) => bigint | undefined;
};

/** A conversation by what its caller calls it, apart from those of other organizations. */
export function namedConversation(organizationId: string, name: string): string {
  return `${organizationId}\n${name}`;
}

/** `deploymentsOf`: what a name means that is no route. */
export function compileRoute(row: RouteRow, deploymentsOf: (name: string) => readonly Deployment[]): CompiledRoute {
  const { id, name, definition } = row;
  const tiersOf = (tiers: readonly RouteTier[]): Tiers => {
    const known = new Set<Deployment>();
    return tiers.map(({ targets }) =>
      targets.flatMap(({ model, weight, timeouts }) => {
        // What stands in two places is called at the first alone.
        const found = deploymentsOf(model).filter((deployment) => !known.has(deployment));
        for (const deployment of found) known.add(deployment);
        return found.map((deployment) => {
          return {
            deployment,
            weight,
            timeouts: { ...deployment.connection.timeouts, ...definition.timeouts, ...timeouts },
          };
        });
      }),
    );
  };
  return {
    id,
    name,
    strategy: definition.strategy,
    affinity: definition.affinity,
    timeouts: definition.timeouts,
    fallbacks: definition.fallbacks,
    tiers: tiersOf(definition.tiers),
    rules: definition.rules.map(({ when, tiers }) => ({ when, tiers: tiersOf(tiers) })),
  };
}

/** The tiers for a request, and by which rule; the route's own where no rule fits. */
export function tiersFor(
  { tiers, rules }: CompiledRoute,
  facts: RequestFacts | undefined,
): { readonly tiers: Tiers; readonly rule: number | undefined } {
  if (facts === undefined || rules.length === 0) return { tiers, rule: undefined };
  const rule = rules.findIndex(({ when }) => fits(when, facts));
  const found = rules[rule];
  return found === undefined ? { tiers, rule: undefined } : { tiers: found.tiers, rule };
}

function fits(when: RouteCondition, facts: RequestFacts): boolean {
  return (
    isAmong(when.keyIds, facts.keyId) &&
    isAmong(when.organizationIds, facts.organizationId) &&
    isAmong(when.projectIds, facts.projectId) &&
    isAmong(when.teamIds, facts.teamId) &&
    allAmong(when.tags, facts.tag) &&
    allAmong(when.headers, facts.header) &&
    (when.tools === undefined || when.tools === facts.hasTools()) &&
    (when.images === undefined || when.images === facts.hasImages()) &&
    (when.inputTokensMin === undefined || facts.inputTokens() >= when.inputTokensMin) &&
    (when.inputTokensMax === undefined || facts.inputTokens() <= when.inputTokensMax)
  );
}

function isAmong(values: readonly string[] | undefined, value: string | undefined): boolean {
  return values === undefined || (value !== undefined && values.includes(value));
}

function allAmong(
  asked: Readonly<Record<string, readonly string[]>> | undefined,
  valueOf: (name: string) => string | undefined,
): boolean {
  return asked === undefined || Object.entries(asked).every(([name, values]) => isAmong(values, valueOf(name)));
}
