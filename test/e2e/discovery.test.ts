import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { runCommand } from '../support/hub-command.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, freePort, listenOnLoopback } from '../support/listen.ts';

const LLAMA_CPP_PORT = 8080;
const VLLM_PORT = 8000;

let hub: HubProcess;
let upstream: FakeUpstream;
let secret: string;
let documents: Server;
let documentsPort: number;
/** What the documents' server answers. */
let document: unknown;
let nextName = 0;
let name: string;
let connectionId: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  documents = createServer((_request, response) => response.end(JSON.stringify(document)));
  documentsPort = await listenOnLoopback(documents, 0);
  hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${documentsPort}`] });
  ({ secret } = await hub.createKey());
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
  if (documents !== undefined) await closeServer(documents);
});

beforeEach(() => {
  nextName += 1;
  name = `fake-${nextName}`;
});

afterEach(() => {
  upstream.setModels(['fake-small', 'fake-large', 'fake-embed']);
  upstream.setCredentials(undefined);
});

async function statusOf(model: string): Promise<number> {
  return (await callHub(hub, secret, { body: chatBody({ model }) })).status;
}

async function publicModels(): Promise<readonly string[]> {
  const answer = await callHub(hub, secret, { method: 'GET', path: '/v1/models' });
  const data = answer.json['data'];
  return Array.isArray(data) ? data.map((row) => textOf(asObject(row)['id'])) : [];
}

async function modelRow(upstreamModel: string): Promise<JsonObject> {
  const rows = await listOf(hub, `/connections/${connectionId}/models?limit=100`);
  return asObject(rows.find((row) => row['upstream_model'] === upstreamModel));
}

async function refresh(): Promise<JsonObject> {
  return asObject(await hub.control('POST', `/connections/${connectionId}/refresh`));
}

describe('a refresh of a connection', () => {
  it('serves a model that the provider launched, and marks one that it withdrew', async () => {
    connectionId = await hub.connectFake(upstream, { name });
    expect(await statusOf(`${name}/brand-new`)).toBe(404);
    upstream.setModels(['fake-large', 'fake-embed', 'brand-new']);
    expect(await refresh()).toMatchObject({ added: ['brand-new'], withdrawn: ['fake-small'], returned: [] });
    expect(await statusOf(`${name}/brand-new`)).toBe(200);
    expect(await publicModels()).toContain('brand-new');
    expect((await modelRow('fake-small'))['withdrawn_at']).toEqual(expect.any(String));
    upstream.setModels(['fake-small', 'fake-large', 'fake-embed', 'brand-new']);
    expect(await refresh()).toMatchObject({ added: [], withdrawn: [], returned: ['fake-small'] });
    expect((await modelRow('fake-small'))['withdrawn_at']).toBeUndefined();
    expect(await statusOf(`${name}/fake-small`)).toBe(200);
  });

  it.each(['awaiting_approval', 'hidden'])(
    'leaves a new model out under the policy %s, until it is enabled',
    async (policy) => {
      connectionId = await hub.connectFake(upstream, { name });
      await hub.control('PATCH', `/connections/${connectionId}`, { new_model_policy: policy });
      const model = `launched-under-${policy.replace('_', '-')}`;
      upstream.setModels(['fake-small', model]);
      expect(await refresh()).toMatchObject({ added: [model] });
      expect(await modelRow(model)).toMatchObject({ state: policy, origin: 'discovered' });
      expect(await statusOf(`${name}/${model}`)).toBe(404);
      expect(await publicModels()).not.toContain(model);
      expect(await statusOf(`${name}/fake-small`)).toBe(200);
      await hub.control('PATCH', `/models/${textOf((await modelRow(model))['id'])}`, { state: 'enabled' });
      expect(await statusOf(`${name}/${model}`)).toBe(200);
    },
  );

  it('that fails keeps every model and says why', async () => {
    connectionId = await hub.connectFake(upstream, { name });
    upstream.setScript(({ path }) =>
      path === '/v1/models' ? { instead: { kind: 'status', status: 500 } } : undefined,
    );
    const outcome = await refresh();
    upstream.setScript(undefined);
    expect(outcome).toMatchObject({ added: [], withdrawn: [], error: expect.stringContaining('told to answer 500') });
    expect(await statusOf(`${name}/fake-small`)).toBe(200);
  });
});

describe('a catalogue that holds a provider which this build lacks', () => {
  const entry = (id: string): JsonObject => ({
    id,
    name: `Provider ${id}`,
    docs: 'https://provider.example/docs',
    baseUrl: 'https://provider.example/v1',
    auth: { scheme: 'bearer' },
    speaks: [{ operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' }],
    models: { from: 'list', path: '/models', shape: 'openai' },
  });

  it('loads from an address: difference first, then connected and answering without a restart', async () => {
    document = { providers: [entry('newcomer')] };
    const url = `http://127.0.0.1:${documentsPort}/catalogue.json`;
    expect(await hub.control('POST', '/catalogue/compare', { url })).toMatchObject({
      added: ['newcomer'],
      changed: [],
    });
    await expect(hub.connectFake(upstream, { providerId: 'newcomer', name })).rejects.toThrow('404');
    expect(await hub.control('POST', '/catalogue/apply', { url })).toMatchObject({ added: ['newcomer'] });
    await hub.connectFake(upstream, { providerId: 'newcomer', name });
    expect(await statusOf(`${name}/fake-small`)).toBe(200);
    expect(await statusOf('newcomer/fake-large')).toBe(200);
    document = { providers: [{ ...entry('newcomer'), name: 'Renamed' }] };
    expect(await hub.control('POST', '/catalogue/compare', { url })).toMatchObject({
      added: [],
      changed: [{ id: 'newcomer', fields: ['name'] }],
    });
  });

  it('loads from a file through the command line', async () => {
    const file = join(hub.dataDir, 'catalogue.json');
    await writeFile(file, JSON.stringify([entry('from-a-file')]));
    const words = ['provider', 'catalogue', '--load', file, '--data-dir', hub.dataDir];
    const shown = await runCommand(words);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('+ from-a-file') });
    expect(shown.out).toContain('Nothing is changed yet');
    const applied = await runCommand([...words, '--apply']);
    expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('Applied.') });
    await hub.connectFake(upstream, { providerId: 'from-a-file', name });
    expect(await statusOf(`${name}/fake-small`)).toBe(200);
  });

  it('is refused whole when one of its entries is wrong, with what is wrong in which', async () => {
    document = [entry('good-one'), { ...entry('bad-one'), colour: 'red' }];
    const url = `http://127.0.0.1:${documentsPort}/catalogue.json`;
    await expect(hub.control('POST', '/catalogue/apply', { url })).rejects.toThrow(/bad-one.*colour/s);
    await expect(hub.connectFake(upstream, { providerId: 'good-one', name })).rejects.toThrow('404');
  });
});

