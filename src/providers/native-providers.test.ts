import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCatalogue, loadBuiltInEntries } from './catalogue.ts';
import { createConnectionService } from './connections.ts';
import { LIST_MODELS_MAX } from './model-list.ts';
import { ANSWER_BYTES_MAX, LIST_BYTES_MAX, LIST_PAGES_MAX } from './provider-calls.ts';
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

/** The built-in entries of providers that speak a format of their own, connected to servers that list as they do. */

const SECRET = 'key-0123456789abcdef';

let provider: FakeProvider;

beforeEach(async () => {
  provider = await startProvider(() => undefined);
});

afterEach(async () => {
  await provider.close();
});

function hub() {
  const catalogue = createCatalogue(loadBuiltInEntries());
  return createConnectionService({
    ...memoryStores(),
    catalogue: () => catalogue,
    vault: bindingVault,
    httpOf: () => realHttp,
    writeSmallestChat: () => undefined,
    clock: manualClock(),
    newId: countingIds(),
    note: () => undefined,
  });
}

const upstreamNames = (rows: readonly { upstreamModel: string }[]) => rows.map((row) => row.upstreamModel);

describe('Anthropic', () => {
  const connect = (service: ReturnType<typeof hub>, secret = SECRET) =>
    service.connect(TENANT, { providerId: 'anthropic', baseUrl: `${provider.origin}/v1`, secret });

  beforeEach(() => {
    provider.answer = ({ path, headers }) => {
      const url = new URL(path, provider.origin);
      if (url.pathname !== '/v1/models' || headers['anthropic-version'] === undefined) return undefined;
      if (headers['x-api-key'] !== SECRET) {
        return {
          status: 401,
          json: { type: 'error', error: { type: 'authentication_error', message: 'invalid key' } },
        };
      }
      if (url.searchParams.get('after_id') === 'claude-a') {
        return { json: { data: [{ type: 'model', id: 'claude-b', max_tokens: 64_000 }], has_more: false } };
      }
      const data = [{ type: 'model', id: 'claude-a', display_name: 'Claude A', max_input_tokens: 200_000 }];
      return { json: { data, has_more: true, first_id: 'claude-a', last_id: 'claude-a' } };
    };
  });

  test('is connected with every page of its list, and its credential is tried by it', async () => {
    const service = hub();
    const { view, refreshed } = await connect(service);
    expect(refreshed).toMatchObject({ added: ['claude-a', 'claude-b'], error: undefined });
    expect(provider.seen.map(({ path }) => path)).toEqual([
      '/v1/models?limit=1000',
      '/v1/models?limit=1000&after_id=claude-a',
    ]);
    const [first, second] = await service.listModels(TENANT, view.connection.id);
    expect(first?.facts).toMatchObject({ displayName: 'Claude A', contextTokens: 200_000 });
    expect(second?.facts).toMatchObject({ maxOutputTokens: 64_000 });
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested).toMatchObject({ by: 'list', modelCount: 2, error: undefined });
  });

  test('a wrong key is set aside', async () => {
    const service = hub();
    const { view } = await connect(service, 'key-wrong');
    expect(view.credentials[0]).toMatchObject({ state: 'set_aside', stateReason: '401: invalid key' });
  });

  test('a page that fails changes no model', async () => {
    const service = hub();
    const { view } = await connect(service);
    const whole = provider.answer;
    provider.answer = (request) => (request.path.includes('after_id') ? { status: 529, json: {} } : whole(request));
    expect(await service.refreshModels(TENANT, view.connection.id)).toMatchObject({
      withdrawn: [],
      error: expect.objectContaining({ code: 'upstream.error' }),
    });
  });

  test('a list that never ends is given up', async () => {
    provider.answer = () => ({
      json: { data: [{ type: 'model', id: 'claude-a' }], has_more: true, last_id: 'claude-a' },
    });
    const { refreshed } = await connect(hub());
    expect(refreshed.error).toMatchObject({ code: 'upstream.answer_too_large' });
    expect(provider.seen).toHaveLength(LIST_PAGES_MAX);
  });

  /** Pages that go on, each of as many models, with names of as many characters. */
  function endlessPages({ models, nameChars }: { readonly models: number; readonly nameChars: number }): void {
    provider.answer = () => {
      const page = provider.seen.length;
      const data = Array.from({ length: models }, (_, index) => ({
        type: 'model',
        id: `claude-${page}-${index}`,
        display_name: 'n'.repeat(nameChars),
      }));
      return { json: { data, has_more: true, last_id: `page-${page}` } };
    };
  }

  test('a list whose pages are large together is given up, before all of them came', async () => {
    const pageBytes = ANSWER_BYTES_MAX / 4;
    endlessPages({ models: 1, nameChars: pageBytes });
    const { refreshed } = await connect(hub());
    expect(refreshed).toMatchObject({
      added: [],
      error: expect.objectContaining({ code: 'upstream.answer_too_large' }),
    });
    expect(refreshed.error?.message).toContain('16 MiB');
    expect(provider.seen.length * pageBytes).toBeLessThanOrEqual(LIST_BYTES_MAX);
  });

  test('a list whose pages have many models together is given up, before all of them came', async () => {
    const models = LIST_MODELS_MAX / 10;
    endlessPages({ models, nameChars: 1 });
    const { refreshed } = await connect(hub());
    expect(refreshed).toMatchObject({
      added: [],
      error: expect.objectContaining({ code: 'upstream.answer_too_large' }),
    });
    expect(refreshed.error?.message).toContain(`${LIST_MODELS_MAX} models`);
    expect(provider.seen).toHaveLength(LIST_MODELS_MAX / models + 1);
  });
});

