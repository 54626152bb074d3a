import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/kernel/errors.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { behaviourOf } from '../support/fake-upstream/behaviour.ts';
import {
  callHub,
  chatBody,
  type HubAnswer,
  listOf,
  openCall,
  requestDetail,
  scriptByUser,
  textOf,
  usageRecord,
} from '../support/hub-calls.ts';
import { ELSEWHERE, NOT_FOR_CALLERS, POLICY_BODY, POLICY_USER, ROWS, type Row } from './bad-input/rows.ts';
import { BODY_BYTES_MAX, LIMITED_SECRET, type Scene, SECRET, setScene } from './bad-input/scene.ts';

const BODY_IDLE_WAIT_MS = 18_000;

let scene: Scene;
/** Asked first, since the hub waits 15 s for a body. */
let slowBody: Promise<string>;

beforeAll(async () => {
  scene = await setScene();
  scene.upstream.setScript((request) => {
    if (request.body['user'] === POLICY_USER) return { instead: { kind: 'status', status: 403, body: POLICY_BODY } };
    if (request.credential === LIMITED_SECRET && request.path !== '/v1/models')
      return behaviourOf('@429:retry-after=7');
    return scriptByUser(request);
  });
  slowBody = sendRaw(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${scene.keys.good}\r\ncontent-length: 100\r\n\r\n{"model"`,
  );
});

afterAll(async () => {
  await scene?.close();
});

/** Sends bytes on a connection of their own and gives everything that comes back until it closes. */
async function sendRaw(bytes: string): Promise<string> {
  const url = new URL(scene.hub.address);
  const socket = connect(Number(url.port), url.hostname);
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

function secretFor(key: Row['key']): string | undefined {
  if (key === 'none') return undefined;
  return key === 'unknown' ? `sk-hub-${'0'.repeat(43)}` : scene.keys[key ?? 'good'];
}

/** What every error of the hub has. */
function expectWellFormed(answer: HubAnswer, { code }: Pick<Row, 'code'>): void {
  const { status, remedy } = ERRORS[code];
  expect(answer.error).toMatchObject({ code, remedy });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(Object.keys(answer.json)).toEqual(['error']);
  expect(answer.headers['x-request-id']).toBe(answer.error['request_id']);
  expect(answer.error['message']).toMatch(/[.?]$/);
}

/** What OpenAI's SDKs look for besides: https://platform.openai.com/docs/guides/error-codes */
function expectForSdks(answer: HubAnswer, { code }: Pick<Row, 'code'>): void {
  const { type, param } = answer.error;
  expect(type).toMatch(/^[a-z_]+_error$/);
  expect(param === null || typeof param === 'string').toBe(true);
  if (code !== 'request.headers_too_large') {
    expect(answer.headers['x-should-retry']).toBe(ERRORS[code].retryable ? undefined : 'false');
  }
}

describe('what cannot be served is told with a code, a status and a remedy', () => {
  it.each(ROWS)('$name: $code', async (row) => {
    const answer = await callHub(scene.hub, secretFor(row.key), row.call);
    expectWellFormed(answer, row);
    if ((row.call.path ?? '/v1/').startsWith('/v1/')) expectForSdks(answer, row);
    if (row.says !== undefined) expect(answer.error['message']).toMatch(row.says);
    if (row.param !== undefined) expect(answer.error['param']).toBe(row.param);
    for (const [name, value] of Object.entries(row.headers ?? {})) expect(answer.headers[name]).toBe(value);
    const said = answer.error['upstream'];
    if (row.upstream === undefined) expect(said).toBeUndefined();
    else {
      expect(said).toMatchObject({ status: row.upstream.status });
      if (row.upstream.says !== undefined) expect(isJsonObject(said) && said['message']).toMatch(row.upstream.says);
      expect(answer.error['message']).toBe(ERRORS[row.code].message);
    }
    expect(answer.text).not.toContain(SECRET);
  });

  it('knows every code of the catalogue: in the table, in a test of its own, or as none that a caller meets', () => {
    const known = [...ROWS.map((row) => row.code), ...Object.keys(ELSEWHERE), ...Object.keys(NOT_FOR_CALLERS)];
    expect([...new Set(known)].toSorted()).toEqual(Object.keys(ERRORS).toSorted());
  });

  it('leaves a record of what an authenticated caller asked for, and a credential in none of them', async () => {
    const answer = await callHub(scene.hub, scene.keys.good, {
      body: chatBody({ model: 'echoes-once/fake-small', user: '@echo-error:402' }),
    });
    const detail = await requestDetail(scene.hub, answer.headers['x-request-id']);
    expect(detail['usage_record']).toMatchObject({
      status: 'upstream_error',
      http_status: 502,
      error_code: 'upstream.credential_rejected',
      priced: true,
      cost_nano_usd: '0',
    });
    expect(JSON.stringify(detail)).not.toContain(SECRET);
    expect(JSON.stringify(detail)).toContain('[credential]');
    expect(scene.hub.log()).not.toContain(SECRET);
  });
});

describe('another credential', () => {
  it('serves when the first is rate limited, and both attempts stand in the record', async () => {
    const answer = await callHub(scene.hub, scene.keys.good, { body: chatBody({ model: 'limited-half/fake-small' }) });
    expect(answer.status).toBe(200);
    const detail = await requestDetail(scene.hub, answer.headers['x-request-id']);
    expect(detail['attempts']).toMatchObject([
      { outcome: 'fault', error_code: 'upstream.rate_limited', http_status: 429 },
      { outcome: 'success', http_status: 200 },
    ]);
  });

  it('is not asked for where the request itself is at fault', async () => {
    const answer = await callHub(scene.hub, scene.keys.good, {
      body: chatBody({ model: 'limited-half/fake-small', user: '@422' }),
    });
    const detail = await requestDetail(scene.hub, answer.headers['x-request-id']);
    const attempts = detail['attempts'];
    expect(
      Array.isArray(attempts) && attempts.filter((attempt) => isJsonObject(attempt) && attempt['http_status'] === 422),
    ).toHaveLength(1);
  });
});

describe('what the table cannot hold', () => {
  it.each([
    ['no HTTP', 'HELLO\r\n\r\n'],
    [
      'a body of two lengths',
      'POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
    ],
    ['no Host', 'GET /v1/models HTTP/1.1\r\n\r\n'],
  ])('%s: request.host_invalid, and the connection closes', async (_name, bytes) => {
    const text = await sendRaw(bytes);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    const body = parseJson(text.slice(text.indexOf('\r\n\r\n') + 4));
    expect(body).toMatchObject({ error: { code: 'request.host_invalid' } });
  });

  it('hub.overloaded: more bodies at once than the hub holds, and the next fits again', async () => {
    const large = { messages: [{ role: 'user', content: 'x'.repeat(BODY_BYTES_MAX * 0.9) }] };
    const first = openCall(scene.hub, scene.keys.good, { body: chatBody({ ...large, user: '@wait:400' }) });
    await scene.upstream.journal.waitFor((entry) => entry.user === '@wait:400');
    const second = await callHub(scene.hub, scene.keys.good, { body: chatBody(large) });
    expectWellFormed(second, { code: 'hub.overloaded' });
    expect(second.headers['retry-after']).toBe('1');
    const held = await first;
    expect(held.statusCode).toBe(200);
    held.resume();
    await once(held, 'close');
    expect((await callHub(scene.hub, scene.keys.good, { body: chatBody(large) })).status).toBe(200);
  });

  it('vault.undecryptable: a stored secret that was tampered with is told and never sent', async () => {
    const connection = (await listOf(scene.hub, '/connections')).find((row) => row['name'] === 'forged');
    const [credential] = await listOf(scene.hub, `/connections/${textOf(connection?.['id'])}/credentials`);
    const database = new Database(join(scene.hub.dataDir, 'hub.db'));
    const other = database.prepare('SELECT sealed FROM credentials WHERE id <> ?').pluck().get(credential?.['id']);
    database.prepare('UPDATE credentials SET sealed = ? WHERE id = ?').run(other, credential?.['id']);
    database.close();
    await scene.hub.control('PATCH', `/credentials/${textOf(credential?.['id'])}`, { weight: 2 });
    const earlier = scene.upstream.journal.calls().length;
    const answer = await callHub(scene.hub, scene.keys.good, { body: chatBody({ model: 'forged/fake-small' }) });
    expectWellFormed(answer, { code: 'vault.undecryptable' });
    expect(scene.upstream.journal.calls()).toHaveLength(earlier);
    expect(await usageRecord(scene.hub, answer.headers['x-request-id'])).toMatchObject({
      error_code: 'vault.undecryptable',
    });
  });

  it('request.timeout: a body that does not come', { timeout: BODY_IDLE_WAIT_MS + 2000 }, async () => {
    const text = await slowBody;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"request.timeout"');
    expect(text.toLowerCase()).toContain('connection: close');
  });
});