describe('a server that no catalogue knows', () => {
  it('is connected by its address and key alone', async () => {
    const strict = await startFakeUpstream({
      port: await freePort(),
      models: ['house-model', 'house-embed'],
      credentials: ['sk-house'],
    });
    const own = await startHub({ allow: [`127.0.0.1:${strict.port}`] });
    try {
      await expect(own.control('POST', '/probe', { base_url: strict.url, secret: 'sk-wrong' })).rejects.toThrow(
        'credential_rejected',
      );
      const report = asObject(await own.control('POST', '/probe', { base_url: strict.url, secret: 'sk-house' }));
      expect(report).toMatchObject({
        base_url: strict.baseUrl,
        dialect: 'openai-chat',
        models: ['house-model', 'house-embed'],
      });
      const proposed = asObject(report['proposed_entry']);
      await own.control('POST', '/catalogue/apply', { document: proposed });
      await own.connectFake(strict, { providerId: textOf(proposed['id']), name: 'house', secret: 'sk-house' });
      const key = await own.createKey();
      const chat = await callHub(own, key.secret, { body: chatBody({ model: 'house/house-model' }) });
      expect(chat.status).toBe(200);
      const embedding = await callHub(own, key.secret, {
        path: '/v1/embeddings',
        body: { model: 'house/house-embed', input: 'x' },
      });
      expect(embedding.status).toBe(200);
      expect(JSON.stringify(report)).not.toContain('sk-house');
    } finally {
      await own.stop();
      await strict.close();
    }
  });
});

