import type { ServerResponse } from 'node:http';
import type { OpenIdProvider } from '../../../../test/support/openid-provider.ts';
import type { SsoConnection, SsoEndpoints } from '../../../protocol/sso.ts';
import type { SsoFetch } from '../ports.ts';
import type { SsoBeginning } from '../service.ts';
import { connectionTo, REDIRECT_URI, type Scene, ssoScene, testProvider, withSecret } from './scene.ts';

type Fields = Partial<SsoConnection> | ((issuer: string) => Partial<SsoConnection>);

/** A provider, a connection to it, and the service that signs people in by it. */
export async function openScene(
  fields: Fields = {},
  options: Parameters<typeof testProvider>[0] = {},
  wrap?: (guarded: SsoFetch, provider: () => OpenIdProvider) => SsoFetch,
): Promise<{
  readonly provider: OpenIdProvider;
  readonly connection: SsoConnection;
  readonly scene: Scene;
  readonly begin: (connection?: SsoConnection) => Promise<SsoBeginning>;
}> {
  const provider = await testProvider(options);
  const given = typeof fields === 'function' ? fields(provider.issuer) : fields;
  const connection = withSecret(connectionTo(provider.issuer, given), provider.clientSecret);
  const scene = ssoScene({
    allow: [provider.hostPort],
    connection,
    ...(wrap === undefined ? {} : { wrapFetch: (guarded) => wrap(guarded, () => provider) }),
  });
  const begin = (of = connection) =>
    scene.service.begin({ connection: of, redirectUri: REDIRECT_URI, returnTo: '/console?tab=1', locale: 'de' });
  return { provider, connection, scene, begin };
}

/** A sign-in that the provider has agreed to; the callback is on its way. */
export async function throughProvider() {
  const opened = await openScene();
  const begun = await opened.begin();
  return { ...opened, begun, callbackUrl: await opened.provider.signIn(begun.url, 'ada') };
}

/** Endpoints as the test provider has them. */
export function endpointsAt(origin: string): SsoEndpoints {
  return {
    authorization: `${origin}/auth`,
    token: `${origin}/token`,
    userInfo: `${origin}/me`,
    jwks: `${origin}/jwks`,
    endSession: undefined,
  };
}

/** A connection without discovery. */
export function handEntered(issuer: string): Partial<SsoConnection> {
  return { endpoints: endpointsAt(issuer) };
}

/** Answers with JSON. */
export function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Answers with what calls itself JSON. */
export function broken(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('canary');
}

/** What a promise is rejected with. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error('it did not fail');
}

/** All that a log could print of an error. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${everythingIn(error.cause)}`;
}
