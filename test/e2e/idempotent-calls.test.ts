import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer, listOf, openCall, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase, type TestDatabase } from '../support/postgres.ts';

/** Calls with an `Idempotency-Key`: made once and charged once, however often they are sent. */

const ACCOUNT = 'organization/org_default';
const MANY = 100;
const CREDIT = { HUB_CREDIT: 'true', HUB_SIMULATED: 'off' };

let upstream: FakeUpstream;
let serial = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});

afterAll(async () => {
  await upstream.close();
});

beforeEach(() => {
  upstream.setScript(undefined);
  upstream.journal.clear();
});

function newKey(): string {
  serial += 1;
  return `order-${serial}`;
}

type Sent = { readonly path?: string; readonly key?: string; readonly body?: JsonObject };

function send(hub: Pick<HubProcess, 'address'>, secret: string, { path, key, body = {} }: Sent): Promise<HubAnswer> {
  return callHub(hub, secret, {
    ...(path === undefined ? {} : { path }),
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body: chatBody({ max_tokens: 50, ...body }),
  });
}

const calls = (): number => upstream.journal.calls().length;

/** What an answer says besides how long it took and how it was sent. */
function said({ status, headers, trailers, text }: HubAnswer): JsonObject {
  const all = { ...headers, ...trailers };
  const names = ['content-type', 'x-request-id', 'x-hub-charge', 'x-hub-cost', 'x-hub-losses'];
  return { status, text, ...Object.fromEntries(names.map((name) => [name, String(all[name] ?? '')])) };
}

async function chargesOf(hub: HubProcess): Promise<readonly JsonObject[]> {
  await eventually('end of every hold', async () => (await listOf(hub, '/credit/holds')).length === 0);
  return (await listOf(hub, '/credit/entries?limit=200')).filter(({ kind }) => kind === 'charge');
}

