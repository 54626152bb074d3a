import { afterEach, describe, expect, test } from 'vitest';
import { createCatalogue, loadBuiltInEntries } from './catalogue.ts';
import { createCatalogueService } from './catalogue-service.ts';
import { createConnectionService } from './connections.ts';
import { findLocalServers } from './local-servers.ts';
import { createServerProbe } from './probe.ts';
import { type ProviderEntry, providerEntrySchema } from './schema.ts';
import {
  bindingVault,
  closedPort,
  countingIds,
  type FakeProvider,
  manualClock,
  memoryCatalogueStore,
  memoryStores,
  realHttp,
  startProvider,
  TENANT,
} from './test-support.ts';

const SECRET = 'key-0123456789-abcdefghij';
const running: FakeProvider[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function start(answer: FakeProvider['answer']): Promise<FakeProvider> {
  const server = await startProvider(answer);
  running.push(server);
  return server;
}

function hub() {
  const clock = manualClock();
  const note = () => undefined;
  const store = memoryCatalogueStore();
  const catalogue = createCatalogueService({ builtIn: loadBuiltInEntries(), store, clock, note });
  const connections = createConnectionService({
    ...memoryStores(),
    catalogue: catalogue.current,
    vault: bindingVault,
    httpOf: () => realHttp,
    writeSmallestChat: () => undefined,
    clock,
    newId: countingIds(),
    note,
  });
  return {
    catalogue,
    connections,
    probe: createServerProbe({ http: realHttp, catalogue, connections }),
  };
}

/** A server of the OpenAI dialect whose API is below `root`. */
const compatible =
  (root: string): FakeProvider['answer'] =>
  ({ path, headers, body }) => {
    if (headers.authorization !== `Bearer ${SECRET}`) return { status: 401, json: { error: { message: 'who?' } } };
    const model = typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined;
    if (path === `${root}/models`) return { json: { object: 'list', data: [{ id: 'embed-s' }, { id: 'chat-s' }] } };
    if (path === `${root}/chat/completions` && model === 'chat-s') return { json: { choices: [{}] } };
    if (path === `${root}/embeddings` && model === 'embed-s') return { json: { data: [{ embedding: [0.1] }] } };
    return undefined;
  };

describe('an unknown server', () => {
  test.each([
    ['its API at the address', '/llm/v1', '/llm/v1'],
    ['its API below /v1 of the address', '/v1', ''],
  ])('that has %s becomes an entry, connects and lists its models', async (_, root, given) => {
    const server = await start(compatible(root));
    const { probe, catalogue, connections } = hub();
    const found = await probe.probe({ baseUrl: `${server.origin}${given}/`, secret: SECRET });
    expect(providerEntrySchema.safeParse(found.entry).success).toBe(true);
    expect(found.entry).toMatchObject({ id: `local-${server.port}`, baseUrl: `${server.origin}${root}` });
    expect(found.entry.speaks.map((spoken) => spoken.operation)).toEqual(['chat', 'embeddings']);
    expect(found.models).toEqual(['embed-s', 'chat-s']);
    expect(catalogue.current().find(found.entry.id)).toBeUndefined();

    const { view, refreshed } = await probe.apply(TENANT, { entry: found.entry, secret: SECRET });
    expect(refreshed.added).toEqual(['embed-s', 'chat-s']);
    expect(view.connection.providerId).toBe(found.entry.id);
    expect((await connections.testConnection(TENANT, view.connection.id))[0]?.error).toBeUndefined();
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });

  test('that takes max_completion_tokens only is found to chat', async () => {
    const server = await start(({ path, body }) => {
      if (path === '/v1/models') return { json: { data: [{ id: 'thinker' }] } };
      if (path !== '/v1/chat/completions') return undefined;
      if (JSON.stringify(body).includes('max_completion_tokens')) return { json: { choices: [{}] } };
      return { status: 400, json: { error: { message: "Use 'max_completion_tokens' instead." } } };
    });
    const found = await hub().probe.probe({ baseUrl: `${server.origin}/v1` });
    expect(found.entry.speaks.map((spoken) => spoken.operation)).toEqual(['chat']);
    expect(found.entry.auth).toEqual({ scheme: 'bearer', optional: true });
  });

  test('of the Anthropic dialect is recognised by its list', async () => {
    const server = await start(({ path, headers }) => {
      if (headers['x-api-key'] !== SECRET)
        return { status: 401, json: { type: 'error', error: { message: 'x-api-key' } } };
      if (!path.startsWith('/v1/models')) return undefined;
      return { json: { data: [{ type: 'model', id: 'claude-x', display_name: 'Claude X' }], has_more: false } };
    });
    const { entry, models } = await hub().probe.probe({ baseUrl: server.origin, secret: SECRET });
    expect(entry.speaks).toEqual([{ operation: 'chat', dialect: 'anthropic-messages', path: '/messages' }]);
    expect(entry).toMatchObject({
      auth: { scheme: 'header', header: 'x-api-key' },
      headers: { 'anthropic-version': '2023-06-01' },
      baseUrl: `${server.origin}/v1`,
    });
    expect(models).toEqual(['claude-x']);
  });

  test('of Ollama that hides its OpenAI list is recognised by its tags', async () => {
    const server = await start(({ path }) => {
      if (path === '/api/tags') return { json: { models: [{ name: 'llama3.2:latest' }] } };
      return path === '/v1/chat/completions' ? { json: { choices: [{}] } } : undefined;
    });
    const { entry } = await hub().probe.probe({ baseUrl: server.origin });
    expect(entry.models).toEqual({ from: 'list', path: '/api/tags', relativeTo: 'origin', shape: 'ollama-tags' });
    expect(entry.baseUrl).toBe(`${server.origin}/v1`);
  });

  test('that lists nothing is tried with the model given', async () => {
    const server = await start(({ path }) =>
      path === '/v1/chat/completions' ? { json: { choices: [{}] } } : undefined,
    );
    const { entry } = await hub().probe.probe({ baseUrl: server.origin, model: 'ep-1' });
    expect(entry.models).toEqual({ from: 'catalogue', models: [{ id: 'ep-1' }] });
  });

  test.each<[string, FakeProvider['answer'], string]>([
    ['a refused key', compatible('/v1'), 'upstream.credential_rejected'],
    [
      'a list whose chat refuses the key',
      ({ path }) => (path === '/v1/models' ? { json: { data: [{ id: 'm' }] } } : { status: 401, json: {} }),
      'upstream.credential_rejected',
    ],
    ['a web site', () => ({ status: 404, json: 'no' }), 'upstream.invalid_answer'],
    ['another API', () => ({ json: { hello: 'world' } }), 'upstream.invalid_answer'],
  ])('%s is said plainly', async (_, answer, code) => {
    const server = await start(answer);
    const probing = hub().probe.probe({ baseUrl: server.origin, secret: 'key-not-the-right-one-at-all' });
    await expect(probing).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('where nothing listens is unreachable', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    await expect(hub().probe.probe({ baseUrl })).rejects.toThrow(
      expect.objectContaining({ code: 'upstream.unreachable' }),
    );
  });
});

describe('local servers', () => {
  const catalogue = createCatalogue(loadBuiltInEntries());
  /** A built-in entry moved to the port of a test's server. */
  const onPort = (id: string, port: number): ProviderEntry => {
    const entry = catalogue.find(id);
    if (entry === undefined) throw new Error(`no entry ${id}`);
    return { ...entry, baseUrl: `http://127.0.0.1:${port}/v1` };
  };

  test('are found by the answers that are theirs, on the ports that the catalogue names', async () => {
    const ollama = await start(({ path }) =>
      path === '/api/tags' ? { json: { models: [{ name: 'llama3.2:latest' }] } } : undefined,
    );
    const vllm = await start(() => ({ json: { data: [{ id: 'qwen', owned_by: 'vllm' }] } }));
    const somethingElse = await start(() => ({ json: { data: [{ id: 'm', owned_by: 'somebody' }] } }));
    const website = await start(() => ({ status: 404, json: '<html>' }));
    const entries = [
      onPort('ollama', ollama.port),
      onPort('vllm', vllm.port),
      onPort('llama-cpp', somethingElse.port),
      onPort('lm-studio', website.port),
    ];
    const found = await findLocalServers({ entries, http: realHttp });
    expect(found.map((server) => [server.entry.id, server.models])).toEqual([
      ['ollama', ['llama3.2:latest']],
      ['vllm', ['qwen']],
    ]);
  });

  test('only loopback addresses of local entries are ever tried', async () => {
    const tried: string[] = [];
    const http = {
      request: async (call: { url: string }) => {
        tried.push(call.url);
        return { status: 404, body: Buffer.from('') };
      },
    };
    expect(await findLocalServers({ entries: catalogue.entries, http })).toEqual([]);
    expect(tried.sort()).toEqual([
      'http://127.0.0.1:11434/api/tags',
      'http://127.0.0.1:1234/v1/models',
      'http://127.0.0.1:8000/v1/models',
      'http://127.0.0.1:8080/v1/models',
    ]);
  });
});
