import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { type Canary, findLeaks, makeCanary, type Place, readFolder } from '../support/canaries.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const CANARIES_MIN = 40;
const MASTER_KEY_BYTES = 32;
const EVENTS = '/control/v1/events';
const RUN_TIMEOUT_MS = 120_000;
/** Where secrets belong: the folder for them, files of one secret each, and the file by which the command line signs in. */
const SECRET_FILES = [/^secrets\//, /^run\/hub\.json$/];

/** Models and what they do: successes, and failures that carry the credential back. */
const MODELS = [
  'fake-small',
  'fake-small@500',
  'fake-small@503',
  'fake-small@404',
  'fake-small@422',
  'fake-small@429',
  'fake-small@garbage',
  'fake-small@echo-error:400',
  'fake-small@echo-error:500',
  'fake-small@cut:reset:events:2',
  'fake-small@cut:fin:events:2',
  'fake-small@error-event:2',
] as const;
/** Those by which a credential is refused, and set aside: each is asked with one of its own. */
const REFUSING = ['fake-small@403', 'fake-small@echo-error:403', 'fake-small@echo-error:401'] as const;

let folder: string;
let upstream: FakeUpstream;
let hub: HubProcess;
const canaries: Canary[] = [];
const answers: Place[] = [];

function plant(name: string, prefix = ''): string {
  const canary = makeCanary(name, prefix);
  canaries.push(canary);
  return canary.secret;
}

/** A secret that the hub made: it is looked for as the planted ones are. */
function adopt(name: string, secret: string): string {
  canaries.push({ name, secret });
  return secret;
}

/** What an answer begins with that goes on for a minute. */
async function firstPart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

/** Calls the hub and keeps the whole answer, head and body, for the search. */
async function call(
  path: string,
  init: RequestInit & { readonly headers?: Record<string, string> } = {},
): Promise<number> {
  let text = '';
  let status = 0;
  try {
    const response = await fetch(`${hub.address}${path}`, init);
    status = response.status;
    text = JSON.stringify([...response.headers]);
    text += path === EVENTS ? await firstPart(response) : await response.text();
  } catch (error) {
    // A cut stream ends the reading; what came before is searched all the same.
    if (!(error instanceof TypeError)) throw error;
  }
  answers.push({
    name: `answer to ${init.method ?? 'GET'} ${path.split('?')[0] ?? ''} (${status})`,
    bytes: Buffer.from(text),
  });
  return status;
}

function ask(model: string, headers: Record<string, string>, more: JsonObject = {}): Promise<number> {
  return call('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello.' }], ...more }),
  });
}

function control(method: string, path: string, body?: JsonObject): Promise<number> {
  return call(`/control/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${hub.controlToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function connectProviders(): Promise<void> {
  for (const name of ['one', 'two', 'three', 'four']) {
    await hub.connectFake(upstream, { name, secret: plant(`credential of ${name}`, 'sk-proj-') });
  }
  const connections = await listOf('/connections');
  for (const connection of connections) {
    const secret = plant(`second credential of ${textAt(connection, 'name')}`, 'sk-');
    await control('POST', `/connections/${textAt(connection, 'id')}/credentials`, { name: 'second', secret });
  }
  // Requests that are refused: their bodies hold a secret all the same.
  await control('POST', '/connections', {
    provider_id: 'no-such-provider',
    credential: { secret: plant('credential of an unknown provider', 'sk-') },
  });
  await control('POST', '/connections', {
    provider_id: 'openai',
    name: 'userinfo',
    base_url: `http://someone:${encodeURIComponent(plant('password in a base URL'))}@127.0.0.1:${upstream.port}/v1`,
    credential: { secret: plant('credential beside a password in the URL') },
  });
  await control('POST', '/connections', {
    provider_id: 'openai',
    name: 'query',
    base_url: `http://127.0.0.1:${upstream.port}/v1?key=${encodeURIComponent(plant('key in the query of a base URL'))}`,
    credential: { secret: plant('credential beside a key in the URL') },
  });
  await control('POST', '/connections', {
    provider_id: 'openai',
    name: 'unreachable',
    base_url: 'http://127.0.0.1:9/v1',
    credential: { secret: plant('credential of a blocked address') },
  });
  await control('POST', '/connections', { provider_id: 'openai', unknown_field: plant('value of an unknown field') });
  await control('POST', '/probe', { base_url: upstream.baseUrl, secret: plant('secret of a probe', 'sk-') });
}

