import { describe, expect, test, vi } from 'vitest';
import type { OpenIdProvider } from '../../../test/support/openid-provider.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { SSO_ATTEMPT_MS } from './service.ts';
import { connectionTo, REDIRECT_URI, testProvider, withSecret } from './testing/scene.ts';
import { everythingIn, failureOf, handEntered, json, openScene, throughProvider } from './testing/sign-in.ts';

describe('signing in by OpenID Connect', () => {
  test.each(['few_claims', 'all_claims'] as const)(
    'says who it is, with groups, from ID tokens of %s',
    async (idTokens) => {
      const { provider, scene, begin } = await openScene({}, { idTokens });
      const begun = await begin();
      const callbackUrl = await provider.signIn(begun.url, 'ada');
      const { profile, returnTo, locale, connection } = await scene.service.finish({
        callbackUrl,
        cookie: begun.stateCookie,
      });
      expect(profile).toEqual({
        connectionId: 'sso_1',
        subject: 'ada',
        email: 'ada@example.com',
        emailVerified: true,
        name: 'Ada',
        groups: ['staff', 'admins'],
        idToken: expect.stringMatching(/^ey/),
      });
      expect([returnTo, locale, connection.id]).toEqual(['/console?tab=1', 'de', 'sso_1']);
      expect(provider.hits('/me')).toBe(idTokens === 'few_claims' ? 1 : 0);
    },
  );

  test('asks with PKCE, state and nonce, all of them new each time and none of them stored', async () => {
    const { scene, begin } = await openScene();
    const [first, second] = [await begin(), await begin()];
    const asked = new URL(first.url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'hub',
      redirect_uri: REDIRECT_URI,
      scope: 'openid email profile groups',
      code_challenge_method: 'S256',
      ui_locales: 'de',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const value = asked.get(name) ?? '';
      expect(value.length).toBeGreaterThanOrEqual(43);
      expect(new URL(second.url).searchParams.get(name)).not.toBe(value);
      expect(scene.attempts.stored()).not.toContain(value);
    }
    expect(first.stateCookie).toHaveLength(43);
    expect(first.url).not.toContain(first.stateCookie);
    expect(scene.attempts.stored()).not.toContain(first.stateCookie);
  });

  test('works with endpoints entered by hand as by discovery, and checks the token alike', async () => {
    const { provider, scene, begin } = await openScene((issuer) => ({
      endpoints: {
        authorization: `${issuer}/auth`,
        token: `${issuer}/token`,
        userInfo: `${issuer}/me`,
        jwks: `${issuer}/jwks`,
        endSession: undefined,
      },
    }));
    const begun = await begin();
    const callbackUrl = await provider.signIn(begun.url, 'ada');
    const { profile } = await scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    expect(profile).toMatchObject({ subject: 'ada', groups: ['staff', 'admins'] });
    expect(provider.hits('/.well-known/openid-configuration')).toBe(0);
    expect(provider.hits('/jwks')).toBe(1);
  });

  test('reads a discovery document once in ten minutes, and anew when the connection changes', async () => {
    const { provider, scene, connection, begin } = await openScene();
    const reads = () => provider.hits('/.well-known/openid-configuration');
    await Promise.all([begin(), begin()]);
    await begin();
    expect(reads()).toBe(1);
    await begin({ ...connection, revision: 2 });
    expect(reads()).toBe(2);
    scene.wait(10 * 60 * 1000);
    await begin({ ...connection, revision: 2 });
    expect(reads()).toBe(3);
  });

  test('is not led elsewhere by the test of a draft', async () => {
    const { provider, scene, connection, begin } = await openScene();
    const other = await testProvider();
    await begin();
    const draft = { ...connection, issuer: other.issuer, sealed: undefined };
    await expect(scene.service.test(draft)).rejects.toMatchObject({ code: 'sso.misconfigured' });
    expect(new URL((await begin()).url).origin).toBe(provider.issuer);
  });
});

