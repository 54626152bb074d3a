import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import Provider, { type Context } from 'oidc-provider';
import { closeServer, listenOnLoopback } from './listen.ts';

/** Somebody with an account at the provider; the key is the name they sign in with, and their subject. */
export type ProviderUser = {
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly groups: readonly string[];
};

export type OpenIdProviderOptions = {
  /** A free one unless it is given. */
  readonly port?: number;
  readonly users: Readonly<Record<string, ProviderUser>>;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** Whether the ID token says all of a person, or only who it is, so that the rest is asked for. */
  readonly idTokens?: 'few_claims' | 'all_claims';
};

/** An OpenID provider on loopback with one client, which demands PKCE. */
export type OpenIdProvider = {
  readonly issuer: string;
  /** `127.0.0.1:port`, as an allow-list wants it. */
  readonly hostPort: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Goes through the provider's pages as a browser would, and gives the address that it is sent back to. */
  readonly signIn: (url: string, username: string) => Promise<string>;
  /** An ID token with the provider's own signature, or with another's. */
  readonly signIdToken: (claims: object, by?: 'itself' | 'somebody') => string;
  /** Answers in the provider's place at one path from now on; with `undefined` it answers itself again. */
  readonly intercept: (path: string, listener: RequestListener | undefined) => void;
  /** How often a path was asked for. */
  readonly hits: (path: string) => number;
  readonly close: () => Promise<void>;
};

const CLIENT_ID = 'hub';
const KEY_ID = 'signing';
const HOPS_MAX = 15;
const SECONDS = { minute: 60, hour: 3600 };

/** Starts a provider. Its sign-in page asks for a user name and nothing else, and nobody is asked to consent. */
export async function startOpenIdProvider(options: OpenIdProviderOptions): Promise<OpenIdProvider> {
  const clientSecret = randomBytes(24).toString('base64url');
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const jwk = { ...own.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  const intercepted = new Map<string, RequestListener>();
  const hits = new Map<string, number>();

  const server = createServer();
  const hostPort = `127.0.0.1:${await listenOnLoopback(server, options.port ?? 0)}`;
  const issuer = `http://${hostPort}`;
  const provider = new Provider(
    issuer,
    configurationOf(options, clientSecret, jwk, () => provider),
  );
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    hits.set(pathname, (hits.get(pathname) ?? 0) + 1);
    const listener = intercepted.get(pathname);
    if (listener !== undefined) listener(request, response);
    else if (pathname.startsWith('/interaction/')) void interact(provider, options, request, response);
    else answer(request, response);
  });

  return {
    issuer,
    hostPort,
    clientId: CLIENT_ID,
    clientSecret,
    signIn: (url, username) => walk(issuer, url, username),
    signIdToken: (claims, by = 'itself') => {
      const parts = [{ alg: 'RS256', kid: KEY_ID }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const key = by === 'itself' ? own : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      const signature = sign('sha256', Buffer.from(parts.join('.')), key);
      return [...parts, signature.toString('base64url')].join('.');
    },
    intercept: (path, listener) => {
      if (listener === undefined) intercepted.delete(path);
      else intercepted.set(path, listener);
    },
    hits: (path) => hits.get(path) ?? 0,
    close: () => closeServer(server),
  };
}

function configurationOf(
  options: OpenIdProviderOptions,
  clientSecret: string,
  jwk: object,
  provider: () => Provider,
): object {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: clientSecret,
        redirect_uris: options.redirectUris,
        post_logout_redirect_uris: options.postLogoutRedirectUris ?? [],
      },
    ],
    adapter: memoryAdapter(),
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    conformIdTokenClaims: options.idTokens !== 'all_claims',
    findAccount: (_context: Context, accountId: string) => accountOf(options, accountId),
    loadExistingGrant: (context: Context) => grantAll(provider(), context),
    interactions: { url: (_context: Context, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource },
    },
    ttl: {
      AccessToken: SECONDS.hour,
      AuthorizationCode: SECONDS.minute,
      Grant: SECONDS.hour,
      IdToken: SECONDS.hour,
      Interaction: SECONDS.hour,
      Session: SECONDS.hour,
    },
  };
}

type Kept = {
  readonly uid?: string;
  readonly grantId?: string;
  consumed?: number;
};

/** Where the provider keeps its sessions and codes; it looks at their expiry itself. */
function memoryAdapter(): (model: string) => object {
  const kept = new Map<string, Kept>();
  return (model) => ({
    upsert: async (id: string, payload: Kept) => void kept.set(`${model} ${id}`, payload),
    find: async (id: string) => kept.get(`${model} ${id}`),
    findByUid: async (uid: string) => [...kept.values()].find((payload) => payload.uid === uid),
    findByUserCode: async () => undefined,
    consume: async (id: string) => {
      const payload = kept.get(`${model} ${id}`);
      if (payload !== undefined) payload.consumed = 1;
    },
    destroy: async (id: string) => void kept.delete(`${model} ${id}`),
    revokeByGrantId: async (grantId: string) => {
      for (const [id, payload] of kept) if (payload.grantId === grantId) kept.delete(id);
    },
  });
}

function accountOf({ users }: OpenIdProviderOptions, accountId: string): object | undefined {
  const user = users[accountId];
  if (user === undefined) return undefined;
  const { email, emailVerified, name, groups } = user;
  return { accountId, claims: () => ({ sub: accountId, email, email_verified: emailVerified, name, groups }) };
}

async function grantAll(provider: Provider, { oidc }: Context): Promise<unknown> {
  const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope([...oidc.requestParamScopes].join(' '));
  await grant.save();
  return grant;
}

function logoutSource(context: Context, form: string): void {
  context.body = `<!DOCTYPE html><title>Sign out</title>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`;
}

async function interact(
  provider: Provider,
  { users }: OpenIdProviderOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const username = request.method === 'POST' ? (await readForm(request)).get('username') : null;
  if (username === 'nobody') {
    const refusal = { error: 'access_denied', error_description: 'canary: what the provider says' };
    await provider.interactionFinished(request, response, refusal);
  } else if (username !== null && users[username] !== undefined) {
    await provider.interactionFinished(request, response, { login: { accountId: username } });
  } else {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!DOCTYPE html><title>Sign in at the provider</title>
<form method="post"><label>User name <input name="username" autofocus></label> <button>Sign in</button></form>`);
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** A browser that keeps cookies, follows redirects within the provider, and types a user name where it is asked. */
async function walk(issuer: string, start: string, username: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = start;
  let body: URLSearchParams | undefined;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie },
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    await answer.body?.cancel();
    const location = answer.headers.get('location');
    if (location === null && !new URL(url).pathname.startsWith('/interaction/')) {
      throw new Error(`the provider answered ${answer.status} at ${url}`);
    }
    body = location === null ? new URLSearchParams({ username }) : undefined;
    url = location === null ? url : new URL(location, url).href;
    if (!url.startsWith(`${issuer}/`)) return url;
  }
  throw new Error('the provider sends the browser round and round');
}
