import { describe, expect, onTestFinished, test } from 'vitest';
import { type GitHubAddress, startGitHubServer } from '../../../test/support/github-server.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { SSO_PRESET_DATA } from './presets.ts';
import { connectionTo, REDIRECT_URI, ssoScene, withSecret } from './testing/scene.ts';

const PRIMARY: GitHubAddress = { email: 'Octo@Example.com', primary: true, verified: true };
const OTHER: GitHubAddress = { email: 'other@example.com', primary: false, verified: true };

describe('signing in by GitHub, which knows no ID tokens', () => {
  test('says who it is, with the primary address of its list', async () => {
    const { finish } = await scene([OTHER, PRIMARY]);
    expect((await finish()).profile).toEqual({
      connectionId: 'sso_1',
      subject: '583231',
      email: 'octo@example.com',
      emailVerified: true,
      name: 'Octo Cat',
      groups: [],
      idToken: undefined,
    });
  });

  test.each<[string, readonly GitHubAddress[], string | undefined]>([
    ['its primary address is not verified', [OTHER, { ...PRIMARY, verified: false }], 'octo@example.com'],
    ['it has no primary one', [OTHER], undefined],
    ['it has none', [], undefined],
  ])('proves no address where %s', async (_name, addresses, email) => {
    const { finish } = await scene(addresses);
    expect((await finish()).profile).toMatchObject({ subject: '583231', email, emailVerified: false });
  });

  test('asks with PKCE and state, and for no language or nonce that it would not know', async () => {
    const { begin } = await scene([PRIMARY]);
    const { url } = await begin();
    const names = [...new URL(url).searchParams.keys()].toSorted();
    expect(names).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ]);
  });

  test.each<[string, string, string]>([
    ['the secret is wrong', 'sso.misconfigured', 'incorrect_client_credentials'],
    ['the code is not known', 'sso.refused', 'bad_verification_code'],
  ])('fails where %s, though the answer has the status 200', async (what, code, reason) => {
    const { finish } = await scene([PRIMARY], what === 'the secret is wrong' ? 'wrong' : undefined);
    const change = (url: URL): void => {
      if (what === 'the code is not known') url.searchParams.set('code', 'other');
    };
    const finishing = finish(change);
    await expect(finishing).rejects.toMatchObject({ code, details: { reason } });
    await expect(finishing).rejects.not.toThrow(/canary/);
  });

  test('fails where it may not see the addresses', async () => {
    const { finish } = await scene(undefined);
    await expect(finish()).rejects.toMatchObject({ code: 'sso.misconfigured' });
  });
});

async function scene(addresses: readonly GitHubAddress[] | undefined, secret?: string) {
  const server = await startGitHubServer();
  onTestFinished(() => server.close());
  server.setAddresses(addresses);
  const { claims, scopes } = SSO_PRESET_DATA.github;
  const plain: SsoConnection = connectionTo(undefined, {
    kind: 'oauth2',
    preset: 'github',
    endpoints: {
      authorization: `${server.origin}/login/oauth/authorize`,
      token: `${server.origin}/login/oauth/access_token`,
      userInfo: `${server.origin}/user`,
      jwks: undefined,
      endSession: undefined,
    },
    clientId: server.clientId,
    scopes,
    claims,
  });
  const connection = withSecret(plain, secret ?? server.clientSecret);
  const { service } = ssoScene({ allow: [server.hostPort], connection });
  const begin = () => service.begin({ connection, redirectUri: REDIRECT_URI, returnTo: '/', locale: 'de' });
  const finish = async (change: (callback: URL) => void = () => undefined) => {
    const { url, stateCookie } = await begin();
    const callback = new URL(server.agree(url));
    change(callback);
    return service.finish({ callbackUrl: callback.href, cookie: stateCookie });
  };
  return { begin, finish };
}
