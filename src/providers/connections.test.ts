import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCatalogue, loadBuiltInEntries } from './catalogue.ts';
import { createConnectionService } from './connections.ts';
import type { ProviderEntry } from './schema.ts';
import {
  bindingVault,
  countingIds,
  type FakeProvider,
  manualClock,
  memoryStores,
  realHttp,
  startProvider,
  TENANT,
} from './test-support.ts';

const SECRET = 'sk-test-0123456789abcdef-right';
const WRONG = 'sk-test-0123456789abcdef-wrong';

let provider: FakeProvider;
/** What the provider lists, and which secrets it knows; a test changes them. */
let listed: string[];
let known: string[];

beforeEach(async () => {
  listed = ['gpt-one', 'text-embedding-one'];
  known = [SECRET];
  provider = await startProvider(({ path, headers }) => {
    const secret = headers.authorization?.replace('Bearer ', '') ?? '';
    const refused = { status: 401, json: { error: { message: `Incorrect API key provided: ${secret}.` } } };
    if (path === '/open/models') return { json: { data: listed.map((id) => ({ id })) } };
    if (!known.includes(secret)) return refused;
    if (path.endsWith('/models')) return { json: { data: listed.map((id) => ({ id })) } };
    if (path.endsWith('/chat/completions')) return { json: { choices: [{ message: { content: 'H' } }] } };
    return undefined;
  });
});

afterEach(async () => {
  await provider.close();
});

