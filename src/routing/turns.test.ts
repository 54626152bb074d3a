import { describe, expect, it } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { type ConnectionTarget, type Deployment } from '../protocol/deployment.ts';
import type { Affinity, RouteCondition, RouteDefinition, RouteRow, RouteTarget, Strategy } from '../protocol/route.ts';
import { compileRoute, type RequestFacts, tiersFor } from './route.ts';
import { Router } from './router.ts';
import type { Routed } from './turns.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const CONNECTIONS = new Map(NAMES.map((name) => [name as string, { id: `conn_${name}`, name } as ConnectionTarget]));

function deployment(name: string): Deployment {
  const connection = CONNECTIONS.get(name);
  if (connection === undefined) throw new Error(`nobody is called ${name}`);
  return { id: `${name}/m`, connection, upstreamModel: 'm', canonicalModel: 'm' } as Deployment;
}

const DEPLOYMENTS = new Map(NAMES.map((name) => [name as string, deployment(name)]));

const FACTS: RequestFacts = {
  organizationId: 'org_1',
  teamId: undefined,
  projectId: 'proj_1',
  keyId: 'vk_1',
  endUser: undefined,
  tag: () => undefined,
  header: () => undefined,
  inputTokens: () => 100,
  hasTools: () => false,
  hasImages: () => false,
  conversation: () => undefined,
  costAt: () => undefined,
};

function target(model: string, weight = 1): RouteTarget {
  return { model, weight, timeouts: {} };
}

function routeOf(definition: Partial<RouteDefinition>, facts: RequestFacts = FACTS): Routed {
  const row = {
    id: 'route_1',
    name: 'smart',
    definition: {
      strategy: 'priority',
      affinity: 'none',
      tiers: [],
      rules: [],
      timeouts: {},
      fallbacks: {},
      ...definition,
    },
  } as unknown as RouteRow;
  const found = (name: string) => [DEPLOYMENTS.get(name)].filter((each) => each !== undefined);
  const route = compileRoute(row, found);
  const { tiers, rule } = tiersFor(route, facts);
  return { group: route.id, route, rule, tiers };
}

class Scene {
  nowMs = 0;
  readonly cool = new Map<string, number>();
  readonly clock: Clock = { now: () => this.nowMs, monotonic: () => this.nowMs };
  readonly router = new Router({
    clock: this.clock,
    coolForMs: ({ name }) => this.cool.get(name) ?? 0,
    onChange: () => undefined,
  });

  order(routed: Routed, facts: RequestFacts = FACTS): string {
    const turns = this.router.turnsOf(routed, facts);
    const names: string[] = [];
    for (let turn = turns.next(); turn !== undefined; turn = turns.next()) {
      names.push(`${turn.deployment.connection.name}${turn.standing === 'ready' ? '' : ` ${turn.standing}`}`);
    }
    return names.join(', ');
  }

  fail(name: string, times = 5): void {
    for (let count = 0; count < times; count += 1)
      this.router.health.of(deployment(name)).begin().end('upstream.error');
  }

  measure(name: string, ms: number): void {
    const call = this.router.health.of(deployment(name)).begin();
    call.noteFirstByte(ms, true);
    call.end(undefined);
  }
}

function tiered(strategy: Strategy, ...tiers: readonly (readonly RouteTarget[])[]): Partial<RouteDefinition> {
  return { strategy, tiers: tiers.map((targets) => ({ targets })) };
}

const THREE = [target('a'), target('b'), target('c')];

