import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Behaviour, behaviourOf } from '../support/fake-upstream/behaviour.ts';
import type { ReceivedRequest } from '../support/fake-upstream/journal.ts';
import { PNG_BASE64 } from '../support/fake-upstream/media-images.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, collect, eventually, openCall, usageRecords } from '../support/hub-calls.ts';
import { type HubOptions, type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF } from '../support/provider-scene.ts';
import { type AigneClient, loadAigneClient } from './aigne-client.ts';

/** The client asks again where no headers came within a minute; pictures take longer than two. */
const LONG_CHAT_MS = 70_000;
const LONG_PICTURE_MS = 130_000;
/** After this long a caller gets its head, and a call that everybody left is given up. */
const PATIENCE_MS = 15_000;
const MARGIN_MS = 4000;
const CHAT_MODEL = MODEL_OF['anthropic-messages'];

let hub: HubProcess;
let upstream: FakeUpstream;
let secret: string;
let client: AigneClient;

/** What a prompt says of how it is to be treated: `<wait:70000>`. */
function told(text: string): Behaviour | undefined {
  const words = /<([^>]+)>/.exec(text)?.[1];
  return words === undefined ? undefined : behaviourOf(`any@${words}`);
}

beforeAll(async () => {
  client = await loadAigneClient();
  const models = Object.values(MODEL_OF).map((model) => model.slice(model.indexOf('/') + 1));
  upstream = await startFakeUpstream({ models: [...new Set(models), 'gpt-image-1'] });
  hub = await startConnected();
  ({ secret } = await hub.createKey('slow'));
  upstream.setScript(({ body }) => told(JSON.stringify(body)));
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

async function startConnected(options: HubOptions = {}): Promise<HubProcess> {
  const started = await startHub({ allow: [`127.0.0.1:${upstream.port}`], ...options });
  await connectDialects(started, upstream.url);
  await started.connectFake(upstream, { providerId: 'openai', name: 'openai' });
  return started;
}

const connected = () => ({ baseURL: hub.address, apiKey: secret });

function callsWith(text: string): readonly ReceivedRequest[] {
  return upstream.journal.entries().filter(({ body }) => body.includes(text));
}

/** The records of the calls that began in this test, by the number of characters that were asked. */
async function recordsOf(requestIds: readonly string[]): Promise<readonly JsonObject[]> {
  return (await usageRecords(hub)).filter((record) => requestIds.some((id) => record['request_id'] === id));
}

/** The body of `/api/v2/chat`. */
const chat = (text: string, streaming = false): JsonObject => ({
  input: { messages: [{ role: 'user', content: text }], modelOptions: { model: CHAT_MODEL } },
  options: { streaming },
});

const post = (text: string, streaming = false) => ({
  path: '/api/v2/chat',
  body: chat(text, streaming),
  headWithinMs: PATIENCE_MS + MARGIN_MS,
});

describe.concurrent('the unmodified client', () => {
  it('waits longer than its own patience for a whole answer: one call, one record', async () => {
    const text = `<wait:${LONG_CHAT_MS}> A whole answer.`;
    const model = new client.AIGNEHubChatModel({ ...connected(), model: `aignehub/${CHAT_MODEL}` });
    const answer = await model.invoke({ messages: [{ role: 'user', content: text }] });
    expect(answer.text).toMatch(/\S/);
    expect(callsWith(text)).toHaveLength(1);
  });

  it('waits as long for a stream to begin', async () => {
    const text = `<wait:${LONG_CHAT_MS}+events:3> A stream.`;
    const model = new client.AIGNEHubChatModel({ ...connected(), model: `aignehub/${CHAT_MODEL}` });
    const stream = await model.invoke({ messages: [{ role: 'user', content: text }] }, { streaming: true });
    let said = '';
    for await (const { delta } of stream) said += delta?.text?.text ?? '';
    expect(said).toMatch(/\S/);
    expect(callsWith(text)).toHaveLength(1);
  });

  it('waits for a picture of more than two minutes', async () => {
    const prompt = `<wait:${LONG_PICTURE_MS}> A lighthouse.`;
    const model = new client.AIGNEHubImageModel({ ...connected(), model: 'aignehub/openai/gpt-image-1' });
    const drawn = await model.invoke({ prompt, outputFileType: 'file' });
    expect(drawn.images[0]?.data).toBe(PNG_BASE64);
    expect(callsWith('A lighthouse.')).toHaveLength(1);
    const pictures = (await usageRecords(hub)).filter(({ operation }) => operation === 'images');
    expect(pictures).toHaveLength(1);
    expect(pictures[0]).toMatchObject({ status: 'success' });
  });

  it.each([
    ['at once', false],
    ['streamed', true],
  ])('is told of a failure after the head, %s', async (_how, streaming) => {
    const text = `<wait:${PATIENCE_MS + MARGIN_MS}+400> A failure, ${String(streaming)}.`;
    const model = new client.AIGNEHubChatModel({ ...connected(), model: `aignehub/${CHAT_MODEL}` });
    const messages = [{ role: 'user' as const, content: text }];
    const asked = async (): Promise<unknown> => {
      if (!streaming) return model.invoke({ messages });
      const deltas: unknown[] = [];
      for await (const delta of await model.invoke({ messages }, { streaming: true })) deltas.push(delta);
      return deltas;
    };
    await expect(asked()).rejects.toThrow();
    const records = (await usageRecords(hub)).filter(({ error_code: code }) => code === 'upstream.bad_request');
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) expect(record).toMatchObject({ status: 'upstream_error', http_status: 400 });
  });
});

describe.concurrent('who waits', () => {
  it('gets the head after a while, then white space, then the answer with its cost behind it', async () => {
    const askedAt = performance.now();
    const response = await openCall(hub, secret, { ...post(`<wait:${PATIENCE_MS + MARGIN_MS}> A blank.`) });
    const headAfterMs = performance.now() - askedAt;
    expect(headAfterMs).toBeGreaterThan(PATIENCE_MS - MARGIN_MS);
    expect(headAfterMs).toBeLessThan(PATIENCE_MS + MARGIN_MS / 2);
    const answer = await collect(response);
    expect(answer.text).toMatch(/^ +\{/);
    expect(answer.json['text']).toMatch(/\S/);
    expect(answer.isComplete).toBe(true);
    expect(answer.trailers['x-hub-cost']).toBeDefined();
  });

  it('gets the same bytes as whoever asked first, although that one left', async () => {
    const call = post(`<wait:${PATIENCE_MS + MARGIN_MS}> The same.`, true);
    const leaves = new AbortController();
    const first = openCall(hub, secret, { ...call, signal: leaves.signal });
    first.catch(() => undefined);
    await upstream.journal.waitFor(({ body }) => body.includes('The same.'));
    const joined = [openCall(hub, secret, call), openCall(hub, secret, call)];
    await wait(MARGIN_MS);
    leaves.abort();
    const answers = await Promise.all(joined.map(async (response) => collect(await response)));
    const [one, other] = answers;
    expect(one?.isComplete).toBe(true);
    expect(one?.text).toMatch(/^(: waiting\n\n)+data: /);
    expect(other?.bytes.equals(one?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect(other?.headers['x-request-id']).toBe(one?.headers['x-request-id']);
    expect(callsWith('The same.')).toHaveLength(1);
    expect(await recordsOf([String(one?.headers['x-request-id'])])).toMatchObject([{ status: 'success' }]);
  });

  it('may come back within a while; a call that everybody left is given up, and booked', async () => {
    const text = '<wait:100000> Nobody.';
    const leaves = new AbortController();
    const asked = openCall(hub, secret, { ...post(text), signal: leaves.signal });
    asked.catch(() => undefined);
    await upstream.journal.waitFor(({ body }) => body.includes('Nobody.'));
    const leftAt = Date.now();
    leaves.abort();
    const call = await upstream.journal.waitFor(
      ({ body, abortedAt }) => body.includes('Nobody.') && abortedAt !== undefined,
      PATIENCE_MS + MARGIN_MS,
    );
    expect((call.abortedAt ?? 0) - leftAt).toBeGreaterThan(PATIENCE_MS - MARGIN_MS);
    const record = await eventually('its record', async () =>
      (await usageRecords(hub)).find(
        ({ status, requested_model: model }) => status === 'client_closed' && model === CHAT_MODEL,
      ),
    );
    expect(record).toMatchObject({ error_code: 'client.closed', usage_basis: 'estimated' });
    // The same question is then a new one.
    const again = await callHub(hub, secret, post('Nobody.'));
    expect(again.status).toBe(200);
  });

  it('is told when the hub shuts down, and the record says why', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'slow-'));
    const own = await startConnected({ dataDir, environment: { HUB_DRAIN_TIMEOUT: '1s' } });
    const { secret: key } = await own.createKey('waiting');
    const response = await openCall(own, key, post('<wait:100000> A shutdown.'));
    const [answer, ended] = await Promise.all([collect(response), own.stop()]);
    expect(answer.text).toMatch(/^ +draining: /);
    expect(() => JSON.parse(answer.text) as unknown).toThrow();
    expect(ended).toMatchObject({ code: 0 });
    const again = await startHub({ dataDir });
    expect(await usageRecords(again)).toMatchObject([
      { status: 'interrupted', error_code: 'hub.draining', http_status: 503, usage_basis: 'estimated' },
    ]);
    await again.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
});

it('leaves one record for each call to a provider, however many asked', async () => {
  const calls = upstream.journal.entries().filter(({ method, user }) => method === 'POST' && user === undefined);
  const shutdown = callsWith('A shutdown.').length;
  const records = await usageRecords(hub);
  expect(records).toHaveLength(calls.length - shutdown);
  expect(new Set(records.map((record) => record['request_id'])).size).toBe(records.length);
});
