import { describe, expect, test } from 'vitest';
import type { OpenIdProvider } from '../../../test/support/openid-provider.ts';
import type { SsoFetch } from './ports.ts';
import { everythingIn, failureOf, handEntered, openScene } from './testing/sign-in.ts';

describe('an ID token is refused', () => {
  type Forge = (claims: Record<string, unknown>, provider: OpenIdProvider) => string;
  const altered =
    (change: Record<string, unknown>): Forge =>
    (claims, provider) =>
      provider.signIdToken({ ...claims, ...change });
  const rows: readonly (readonly [string, Forge])[] = [
    ['with another nonce', altered({ nonce: 'other' })],
    ['with no nonce', altered({ nonce: undefined })],
    ['for another client', altered({ aud: 'other' })],
    ['for several clients of which another may use it', altered({ aud: ['hub', 'other'], azp: 'other' })],
    ['of another issuer', altered({ iss: 'https://evil.example' })],
    ['that has expired', altered({ exp: 1_000_000_000 })],
    ['without a subject', altered({ sub: undefined })],
    ['with somebody else’s signature', (claims, provider) => provider.signIdToken(claims, 'somebody')],
    ['without a signature', (claims) => unsigned(claims)],
    [
      'whose claims were changed under the signature',
      (claims, provider) => {
        const [header, , signature] = provider.signIdToken(claims).split('.');
        const body = Buffer.from(JSON.stringify({ ...claims, email: 'eve@example.com' })).toString('base64url');
        return `${header}.${body}.${signature}`;
      },
    ],
  ];

  describe.each(['by discovery', 'by hand'] as const)('configured %s', (how) => {
    test.each(rows)('%s', async (_name, forge) => {
      const { provider, scene, begin } = await openScene(how === 'by hand' ? handEntered : {}, {}, (guarded, server) =>
        rewritingTokens(guarded, (claims) => forge(claims, server())),
      );
      const begun = await begin();
      const callbackUrl = await provider.signIn(begun.url, 'ada');
      const error = await failureOf(scene.service.finish({ callbackUrl, cookie: begun.stateCookie }));
      expect(error).toMatchObject({ code: 'sso.invalid_answer', status: 502 });
      expect(everythingIn(error)).not.toMatch(/ey[A-Za-z0-9_-]{20}/);
    });

    test('but not when it is made anew as it was', async () => {
      const { provider, scene, begin } = await openScene(how === 'by hand' ? handEntered : {}, {}, (guarded, server) =>
        rewritingTokens(guarded, (claims) => server().signIdToken(claims)),
      );
      const begun = await begin();
      const callbackUrl = await provider.signIn(begun.url, 'ada');
      expect(await scene.service.finish({ callbackUrl, cookie: begun.stateCookie })).toBeDefined();
    });
  });

  test('where there is none', async () => {
    const { provider, scene, begin } = await openScene({}, {}, (guarded) => async (url, options) => {
      const answer = await guarded(url, options);
      if (!url.endsWith('/token')) return answer;
      const { id_token: _, ...body } = JSON.parse(await answer.text());
      return Response.json(body);
    });
    const begun = await begin();
    const callbackUrl = await provider.signIn(begun.url, 'ada');
    const error = await failureOf(scene.service.finish({ callbackUrl, cookie: begun.stateCookie }));
    expect(error).toMatchObject({ code: 'sso.invalid_answer' });
  });

  test('where user info is about somebody else', async () => {
    const { provider, scene, begin } = await openScene();
    provider.intercept('/me', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"sub":"eve","email":"eve@example.com"}');
    });
    const begun = await begin();
    const callbackUrl = await provider.signIn(begun.url, 'ada');
    const finishing = scene.service.finish({ callbackUrl, cookie: begun.stateCookie });
    await expect(finishing).rejects.toMatchObject({ code: 'sso.invalid_answer' });
  });
});

/** A way out that puts another ID token in the place of the provider's. */
function rewritingTokens(guarded: SsoFetch, forge: (claims: Record<string, unknown>) => string): SsoFetch {
  return async (url, options) => {
    const answer = await guarded(url, options);
    if (!url.endsWith('/token')) return answer;
    const body = JSON.parse(await answer.text());
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    return Response.json({ ...body, id_token: forge(claims) });
  };
}

function unsigned(claims: object): string {
  const parts = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${parts.join('.')}.`;
}
