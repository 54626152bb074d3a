import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { resolveModel } from '../routing/resolve.ts';
import { createRouteService } from '../routing/route-service.ts';
import { createDeclaredConfig } from './config-services.ts';
import { openCore } from './core.ts';
import { limitServices } from './limit-services.ts';
import { coreInput, readSettings } from './start-hub.ts';

const CANARY = 'sk-canary-0123456789abcdef';

/** A hub’s core on a real SQLite store, with a hub.yaml that a test writes. */
async function openHub(environment: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'hub-declared-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const world = { environment, cwd: dir, write: () => undefined, entry: '' };
  const flags = { dataDir: join(dir, 'data') };
  const declare = (yaml: string): void => writeFileSync(join(dir, 'hub.yaml'), yaml);
  declare('{}\n');
  const logger = createLogger({ level: 'silent', instanceId: 'inst_1' });
  const shared = { instanceId: 'inst_1', simulated: undefined, controlToken: 'x' };
  const core = await openCore(coreInput({ loaded: readSettings(flags, world), world, logger, shared }));
  onTestFinished(async () => {
    await core.rotation.close();
    await core.close();
  });
  return {
    core,
    declare,
    config: createDeclaredConfig(core, () => readSettings(flags, world)),
    dataDir: flags.dataDir,
  };
}

const FULL = `
connections:
  - name: local
    provider: openai
    baseUrl: http://127.0.0.1:9/v1
    credentials:
      - { name: main, secret: "\${MAIN_KEY}", weight: 2 }
    models: [some-model]
aliases:
  quick: local/some-model
prices:
  - provider: openai
    model: some-model
    input: 1.5
    output: 6
keys:
  - { name: ci, secret: "\${CI_KEY}", allowedModels: [quick] }
`;
const ENVIRONMENT = { MAIN_KEY: CANARY, CI_KEY: 'sk-hub-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH' };

describe('what hub.yaml declares', () => {
  test('is brought into the store, once, and leaves with the file', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    declare(FULL);
    const planned = await config.services.apply('dry_run');
    expect(planned).toMatchObject({ applied: false, problems: [] });
    expect(planned.changes.length).toBeGreaterThan(3);
    expect(core.snapshot.current.connections).toEqual([]);

    const applied = await config.apply();
    expect(applied).toMatchObject({ applied: true, problems: [] });
    expect(applied.changes).toEqual(planned.changes);
    const [connection] = await core.store.connections.list(core.tenant);
    expect(connection).toMatchObject({ name: 'local', source: 'file', baseUrl: 'http://127.0.0.1:9/v1' });
    const { accessOf } = core.snapshot.current;
    const [key] = await core.store.keys.list(core.tenant);
    if (key === undefined) throw new Error('a key was declared');
    const found = resolveModel(accessOf(key).models, { model: 'quick', operation: 'chat' });
    expect(found.map(({ id }) => id)).toEqual(['local/some-model']);
    expect(core.snapshot.current.connections[0]?.credentials).toMatchObject([{ weight: 2 }]);

    // What is there already is left alone.
    expect((await config.apply()).changes).toEqual([]);

    declare('{}\n');
    expect((await config.apply()).problems).toEqual([]);
    expect(await core.store.connections.list(core.tenant)).toEqual([]);
    expect(await core.store.keys.list(core.tenant)).toEqual([]);
    expect((await config.apply()).changes).toEqual([]);
  });

  test('changes in place', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    declare(FULL);
    await config.apply();
    const [before] = await core.store.connections.list(core.tenant);
    declare(FULL.replace('weight: 2', 'weight: 5').replace('input: 1.5', 'input: 2'));
    const { changes, problems } = await config.apply();
    expect([changes.length, problems]).toEqual([2, []]);
    expect(changes.every(({ action }) => action !== 'remove')).toBe(true);
    const [after] = await core.store.connections.list(core.tenant);
    expect(after?.id).toBe(before?.id);
    expect(core.snapshot.current.connections[0]?.credentials).toMatchObject([{ weight: 5 }]);
    expect((await config.apply()).changes).toEqual([]);
  });

  test('keeps its secrets out of every file and every sentence', async () => {
    const { declare, config, dataDir } = await openHub(ENVIRONMENT);
    declare(FULL);
    const outcome = await config.apply();
    expect(JSON.stringify(outcome)).not.toContain('canary');
    for (const name of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const bytes = readFileSync(join(name.parentPath, name.name), 'latin1');
      expect(bytes.includes(CANARY), name.name).toBe(false);
      expect(bytes.includes(ENVIRONMENT.CI_KEY), name.name).toBe(false);
    }
  });

  test('that is wrong changes nothing and is told with its line', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    declare('connections:\n  - name: a\n    provder: openai\n');
    const outcome = await config.services.apply('apply');
    expect(outcome.applied).toBe(false);
    expect(outcome.problems[0]?.place).toMatch(/hub\.yaml:\d+/);
    expect(await core.store.connections.list(core.tenant)).toEqual([]);
  });
});