describe('the deployments of a route', () => {
  it('are tried tier by tier, as they are written', () => {
    const scene = new Scene();
    expect(scene.order(routeOf(tiered('priority', [target('b'), target('a')], [target('c')])))).toBe('b, a, c');
  });

  it('are each tried once, where they stand first', () => {
    const scene = new Scene();
    expect(scene.order(routeOf(tiered('priority', [target('a')], [target('a'), target('b')])))).toBe('a, b');
  });

  it('are left out with the weight 0', () => {
    const scene = new Scene();
    expect(scene.order(routeOf(tiered('weighted', [target('a', 0), target('b')])))).toBe('b');
  });

  it('take turns by their weights', () => {
    const scene = new Scene();
    const route = routeOf(tiered('weighted', [target('a', 3), target('b', 1)]));
    const firsts = Array.from({ length: 8 }, () => scene.order(route)[0]).join('');
    expect(firsts).toBe('aabaaaba');
  });

  it('are chosen by the calls under way for each of their weight', () => {
    const scene = new Scene();
    const route = routeOf(tiered('least_in_flight', [target('a', 3), target('b', 1)]));
    const under = (name: string) => scene.router.health.of(deployment(name)).begin();
    under('a');
    expect(scene.order(route)).toBe('b, a');
    const first = under('b');
    expect(scene.order(route)).toBe('a, b');
    first.end(undefined);
    expect(scene.order(route)).toBe('b, a');
  });

  it('are chosen by how fast they began to answer lately, and measured by one call where nobody knows', () => {
    const scene = new Scene();
    const route = routeOf(tiered('fastest', THREE));
    scene.measure('a', 300);
    scene.measure('b', 100);
    expect(scene.order(route)).toBe('c, b, a');
    const measuring = scene.router.health.of(deployment('c')).begin();
    expect(scene.order(route)).toBe('b, a, c');
    measuring.noteFirstByte(200, true);
    measuring.end(undefined);
    expect(scene.order(route)).toBe('b, c, a');
    scene.nowMs += 61_000;
    scene.measure('a', 300);
    expect(scene.order(route)).toBe('b, c, a');
  });

  it('are chosen by what this request costs, those of which nobody knows last', () => {
    const scene = new Scene();
    const prices = new Map([
      ['a', 3n],
      ['c', 2n],
    ]);
    const facts = { ...FACTS, costAt: ({ connection }: Deployment) => prices.get(connection.name) };
    expect(scene.order(routeOf(tiered('cheapest', THREE)), facts)).toBe('c, a, b');
  });
});

describe('a conversation', () => {
  const route = routeOf({ ...tiered('weighted', THREE), affinity: 'conversation' });
  const of = (conversation: string): RequestFacts => ({ ...FACTS, conversation: () => conversation });
  const all = Array.from({ length: 300 }, (_, index) => of(`conversation ${index}`));

  it('stays where it is, in every process, while that works', () => {
    const scene = new Scene();
    const other = new Scene();
    for (const facts of all) expect(scene.order(route, facts)[0]).toBe(other.order(route, facts)[0]);
  });

  it('moves alone when its deployment fails, and comes back', () => {
    const scene = new Scene();
    const before = all.map((facts) => scene.order(route, facts)[0]);
    scene.fail('b');
    const meanwhile = all.map((facts) => scene.order(route, facts)[0]);
    expect(meanwhile).not.toContain('b');
    before.forEach((first, index) => first === 'b' || expect(meanwhile[index]).toBe(first));
    scene.nowMs += 1000;
    scene.measure('b', 10);
    expect(all.map((facts) => scene.order(route, facts)[0])).toEqual(before);
  });

  it('is spread by weight', () => {
    const scene = new Scene();
    const uneven = routeOf({ ...tiered('priority', [target('a', 3), target('b', 1)]), affinity: 'conversation' });
    const share = all.filter((facts) => scene.order(uneven, facts)[0] === 'a').length / all.length;
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.85);
  });

  it.each<[Affinity, RequestFacts]>([
    ['none', of('one')],
    ['end_user', FACTS],
  ])('is not bound by %s where there is nothing to bind it by', (affinity, facts) => {
    expect(new Scene().order(routeOf({ ...tiered('priority', THREE), affinity }), facts)).toBe('a, b, c');
  });
});