describe('a sign-in is refused', () => {
  const INVALID = { code: 'sso.state_invalid', status: 400 };

  test('when its callback is replayed', async () => {
    const { scene, callbackUrl, begun } = await throughProvider();
    await scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    await expect(scene.service.finish({ callbackUrl, cookie: begun.stateCookie })).rejects.toMatchObject(INVALID);
  });

  test('when another browser brings the callback, which costs the right one nothing', async () => {
    const { scene, callbackUrl, begun, begin } = await throughProvider();
    const others = await begin();
    for (const cookie of [undefined, '', 'x', others.stateCookie]) {
      await expect(scene.service.finish({ callbackUrl, cookie })).rejects.toMatchObject(INVALID);
    }
    const { profile } = await scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    expect(profile.subject).toBe('ada');
  });

  test('when it took longer than ten minutes', async () => {
    const { scene, callbackUrl, begun } = await throughProvider();
    scene.wait(SSO_ATTEMPT_MS);
    await expect(scene.service.finish({ callbackUrl, cookie: begun.stateCookie })).rejects.toMatchObject(INVALID);
  });

  test.each<[string, (url: URL) => void]>([
    ['has another state', (url) => url.searchParams.set('state', 'A'.repeat(43))],
    ['has no state', (url) => url.searchParams.delete('state')],
    ['has two states', (url) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
    ['comes to another path', (url) => void (url.pathname = '/sign-in/sso_2/callback')],
    ['comes to another host', (url) => void (url.host = 'other.example')],
  ])('when its callback %s', async (_name, tamper) => {
    const { scene, callbackUrl, begun, provider } = await throughProvider();
    const url = new URL(callbackUrl);
    tamper(url);
    const finishing = scene.service.finish({ callbackUrl: url.href, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject(INVALID);
    expect(provider.hits('/token')).toBe(0);
  });

  test('when its callback is no address', async () => {
    const { scene } = await openScene();
    await expect(scene.service.finish({ callbackUrl: '::', cookie: 'x' })).rejects.toMatchObject(INVALID);
  });

  test('when another issuer says that it answered', async () => {
    const { scene, callbackUrl, begun, provider } = await throughProvider();
    const url = new URL(callbackUrl);
    url.searchParams.set('iss', 'https://evil.example');
    const finishing = scene.service.finish({ callbackUrl: url.href, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject({ code: 'sso.invalid_answer' });
    expect(provider.hits('/token')).toBe(0);
  });

  test('when the code is of somebody else’s sign-in', async () => {
    const { scene, callbackUrl, begin } = await throughProvider();
    const own = await begin();
    const mixed = new URL(callbackUrl);
    mixed.searchParams.set('state', new URL(own.url).searchParams.get('state') ?? '');
    const finishing = scene.service.finish({ callbackUrl: mixed.href, cookie: own.stateCookie });
    await expect(finishing).rejects.toMatchObject({ code: 'sso.refused', details: { reason: 'invalid_grant' } });
  });

  test('when the code has expired at the provider', async () => {
    const { scene, callbackUrl, begun } = await throughProvider();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    try {
      const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
      await expect(finishing).rejects.toMatchObject({ code: 'sso.refused', details: { reason: 'invalid_grant' } });
    } finally {
      vi.useRealTimers();
    }
  });

  test('when the challenge is taken out of the address, since the provider demands PKCE', async () => {
    const { provider, scene, begin } = await openScene();
    const begun = await begin();
    const url = new URL(begun.url);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const callbackUrl = await provider.signIn(url.href, 'ada');
    const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject({
      code: 'sso.misconfigured',
      details: { reason: 'invalid_request' },
    });
  });

  test('when the person does not agree, without the provider’s own words', async () => {
    const { provider, scene, begin } = await openScene();
    const begun = await begin();
    const callbackUrl = await provider.signIn(begun.url, 'nobody');
    const error = await failureOf(scene.service.finish({ callbackUrl, cookie: begun.stateCookie }));
    expect(error).toMatchObject({ code: 'sso.refused', details: { reason: 'access_denied' } });
    expect(everythingIn(error)).not.toContain('canary');
  });

  test('when the connection was removed or switched off meanwhile', async () => {
    for (const [stored, code] of [
      [undefined, 'sso.state_invalid'],
      ['disabled', 'sso.disabled'],
    ] as const) {
      const { scene, callbackUrl, begun, connection } = await throughProvider();
      scene.store(stored === undefined ? undefined : { ...connection, state: stored });
      const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
      await expect(finishing).rejects.toMatchObject({ code });
      await expect(
        scene.service.begin({
          connection: { ...connection, state: 'disabled' },
          redirectUri: REDIRECT_URI,
          returnTo: '/',
        }),
      ).rejects.toMatchObject({ code: 'sso.disabled' });
    }
  });

  test('when the secret is wrong', async () => {
    const { scene, callbackUrl, begun, connection } = await throughProvider();
    scene.store(withSecret({ ...connection, revision: 2 }, 'wrong'));
    const error = await failureOf(scene.service.finish({ callbackUrl, cookie: begun.stateCookie }));
    expect(error).toMatchObject({ code: 'sso.misconfigured' });
  });

  test('when the secret was sealed to another address, before anything is sent', async () => {
    const { scene, callbackUrl, begun, connection, provider } = await throughProvider();
    const moved = withSecret({ ...connection, issuer: 'https://old.example' }, 'secret');
    scene.store({ ...connection, revision: 2, sealed: moved.sealed });
    const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject({ code: 'vault.undecryptable' });
    expect(provider.hits('/token')).toBe(0);
  });

  test.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'console',
    '/a\\b',
    '/a\nb',
    '/'.padEnd(2001, 'x'),
  ])('when it would return to %j', async (returnTo) => {
    const { scene, connection } = await openScene();
    const beginning = scene.service.begin({ connection, redirectUri: REDIRECT_URI, returnTo });
    await expect(beginning).rejects.toMatchObject({ code: 'request.invalid', param: 'returnTo' });
  });

  test('when its redirect address could be another connection’s', async () => {
    const { scene, connection } = await openScene();
    const beginning = scene.service.begin({ connection, redirectUri: 'https://hub.example/callback', returnTo: '/' });
    await expect(beginning).rejects.toMatchObject({ code: 'internal.bug' });
  });
});

describe('signing out at the provider', () => {
  test('is an address with the ID token and the way back', async () => {
    const { scene, connection, provider } = await openScene();
    const url = new URL((await scene.service.endSession(connection, 'ey.token', 'https://hub.example/')) ?? '');
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/session/end`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'hub',
      id_token_hint: 'ey.token',
      post_logout_redirect_uri: 'https://hub.example/',
    });
  });

  test('is left out where the provider has no such page, knows no sessions, or is gone', async () => {
    const { scene, connection, provider } = await openScene(handEntered);
    expect(await scene.service.endSession(connection, undefined, 'https://hub.example/')).toBeUndefined();
    const plain: SsoConnection = { ...connection, kind: 'oauth2' };
    expect(await scene.service.endSession(plain, undefined, 'https://hub.example/')).toBeUndefined();
    await provider.close();
    const gone = connectionTo(provider.issuer, { id: 'sso_gone' });
    expect(await scene.service.endSession(gone, undefined, 'https://hub.example/')).toBeUndefined();
  });
});

describe('a test of a connection', () => {
  test('tells what was found, read anew', async () => {
    const { scene, connection, provider, begin } = await openScene();
    await begin();
    expect(await scene.service.test(connection)).toEqual({
      issuer: provider.issuer,
      endpoints: {
        authorization: `${provider.issuer}/auth`,
        token: `${provider.issuer}/token`,
        userInfo: `${provider.issuer}/me`,
        jwks: `${provider.issuer}/jwks`,
        endSession: `${provider.issuer}/session/end`,
      },
      signingKeys: 1,
      remarks: [],
    });
    expect(provider.hits('/.well-known/openid-configuration')).toBe(2);
  });

  test('remarks on what could be better', async () => {
    const { scene, connection } = await openScene(handEntered);
    const claims = { ...connection.claims, emailVerified: { by: 'nobody' } } as const;
    const { remarks } = await scene.service.test({ ...connection, sealed: undefined, claims });
    expect(remarks).toEqual(['no_secret', 'no_sign_out', 'addresses_unproven']);
  });

  test.each<[string, Parameters<OpenIdProvider['intercept']>[1]]>([
    ['there are no keys', (_, response) => json(response, { keys: [] })],
    ['the keys are not there', (_, response) => response.writeHead(404).end()],
    ['the keys are no JSON', (_, response) => response.end('canary')],
  ])('fails where %s', async (_name, listener) => {
    const { scene, connection, provider } = await openScene();
    provider.intercept('/jwks', listener);
    await expect(scene.service.test(connection)).rejects.toMatchObject({ code: 'sso.misconfigured' });
  });

  test('fails where the secret cannot be opened', async () => {
    const { scene, connection } = await openScene();
    const moved = { ...connection, id: 'sso_2' };
    await expect(scene.service.test(moved)).rejects.toMatchObject({ code: 'vault.undecryptable' });
  });
});