describe('several credentials of a connection', () => {
  const CALLS = 12;
  /** Of a credential that is added without one. */
  const DEFAULT_WEIGHT = 100;

  async function credentials(): Promise<Map<string, JsonObject>> {
    const rows = await listOf(hub, `/connections/${connectionId}/credentials`);
    return new Map(rows.map((row) => [textOf(row['name']), row]));
  }

  it('are used in turn by their weights, and their uses counted', async () => {
    connectionId = await hub.connectFake(upstream, { name, secret: 'sk-one' });
    await hub.control('POST', `/connections/${connectionId}/credentials`, {
      name: 'two',
      secret: 'sk-two',
      weight: 2 * DEFAULT_WEIGHT,
    });
    const earlier = upstream.journal.entries().length;
    for (let call = 0; call < CALLS; call += 1) expect(await statusOf(`${name}/fake-small`)).toBe(200);
    const sent = upstream.journal
      .entries()
      .slice(earlier)
      .map((entry) => entry.headers.authorization);
    expect(sent.filter((header) => header === 'Bearer sk-one')).toHaveLength(CALLS / 3);
    expect(sent.filter((header) => header === 'Bearer sk-two')).toHaveLength((2 * CALLS) / 3);
    // Smoothly: the heavier one never three times in a row.
    expect(sent.join(' ')).not.toContain('sk-two Bearer sk-two Bearer sk-two');
    const counted = await eventually('count of every use', async () => {
      const rows = [...(await credentials()).values()];
      return rows.reduce((sum, row) => sum + Number(row['use_count']), 0) === CALLS ? rows : undefined;
    });
    expect(counted.map((row) => [row['name'], row['use_count']])).toEqual([
      ['default', CALLS / 3],
      ['two', (2 * CALLS) / 3],
    ]);
  });

  it('leave out one that its provider refused, with the reason, until a test shows that it works again', async () => {
    connectionId = await hub.connectFake(upstream, { name, secret: 'sk-one' });
    await hub.control('POST', `/connections/${connectionId}/credentials`, { name: 'two', secret: 'sk-two' });
    upstream.setCredentials(['sk-two']);
    for (let call = 0; call < 4; call += 1) expect(await statusOf(`${name}/fake-small`)).toBe(200);
    const aside = await eventually('credential that is set aside', async () => {
      const row = (await credentials()).get('default');
      return row?.['state'] === 'set_aside' ? row : undefined;
    });
    expect(aside['state_reason']).toContain('401');
    const refusals = upstream.journal
      .entries()
      .filter((entry) => entry.headers.authorization === 'Bearer sk-one' && entry.path === '/v1/chat/completions');
    await statusOf(`${name}/fake-small`);
    expect(refusals.length).toBeGreaterThan(0);
    const still = asObject(await hub.control('POST', `/credentials/${textOf(aside['id'])}/test`));
    expect(still).toMatchObject({ ok: false });
    upstream.setCredentials(undefined);
    expect(await hub.control('POST', `/credentials/${textOf(aside['id'])}/test`)).toMatchObject({ ok: true });
    expect((await credentials()).get('default')).toMatchObject({ state: 'active' });
    upstream.setCredentials(['sk-one']);
    await eventually(
      'answer through the credential that is back',
      async () => (await statusOf(`${name}/fake-small`)) === 200,
    );
  });
});

describe('a model server on this machine', () => {
  it('is found at its usual port, connected and told', async (test) => {
    const port = (await isTaken(VLLM_PORT)) ? LLAMA_CPP_PORT : VLLM_PORT;
    if (await isTaken(port)) test.skip(`ports ${VLLM_PORT} and ${LLAMA_CPP_PORT} are taken on this machine`);
    const owner = port === VLLM_PORT ? 'vllm' : 'llamacpp';
    const local = createServer((request, response) => {
      request.resume();
      const isList = request.url === '/v1/models';
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          isList ? { object: 'list', data: [{ id: 'home-grown', object: 'model', owned_by: owner }] } : WHOLE_ANSWER,
        ),
      );
    });
    await listenOnLoopback(local, port);
    const own = await startHub({ environment: { HUB_DISCOVER_LOCAL: 'true' } });
    try {
      const [connection] = await listOf(own, '/connections');
      expect(connection).toMatchObject({ source: 'found', base_url: `http://127.0.0.1:${port}/v1` });
      expect(own.log()).toContain('found on this machine and connected');
      const key = await own.createKey();
      const answer = await callHub(own, key.secret, { body: chatBody({ model: 'home-grown' }) });
      expect(answer.status).toBe(200);
      expect(answer.headers['x-hub-cost']).toBe('0');
    } finally {
      await own.stop();
      await closeServer(local);
    }
  });
});

const WHOLE_ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'home-grown',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
