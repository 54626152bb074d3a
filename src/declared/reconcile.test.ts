import { describe, expect, it } from 'vitest';
import {
  type ConnectionRow,
  type CredentialRow,
  type ModelRow,
  PLAIN_CONNECTION,
  PLAIN_KEY,
  type VirtualKeyRow,
} from '../protocol/configuration.ts';
import { applyChanges, planDeclared } from './apply.ts';
import type { ApplyPorts, ComparePorts, CurrentRows } from './ports.ts';
import type { Declared, DeclaredConnection, DeclaredKey } from './schema.ts';
import { secretOf } from './secret.ts';

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };
const NOTHING: Declared = { connections: [], aliases: [], identity: [], prices: [], keys: [], routes: [], limits: [] };
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

const declaredConnection = (change: Partial<DeclaredConnection> = {}): DeclaredConnection => ({
  source: 'file',
  name: 'eu',
  providerId: 'openai',
  baseUrl: 'https://eu.example/v1',
  params: {},
  enabled: true,
  newModels: 'enabled',
  position: 1000,
  credentials: [{ name: 'first', secret: secretOf('canary-1'), weight: 1 }],
  models: [],
  ...change,
});

const connectionRow = (change: Partial<ConnectionRow> = {}): ConnectionRow => ({
  ...PLAIN_CONNECTION,
  ...TENANT,
  id: 'conn_1',
  name: 'eu',
  providerId: 'openai',
  baseUrl: 'https://eu.example/v1',
  enabled: true,
  newModelPolicy: 'enabled',
  position: 1000,
  source: 'file',
  createdAt: 0,
  updatedAt: 0,
  refreshedAt: undefined,
  refreshError: undefined,
  ...change,
});

/** In these tests a sealed secret is the secret itself. */
const credentialRow = (change: Partial<CredentialRow> = {}): CredentialRow => ({
  ...TENANT,
  revision: 1,
  id: 'cred_1',
  connectionId: 'conn_1',
  name: 'first',
  sealed: 'canary-1',
  masked: '…',
  weight: 1,
  state: 'active',
  stateReason: undefined,
  stateChangedAt: undefined,
  useCount: 0,
  lastUsedAt: undefined,
  lastError: undefined,
  lastErrorAt: undefined,
  source: 'file',
  createdAt: 0,
  ...change,
});

const modelRow = (change: Partial<ModelRow> = {}): ModelRow => ({
  ...TENANT,
  id: 'mdl_1',
  connectionId: 'conn_1',
  upstreamModel: 'ep-1',
  state: 'enabled',
  origin: 'manual',
  facts: {
    displayName: undefined,
    contextTokens: undefined,
    maxOutputTokens: undefined,
    inputModalities: undefined,
    outputModalities: undefined,
    embeddingDimensions: undefined,
    createdAt: undefined,
  },
  firstSeenAt: 0,
  lastSeenAt: 0,
  withdrawnAt: undefined,
  ...change,
});

const declaredKey = (change: Partial<DeclaredKey> = {}): DeclaredKey => ({
  name: 'ci',
  allowedModels: undefined,
  refusesLosses: false,
  enabled: true,
  expiresAt: undefined,
  secret: { kind: 'text', text: secretOf('canary-key') },
  ...change,
});

const keyRow = (change: Partial<VirtualKeyRow> = {}): VirtualKeyRow => ({
  ...PLAIN_KEY,
  ...TENANT,
  id: 'vk_1',
  name: 'ci',
  hash: 'hash of canary-key',
  masked: '…',
  allowedModels: undefined,
  refusesLosses: false,
  enabled: true,
  expiresAt: undefined,
  revokedAt: undefined,
  createdAt: 0,
  lastUsedAt: undefined,
  source: 'file',
  ...change,
});

const compare: ComparePorts = {
  resolveBaseUrl: ({ providerId, baseUrl }) =>
    providerId === 'unheard-of'
      ? { problem: 'there is no provider "unheard-of".' }
      : { providerId, baseUrl: baseUrl ?? `https://${providerId}.example/v1` },
  holdsSecret: (row, secret) => Promise.resolve(row.sealed === secret.reveal()),
  hashKey: (secret) => `hash of ${secret.reveal()}`,
  findIds: async () => [],
};