/** A hundred at once with one key: one is answered, the others are told to wait, and whoever waits gets the same. */
async function sendMany(hubs: readonly HubProcess[], secret: string): Promise<void> {
  const [first] = hubs;
  if (first === undefined) throw new Error('no hub');
  const key = newKey();
  const before = (await chargesOf(first)).length;
  upstream.setScript(() => ({ headersAfterMs: 300 }));
  const answers = await Promise.all(
    Array.from({ length: MANY }, (_, index) => send(hubs[index % hubs.length] ?? first, secret, { key })),
  );
  expect(calls()).toBe(1);
  const answered = answers.filter(({ status }) => status === 200);
  expect(answered.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
  expect(new Set(answered.map(({ text }) => text)).size).toBe(1);
  for (const { status, headers, error } of answers.filter((each) => each.status !== 200)) {
    expect({ status, code: error['code'], after: headers['retry-after'] }).toEqual({
      status: 409,
      code: 'request.idempotency_running',
      after: '1',
    });
  }
  for (const hub of hubs) {
    const again = await send(hub, secret, { key });
    expect(again).toMatchObject({ status: 200, text: answered[0]?.text, headers: { 'idempotency-replayed': 'true' } });
  }
  expect(calls()).toBe(1);
  expect((await chargesOf(first)).length).toBe(before + 1);
}

describe('calls with a key, paid for with credit, on SQLite', () => {
  let hub: HubProcess;
  let secret: string;

  beforeAll(async () => {
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: CREDIT });
    await hub.connectFake(upstream);
    await setPrices(hub);
    await withStore(join(hub.dataDir, 'hub.db'), (store) => giveMuch(store, [ACCOUNT]));
    ({ secret } = await hub.createKey());
  });

  afterAll(async () => {
    await hub.stop();
  });

  it(`of ${MANY} at once, one is made and charged`, () => sendMany([hub], secret));

  it.each<[string, string, JsonObject]>([
    ['an answer that comes whole', '/v1/chat/completions', {}],
    ['a stream', '/v1/chat/completions', { stream: true, stream_options: { include_usage: true } }],
    ['a translated stream', '/v1/messages', { stream: true }],
    ['an answer to AIGNE’s client', '/api/v2/chat/completions', {}],
  ])('are answered with the same bytes and charged once: %s', async (_, path, body) => {
    const key = newKey();
    const before = (await chargesOf(hub)).length;
    const first = await send(hub, secret, { path, key, body });
    const again = await send(hub, secret, { path, key, body });
    expect(first.status).toBe(200);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(said(again)).toEqual(said(first));
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(calls()).toBe(1);
    expect((await chargesOf(hub)).length).toBe(before + 1);
  });

  it.each<[string, (answer: HubAnswer) => unknown, JsonObject]>([
    ['/v1/chat/completions', ({ error }) => error, { code: 'request.idempotency_reused' }],
    ['/v1/messages', ({ json }) => json, { type: 'error', error: { type: 'invalid_request_error' } }],
  ])('refuse another body under the key, in the caller’s dialect: %s', async (path, read, expected) => {
    const key = newKey();
    await send(hub, secret, { path, key });
    const other = await send(hub, secret, { path, key, body: { max_tokens: 51 } });
    expect(other.status).toBe(422);
    expect(other.headers['x-should-retry']).toBe('false');
    expect(read(other)).toMatchObject(expected);
    expect(calls()).toBe(1);
  });

  it('are apart for two virtual keys', async () => {
    const other = await hub.createKey('another');
    const key = newKey();
    await send(hub, secret, { key });
    expect((await send(hub, other.secret, { key })).headers['idempotency-replayed']).toBeUndefined();
    expect(calls()).toBe(2);
  });

  it.each(['', 'with space', 'é', 'x'.repeat(256)])('refuse a key that is none: %j', async (key) => {
    const answer = await send(hub, secret, { key: Buffer.from(key).toString('latin1') });
    expect(answer).toMatchObject({ status: 400, error: { code: 'request.invalid', param: 'idempotency-key' } });
    expect(calls()).toBe(0);
  });

  it('keep no refusal: the next try is made', async () => {
    const key = newKey();
    expect((await send(hub, secret, { key, body: { model: 'fake/none' } })).status).toBe(404);
    expect((await send(hub, secret, { key })).status).toBe(200);
    expect(calls()).toBe(1);
  });

  it('keep no failure that used nothing: an SDK’s second try is made, and charged once', async () => {
    const key = newKey();
    const before = (await chargesOf(hub)).length;
    upstream.setScript(() => (calls() > 1 ? undefined : { instead: { kind: 'status', status: 500 } }));
    const client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 2 });
    const made = await client.chat.completions.create(
      { model: 'fake/fake-small', messages: [{ role: 'user', content: 'Say something.' }] },
      { headers: { 'Idempotency-Key': key } },
    );
    expect(made.choices[0]?.message.content).not.toBe('');
    expect(calls()).toBe(2);
    expect((await chargesOf(hub)).length).toBe(before + 1);
  });

  it('give the first answer again where something may have been used, and tell SDKs that trying is no use', async () => {
    const key = newKey();
    upstream.setScript(() => ({ cut: { how: 'reset', unit: 'bytes', after: 40 } }));
    const first = await send(hub, secret, { key });
    const again = await send(hub, secret, { key });
    expect(first.status).toBe(502);
    expect(said(again)).toEqual(said(first));
    expect(again.headers['x-should-retry']).toBe('false');
    expect(calls()).toBe(1);
  });

  it('go on when their caller leaves, who gets the whole answer afterwards', async () => {
    const key = newKey();
    const body = chatBody({ stream: true });
    upstream.setScript(() => ({ contentEvents: 20, eventDelayMs: 20 }));
    const headers = { 'idempotency-key': key };
    const leaving = await openCall(hub, secret, { headers, body });
    leaving.destroy();
    const again = await eventually('the kept answer', async () => {
      const answer = await callHub(hub, secret, { headers, body });
      return answer.status === 200 ? answer : undefined;
    });
    expect(again.events.at(-1)).toBe('[DONE]');
    expect(calls()).toBe(1);
    const records = await usageRecords(hub);
    const [record] = records.filter(({ request_id: id }) => id === again.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'success', usage_basis: 'reported' });
  });

  it('are not made again where the answer was longer than is kept', async () => {
    const key = newKey();
    upstream.setScript(() => ({ contentEvents: 600_000 }));
    const body = { max_tokens: 700_000 };
    const first = await send(hub, secret, { key, body });
    expect(first.status).toBe(200);
    expect(first.bytes.length).toBeGreaterThan(3_000_000);
    const again = await send(hub, secret, { key, body });
    expect(again).toMatchObject({ status: 409, error: { code: 'request.idempotency_not_kept' } });
    expect(again.headers['x-should-retry']).toBe('false');
    expect(calls()).toBe(1);
  });

  it('are answered to Anthropic’s SDK as to any other', async () => {
    const client = new Anthropic({ baseURL: hub.address, apiKey: secret, maxRetries: 2 });
    const headers = { 'Idempotency-Key': newKey() };
    const ask = () =>
      client.messages.create(
        { model: 'fake/fake-small', max_tokens: 50, messages: [{ role: 'user', content: 'Say something.' }] },
        { headers },
      );
    const first = await ask();
    expect((await ask()).content).toEqual(first.content);
    expect(calls()).toBe(1);
  });

  it('lie sealed, and their keys in no form that can be read', async () => {
    const key = 'a-key-of-mine';
    const words = 'words that only two may know';
    await send(hub, secret, { key, body: { messages: [{ role: 'user', content: words }] } });
    const [sent] = upstream.journal.calls();
    expect(sent?.headers['idempotency-key']).toBeUndefined();
    const database = new Database(join(hub.dataDir, 'hub.db'), { readonly: true });
    const rows = JSON.stringify(database.prepare('SELECT * FROM idempotent_calls').all());
    database.close();
    expect(rows).toContain('org_default');
    for (const text of [key, words, 'assistant', Buffer.from('assistant').toString('base64')]) {
      expect(rows).not.toContain(text);
      expect(hub.log()).not.toContain(text === 'assistant' ? words : text);
    }
  });
});

