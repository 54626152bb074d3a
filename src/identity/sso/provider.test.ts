import { describe, expect, test } from 'vitest';
import type { OpenIdProvider } from '../../../test/support/openid-provider.ts';
import { connectionTo, REDIRECT_URI, ssoScene, testProvider } from './testing/scene.ts';
import { broken, endpointsAt, everythingIn, failureOf, json, openScene, throughProvider } from './testing/sign-in.ts';

describe('a provider that is not well', () => {
  test.each(['/token', '/jwks', '/me'])('is down at %s', async (path) => {
    const { provider, scene, callbackUrl, begun } = await throughProvider();
    provider.intercept(path, (request) => request.socket.destroy());
    const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject({ code: 'sso.provider_unreachable', retryable: true });
  });

  test('does not listen, and is asked again by who comes next', async () => {
    const { provider, begin } = await openScene();
    provider.intercept('/.well-known/openid-configuration', (request) => request.socket.destroy());
    await expect(begin()).rejects.toMatchObject({ code: 'sso.provider_unreachable' });
    provider.intercept('/.well-known/openid-configuration', undefined);
    expect(await begin()).toBeDefined();
  });

  const DISCOVERY = '/.well-known/openid-configuration';
  test.each<[string, string, string, Parameters<OpenIdProvider['intercept']>[1]]>([
    ['hangs', DISCOVERY, 'sso.provider_unreachable', () => undefined],
    ['hangs', '/token', 'sso.provider_unreachable', () => undefined],
    ['trickles', '/token', 'sso.provider_unreachable', (_, response) => response.writeHead(200).flushHeaders()],
    [
      'answers without end',
      DISCOVERY,
      'sso.provider_unreachable',
      (_, response) => response.end('x'.repeat(2 ** 20 + 1)),
    ],
    [
      'answers without end',
      '/token',
      'sso.provider_unreachable',
      (_, response) => response.end('x'.repeat(2 ** 20 + 1)),
    ],
    [
      'redirects',
      DISCOVERY,
      'sso.provider_unreachable',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
    ],
    [
      'redirects',
      '/token',
      'sso.provider_unreachable',
      (_, response) => response.writeHead(307, { location: '/' }).end(),
    ],
    ['fails', DISCOVERY, 'sso.provider_unreachable', (_, response) => response.writeHead(503).end('canary')],
    ['fails', '/token', 'sso.provider_unreachable', (_, response) => response.writeHead(500).end('canary')],
    ['has no such page', DISCOVERY, 'sso.misconfigured', (_, response) => response.writeHead(404).end('canary')],
    ['babbles', DISCOVERY, 'sso.misconfigured', (_, response) => response.end('canary')],
    ['babbles JSON', '/token', 'sso.invalid_answer', (_, response) => broken(response)],
    ['babbles JSON', DISCOVERY, 'sso.misconfigured', (_, response) => broken(response)],
    ['babbles', '/token', 'sso.invalid_answer', (_, response) => response.end('canary')],
    [
      'is another one',
      DISCOVERY,
      'sso.misconfigured',
      (_, response) => json(response, { issuer: 'https://canary.example' }),
    ],
    ['has no keys', '/jwks', 'sso.invalid_answer', (_, response) => json(response, { keys: [] })],
  ])('%s at %s: %s', async (_name, path, code, listener) => {
    const { provider, scene, begin } = await openScene();
    if (path === DISCOVERY) provider.intercept(path, listener);
    const attempt = async () => {
      const begun = await begin();
      const callbackUrl = await provider.signIn(begun.url, 'ada');
      provider.intercept(path, listener);
      await scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    };
    const error = await failureOf(attempt());
    expect(error).toMatchObject({ code });
    expect(everythingIn(error)).not.toContain('canary');
  });
});

describe('an address is refused', () => {
  test.each([
    ['an issuer over http that is not this machine', connectionTo('http://login.example.com')],
    ['an issuer that is a document', connectionTo('https://a.example/.well-known/openid-configuration')],
    ['an issuer that is no address', connectionTo('login')],
    ['no issuer at all', connectionTo(undefined)],
    ['a token endpoint over http', connectionTo('https://a.example', { endpoints: endpointsAt('http://a.example') })],
    [
      'hand-entered endpoints without an issuer',
      connectionTo(undefined, { endpoints: endpointsAt('https://a.example') }),
    ],
    [
      'hand-entered endpoints without signing keys',
      connectionTo('https://a.example', { endpoints: { ...endpointsAt('https://a.example'), jwks: undefined } }),
    ],
    [
      'OAuth 2.0 without user info',
      connectionTo(undefined, {
        kind: 'oauth2',
        endpoints: { ...endpointsAt('https://a.example'), userInfo: undefined },
      }),
    ],
  ])('%s', async (_name, connection) => {
    const { service } = ssoScene({ allow: [], connection });
    const beginning = service.begin({ connection, redirectUri: REDIRECT_URI, returnTo: '/' });
    await expect(beginning).rejects.toMatchObject({ code: 'sso.misconfigured' });
  });

  test('which a discovery document names over http elsewhere', async () => {
    const { provider, begin } = await openScene();
    provider.intercept('/.well-known/openid-configuration', (_, response) =>
      json(response, {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/auth`,
        token_endpoint: 'http://tokens.example/token',
        jwks_uri: `${provider.issuer}/jwks`,
      }),
    );
    await expect(begin()).rejects.toMatchObject({
      code: 'sso.misconfigured',
      message: expect.stringContaining('token endpoint'),
    });
  });

  test('on this machine, unless the operator lists it', async () => {
    const provider = await testProvider();
    const connection = connectionTo(provider.issuer);
    const { service } = ssoScene({ allow: [], connection });
    const beginning = service.begin({ connection, redirectUri: REDIRECT_URI, returnTo: '/' });
    await expect(beginning).rejects.toMatchObject({ code: 'sso.misconfigured' });
    expect(provider.hits('/.well-known/openid-configuration')).toBe(0);
  });
});