const plan = (declared: Partial<Declared>, current: Partial<CurrentRows> = {}) =>
  planDeclared({ ...NOTHING, ...declared }, { current: { ...EMPTY, ...current }, ports: compare });

async function kinds(declared: Partial<Declared>, current?: Partial<CurrentRows>): Promise<readonly string[]> {
  const { changes, problems } = await plan(declared, current);
  expect(problems).toEqual([]);
  return changes.map(({ kind }) => kind);
}

const stored = { connections: [connectionRow()], credentials: [credentialRow()] };

describe('connections', () => {
  it.each<[string, Partial<Declared>, Partial<CurrentRows>, readonly string[]]>([
    ['a new one', { connections: [declaredConnection()] }, {}, ['connection.create']],
    ['one that stands already', { connections: [declaredConnection()] }, stored, []],
    ['one that left', {}, stored, ['connection.remove']],
    ['one switched off', { connections: [declaredConnection({ enabled: false })] }, stored, ['connection.update']],
    [
      'another policy and place',
      { connections: [declaredConnection({ newModels: 'hidden', position: 3 })] },
      stored,
      ['connection.update'],
    ],
    [
      'another provider',
      { connections: [declaredConnection({ providerId: 'groq' })] },
      stored,
      ['connection.remove', 'connection.create'],
    ],
    [
      'one from a variable that moves into the file',
      { connections: [declaredConnection()] },
      { connections: [connectionRow({ source: 'env' })] },
      ['connection.remove', 'connection.create'],
    ],
    [
      'a secret that changed',
      {
        connections: [
          declaredConnection({ credentials: [{ name: 'first', secret: secretOf('canary-2'), weight: 1 }] }),
        ],
      },
      stored,
      ['credential.replace'],
    ],
    [
      'a weight that changed',
      {
        connections: [
          declaredConnection({ credentials: [{ name: 'first', secret: secretOf('canary-1'), weight: 5 }] }),
        ],
      },
      stored,
      ['credential.weight'],
    ],
    [
      'a credential under another name: the new one comes before the old one goes',
      {
        connections: [
          declaredConnection({ credentials: [{ name: 'second', secret: secretOf('canary-1'), weight: 1 }] }),
        ],
      },
      stored,
      ['credential.add', 'credential.remove'],
    ],
    [
      'models by hand',
      { connections: [declaredConnection({ models: ['ep-2', 'listed'] })] },
      { ...stored, models: [modelRow(), modelRow({ id: 'mdl_2', upstreamModel: 'listed', origin: 'discovered' })] },
      ['model.add', 'model.remove'],
    ],
    [
      'what an operator chose for one from a variable',
      { connections: [declaredConnection({ source: 'env' })] },
      {
        connections: [connectionRow({ source: 'env', enabled: false, position: 7, newModelPolicy: 'hidden' })],
        credentials: [credentialRow({ source: 'env', weight: 4 })],
        models: [modelRow()],
      },
      [],
    ],
  ])('%s', async (_, declared, current, expected) => {
    expect(await kinds(declared, current)).toEqual(expected);
  });

  it('take every secret that stays to a new address, and drop what is gone before', async () => {
    const declared = declaredConnection({ baseUrl: 'https://us.example/v1' });
    const current = { ...stored, credentials: [credentialRow(), credentialRow({ id: 'cred_2', name: 'old' })] };
    const { changes } = await plan({ connections: [declared] }, current);
    expect(changes.map(({ kind }) => kind)).toEqual(['credential.remove', 'connection.update']);
    const [, update] = changes;
    const change = update?.kind === 'connection.update' ? update.change : undefined;
    expect(change?.baseUrl).toBe('https://us.example/v1');
    expect(change?.secrets?.map(({ credentialId, secret }) => [credentialId, secret.reveal()])).toEqual([
      ['cred_1', 'canary-1'],
    ]);
  });

  it.each([
    [
      'a name that an operator’s connection has',
      declaredConnection(),
      { connections: [connectionRow({ source: 'store' })] },
      /exists already and does not come from hub.yaml/,
    ],
    [
      'a variable whose connection was made by hand',
      declaredConnection({ source: 'env' }),
      { connections: [connectionRow({ source: 'store' })] },
      /environment does not connect it again/,
    ],
    [
      'a provider that nobody knows',
      declaredConnection({ providerId: 'unheard-of' }),
      {},
      /"eu" cannot be made: there is no provider "unheard-of"/,
    ],
  ])('%s is a problem and changes nothing', async (_, connection, current, sentence) => {
    const { changes, problems } = await plan({ connections: [connection] }, current);
    expect(changes).toEqual([]);
    expect(problems).toEqual([{ message: expect.stringMatching(sentence) }]);
  });
});

