import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { createControlPlane, createControlPlaneOf, handlerOf } from './app.ts';
import { startTestControlPlane, type TestControlPlane } from './testing/call.ts';
import { createMemoryServices } from './testing/memory-services.ts';
import { TEST_ADMIN_TOKEN } from './testing/memory-state.ts';

const AUTHORIZED = { authorization: `Bearer ${TEST_ADMIN_TOKEN}` };
const JSON_BODY = { ...AUTHORIZED, 'content-type': 'application/json' };

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(async () => plane.app.close());

type Operation = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly isPublic: boolean;
};

/** Every operation of the generated document, with its placeholders filled. */
async function operations(): Promise<readonly Operation[]> {
  const document: { paths: Record<string, Record<string, { security: unknown[] }>> } = (
    await plane.app.inject('/openapi/control.json')
  ).json();
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      // The document names only these methods, in small letters.
      method: method.toUpperCase() as Operation['method'],
      path: path.replaceAll(/\{[^}]+\}/g, 'some-id'),
      isPublic: security.length === 0,
    })),
  );
}

/** What anybody may call: the documents, and how people get in. */
const PUBLIC = [
  'DELETE /.well-known/service/api/access-key/session',
  'GET /.well-known/service/api/access-key/session',
  'GET /control/v1/auth/options',
  'GET /control/v1/auth/sso/some-id/begin',
  'GET /control/v1/auth/sso/some-id/callback',
  'GET /openapi/control.json',
  'GET /openapi/data.json',
  'POST /.well-known/service/api/access-key/session',
  'POST /control/v1/auth/invitations/look',
  'POST /control/v1/auth/invitations/sign-up',
  'POST /control/v1/auth/password/forgot',
  'POST /control/v1/auth/password/reset',
  'POST /control/v1/auth/setup',
  'POST /control/v1/auth/sign-in',
  'POST /control/v1/auth/sign-up',
  'POST /control/v1/auth/verify',
  'POST /control/v1/auth/verify/resend',
  'POST /control/v1/auth/way-in',
  'POST /control/v1/payments/payment-kit/events',
  'POST /control/v1/payments/stripe/events',
];

