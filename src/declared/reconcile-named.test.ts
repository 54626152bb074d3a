import { describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { PLAIN_KEY, type VirtualKeyRow } from '../protocol/configuration.ts';
import type { Limit } from '../protocol/limits.ts';
import { NO_TIMEOUTS, type RouteCondition, type RouteDefinition, type RouteRow } from '../protocol/route.ts';
import { applyChanges, planDeclared } from './apply.ts';
import type { Change } from './changes.ts';
import type { DeclaredLimit } from './limit-schema.ts';
import type { ApplyPorts, CurrentRows } from './ports.ts';
import type { FindIds } from './references.ts';
import type { DeclaredRoute } from './route-schema.ts';
import type { Declared, DeclaredKey } from './schema.ts';

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };
const NOTHING: Declared = {
  connections: [],
  aliases: [],
  identity: [],
  prices: [],
  keys: [],
  routes: [],
  limits: [],
};
const EMPTY: CurrentRows = {
  connections: [],
  credentials: [],
  models: [],
  aliases: [],
  identityOverrides: [],
  keys: [],
  prices: [],
  routes: [],
  limits: [],
};
const STAMPS = { createdAt: 0, updatedAt: 0, revision: 1 };

const tiersOf = (model: string) => [{ targets: [{ model, weight: 1, timeouts: NO_TIMEOUTS }] }];
const definition = (change: Partial<RouteDefinition> = {}): RouteDefinition => ({
  strategy: 'priority',
  affinity: 'none',
  tiers: tiersOf('a'),
  rules: [],
  timeouts: NO_TIMEOUTS,
  fallbacks: {},
  ...change,
});
const ruled = (when: RouteCondition) => definition({ rules: [{ when, tiers: tiersOf('b') }] });
const route = (change: Partial<RouteDefinition> = {}): DeclaredRoute => ({
  name: 'smart',
  definition: definition(change),
});
const routeRow = (change: Partial<RouteRow> = {}): RouteRow => ({
  ...TENANT,
  ...STAMPS,
  id: 'route_1',
  name: 'smart',
  definition: definition(),
  source: 'file',
  ...change,
});

const terms = (change: Partial<DeclaredLimit> = {}): DeclaredLimit => ({
  name: 'Budget',
  subject: { kind: 'organization', id: undefined },
  models: undefined,
  measure: 'money',
  amount: 5n,
  window: { kind: 'rolling', seconds: 60 },
  mode: 'hard',
  thresholds: [80],
  ...change,
});
const limitRow = (change: Partial<Limit> = {}): Limit => ({
  ...terms(),
  ...STAMPS,
  organizationId: 'org_1',
  id: 'lim_1',
  source: 'file',
  countsSince: 1,
  ...change,
});

const ciKey: DeclaredKey = {
  name: 'ci',
  allowedModels: undefined,
  refusesLosses: false,
  enabled: true,
  expiresAt: undefined,
  secret: { kind: 'hash', hash: 'new' },
};
const ciRow = (hash: string): VirtualKeyRow => ({
  ...PLAIN_KEY,
  ...TENANT,
  id: 'vk_ci',
  name: 'ci',
  hash,
  masked: '…',
  allowedModels: undefined,
  refusesLosses: false,
  enabled: true,
  expiresAt: undefined,
  revokedAt: undefined,
  createdAt: 0,
  lastUsedAt: undefined,
  source: 'file',
});

/** One project has the name web, two teams are called twins, and the key ci has an id once it is there. */
const findIds: FindIds = async ({ kind, text }) => {
  const known: Readonly<Record<string, readonly string[]>> = {
    'project web': ['proj_web'],
    'project proj_web': ['proj_web'],
    'team twins': ['team_1', 'team_2'],
  };
  return known[`${kind} ${text}`] ?? [];
};