const X_KEY = { scheme: 'header', header: 'x-key' } as const;
const ENTRY: Omit<ProviderEntry, 'id'> = {
  name: 'Test provider',
  docs: 'https://docs.example.com',
  baseUrl: 'https://api.example.com/v1',
  auth: { scheme: 'bearer' },
  speaks: [{ operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' }],
  models: { from: 'list', path: '/models', shape: 'openai' },
};

function hub() {
  const stores = memoryStores();
  const clock = manualClock();
  const notes: string[] = [];
  const catalogue = createCatalogue([
    ...loadBuiltInEntries(),
    { ...ENTRY, id: 'tested', aliases: ['tried'] },
    { ...ENTRY, id: 'open-list', models: { from: 'list', path: '/models', shape: 'openai', public: true } },
    {
      ...ENTRY,
      id: 'listless',
      speaks: [
        { operation: 'chat', dialect: 'openai-responses', path: '/responses' },
        { operation: 'chat', dialect: 'anthropic-messages', path: '/messages', auth: X_KEY },
      ],
      models: { from: 'catalogue', models: [{ id: 'claude-one' }] },
    },
  ]);
  const service = createConnectionService({
    ...stores,
    catalogue: () => catalogue,
    vault: bindingVault,
    httpOf: () => realHttp,
    writeSmallestChat: ({ dialect, path }, model) =>
      dialect === 'anthropic-messages'
        ? { path, headers: { 'x-format': '1' }, body: JSON.stringify({ model, max_tokens: 1 }) }
        : undefined,
    clock,
    newId: countingIds(),
    note: (level, message, facts) => notes.push(JSON.stringify({ level, message, facts })),
  });
  const connect = (change: object = {}) =>
    service.connect(TENANT, { providerId: 'tested', baseUrl: `${provider.origin}/v1`, secret: SECRET, ...change });
  return { service, stores, clock, notes, connect };
}

const code = (expected: string, more: object = {}) => expect.objectContaining({ code: expected, ...more });

describe('connecting a provider', () => {
  test('lists its models, seals the secret to its address and shows it masked', async () => {
    const { service, stores, connect } = hub();
    const { view, refreshed } = await connect({ providerId: 'TRIED' });
    expect(refreshed).toMatchObject({ added: ['gpt-one', 'text-embedding-one'], error: undefined });
    expect(view.connection).toMatchObject({ name: 'tested', providerId: 'tested', baseUrl: `${provider.origin}/v1` });
    expect(view.credentials[0]).toMatchObject({ masked: 'sk-t…ight', state: 'active' });
    expect(JSON.stringify(view)).not.toContain(SECRET);
    expect(view.credentials[0]).not.toHaveProperty('sealed');
    expect(stores.credentialRows()[0]?.sealed).toContain(`"baseUrl":"${provider.origin}/v1"`);
    const models = await service.listModels(TENANT, view.connection.id);
    expect(models.map((model) => [model.upstreamModel, model.state, model.origin])).toEqual([
      ['gpt-one', 'enabled', 'discovered'],
      ['text-embedding-one', 'enabled', 'discovered'],
    ]);
  });

  test.each<[string, object, object]>([
    ['an unknown provider', { providerId: 'nobody' }, { code: 'resource.not_found' }],
    ['no secret where one is needed', { secret: undefined }, { code: 'request.invalid', param: 'secret' }],
    ['an address with a password', { baseUrl: 'https://a:b@x.test' }, { code: 'request.invalid', param: 'baseUrl' }],
    [
      'plain http to the internet',
      { baseUrl: 'http://api.example.com' },
      { code: 'request.invalid', param: 'baseUrl' },
    ],
    ["another provider's name", { name: 'gemini' }, { code: 'request.invalid', param: 'name' }],
    ['a name with a slash', { name: 'a/b' }, { code: 'request.invalid', param: 'name' }],
    ['the name of the hub itself', { name: 'aignehub' }, { code: 'request.invalid', param: 'name' }],
    ['a parameter that it lacks', { baseUrl: undefined, params: { zone: 'x' } }, { param: 'params.zone' }],
  ])('%s is refused', async (_, change, expected) => {
    await expect(hub().connect(change)).rejects.toThrow(expect.objectContaining(expected));
  });

  test('one entry may be connected twice under two names, never under one', async () => {
    const { service, connect } = hub();
    await connect({ name: 'first' });
    await connect({ name: 'Second' });
    await expect(connect({ name: 'FIRST' })).rejects.toThrow(code('resource.conflict'));
    const views = await service.listConnections(TENANT);
    expect(views.map((view) => [view.connection.name, view.connection.position])).toEqual([
      ['first', 0],
      ['second', 1],
    ]);
  });

  test('a refused key connects, is set aside with its reason, and its echo is nowhere', async () => {
    const { service, connect, notes } = hub();
    const { view, refreshed } = await connect({ secret: WRONG });
    expect(refreshed.error).toMatchObject({ code: 'upstream.credential_rejected' });
    expect(view.credentials[0]).toMatchObject({ state: 'set_aside', stateReason: expect.stringContaining('401') });
    const everything = JSON.stringify([await service.listConnections(TENANT), notes, refreshed.error?.upstream]);
    expect(everything).not.toContain('0123456789');
  });

  test('an entry without a list connects with the models of the catalogue', async () => {
    const { refreshed } = await hub().connect({ providerId: 'cohere' });
    expect(refreshed.added).toContain('command-a-03-2025');
  });
});

describe('changing a connection', () => {
  test('a new address needs every secret again; the old one opens no more', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const connectionId = view.connection.id;
    const baseUrl = `${provider.origin}/other/v1`;
    await expect(service.updateConnection(TENANT, { connectionId, baseUrl })).rejects.toThrow(
      code('request.invalid', { param: 'secrets' }),
    );
    expect((await service.getConnection(TENANT, connectionId)).connection.baseUrl).toBe(`${provider.origin}/v1`);
    const id = view.credentials[0]?.id ?? '';
    const after = await service.updateConnection(TENANT, { connectionId, baseUrl, secrets: { [id]: SECRET } });
    expect(after.connection.baseUrl).toBe(baseUrl);
    expect((await service.testCredential(TENANT, id)).error).toBeUndefined();
    expect(provider.seen.at(-1)?.path).toBe('/other/v1/models');
  });

  test('a secret whose connection was moved behind its back stays shut', async () => {
    const { service, stores, connect } = hub();
    const { view } = await connect();
    await stores.connections.update(TENANT, view.connection.id, { baseUrl: `${provider.origin}/thief` });
    const before = provider.seen.length;
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested?.error).toMatchObject({ code: 'vault.undecryptable' });
    expect(provider.seen.length).toBe(before);
  });

  test('everything else changes without a secret', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const change = { name: 'renamed', enabled: false, newModelPolicy: 'hidden' as const, position: 7 };
    const after = await service.updateConnection(TENANT, { connectionId: view.connection.id, ...change });
    expect(after.connection).toMatchObject(change);
  });

  test('what hub.yaml declares is changed by hub.yaml only', async () => {
    const { service, connect } = hub();
    const { view } = await connect({ source: 'file' });
    const connectionId = view.connection.id;
    const credentialId = view.credentials[0]?.id ?? '';
    const readOnly = code('resource.read_only');
    await expect(service.updateConnection(TENANT, { connectionId, enabled: false })).rejects.toThrow(readOnly);
    await expect(service.removeConnection(TENANT, connectionId)).rejects.toThrow(readOnly);
    await expect(service.addCredential(TENANT, { connectionId, secret: SECRET })).rejects.toThrow(readOnly);
    await expect(service.replaceSecret(TENANT, { credentialId, secret: SECRET })).rejects.toThrow(readOnly);
    await service.removeConnection(TENANT, connectionId, 'file');
    expect(await service.listConnections(TENANT)).toEqual([]);
  });

  test("another organization's connection does not exist", async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const stranger = { organizationId: 'org_2', projectId: 'proj_2' };
    await expect(service.getConnection(stranger, view.connection.id)).rejects.toThrow(code('resource.not_found'));
    await expect(service.refreshModels(stranger, view.connection.id)).rejects.toThrow(code('resource.not_found'));
    expect(await service.listConnections(stranger)).toEqual([]);
  });
});