describe('routes and limits of hub.yaml', () => {
  const yaml = (parts: { readonly strategy?: string; readonly amount?: string; readonly key?: string } = {}) => `
${FULL.replace('CI_KEY', parts.key ?? 'CI_KEY')}
routes:
  - name: smart
    strategy: ${parts.strategy ?? 'priority'}
    tiers: [{ targets: [{ model: local/some-model }] }]
    rules:
      - when: { keys: [ci], organizations: [Default] }
        tiers: [{ targets: [{ model: quick }] }]
usageLimits:
  - name: Budget
    subject: { kind: project, id: Default }
    measure: money
    amount: ${parts.amount ?? '100.00'}
    window: { kind: calendar, unit: month, timeZone: Asia/Taipei }
    mode: hard
  - { name: At once, subject: { kind: key, id: ci }, measure: concurrent, amount: 4, mode: soft }
`;

  async function stored({ store, tenant }: Awaited<ReturnType<typeof openHub>>['core']) {
    const routes = await store.routes.list(tenant);
    const limits = await store.limits.list(tenant);
    const [key] = await store.keys.list(tenant);
    return { routes, limits, key };
  }

  test('hold after a start, name keys and projects by their names, and are read-only elsewhere', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    declare(yaml());
    expect(await config.apply()).toMatchObject({ applied: true, problems: [] });
    const { routes, limits, key } = await stored(core);
    const { organizationId, projectId } = core.tenant;
    expect(routes).toMatchObject([{ name: 'smart', source: 'file', definition: { strategy: 'priority' } }]);
    expect(routes[0]?.definition.rules[0]?.when).toMatchObject({
      keyIds: [key?.id],
      organizationIds: [organizationId],
    });
    expect(limits).toMatchObject([
      { name: 'Budget', source: 'file', subject: { kind: 'project', id: projectId }, amount: 100_000_000_000n },
      { name: 'At once', source: 'file', subject: { kind: 'key', id: key?.id }, amount: 4n },
    ]);
    expect(core.snapshot.current.limits.get(organizationId)?.limits).toHaveLength(2);
    const [route, limit] = [routes[0]?.id ?? '', limits[0]?.id ?? ''];
    await expect(limitServices(core).remove(core.tenant, { id: limit })).rejects.toMatchObject({
      code: 'resource.read_only',
    });
    const byHand = createRouteService({ store: core.store.routes, newId: core.newId, now: core.clock.now });
    await expect(byHand.remove(core.tenant, route)).rejects.toMatchObject({ code: 'resource.read_only' });
    expect((await config.apply()).changes).toEqual([]);
  });

  test('change at the next start, a limit without forgetting what it counted, and leave with the file', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    const byHand = await limitServices(core).create(core.tenant, {
      name: 'By hand',
      subject: { kind: 'organization', id: undefined },
      models: undefined,
      measure: 'requests',
      amount: 1n,
      window: { kind: 'rolling', seconds: 60 },
      mode: 'soft',
      thresholds: [],
    });
    declare(yaml());
    await config.apply();
    const before = await stored(core);
    declare(yaml({ strategy: 'weighted', amount: '7' }));
    const { changes, problems } = await config.apply();
    expect(problems).toEqual([]);
    expect(changes.map(({ action, sentence }) => [action, sentence])).toEqual([
      ['update', 'Change the route smart: strategy.'],
      ['update', 'Change the limit Budget: amount.'],
    ]);
    const after = await stored(core);
    expect(after.routes).toMatchObject([{ id: before.routes[0]?.id, definition: { strategy: 'weighted' } }]);
    expect(after.limits.find(({ name }) => name === 'Budget')).toMatchObject({
      id: before.limits.find(({ name }) => name === 'Budget')?.id,
      amount: 7_000_000_000n,
      revision: 2,
      countsSince: 1,
    });
    declare(FULL);
    expect((await config.apply()).changes.map(({ sentence }) => sentence)).toEqual([
      'Remove the route smart.',
      'Remove the limit Budget.',
      'Remove the limit At once.',
    ]);
    expect(await stored(core)).toMatchObject({ routes: [], limits: [byHand.limit] });
  });

  test('follow a key that gets a new secret, and with it another id', async () => {
    const other = 'sk-hub-zyxwvutsrqponmlkjihgfedcba0123456789ABCDEFGH';
    const { core, declare, config } = await openHub({ ...ENVIRONMENT, OTHER_KEY: other });
    declare(yaml());
    await config.apply();
    const before = await stored(core);
    declare(yaml({ key: 'OTHER_KEY' }));
    expect((await config.apply()).problems).toEqual([]);
    const { routes, limits, key } = await stored(core);
    expect(key?.id).not.toBe(before.key?.id);
    expect(routes[0]?.definition.rules[0]?.when.keyIds).toEqual([key?.id]);
    expect(limits.find(({ name }) => name === 'At once')?.subject.id).toBe(key?.id);
    expect((await config.apply()).changes).toEqual([]);
  });

  test('that name nobody change nothing', async () => {
    const { core, declare, config } = await openHub(ENVIRONMENT);
    declare(yaml().replace('kind: project, id: Default', 'kind: team, id: search'));
    const outcome = await config.apply();
    expect(outcome).toMatchObject({ applied: false });
    expect(outcome.problems[0]?.place).toMatch(/hub\.yaml:\d+:\d+ usageLimits\[0\]\.subject$/);
    expect(outcome.problems.map(({ message }) => message)).toEqual([
      'The limit "Budget" cannot be applied: there is no team “search”; give the id or the name of one that is there.',
    ]);
    expect(await stored(core)).toMatchObject({ routes: [], limits: [] });
  });
});

test('a provider’s own variable connects it, and the connection leaves with the variable', async () => {
  const { core, config } = await openHub({ GROQ_API_KEY: CANARY });
  expect((await config.apply()).problems).toEqual([]);
  expect(await core.store.connections.list(core.tenant)).toMatchObject([{ providerId: 'groq', source: 'env' }]);
});