async function callAsCallersDo(): Promise<void> {
  const { secret: key } = await hub.createKey('good');
  adopt('virtual key', key);
  const bearer = { authorization: `Bearer ${key}` };
  for (const model of MODELS) {
    for (const connection of ['one', 'two']) {
      await ask(`${connection}/${model}`, bearer);
      await ask(`${connection}/${model}`, bearer, { stream: true });
    }
  }
  for (const [place, model] of REFUSING.entries()) {
    for (const stream of [false, true]) {
      const name = `refused-${place}-${stream}`;
      await hub.connectFake(upstream, { name, secret: plant(`credential of ${name}`, 'sk-proj-') });
      await ask(`${name}/${model}`, bearer, { stream });
    }
  }
  upstream.setCredentials(['none that is known']);
  await ask('three/fake-small', bearer);
  upstream.setCredentials(undefined);
  const leaky = {
    ...bearer,
    cookie: `session=${plant('cookie')}`,
    'x-api-key': plant('x-api-key beside a good key'),
    'x-goog-api-key': plant('x-goog-api-key'),
    'api-key': plant('api-key'),
    'x-amz-security-token': plant('session token'),
    'x-forwarded-access-token': plant('forwarded token'),
    'proxy-authorization': `Basic ${Buffer.from(`user:${plant('proxy password')}`).toString('base64')}`,
  };
  await ask('three/fake-small', leaky);
  await call(`/v1/models?key=${encodeURIComponent(plant('key in a query'))}`, { headers: bearer });
  await call(`/v1/models?api_key=${encodeURIComponent(plant('api_key in a query'))}`);
  await call(`/nowhere?access_token=${encodeURIComponent(plant('token in a query of an unknown address'))}`);
  await call(`/control/v1/connections?token=${encodeURIComponent(plant('token in a query of the control API'))}`);
}

async function callWithBadKeys(): Promise<void> {
  await ask('one/fake-small', { authorization: `Bearer ${plant('unknown virtual key', 'sk-hub-')}` });
  await ask('one/fake-small', { authorization: `Bearer ${plant('a provider’s key as virtual key', 'sk-proj-')}` });
  await ask('one/fake-small', {
    authorization: `Basic ${Buffer.from(`x:${plant('password of basic auth')}`).toString('base64')}`,
  });
  await ask('one/fake-small', { 'x-api-key': plant('unknown key in x-api-key', 'sk-ant-') });
  const revoked = await hub.createKey('revoked');
  adopt('revoked virtual key', revoked.secret);
  await control('POST', `/keys/${revoked.id}/revoke`);
  await ask('one/fake-small', { authorization: `Bearer ${revoked.secret}` });
  const narrow = await hub.createKey('narrow', { allowed_models: ['nothing/*'] });
  adopt('virtual key that may call nothing', narrow.secret);
  await ask('one/fake-small', { authorization: `Bearer ${narrow.secret}` });
  await call('/control/v1/connections', {
    headers: { authorization: `Bearer ${plant('wrong admin token', 'hubadm_')}` },
  });
  await call('/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${narrow.secret}`, 'content-type': 'application/json' },
    body: `{"model": "one/fake-small", "api_key": "${plant('secret in malformed JSON')}", `,
  });
}

/** Reads every GET of the control API that its own document lists, with the ids of what there is. */
async function readWholeControlApi(): Promise<number> {
  const document = parseJson(await (await fetch(`${hub.address}/openapi/control.json`, controlInit())).text());
  const paths = isJsonObject(document) && isJsonObject(document['paths']) ? document['paths'] : {};
  const [connection] = await listOf('/connections');
  const [key] = await listOf('/keys');
  const [record] = await listOf('/usage/records?status=upstream_error');
  const connectionId = textAt(connection, 'id');
  const [credential] = await listOf(`/connections/${connectionId}/credentials`);
  const [model] = await listOf(`/connections/${connectionId}/models`);
  const ids: Record<string, string> = {
    connection_id: connectionId,
    credential_id: textAt(credential, 'id'),
    key_id: textAt(key, 'id'),
    model_id: textAt(model, 'id'),
    request_id: textAt(record, 'request_id'),
    provider_id: 'openai',
  };
  let read = 0;
  for (const [path, operations] of Object.entries(paths)) {
    if (!isJsonObject(operations) || operations['get'] === undefined) continue;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? 'none'));
    await call(filled, controlInit());
    read += 1;
  }
  return read;
}