describe('credentials', () => {
  test('401 sets one aside and the list is asked for with the next', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const second = await service.addCredential(TENANT, { connectionId: view.connection.id, secret: `${SECRET}-2` });
    known = [`${SECRET}-2`];
    const refreshed = await service.refreshModels(TENANT, view.connection.id);
    expect(refreshed.error).toBeUndefined();
    const states = (await service.listCredentials(TENANT, view.connection.id)).map((row) => [row.id, row.state]);
    expect(states).toEqual([
      [view.credentials[0]?.id, 'set_aside'],
      [second.id, 'active'],
    ]);
  });

  test('what was set aside is taken back when its provider takes it back', async () => {
    const { service, connect, clock } = hub();
    const { view } = await connect();
    const id = view.credentials[0]?.id ?? '';
    known = [];
    expect((await service.testCredential(TENANT, id)).error).toMatchObject({ code: 'upstream.credential_rejected' });
    expect(await service.recheckSetAside(TENANT)).toEqual({ tried: 1, restored: 0 });
    known = [SECRET];
    expect(await service.recheckSetAside(TENANT)).toEqual({ tried: 0, restored: 0 });
    clock.advance(5_000);
    expect(await service.recheckSetAside(TENANT)).toEqual({ tried: 1, restored: 1 });
    expect((await service.listCredentials(TENANT, view.connection.id))[0]).toMatchObject({
      state: 'active',
      stateReason: undefined,
    });
    expect(await service.recheckSetAside(TENANT)).toEqual({ tried: 0, restored: 0 });
  });

  test('a provider that fails is not a credential that is refused', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    provider.answer = () => ({ status: 500, json: {} });
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested?.error).toMatchObject({ code: 'upstream.error' });
    expect((await service.listCredentials(TENANT, view.connection.id))[0]?.state).toBe('active');
  });

  test('where anybody may read the list, a credential is tried with one token', async () => {
    const { service, connect } = hub();
    const { view } = await connect({ providerId: 'open-list', baseUrl: `${provider.origin}/open`, secret: WRONG });
    expect(view.credentials[0]?.state).toBe('active');
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested).toMatchObject({ by: 'chat', error: code('upstream.credential_rejected') });
    expect(provider.seen.at(-1)?.body).toMatchObject({ model: 'gpt-one', max_tokens: 1 });
    expect((await service.listCredentials(TENANT, view.connection.id))[0]?.state).toBe('set_aside');
  });

  test('where there is no list, it is tried in the first format in which a chat can be written', async () => {
    const { service, connect } = hub();
    provider.answer = ({ headers }) =>
      headers['x-key'] === SECRET ? { json: { content: [] } } : { status: 401, json: { error: { message: 'No.' } } };
    const { view } = await connect({ providerId: 'listless' });
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested).toMatchObject({ by: 'chat', error: undefined });
    expect(provider.seen.at(-1)).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-format': '1', 'content-type': 'application/json' },
      body: { model: 'claude-one', max_tokens: 1 },
    });
    const wrong = await connect({ providerId: 'listless', name: 'wrong', secret: WRONG });
    const [refused] = await service.testConnection(TENANT, wrong.view.connection.id);
    expect(refused).toMatchObject({ by: 'chat', error: code('upstream.credential_rejected') });
  });

  test('a disabled one stays disabled, whatever a test finds', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const credentialId = view.credentials[0]?.id ?? '';
    await service.updateCredential(TENANT, { credentialId, enabled: false });
    await service.testCredential(TENANT, credentialId);
    await service.setAside(TENANT, credentialId, 'refused');
    expect((await service.listCredentials(TENANT, view.connection.id))[0]?.state).toBe('disabled');
    expect((await service.refreshModels(TENANT, view.connection.id)).error).toMatchObject({
      code: 'provider.no_credential',
    });
  });

  test('two credentials of a connection never share a name', async () => {
    const { service, connect } = hub();
    const { view } = await connect({ credentialName: 'main' });
    const connectionId = view.connection.id;
    const other = await service.addCredential(TENANT, { connectionId, secret: SECRET });
    await expect(service.addCredential(TENANT, { connectionId, secret: SECRET, name: 'main' })).rejects.toThrow(
      code('resource.conflict'),
    );
    await expect(service.updateCredential(TENANT, { credentialId: other.id, name: 'main' })).rejects.toThrow(
      code('resource.conflict'),
    );
  });

  test('a replaced secret is used at once and brings the credential back', async () => {
    const { service, connect } = hub();
    const { view } = await connect({ secret: WRONG });
    const credentialId = view.credentials[0]?.id ?? '';
    expect(await service.replaceSecret(TENANT, { credentialId, secret: SECRET })).toMatchObject({ state: 'active' });
    expect((await service.refreshModels(TENANT, view.connection.id)).listed).toBe(2);
  });
});

