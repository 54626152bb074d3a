import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { findLeaks, makeCanary, readFolder } from '../support/canaries.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  type HubAnswer,
  type HubCall,
  listOf,
  requestDetail,
  textOf,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What organizations have stored of what is said in their requests. */

const POLICY = '/organization/content-policy';
const MODELS = ['fake-small', 'fake-small@422', 'fake-small@error-event:2', 'fake-small@echo', 'tts-1'];
const ANTHROPIC = { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' } };

let folder: string;
let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-contents-'));
  upstream = await startFakeUpstream({ models: MODELS });
  hub = await startHub({
    dataDir: folder,
    allow: [`127.0.0.1:${upstream.port}`],
    environment: { HUB_RECORDS_CONTENT_DAYS: '30' },
  });
  await hub.connectFake(upstream);
  key = (await hub.createKey()).secret;
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

async function store(more: JsonObject = {}): Promise<void> {
  await hub.control('PUT', POLICY, { store: true, ...more });
}

function idOf(answer: HubAnswer): string {
  return String(answer.headers['x-request-id']);
}

function look(requestId: string, method = 'GET'): Promise<HubAnswer> {
  return callHub(hub, hub.controlToken, { method, path: `/control/v1/usage/requests/${requestId}/content` });
}

/** What is stored of a call, once it is. */
async function contentOf(call: HubCall): Promise<{ readonly answer: HubAnswer; readonly content: JsonObject }> {
  const answer = await callHub(hub, key, call);
  await eventually('content', async () => {
    return (await requestDetail(hub, idOf(answer)))['content_expires_at'] !== undefined;
  });
  return { answer, content: (await look(idOf(answer))).json };
}

function textAt(content: JsonObject, side: 'request' | 'answer'): string {
  return textOf(asObject(content[side])['text']);
}

describe('nothing is stored', () => {
  it('of a request before the organization says so, nor after it said no more', async () => {
    expect(await hub.control('GET', POLICY)).toEqual({
      store: false,
      keep_days: 7,
      redact: true,
      keep_days_max: 30,
      revision: 1,
    });
    const before = await callHub(hub, key, { body: chatBody() });
    await store();
    const { answer } = await contentOf({ body: chatBody() });
    await hub.control('PUT', POLICY, { store: false });
    const after = await callHub(hub, key, { body: chatBody() });
    for (const [asked, status] of [
      [before, 404],
      [answer, 200],
      [after, 404],
    ] as const) {
      expect((await look(idOf(asked))).status).toBe(status);
    }
  });

  it('of projects that the policy does not name', async () => {
    const project = asObject(await hub.control('POST', '/projects', { name: 'Stored' }));
    const own = await hub.createKey('stored', { project_id: textOf(project['id']) });
    await store({ project_ids: [textOf(project['id'])] });
    const other = await callHub(hub, key, { body: chatBody() });
    const stored = await callHub(hub, own.secret, { body: chatBody() });
    await eventually('content', async () => (await look(idOf(stored))).status === 200);
    expect((await look(idOf(other))).status).toBe(404);
  });

  it('for longer than the operator allows', async () => {
    const refused = await callHub(hub, hub.controlToken, {
      method: 'PUT',
      path: `/control/v1${POLICY}`,
      body: { store: true, keep_days: 31 },
    });
    expect(refused).toMatchObject({ status: 400, error: { code: 'request.invalid', param: 'keep_days' } });
  });
});

describe('what is said is stored as the caller said and was told it', () => {
  beforeAll(() => store({ keep_days: 30 }));

  it('in a chat', async () => {
    const { answer, content } = await contentOf({ body: chatBody({ user: 'ann@example.com' }) });
    expect(content).toMatchObject({
      request: { media_type: 'application/json', cut: false },
      answer: { media_type: 'application/json', bytes: answer.bytes.length, cut: false },
      redacted: true,
    });
    expect(textAt(content, 'request')).toBe(JSON.stringify(chatBody({ user: '[redacted: e-mail address]' })));
    expect(JSON.parse(textAt(content, 'answer'))).toEqual(answer.json);
    const days = Date.parse(textOf(content['expires_at'])) - Date.parse(textOf(content['stored_at']));
    expect(days).toBe(30 * 86_400_000);
  });

  it('in a stream', async () => {
    const { answer, content } = await contentOf({ body: chatBody({ stream: true }) });
    expect(textAt(content, 'answer')).toBe(answer.text);
    expect(content['answer']).toMatchObject({ media_type: 'text/event-stream; charset=utf-8', cut: false });
  });

  it.each([
    ['whole', {}],
    ['streamed', { stream: true }],
  ])('in Anthropic’s format, %s, whatever the provider speaks', async (_, more) => {
    const { answer, content } = await contentOf({ ...ANTHROPIC, body: chatBody({ max_tokens: 20, ...more }) });
    expect(answer.status).toBe(200);
    if ('stream' in more) expect(textAt(content, 'answer')).toBe(answer.text);
    else expect(JSON.parse(textAt(content, 'answer'))).toEqual(answer.json);
  });

  it('where it failed: with what the caller was told', async () => {
    const refused = await contentOf({ body: chatBody({ model: 'no-such-model' }) });
    expect(refused.answer.status).toBe(404);
    expect(JSON.parse(textAt(refused.content, 'answer'))).toEqual(refused.answer.json);
    const failed = await contentOf({ body: chatBody({ model: 'fake/fake-small@422' }) });
    expect(failed.answer.status).toBe(422);
    expect(JSON.parse(textAt(failed.content, 'answer'))).toEqual(failed.answer.json);
    const broken = await contentOf({ body: chatBody({ model: 'fake/fake-small@error-event:2', stream: true }) });
    expect(textAt(broken.content, 'answer')).toBe(broken.answer.text);
    expect(broken.answer.text).toContain('"error"');
  });

  it('but sound is told by its type and size alone', async () => {
    const body = { model: 'fake/tts-1', input: 'Hello.', voice: 'alloy' };
    const { answer, content } = await contentOf({ path: '/v1/audio/speech', body });
    expect(content['answer']).toEqual({
      media_type: answer.headers['content-type'],
      bytes: answer.bytes.length,
      not_stored: 'not_text',
    });
    expect(textAt(content, 'request')).toBe(JSON.stringify(body));
  });
});

describe('every look', () => {
  it('is in the audit log, by the request and without what it showed, and so is every change of the policy', async () => {
    await store();
    const { answer } = await contentOf({ body: chatBody({ user: 'someone' }) });
    const [act] = await listOf(hub, '/audit?action=readRequestContent&limit=1');
    expect(act).toMatchObject({
      action: 'readRequestContent',
      outcome: 'done',
      target_kind: 'request',
      target_id: idOf(answer),
    });
    expect(JSON.stringify(act)).not.toContain('someone');
    const [change] = await listOf(hub, '/audit?action=putContentPolicy&limit=1');
    expect(change).toMatchObject({ target_kind: 'content_policy', after: { store: true } });
  });

  it('at what is not there is, too', async () => {
    expect((await look('req_none')).status).toBe(404);
    expect(await listOf(hub, '/audit?action=readRequestContent&limit=1')).toMatchObject([
      { outcome: 'refused', target_id: 'req_none' },
    ]);
  });

  it('ends once the content is deleted', async () => {
    const { answer } = await contentOf({ body: chatBody() });
    expect((await look(idOf(answer), 'DELETE')).status).toBe(200);
    expect((await look(idOf(answer))).status).toBe(404);
    expect((await requestDetail(hub, idOf(answer)))['usage_record']).toMatchObject({ status: 'success' });
  });
});

describe('what is stored is shown to nobody', () => {
  it('who may see the records and not the contents', async () => {
    await store();
    const { answer } = await contentOf({ body: chatBody() });
    const account = asObject(await hub.control('POST', '/service-accounts', { name: 'reports', role: 'viewer' }));
    const made = asObject(
      await hub.control('POST', '/management-keys', {
        name: 'reports',
        service_account_id: textOf(account['id']),
        scopes: ['usage.read'],
      }),
    );
    const ask = (path: string) =>
      callHub(hub, textOf(made['secret']), {
        method: 'GET',
        path: `/control/v1/usage/requests/${idOf(answer)}${path}`,
      });
    const detail = await ask('');
    expect(detail.status).toBe(200);
    expect(detail.json['content_expires_at']).toBeUndefined();
    expect(await ask('/content')).toMatchObject({ status: 403, error: { code: 'access.denied' } });
  });

  it('once its days are over, whether or not it was deleted yet', async () => {
    const { answer } = await contentOf({ body: chatBody() });
    const record = asObject((await requestDetail(hub, idOf(answer)))['usage_record']);
    const database = new Database(join(folder, 'hub.db'));
    database.prepare('UPDATE request_contents SET expires_at = ? WHERE id = ?').run(Date.now(), record['id']);
    database.close();
    expect((await look(idOf(answer))).status).toBe(404);
    expect((await requestDetail(hub, idOf(answer)))['content_expires_at']).toBeUndefined();
  });
});

describe('on the disk', () => {
  it('what was said lies nowhere in plain, not even where nothing is struck out, and headers lie nowhere at all', async () => {
    await store({ redact: false });
    const said = makeCanary('said');
    const header = makeCanary('header');
    const { content } = await contentOf({
      body: chatBody({ model: 'fake/fake-small@echo', messages: [{ role: 'user', content: said.secret }] }),
      headers: { 'x-own': header.secret },
    });
    expect(JSON.parse(textAt(content, 'request'))).toMatchObject({ messages: [{ content: said.secret }] });
    expect(textAt(content, 'answer')).toContain(said.secret.slice(0, 20));
    expect(JSON.stringify(content)).not.toContain(header.secret.slice(0, 20));
    const places = await readFolder(folder, (path) => path.startsWith('secrets/'));
    expect(places.map(({ name }) => name)).toContain('file hub.db');
    expect(findLeaks([said, header], places)).toEqual([]);
  });

  it('what was said stays readable after the master key was rotated', async () => {
    const { answer } = await contentOf({ body: chatBody({ user: 'before' }) });
    await hub.control('POST', '/vault/rotate');
    await eventually('rotation', async () => {
      const { versions } = asObject(await hub.control('GET', '/vault'));
      return Array.isArray(versions) && asObject(versions[0])['retired_at'] !== undefined;
    });
    expect(textAt((await look(idOf(answer))).json, 'request')).toContain('before');
  });
});
