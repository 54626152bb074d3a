import { describe, expect, test } from 'vitest';
import { NOTHING_SAID } from '../protocol/charging.ts';
import { type ConfigurationState, NO_CONFIGURATION } from '../protocol/configuration.ts';
import type { Deployment } from '../protocol/deployment.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { loadVendors } from '../providers/vendors.ts';
import { resolveModel } from '../routing/resolve.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { connection, credential, model, organization, project, virtualKey } from '../storage/testing/rows.ts';
import { compileSnapshot } from './compile-snapshot.ts';

const catalogue = createCatalogue(loadBuiltInEntries());
const vendors = loadVendors();

function compile(fields: Partial<ConfigurationState>, simulatedOrigin?: string, mode: 'auto' | 'on' = 'on') {
  const state: ConfigurationState = {
    ...NO_CONFIGURATION,
    organizations: [organization(DEFAULT_TENANT.organizationId)],
    projects: [project(DEFAULT_TENANT.projectId)],
    version: 7,
    ...fields,
  };
  return compileSnapshot({
    state,
    catalogue,
    vendors,
    contentDaysMax: 90,
    charging: NOTHING_SAID,
    simulated: simulatedOrigin === undefined ? undefined : { origin: simulatedOrigin, mode },
  });
}

const openai = connection('c1', { name: 'work', providerId: 'openai', baseUrl: 'https://api.openai.com/v1' });
function deploymentsOf({ directory }: ReturnType<typeof compile>): readonly Deployment[] {
  return [...directory.byUpstream.keys()].flatMap((name) => directory.byUpstream.get(name) ?? []);
}

/** How the one deployment of a snapshot can be asked. */
function endpointsOf(snapshot: ReturnType<typeof compile>): Deployment['endpoints'] {
  return deploymentsOf(snapshot)[0]?.endpoints ?? new Map();
}

const ids = (snapshot: ReturnType<typeof compile>): readonly string[] =>
  deploymentsOf(snapshot)
    .map(({ id }) => id)
    .sort();

describe('a snapshot', () => {
  test('holds what is switched on and known', () => {
    const snapshot = compile({
      connections: [
        openai,
        connection('c2', { name: 'off', enabled: false }),
        connection('c3', { name: 'strange', providerId: 'not-in-this-build' }),
        connection('c4', { name: 'simulated', providerId: 'simulated' }),
      ],
      models: [
        model('m1', 'c1', { upstreamModel: 'gpt-4o' }),
        model('m2', 'c1', { upstreamModel: 'hidden', state: 'hidden' }),
        model('m3', 'c1', { upstreamModel: 'waiting', state: 'awaiting_approval' }),
        model('m4', 'c1', { upstreamModel: 'withdrawn', withdrawnAt: 5 }),
        model('m5', 'c2', { upstreamModel: 'gpt-4o' }),
        model('m6', 'c3', { upstreamModel: 'gpt-4o' }),
        model('m7', 'c4', { upstreamModel: 'simulated-chat' }),
      ],
    });
    expect(snapshot.version).toBe(7);
    expect(snapshot.connections.map(({ name }) => name)).toEqual(['work']);
    expect(ids(snapshot)).toEqual(['work/gpt-4o', 'work/withdrawn']);
  });

  test('calls the simulated provider where it listens now, whatever the row says', () => {
    const rows = {
      connections: [connection('c1', { name: 'simulated', providerId: 'simulated', baseUrl: 'http://127.0.0.1:1/v1' })],
      models: [model('m1', 'c1', { upstreamModel: 'simulated-chat' })],
    };
    const snapshot = compile(rows, 'http://127.0.0.1:5555');
    expect(snapshot.connections[0]).toMatchObject({ origin: 'http://127.0.0.1:5555', simulated: true });
    expect(endpointsOf(snapshot).get('chat')).toMatchObject([{ path: '/v1/chat/completions' }]);
  });

  test.each([
    ['a path', 'https://proxy.test/openai/v1', 'https://proxy.test', '/openai/v1/chat/completions'],
    ['none', 'https://proxy.test', 'https://proxy.test', '/chat/completions'],
    ['a port', 'http://10.0.0.1:8080/v1', 'http://10.0.0.1:8080', '/v1/chat/completions'],
  ])('joins a base URL with %s and the provider’s paths', (_name, baseUrl, origin, path) => {
    const snapshot = compile({ connections: [connection('c1', { baseUrl })], models: [model('m1', 'c1')] });
    expect(snapshot.connections[0]?.origin).toBe(origin);
    const chat = endpointsOf(snapshot).get('chat') ?? [];
    expect(chat.map((endpoint) => endpoint.path)).toContain(path);
  });

  test('uses active credentials alone, and binds each to its address', () => {
    const snapshot = compile({
      connections: [openai],
      credentials: [
        credential('k1', 'c1', { weight: 3 }),
        credential('k2', 'c1', { state: 'set_aside' }),
        credential('k3', 'c1', { state: 'disabled' }),
        credential('k4', 'other'),
      ],
    });
    expect(snapshot.connections[0]?.credentials).toEqual([
      { id: 'k1', sealed: 'hv1:1:AAAA', weight: 3, ...DEFAULT_TENANT, baseUrl: openai.baseUrl },
    ]);
  });

  test('asks an optional key of nobody who gave none, and does not go without one that was set aside', () => {
    const vllm = connection('c1', { providerId: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1' });
    expect(compile({ connections: [vllm] }).connections[0]?.auth.scheme).toBe('none');
    const credentials = [credential('k1', 'c1', { state: 'set_aside' })];
    expect(compile({ connections: [vllm], credentials }).connections[0]?.auth.scheme).toBe('bearer');
  });

  test('obeys aliases, corrections and allow-lists', () => {
    const rows = {
      connections: [openai],
      models: [model('m1', 'c1', { upstreamModel: 'ft:gpt-4o:acme::1' })],
      aliases: [{ ...DEFAULT_TENANT, id: 'a', name: 'ours', target: 'acme-model', source: 'store' as const }],
      identityOverrides: [
        {
          ...DEFAULT_TENANT,
          id: 'o',
          providerId: 'openai',
          upstreamModel: 'ft:gpt-4o:acme::1',
          canonicalModel: 'acme-model',
          source: 'store' as const,
        },
      ],
      keys: [virtualKey('one', { allowedModels: ['ours'] }), virtualKey('two')],
    };
    const { accessOf, keysByHash } = compile(rows);
    const [one, two] = rows.keys;
    if (one === undefined || two === undefined) throw new Error('there are two keys');
    const found = resolveModel(accessOf(one).models, { model: 'ours', operation: 'chat' });
    expect(found.map(({ id }) => id)).toEqual(['work/ft:gpt-4o:acme::1']);
    expect(accessOf(two).models.denialOf).toBeUndefined();
    expect([...keysByHash.keys()]).toEqual(['hash-of-one', 'hash-of-two']);
  });

  test('does not change the rows it is made from', () => {
    const rows = { connections: Object.freeze([Object.freeze(openai)]), models: Object.freeze([model('m1', 'c1')]) };
    expect(() => compile(rows)).not.toThrow();
  });
});