describe('aliases, identities and prices', () => {
  const alias = { ...TENANT, id: 'alias_1', name: 'fast', target: 'a', source: 'file' as const };
  const identity = { providerId: 'vllm', upstreamModel: 'm', canonicalModel: 'c' };
  const override = { ...TENANT, ...identity, id: 'over_1', source: 'file' as const };
  const price = { providerId: 'vllm', model: 'm', prices: [] };

  it.each<[string, Partial<Declared>, Partial<CurrentRows>, readonly string[]]>([
    ['new alias', { aliases: [{ name: 'fast', target: 'a' }] }, {}, ['alias.create']],
    ['same alias', { aliases: [{ name: 'fast', target: 'a' }] }, { aliases: [alias] }, []],
    [
      'other target',
      { aliases: [{ name: 'fast', target: 'b' }] },
      { aliases: [alias] },
      ['alias.remove', 'alias.create'],
    ],
    ['alias gone', {}, { aliases: [alias] }, ['alias.remove']],
    ['an operator’s alias', {}, { aliases: [{ ...alias, source: 'store' }] }, []],
    ['new identity', { identity: [identity] }, {}, ['identity.create']],
    ['same identity', { identity: [identity] }, { identityOverrides: [override] }, []],
    [
      'other identity',
      { identity: [{ ...identity, canonicalModel: 'd' }] },
      { identityOverrides: [override] },
      ['identity.remove', 'identity.create'],
    ],
    ['identity gone', {}, { identityOverrides: [override] }, ['identity.remove']],
    ['new price', { prices: [price] }, {}, ['price.set']],
    ['same price', { prices: [price] }, { prices: [price] }, []],
    ['price gone', {}, { prices: [price] }, ['price.clear']],
  ])('%s', async (_, declared, current, expected) => {
    expect(await kinds(declared, current)).toEqual(expected);
  });

  it.each<[string, Partial<Declared>, Partial<CurrentRows>]>([
    ['alias', { aliases: [{ name: 'fast', target: 'b' }] }, { aliases: [{ ...alias, source: 'store' }] }],
    [
      'identity',
      { identity: [identity] },
      { identityOverrides: [{ ...override, canonicalModel: 'x', source: 'store' }] },
    ],
    ['key', { keys: [declaredKey()] }, { keys: [keyRow({ source: 'store' })] }],
  ])('an operator’s own %s is a problem and stays', async (_, declared, current) => {
    const { changes, problems } = await plan(declared, current);
    expect([changes.length, problems.length]).toEqual([0, 1]);
  });
});

describe('virtual keys', () => {
  it.each<[string, Partial<Declared>, Partial<CurrentRows>, readonly string[]]>([
    ['new', { keys: [declaredKey()] }, {}, ['key.create']],
    ['the same', { keys: [declaredKey()] }, { keys: [keyRow()] }, []],
    [
      'the same by its hash',
      { keys: [declaredKey({ secret: { kind: 'hash', hash: 'hash of canary-key' } })] },
      { keys: [keyRow()] },
      [],
    ],
    [
      'another secret',
      { keys: [declaredKey({ secret: { kind: 'hash', hash: 'x' } })] },
      { keys: [keyRow()] },
      ['key.remove', 'key.create'],
    ],
    ['other models', { keys: [declaredKey({ allowedModels: ['a'] })] }, { keys: [keyRow()] }, ['key.update']],
    ['a limit lifted', { keys: [declaredKey()] }, { keys: [keyRow({ expiresAt: 5 })] }, ['key.update']],
    ['gone', {}, { keys: [keyRow()] }, ['key.remove']],
    [
      'one that an operator revoked under the same name',
      { keys: [declaredKey()] },
      { keys: [keyRow({ source: 'store', revokedAt: 1 })] },
      ['key.create'],
    ],
  ])('%s', async (_, declared, current, expected) => {
    expect(await kinds(declared, current)).toEqual(expected);
  });
});