async function plan(declared: Partial<Declared>, current: Partial<CurrentRows> = {}) {
  const keys = current.keys ?? [];
  return planDeclared(
    { ...NOTHING, ...declared },
    {
      current: { ...EMPTY, ...current },
      ports: {
        resolveBaseUrl: () => ({ problem: 'no connection is declared here' }),
        holdsSecret: async () => false,
        hashKey: () => 'unused',
        findIds: async (reference) => {
          const own = keys.filter(({ name }) => reference.kind === 'key' && name === reference.text);
          return own.length > 0 ? own.map(({ id }) => id) : findIds(reference);
        },
      },
    },
  );
}

describe('routes', () => {
  it.each<[string, Partial<Declared>, Partial<CurrentRows>, readonly string[]]>([
    ['a new one', { routes: [route()] }, {}, ['Create the route smart.']],
    ['one that stands already', { routes: [route()] }, { routes: [routeRow()] }, []],
    [
      'one of another strategy and other targets',
      { routes: [route({ strategy: 'cheapest', tiers: tiersOf('c') })] },
      { routes: [routeRow()] },
      ['Change the route smart: strategy, tiers.'],
    ],
    ['one that left', {}, { routes: [routeRow()] }, ['Remove the route smart.']],
    ['an operator’s own', {}, { routes: [routeRow({ source: 'store' })] }, []],
    [
      'a project by its name, whose id is stored',
      { routes: [{ name: 'smart', definition: ruled({ projectIds: ['web'] }) }] },
      { routes: [routeRow({ definition: ruled({ projectIds: ['proj_web'] }) })] },
      [],
    ],
    [
      'a key that is declared beside it',
      { keys: [ciKey], routes: [{ name: 'smart', definition: ruled({ keyIds: ['ci'] }) }] },
      {},
      ['Create the virtual key ci.', 'Create the route smart.'],
    ],
    [
      'a key that stays as it is',
      { keys: [ciKey], routes: [{ name: 'smart', definition: ruled({ keyIds: ['ci'] }) }] },
      { keys: [ciRow('new')], routes: [routeRow({ definition: ruled({ keyIds: ['vk_ci'] }) })] },
      [],
    ],
    [
      'a key that gets a new id with its new secret',
      { keys: [ciKey], routes: [{ name: 'smart', definition: ruled({ keyIds: ['ci'] }) }] },
      { keys: [ciRow('old')], routes: [routeRow({ definition: ruled({ keyIds: ['vk_ci'] }) })] },
      [
        'Replace the secret of the virtual key ci; the old one ends.',
        'Create the virtual key ci with its new secret.',
        'Change the route smart: the keys that it names.',
      ],
    ],
  ])('%s', async (_, declared, current, sentences) => {
    const { changes, problems } = await plan(declared, current);
    expect(problems).toEqual([]);
    expect(changes.map(({ sentence }) => sentence)).toEqual(sentences);
  });
});

describe('limits', () => {
  const rolling = { kind: 'rolling', seconds: 61 } as const;
  it.each<[string, Partial<Declared>, Partial<CurrentRows>, readonly string[]]>([
    ['a new one', { limits: [terms()] }, {}, ['Create the limit Budget.']],
    ['one that stands already', { limits: [terms()] }, { limits: [limitRow()] }, []],
    [
      'another amount and window',
      { limits: [terms({ amount: 6n, window: rolling })] },
      { limits: [limitRow()] },
      ['Change the limit Budget: amount, window.'],
    ],
    [
      'another project',
      { limits: [terms({ subject: { kind: 'project', id: 'web' } })] },
      { limits: [limitRow({ subject: { kind: 'project', id: 'proj_other' } })] },
      ['Change the limit Budget: subject.'],
    ],
    ['one that left', {}, { limits: [limitRow()] }, ['Remove the limit Budget.']],
    ['a person’s own', {}, { limits: [limitRow({ source: 'store' })] }, []],
    [
      'an end user, who is nobody that the hub knows',
      { limits: [terms({ subject: { kind: 'end_user', id: 'ada' } })] },
      { limits: [limitRow({ subject: { kind: 'end_user', id: 'ada' } })] },
      [],
    ],
  ])('%s', async (_, declared, current, sentences) => {
    const { changes, problems } = await plan(declared, current);
    expect(problems).toEqual([]);
    expect(changes.map(({ sentence }) => sentence)).toEqual(sentences);
  });
});