describe('calls with a key whose hub died', () => {
  let hub: HubProcess | undefined;

  afterEach(async () => {
    await hub?.stop();
    hub = undefined;
  });

  it('are not made a second time: what the first used is charged, and the repeat is told so', async () => {
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: CREDIT });
    await hub.connectFake(upstream);
    await setPrices(hub);
    await withStore(join(hub.dataDir, 'hub.db'), (store) => giveMuch(store, [ACCOUNT]));
    const { secret } = await hub.createKey();
    const key = newKey();
    upstream.journal.clear();
    upstream.setScript(() => ({ hang: { at: 'headers' } }));
    const lost = send(hub, secret, { key }).catch(() => undefined);
    await upstream.journal.waitFor(() => true);
    await hub.kill9();
    await lost;
    const { dataDir } = hub;
    hub = await startHub({ dataDir, allow: [`127.0.0.1:${upstream.port}`], environment: CREDIT });
    upstream.setScript(undefined);
    const again = await send(hub, secret, { key });
    expect(again).toMatchObject({ status: 409, error: { code: 'request.idempotency_lost' } });
    expect(calls()).toBe(1);
    expect(await chargesOf(hub)).toHaveLength(1);
    expect((await send(hub, secret, { key: newKey() })).status).toBe(200);
  });
});

const postgres = postgresAvailable();

describe.skipIf(!postgres.available)(
  `calls with a key at two hubs on one PostgreSQL${postgres.available ? '' : ` (not run: ${postgres.reason})`}`,
  () => {
    let database: TestDatabase;
    let hubs: readonly HubProcess[] = [];
    let secret: string;

    beforeAll(async () => {
      database = await postgresDatabase();
      const environment = {
        ...CREDIT,
        HUB_DATABASE_URL: database.url,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
      };
      const allow = [`127.0.0.1:${upstream.port}`];
      const first = await startHub({ allow, environment });
      hubs = [first];
      await first.connectFake(upstream);
      await setPrices(first);
      await withStore({ kind: 'postgres', url: database.url }, (store) => giveMuch(store, [ACCOUNT]));
      ({ secret } = await first.createKey());
      hubs = [first, await startHub({ allow, environment })];
    });

    afterAll(async () => {
      await Promise.all(hubs.map((hub) => hub.stop()));
      await database?.drop();
    });

    it(`of ${MANY} at once, one is made and charged`, () => sendMany(hubs, secret));
  },
);