describe('Google', () => {
  const connect = (service: ReturnType<typeof hub>, secret = SECRET) =>
    service.connect(TENANT, { providerId: 'gemini', baseUrl: `${provider.origin}/v1beta/openai`, secret });

  beforeEach(() => {
    provider.answer = ({ path, headers }) => {
      const url = new URL(path, provider.origin);
      if (url.pathname !== '/v1beta/models') return undefined;
      if (headers['x-goog-api-key'] !== SECRET) {
        const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
        const message = 'API key not valid. Please pass a valid API key.';
        return { status: 400, json: { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } } };
      }
      const methods = ['generateContent', 'countTokens'];
      return url.searchParams.get('pageToken') === 'second'
        ? { json: { models: [{ name: 'models/text-b', supportedGenerationMethods: ['embedContent'] }] } }
        : {
            json: {
              models: [{ name: 'models/gemini-a', supportedGenerationMethods: methods }],
              nextPageToken: 'second',
            },
          };
    };
  });

  test('is connected by its own list, at the origin of its address and with the key in its own header', async () => {
    const service = hub();
    const { view, refreshed } = await connect(service);
    expect(refreshed).toMatchObject({ added: ['gemini-a', 'text-b'], error: undefined });
    expect(provider.seen.map(({ path }) => path)).toEqual([
      '/v1beta/models?pageSize=1000',
      '/v1beta/models?pageSize=1000&pageToken=second',
    ]);
    expect(provider.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(upstreamNames(await service.listModels(TENANT, view.connection.id))).toEqual(['gemini-a', 'text-b']);
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested).toMatchObject({ by: 'list', modelCount: 2, error: undefined });
  });

  test('a wrong key, which is answered as a bad request, is set aside, and taken back when it works', async () => {
    const service = hub();
    const { view, refreshed } = await connect(service, 'key-wrong');
    expect(refreshed.error).toMatchObject({ code: 'upstream.credential_rejected' });
    expect(view.credentials[0]).toMatchObject({
      state: 'set_aside',
      stateReason: expect.stringContaining('400: API key not valid'),
    });
    const credentialId = view.credentials[0]?.id ?? '';
    expect(await service.replaceSecret(TENANT, { credentialId, secret: SECRET })).toMatchObject({ state: 'active' });
    expect((await service.testCredential(TENANT, credentialId)).error).toBeUndefined();
  });

  test('any other bad request says nothing about the key', async () => {
    const service = hub();
    const { view } = await connect(service);
    provider.answer = () => ({
      status: 400,
      json: { error: { code: 400, message: 'odd', status: 'INVALID_ARGUMENT' } },
    });
    const [tested] = await service.testConnection(TENANT, view.connection.id);
    expect(tested?.error).toMatchObject({ code: 'upstream.bad_request' });
    expect((await service.listCredentials(TENANT, view.connection.id))[0]?.state).toBe('active');
  });
});