describe('what cannot be applied', () => {
  it.each<[string, Partial<Declared>, Partial<CurrentRows>, string, readonly PropertyKey[]]>([
    [
      'a name that an operator’s route has',
      { routes: [route()] },
      { routes: [routeRow({ source: 'store' })] },
      'A route "smart" exists already and does not come from hub.yaml; rename one of the two.',
      ['routes', 0, 'name'],
    ],
    [
      'a name that a person’s limit has',
      { limits: [terms()] },
      { limits: [limitRow({ source: 'store' })] },
      'A limit "Budget" exists already and does not come from hub.yaml; rename one of the two.',
      ['usageLimits', 0, 'name'],
    ],
    [
      'a key that is nowhere',
      { routes: [{ name: 'smart', definition: ruled({ keyIds: ['ci'] }) }] },
      {},
      'The route "smart" cannot be applied: there is no key “ci”; give the id or the name of one that is there.',
      ['routes', 0, 'rules'],
    ],
    [
      'a key that leaves the file',
      { limits: [terms({ subject: { kind: 'key', id: 'ci' } })] },
      { keys: [ciRow('new')] },
      'The limit "Budget" cannot be applied: there is no key “ci”; give the id or the name of one that is there.',
      ['usageLimits', 0, 'subject'],
    ],
    [
      'a name of two',
      { limits: [terms({ subject: { kind: 'team', id: 'twins' } })] },
      {},
      'The limit "Budget" cannot be applied: team “twins” is the name of several; give the id of the one that is meant.',
      ['usageLimits', 0, 'subject'],
    ],
  ])('%s is a problem', async (_, declared, current, message, path) => {
    const { changes, problems } = await plan(declared, current);
    expect(problems).toEqual([{ message, path }]);
    expect(changes.filter(({ kind }) => !kind.startsWith('key.'))).toEqual([]);
  });
});

describe('applying', () => {
  /** Ports of which a test gives those that it expects to be asked. */
  const portsOf = (ports: Partial<ApplyPorts>): ApplyPorts => ports as ApplyPorts;
  const sentence = 'x';

  it('puts ids in the place of names, as they are once the keys are made', async () => {
    const made: unknown[] = [];
    const changes: readonly Change[] = [
      { kind: 'route.create', route: { name: 'smart', definition: ruled({ keyIds: ['ci'], tools: true }) }, sentence },
      { kind: 'route.update', id: 'route_1', route: route(), sentence },
      { kind: 'limit.create', limit: terms({ subject: { kind: 'project', id: 'web' } }), sentence },
      { kind: 'limit.update', id: 'lim_1', limit: terms(), sentence },
      { kind: 'route.remove', id: 'route_2', sentence },
      { kind: 'limit.remove', id: 'lim_2', sentence },
    ];
    const { failed } = await applyChanges(
      changes,
      portsOf({
        findIds: async ({ text }) => [`id of ${text}`],
        createRoute: async ({ definition: { rules } }) => void made.push(rules[0]?.when),
        updateRoute: async (id) => void made.push(id),
        createLimit: async ({ subject }) => void made.push(subject),
        updateLimit: async (id) => void made.push(id),
        removeRoute: async (id) => void made.push(id),
        removeLimit: async (id) => void made.push(id),
      }),
    );
    expect(failed).toEqual([]);
    expect(made).toEqual([
      { keyIds: ['id of ci'], tools: true },
      'route_1',
      { kind: 'project', id: 'id of web' },
      'lim_1',
      'route_2',
      'lim_2',
    ]);
  });

  it('fails where a key could not be made, and goes on', async () => {
    const change: Change = { kind: 'limit.create', limit: terms({ subject: { kind: 'key', id: 'ci' } }), sentence };
    const { failed } = await applyChanges([change], portsOf({ findIds: async () => [] }));
    expect(failed).toMatchObject([{ sentence }]);
    expect(failed[0]?.error).toBeInstanceOf(GatewayError);
  });
});
