import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, type HubAnswer, type HubCall } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What every answer says to a browser, of each kind of answer that the hub gives. */

const GET = { method: 'GET' } as const;
const STRICT_TRANSPORT = 'max-age=31536000';
const JSON_TYPE = { 'content-type': 'application/json' };

type Kind = [what: string, status: number, call: HubCall, secret?: 'key' | 'control'];

const CONTROL: readonly Kind[] = [
  ['what anybody may read', 200, { ...GET, path: '/control/v1/auth/options' }],
  ['what the operator may read', 200, { ...GET, path: '/control/v1/info' }, 'control'],
  ['the API’s document', 200, { ...GET, path: '/openapi/control.json' }],
  ['somebody unknown', 401, { ...GET, path: '/control/v1/keys' }],
  [
    'another site’s page',
    403,
    { path: '/control/v1/auth/sign-in', headers: { ...JSON_TYPE, origin: 'https://evil.test' }, body: '{}' },
  ],
  ['an address that is none', 404, { ...GET, path: '/control/v1/nothing' }, 'control'],
  ['an address that is none, anywhere', 404, { ...GET, path: '/nothing' }],
  ['a method that is none', 405, { method: 'PUT', path: '/control/v1/keys' }],
  ['broken JSON', 400, { path: '/control/v1/keys', headers: JSON_TYPE, body: '{' }, 'control'],
  ['a body that is not as it should be', 400, { path: '/control/v1/keys', body: {} }, 'control'],
  ['an address that cannot be decoded', 400, { ...GET, path: '/control/v1/keys/%zz' }],
  ['a name in an address that is too long', 404, { ...GET, path: `/control/v1/keys/${'k'.repeat(1000)}` }],
];

const PAGES: readonly Kind[] = [
  ['the first address', 200, { ...GET, path: '/' }],
  ['a page', 200, { ...GET, path: '/account/sign-in' }],
  ['the head of a page', 200, { method: 'HEAD', path: '/account/sign-in' }],
  ['a page that is none', 404, { ...GET, path: '/account/nothing' }],
  ['a method that a page has not', 405, { path: '/account/sign-in' }],
  ['a part of a page', 200, { ...GET, path: '/account/assets/0/account.js' }],
  ['a part of a page that is none', 404, { ...GET, path: '/account/assets/0/nothing.js' }],
];

const DATA: readonly Kind[] = [
  ['a chat', 200, { body: chatBody() }, 'key'],
  ['a chat that is streamed', 200, { body: chatBody({ stream: true }) }, 'key'],
  ['a chat in Anthropic’s format', 200, { path: '/v1/messages', body: chatBody({ max_tokens: 9 }) }, 'key'],
  ['a chat in AIGNE’s format', 200, { path: '/api/v2/chat/completions', body: chatBody() }, 'key'],
  ['a list of models', 200, { ...GET, path: '/v1/models' }, 'key'],
  ['what AIGNE’s clients look up', 200, { ...GET, path: '/api/user/info' }, 'key'],
  ['somebody unknown', 401, { body: chatBody() }],
  ['a model that is none', 404, { body: chatBody({ model: 'nothing' }) }, 'key'],
  ['an address that is none', 404, { path: '/v1/nothing', body: {} }, 'key'],
  ['a method that is none', 405, { ...GET }, 'key'],
  ['broken JSON', 400, { headers: JSON_TYPE, body: '{' }, 'key'],
  ['a file that is none', 404, { ...GET, path: '/media/nothing' }],
];

const OPERATIONS: readonly Kind[] = [
  ['that the process lives', 200, { ...GET, path: '/livez' }],
  ['that it takes requests', 200, { ...GET, path: '/readyz' }],
  ['metrics', 200, { ...GET, path: '/metrics' }, 'control'],
];

let upstream: FakeUpstream;
let plain: HubProcess;
let encrypted: HubProcess;
const keys = new Map<HubProcess, string>();

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const allow = [`127.0.0.1:${upstream.port}`];
  plain = await startHub({ allow, environment: { HUB_TRUSTED_PROXIES: 'loopback' } });
  encrypted = await startHub({ allow, flags: ['--tls-self-signed'] });
  for (const hub of [plain, encrypted]) {
    await hub.connectFake(upstream);
    keys.set(hub, (await hub.createKey()).secret);
  }
});

afterAll(async () => {
  await Promise.all([plain?.stop(), encrypted?.stop()]);
  await upstream?.close();
});

async function ask(
  hub: HubProcess,
  [, status, call, who]: Readonly<Kind>,
  more: HubCall['headers'] = {},
): Promise<HubAnswer> {
  const secret = who === 'key' ? keys.get(hub) : who === 'control' ? hub.controlToken : undefined;
  const answer = await callHub(hub, secret, { ...call, headers: { ...call.headers, ...more } });
  expect(answer.status, answer.text).toBe(status);
  return answer;
}

/** What `default-src` and `frame-ancestors` say, which everything else falls back to. */
const CLOSED = /^default-src 'none';(?:.*; )? ?frame-ancestors 'none'$/;

function expectClosed({ headers }: HubAnswer): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers['content-security-policy']).toMatch(CLOSED);
  expect(headers['content-security-policy']).not.toContain('unsafe');
}

describe('an answer of the control API', () => {
  it.each(CONTROL)('to %s is kept by nobody, runs nothing and stands in no frame', async (...kind: Kind) => {
    const answer = await ask(plain, kind);
    expectClosed(answer);
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('an answer of the pages', () => {
  it.each(PAGES)('to %s runs nothing but the hub’s own and stands in no frame', async (...kind: Kind) => {
    const answer = await ask(plain, kind);
    expectClosed(answer);
    const isAsset = answer.headers['content-type']?.includes('javascript') ?? false;
    expect(answer.headers['cache-control']).toBe(isAsset ? 'public, max-age=31536000, immutable' : 'no-store');
  });
});

describe('an answer', () => {
  it.each([...DATA, ...OPERATIONS])(
    'to %s (%i) is what its type says, and is kept by nobody',
    async (...kind: Kind) => {
      const { headers } = await ask(plain, kind);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
    },
  );

  it('to what is not even a request is what its type says', async () => {
    const { status, headers } = await callHub(plain, undefined, { ...GET, headers: { 'x-long': 'x'.repeat(100_000) } });
    expect([status, headers['x-content-type-options']]).toEqual([431, 'nosniff']);
  });
});

describe('that a browser has to come by TLS from now on', () => {
  const FOR_BROWSERS = [...CONTROL, ...PAGES];
  it.each(FOR_BROWSERS)('is said to %s (%i) over TLS, of this host alone', async (...kind: Kind) => {
    const { headers } = await ask(encrypted, kind);
    expect(headers['strict-transport-security']).toBe(STRICT_TRANSPORT);
  });

  it.each(FOR_BROWSERS)('is said to %s (%i) where a trusted proxy has TLS, and else not', async (...kind: Kind) => {
    const told = await ask(plain, kind, { 'x-forwarded-proto': 'https' });
    expect(told.headers['strict-transport-security']).toBe(STRICT_TRANSPORT);
    for (const answer of [await ask(plain, kind), await ask(plain, kind, { 'x-forwarded-proto': 'http' })]) {
      expect(answer.headers['strict-transport-security']).toBeUndefined();
    }
  });

  it('is no business of who calls a model', async () => {
    for (const kind of DATA) {
      expect((await ask(encrypted, kind)).headers['strict-transport-security']).toBeUndefined();
    }
  });
});