describe('a deployment that fails', () => {
  const route = routeOf(tiered('priority', [target('a'), target('b')], [target('c')]));

  it('comes after all others, of every tier', () => {
    const scene = new Scene();
    scene.fail('a');
    expect(scene.order(route)).toBe('b, c, a open');
  });

  it('is tried by one call once its time is up, before the others of its tier', () => {
    const scene = new Scene();
    scene.fail('b');
    scene.nowMs += 1000;
    expect(scene.order(route)).toBe('b trying, a, c');
    const probe = scene.router.health.of(deployment('b')).begin();
    expect(scene.order(route)).toBe('a, c, b open');
    probe.end(undefined);
    expect(scene.order(route)).toBe('a, b, c');
  });

  it('lets another one try where that call told nothing', () => {
    const scene = new Scene();
    scene.fail('a');
    scene.nowMs += 1000;
    scene.router.health.of(deployment('a')).begin().end('client.closed');
    expect(scene.order(route)).toBe('a trying, b, c');
  });

  it('is asked all the same where nothing else is left, first the one that may work again first', () => {
    const scene = new Scene();
    scene.fail('a');
    scene.nowMs += 500;
    for (const name of ['b', 'c']) scene.fail(name);
    expect(scene.order(route)).toBe('a open, b open, c open');
  });

  it('comes after those that are at their limits', () => {
    const scene = new Scene();
    scene.fail('a');
    scene.cool.set('b', 3000);
    expect(scene.order(route)).toBe('c, b cooling, a open');
  });

  it('is known of by other processes when they are told', () => {
    const scene = new Scene();
    scene.router.health.take({ key: 'conn_a m', openForMs: 1000 });
    expect(scene.order(route)).toBe('b, c, a open');
    scene.router.health.take({ key: 'conn_a m', openForMs: undefined });
    expect(scene.order(route)).toBe('a, b, c');
  });
});

describe('the rules of a route', () => {
  const rules = (when: RouteCondition) => ({
    ...tiered('priority', [target('a')]),
    rules: [{ when, tiers: [{ targets: [target('b')] }] }],
  });

  it.each<[string, RouteCondition, Partial<RequestFacts>]>([
    ['a tag', { tags: { team: ['search', 'ads'] } }, { tag: (name) => (name === 'team' ? 'ads' : undefined) }],
    ['a header', { headers: { 'x-tier': ['gold'] } }, { header: (name) => (name === 'x-tier' ? 'gold' : undefined) }],
    ['the key', { keyIds: ['vk_2'] }, { keyId: 'vk_2' }],
    ['the team', { teamIds: ['team_1'] }, { teamId: 'team_1' }],
    ['the project', { projectIds: ['proj_2'] }, { projectId: 'proj_2' }],
    ['the organization', { organizationIds: ['org_2'] }, { organizationId: 'org_2' }],
    ['a long input', { inputTokensMin: 101 }, { inputTokens: () => 101 }],
    ['a short input', { inputTokensMax: 99 }, { inputTokens: () => 99 }],
    ['tools', { tools: true }, { hasTools: () => true }],
    ['pictures', { images: true }, { hasImages: () => true }],
  ])('tell by %s', (_name, when, fitting) => {
    const scene = new Scene();
    expect(scene.order(routeOf(rules(when), { ...FACTS, ...fitting }))).toBe('b');
    expect(scene.order(routeOf(rules(when)))).toBe('a');
  });

  it('count in their order, and need all that they say', () => {
    const scene = new Scene();
    const two = {
      ...tiered('priority', [target('a')]),
      rules: [
        { when: { tools: true, images: true }, tiers: [{ targets: [target('b')] }] },
        { when: { tools: true }, tiers: [{ targets: [target('c')] }] },
      ],
    };
    expect(scene.order(routeOf(two, { ...FACTS, hasTools: () => true }))).toBe('c');
    expect(scene.order(routeOf(two, { ...FACTS, hasTools: () => true, hasImages: () => true }))).toBe('b');
  });
});

describe('what is explained', () => {
  it.each<Strategy>(['priority', 'weighted', 'least_in_flight', 'fastest', 'cheapest'])(
    'of %s is what happens next',
    (strategy) => {
      const scene = new Scene();
      const route = routeOf({ ...tiered(strategy, [target('a', 2), target('b', 3)], [target('c'), target('d')]) });
      scene.cool.set('d', 1000);
      for (let turn = 0; turn < 12; turn += 1) {
        const names = (each: readonly { readonly deployment: Deployment }[]) =>
          each.map(({ deployment: { id } }) => id);
        const explained = names(scene.router.explain(route, FACTS));
        expect(names(scene.router.explain(route, FACTS))).toEqual(explained);
        const turns = scene.router.turnsOf(route, FACTS);
        const happened = Array.from({ length: 4 }, () => turns.next()).filter((each) => each !== undefined);
        expect(names(happened)).toEqual(explained);
        const [first] = happened;
        if (first !== undefined) scene.measure(first.deployment.connection.name, 10 * turn);
        if (turn === 6) scene.fail('b');
      }
    },
  );
});