describe('authorization', () => {
  it('leaves a fixed list of routes open to everybody', async () => {
    const open = (await operations()).filter(({ isPublic }) => isPublic);
    expect(open.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(PUBLIC);
  });

  it('refuses every other route without a token that counts', async () => {
    const guarded = (await operations()).filter(({ isPublic }) => !isPublic);
    expect(guarded.length).toBeGreaterThan(70);
    for (const { method, path } of guarded) {
      for (const authorization of [
        undefined,
        'Bearer wrong',
        'Bearer ',
        `Basic ${TEST_ADMIN_TOKEN}`,
        TEST_ADMIN_TOKEN,
      ]) {
        const headers = authorization === undefined ? {} : { authorization };
        const response = await plane.app.inject({ method, url: path, headers });
        expect([method, path, response.statusCode, response.json().error.code]).toEqual([
          method,
          path,
          401,
          'auth.required',
        ]);
        expect(response.headers['www-authenticate']).toContain('Bearer');
      }
    }
  });

  it('lets no route in that does not say who may call it', async () => {
    const { services } = createMemoryServices();
    const undeclared = createControlPlaneOf(services, [(app) => app.get('/control/v1/secret', async () => ({}))]);
    await expect(undeclared).rejects.toThrow('GET /control/v1/secret does not declare who may call it');
  });

  it('does not look at a token in the query or in a cookie', async () => {
    const url = `/control/v1/info?token=${TEST_ADMIN_TOKEN}`;
    const response = await plane.app.inject({ url, headers: { cookie: `token=${TEST_ADMIN_TOKEN}` } });
    expect(response.statusCode).toBe(401);
  });
});

describe('every answer', () => {
  it('may not be cached, and names its request', async () => {
    for (const url of ['/control/v1/info', '/control/v1/nothing', '/openapi/data.json']) {
      const { headers } = await plane.app.inject({ url, headers: AUTHORIZED });
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-request-id']).toMatch(/^req_/);
    }
  });
});

describe('errors', () => {
  const post = { method: 'POST' as const, url: '/control/v1/keys' };
  const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
  it.each([
    ['an unknown address', { url: '/control/v1/nothing', headers: AUTHORIZED }, 404, 'route.not_found'],
    ['a wrong method', { method: 'PUT' as const, url: '/control/v1/keys' }, 405, 'route.method_not_allowed'],
    ['broken JSON', { ...post, headers: JSON_BODY, payload: '{"name":' }, 400, 'request.malformed_json'],
    ['no body', { ...post, headers: AUTHORIZED }, 400, 'request.invalid'],
    [
      'a form',
      { ...post, headers: { ...AUTHORIZED, 'content-type': 'text/plain' }, payload: '{}' },
      400,
      'request.invalid',
    ],
    [
      'a compressed body',
      { ...post, headers: { ...JSON_BODY, 'content-encoding': 'gzip' }, payload: '{}' },
      415,
      'request.content_encoding',
    ],
    ['a deep body', { ...post, headers: JSON_BODY, payload: deep }, 400, 'request.too_deep'],
    [
      'a large body',
      { ...post, headers: JSON_BODY, payload: `{"name":"${'a'.repeat(1_100_000)}"}` },
      413,
      'request.too_large',
    ],
    [
      'a poisoned body',
      { ...post, headers: JSON_BODY, payload: '{"__proto__":{"x":1}}' },
      400,
      'request.malformed_json',
    ],
    ['an unknown id', { url: '/control/v1/keys/vk_none', headers: AUTHORIZED }, 404, 'resource.not_found'],
    ['a broken address', { url: '/control/v1/keys/%zz', headers: AUTHORIZED }, 400, 'request.host_invalid'],
  ])('%s', async (_name, call, status, code) => {
    const response = await plane.app.inject(call);
    expect(response.json().error).toMatchObject({ code, message: expect.any(String), remedy: expect.any(String) });
    expect(response.statusCode).toBe(status);
    expect(response.json().error.request_id).toBe(response.headers['x-request-id']);
  });

  it('names the methods that an address takes', async () => {
    const response = await plane.app.inject({ method: 'DELETE', url: '/control/v1/keys', headers: AUTHORIZED });
    expect(response.headers.allow).toBe('GET, POST');
  });

  it('tells a bug by its code alone, and reports what really happened', async () => {
    const { services, state } = createMemoryServices();
    const app = await createControlPlane({
      ...services,
      system: { ...services.system, info: async () => Promise.reject(new Error('canary at /home/somebody')) },
    });
    const response = await app.inject({ url: '/control/v1/info', headers: AUTHORIZED });
    expect(response.statusCode).toBe(500);
    expect(response.json().error.code).toBe('internal.bug');
    expect(response.body).not.toMatch(/canary|somebody|\bat /);
    expect(state.reported).toHaveLength(1);
    await app.close();
  });

  it('gives details and the time to wait', async () => {
    const { services } = createMemoryServices();
    const busy = new GatewayError('hub.overloaded', { retryAfterSeconds: 7, details: { big: 12n } });
    const app = await createControlPlane({
      ...services,
      system: { ...services.system, info: async () => Promise.reject(busy) },
    });
    const response = await app.inject({ url: '/control/v1/info', headers: AUTHORIZED });
    expect(response.headers['retry-after']).toBe('7');
    expect(response.json().error.details).toEqual({ big: '12' });
    await app.close();
  });
});

describe('what a schema refuses', () => {
  it.each([
    ['POST', '/keys', {}, 'name'],
    ['POST', '/keys', { name: '  ' }, 'name'],
    ['POST', '/keys', { name: 'a'.repeat(101) }, 'name'],
    ['POST', '/keys', { name: 'x', admin: true }, undefined],
    ['POST', '/keys', { name: 'x', allowed_models: [] }, 'allowed_models'],
    ['POST', '/keys', { name: 'x', expires_at: 'tomorrow' }, 'expires_at'],
    ['POST', '/keys', { name: 'x', expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    ['POST', '/connections', { provider_id: 'cloudy', base_url: 'ftp://x' }, 'base_url'],
    ['POST', '/connections', { provider_id: 'cloudy', name: 'Has Spaces' }, 'name'],
    ['POST', '/connections', { provider_id: 'cloudy', credential: { secret: '' } }, 'credential.secret'],
    ['POST', '/connections', { provider_id: 'cloudy', source: 'file' }, undefined],
    ['POST', '/prices', { provider_id: 'cloudy', model: 'm', prices: [] }, 'prices'],
    [
      'POST',
      '/prices',
      { provider_id: 'cloudy', model: 'm', prices: [{ unit: 'input', usd_per_million: 1 }] },
      'prices.0.usd_per_million',
    ],
    [
      'POST',
      '/prices',
      { provider_id: 'cloudy', model: 'm', prices: [{ unit: 'input', usd_per_million: '-1' }] },
      'prices.0.usd_per_million',
    ],
    [
      'POST',
      '/prices',
      { provider_id: 'cloudy', model: 'm', prices: [{ unit: 'smiles', usd_per_million: '1' }] },
      'prices.0.unit',
    ],
    ['POST', '/catalogue/apply', {}, undefined],
    ['POST', '/aliases', { name: 'a', target: 'a' }, 'target'],
    ['GET', '/keys?limit=501', undefined, 'limit'],
    ['GET', '/keys?limit=0', undefined, 'limit'],
    ['GET', '/keys?colour=red', undefined, undefined],
    ['GET', '/keys?cursor=vk_gone', undefined, 'cursor'],
    ['GET', `/keys/${'a'.repeat(129)}`, undefined, 'key_id'],
    ['GET', '/keys/a%2Fb', undefined, 'key_id'],
    ['GET', '/usage/records?from=yesterday', undefined, 'from'],
    ['GET', '/usage/totals?group_by=colour', undefined, 'group_by'],
  ] as const)('%s %s %j', async (method, path, body, param) => {
    const answer = await plane.call(method, path, body);
    expect(answer.body).toMatchObject({ error: { code: 'request.invalid' } });
    expect(answer.status).toBe(400);
    expect((answer.body as { error: { param?: string } }).error.param).toBe(param);
  });
});

it('answers behind a server of its caller’s', async () => {
  const server = createServer(handlerOf(plane.app));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a TCP port has an address with one.
  const { port } = server.address() as AddressInfo;
  try {
    const found = await request(`http://127.0.0.1:${port}/control/v1/info`, { headers: AUTHORIZED });
    expect(found.statusCode).toBe(200);
    expect(await found.body.json()).toMatchObject({ simulated: true, mode: 'enterprise' });
    const created = await request(`http://127.0.0.1:${port}/control/v1/keys`, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ name: 'over a socket' }),
    });
    expect(created.statusCode).toBe(201);
    await created.body.dump();
    const missing = await request(`http://127.0.0.1:${port}/control/v1/none`, { headers: AUTHORIZED });
    expect(missing.statusCode).toBe(404);
    await missing.body.dump();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
