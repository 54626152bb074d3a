import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { SsoFetch } from './ports.ts';
import { SSO_PRESET_DATA } from './presets.ts';
import { connectionTo, REDIRECT_URI, ssoScene, withSecret } from './testing/scene.ts';

const ORIGIN = 'https://login.microsoftonline.com';
const TENANT = '11111111-2222-3333-4444-555555555555';
const PERSON = { sub: 'AAAA', name: 'Ada', email: 'ada@example.com', groups: ['staff'] };

describe('signing in by Microsoft, whose documents for many tenants name no issuer', () => {
  test('says who it is within the tenant, and proves no address by `email` alone', async () => {
    const profile = await signIn({ claims: { tid: TENANT, iss: `${ORIGIN}/${TENANT}/v2.0` } });
    expect(profile).toMatchObject({
      subject: `${ORIGIN}/${TENANT}/v2.0 AAAA`,
      email: 'ada@example.com',
      emailVerified: false,
      groups: ['staff'],
    });
  });

  test('proves an address whose domain’s owner Microsoft has verified', async () => {
    const claims = { tid: TENANT, iss: `${ORIGIN}/${TENANT}/v2.0`, xms_edov: true };
    expect(await signIn({ claims })).toMatchObject({ emailVerified: true });
  });

  test.each([
    ['another tenant than the token is of', `${ORIGIN}/22222222-2222-3333-4444-555555555555/v2.0`],
    ['the template', `${ORIGIN}/{tenantid}/v2.0`],
    ['somebody else', `https://evil.example/${TENANT}/v2.0`],
  ])('refuses a token issued by %s', async (_name, iss) => {
    await expect(signIn({ claims: { tid: TENANT, iss } })).rejects.toMatchObject({ code: 'sso.invalid_answer' });
  });

  test('knows people of one tenant by their subject, and believes its addresses', async () => {
    const iss = `${ORIGIN}/${TENANT}/v2.0`;
    const profile = await signIn({ issuer: iss, documentIssuer: iss, claims: { tid: TENANT, iss } });
    expect(profile).toMatchObject({ subject: 'AAAA', emailVerified: true });
  });

  test('refuses a token of another tenant than the one it is for', async () => {
    const issuer = `${ORIGIN}/${TENANT}/v2.0`;
    const other = '22222222-2222-3333-4444-555555555555';
    const claims = { tid: other, iss: `${ORIGIN}/${other}/v2.0` };
    const signing = signIn({ issuer, documentIssuer: issuer, claims });
    await expect(signing).rejects.toMatchObject({ code: 'sso.invalid_answer' });
  });
});

/** One sign-in at a Microsoft that answers in the place of the way out. */
async function signIn(input: {
  readonly issuer?: string;
  readonly documentIssuer?: string;
  readonly claims: JsonObject;
}) {
  const { issuer: everyTenant, claims, scopes } = SSO_PRESET_DATA.microsoft;
  const issuer = input.issuer ?? everyTenant;
  const connection = withSecret(connectionTo(issuer, { preset: 'microsoft', claims, scopes }), 'secret');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let nonce = '';
  const answer: SsoFetch = async (url) => {
    if (url === `${issuer}/.well-known/openid-configuration`) {
      return Response.json({
        issuer: input.documentIssuer ?? `${ORIGIN}/{tenantid}/v2.0`,
        authorization_endpoint: `${ORIGIN}/organizations/oauth2/v2.0/authorize`,
        token_endpoint: `${ORIGIN}/organizations/oauth2/v2.0/token`,
        jwks_uri: `${ORIGIN}/organizations/discovery/v2.0/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      });
    }
    if (url.endsWith('/keys')) return Response.json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] });
    const times = { iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 60 };
    const parts = [
      { alg: 'RS256', kid: 'k' },
      { ...PERSON, ...times, aud: 'hub', nonce, ...input.claims },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const signature = sign('sha256', Buffer.from(parts.join('.')), privateKey).toString('base64url');
    return Response.json({ access_token: 'at', token_type: 'Bearer', id_token: [...parts, signature].join('.') });
  };
  const { service } = ssoScene({ allow: [], connection, wrapFetch: () => answer });
  const { url, stateCookie } = await service.begin({ connection, redirectUri: REDIRECT_URI, returnTo: '/' });
  const asked = new URL(url).searchParams;
  nonce = asked.get('nonce') ?? '';
  const callback = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '' });
  const { profile } = await service.finish({
    callbackUrl: `${REDIRECT_URI}?${callback.toString()}`,
    cookie: stateCookie,
  });
  return profile;
}