describe('sentences', () => {
  it('say each change and hold no secret', async () => {
    const declared = {
      connections: [declaredConnection({ credentials: [{ name: 'first', secret: secretOf('canary-2'), weight: 2 }] })],
      keys: [declaredKey()],
    };
    const { changes } = await plan(declared, stored);
    expect(changes.map(({ sentence }) => sentence)).toEqual([
      'Replace the secret of eu/first.',
      'Change the weight of eu/first to 2.',
      'Create the virtual key ci.',
    ]);
    expect(JSON.stringify(changes)).not.toContain('canary-2');
  });
});

describe('applying a plan', () => {
  /** Ports that write down what they were asked, and fail where the call begins with `failing`. */
  function recorder(failing = 'nothing') {
    const calls: string[] = [];
    const record =
      (name: string) =>
      (...given: readonly unknown[]) => {
        calls.push(
          `${name} ${given.map((value) => (typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : String(value))).join(' ')}`,
        );
        return name === failing ? Promise.reject(new Error('refused')) : Promise.resolve();
      };
    const ports: ApplyPorts = {
      connect: async (connection) => {
        await record('connect')(connection);
        return { id: 'conn_new' };
      },
      updateConnection: record('updateConnection'),
      removeConnection: record('removeConnection'),
      addCredential: record('addCredential'),
      replaceSecret: record('replaceSecret'),
      setCredentialWeight: record('setCredentialWeight'),
      removeCredential: record('removeCredential'),
      addModel: record('addModel'),
      removeModel: record('removeModel'),
      createAlias: record('createAlias'),
      removeAlias: record('removeAlias'),
      createIdentityOverride: record('createIdentityOverride'),
      removeIdentityOverride: record('removeIdentityOverride'),
      setPrices: record('setPrices'),
      clearPrices: record('clearPrices'),
      createKey: record('createKey'),
      updateKey: record('updateKey'),
      removeKey: record('removeKey'),
      findIds: async ({ text }) => [`id of ${text}`],
      createRoute: record('createRoute'),
      updateRoute: record('updateRoute'),
      removeRoute: record('removeRoute'),
      createLimit: record('createLimit'),
      updateLimit: record('updateLimit'),
      removeLimit: record('removeLimit'),
    };
    return { calls, ports };
  }

  const both = declaredConnection({
    credentials: [
      { name: 'first', secret: secretOf('s1'), weight: 1 },
      { name: 'second', secret: secretOf('s2'), weight: 1 },
    ],
    models: ['ep-1'],
  });

  it('connects with the first credential and adds the others and the models to what it made', async () => {
    const { calls, ports } = recorder();
    const { changes } = await plan({ connections: [both], aliases: [{ name: 'fast', target: 'eu/ep-1' }] });
    const report = await applyChanges(changes, ports);
    expect(calls).toEqual([
      'connect eu',
      'addCredential conn_new second',
      'addModel conn_new ep-1',
      'createAlias fast',
    ]);
    expect(report.applied).toHaveLength(2);
    expect(report.failed).toEqual([]);
  });

  it('goes on after a change that failed, and reports it', async () => {
    const { calls, ports } = recorder('connect');
    const { changes } = await plan({ connections: [both], aliases: [{ name: 'fast', target: 'eu/ep-1' }] });
    const report = await applyChanges(changes, ports);
    expect(calls).toEqual(['connect eu', 'createAlias fast']);
    expect(report.failed.map(({ sentence }) => sentence)).toEqual([
      'Connect eu (openai at https://eu.example/v1) with 2 credentials.',
    ]);
  });
});