describe('models', () => {
  test('a refresh adds new ones under the policy, marks those that went, and takes back those that return', async () => {
    const { service, connect } = hub();
    const { view } = await connect({ newModelPolicy: 'awaiting_approval' });
    const refresh = () => service.refreshModels(TENANT, view.connection.id);
    listed = ['gpt-one', 'gpt-two'];
    expect(await refresh()).toMatchObject({ added: ['gpt-two'], withdrawn: ['text-embedding-one'], returned: [] });
    const rows = await service.listModels(TENANT, view.connection.id);
    expect(rows.find((row) => row.upstreamModel === 'gpt-two')?.state).toBe('awaiting_approval');
    listed = ['gpt-one', 'gpt-two', 'text-embedding-one'];
    expect(await refresh()).toMatchObject({ added: [], withdrawn: [], returned: ['text-embedding-one'] });
  });

  test('a list that cannot be had changes no model and is said on the connection until it works again', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const answer = provider.answer;
    provider.answer = () => ({ status: 503, json: { message: 'maintenance' } });
    const [refreshed] = await service.refreshAll(TENANT);
    expect(refreshed).toMatchObject({ withdrawn: [], error: code('upstream.error') });
    const during = await service.getConnection(TENANT, view.connection.id);
    expect(during.connection.refreshError).toContain('503: maintenance');
    provider.answer = answer;
    await service.refreshAll(TENANT);
    expect((await service.getConnection(TENANT, view.connection.id)).connection.refreshError).toBeUndefined();
  });

  test('are listed no further once the refresh of all is told to stop', async () => {
    const { service, connect } = hub();
    await connect();
    expect(await service.refreshAll(TENANT, AbortSignal.abort())).toEqual([]);
    expect(await service.refreshAll(TENANT)).toHaveLength(1);
  });

  test('one added by hand stays through every refresh and may be removed; a listed one may only be hidden', async () => {
    const { service, connect } = hub();
    const { view } = await connect();
    const connectionId = view.connection.id;
    const added = await service.addModel(TENANT, { connectionId, upstreamModel: 'ep-20250101-abcde' });
    expect((await service.refreshModels(TENANT, connectionId)).withdrawn).toEqual([]);
    await expect(service.addModel(TENANT, { connectionId, upstreamModel: added.upstreamModel })).rejects.toThrow(
      code('resource.conflict'),
    );
    await expect(service.addModel(TENANT, { connectionId, upstreamModel: 'a\nb' })).rejects.toThrow(
      code('request.invalid'),
    );
    const one = (await service.listModels(TENANT, connectionId)).find((row) => row.upstreamModel === 'gpt-one');
    await expect(service.removeModel(TENANT, one?.id ?? '')).rejects.toThrow(code('resource.conflict'));
    expect((await service.setModelState(TENANT, one?.id ?? '', 'hidden')).state).toBe('hidden');
    await service.removeModel(TENANT, added.id);
    expect((await service.listModels(TENANT, connectionId)).map((row) => row.upstreamModel)).not.toContain(
      added.upstreamModel,
    );
  });
});