function controlInit(): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${hub.controlToken}` } };
}

/** The first start shows a new admin token and a new key once, on purpose; anywhere else they are leaks. */
function withoutBanner(text: string): string {
  const shown = [/hubadm_\w{16,}/, /sk-hub-\w{16,}/].map((pattern) => pattern.exec(text)?.[0] ?? '');
  return shown.reduce((rest, secret) => rest.replace(adopt('shown at first start', secret), ''), text);
}

function textAt(row: JsonObject | undefined, name: string): string {
  const value = row?.[name];
  if (typeof value !== 'string') throw new Error(`there is no ${name}`);
  return value;
}

async function listOf(path: string): Promise<JsonObject[]> {
  const page: JsonValue = await hub.control('GET', path);
  const data = isJsonObject(page) ? page['data'] : undefined;
  if (!Array.isArray(data)) throw new Error(`${path} is no list`);
  return data.filter((row) => isJsonObject(row));
}

describe('secrets that were planted', () => {
  let readPaths = 0;
  let log = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-canaries-'));
    upstream = await startFakeUpstream({ models: [...MODELS, ...REFUSING, 'fake-embed'] });
    const masterKey = adopt('master key', randomBytes(MASTER_KEY_BYTES).toString('base64'));
    const configFile = join(folder, 'hub.yaml');
    await writeFile(
      configFile,
      `connections:\n  - name: declared\n    provider: openai\n    baseUrl: ${upstream.baseUrl}\n    credentials:\n      - secret: \${DECLARED_SECRET}\n`,
    );
    hub = await startHub({
      dataDir: join(folder, 'data'),
      allow: [`127.0.0.1:${upstream.port}`],
      flags: ['--config', configFile],
      environment: {
        HUB_LOG_LEVEL: 'debug',
        HUB_MASTER_KEY: masterKey,
        HUB_METRICS_ACCESS: 'open',
        HUB_MAIL_FROM: 'hub@example.com',
        HUB_SMTP_URL: `smtp://hub:${encodeURIComponent(plant('password of the mail server'))}@127.0.0.1:9`,
        DECLARED_SECRET: plant('secret that hub.yaml refers to', 'sk-'),
        OPENAI_API_KEY: plant('OPENAI_API_KEY', 'sk-proj-'),
        OPENAI_BASE_URL: upstream.baseUrl,
        UNRELATED_PASSWORD: plant('a variable that is not the hub’s'),
      },
    });
    adopt('control token', hub.controlToken);
    await connectProviders();
    await callAsCallersDo();
    await callWithBadKeys();
    await call('/metrics');
    readPaths = await readWholeControlApi();
    await control('POST', '/config/apply', { dry_run: true });
    await hub.stop();
    log = withoutBanner(hub.log());
    const secretFiles = await readFolder(join(folder, 'data'), (path) => !/pepper/.test(path));
    for (const { name, bytes } of secretFiles) adopt(`content of ${name}`, bytes.toString('latin1').trim());
  }, RUN_TIMEOUT_MS);

  afterAll(async () => {
    await hub?.kill9();
    await upstream?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are at least forty, of every kind', () => {
    expect(canaries.length).toBeGreaterThanOrEqual(CANARIES_MIN);
    expect(canaries.every((canary) => canary.secret.length >= 20)).toBe(true);
  });

  it('were really used: successes and failures of many kinds were answered and logged', () => {
    const statuses = new Set(answers.map((answer) => /\((\d+)\)$/.exec(answer.name)?.[1]));
    for (const status of ['200', '400', '401', '403', '404', '422', '429', '502']) expect(statuses).toContain(status);
    expect(readPaths).toBeGreaterThan(10);
    expect(log.length).toBeGreaterThan(1_000);
    expect(upstream.journal.calls().some((entry) => entry.headers.authorization?.includes('sk-proj-') === true)).toBe(
      true,
    );
  });

  it('stand in no answer, no metric and no line of the log', () => {
    expect(findLeaks(canaries, [{ name: 'log', bytes: Buffer.from(log) }, ...answers])).toEqual([]);
  });

  it('stand in no file of the data directory but those that are there for secrets', async () => {
    const files = await readFolder(join(folder, 'data'), (path) => SECRET_FILES.some((pattern) => pattern.test(path)));
    expect(files.some((file) => file.name.includes('hub.db'))).toBe(true);
    expect(findLeaks(canaries, files)).toEqual([]);
  });
});
