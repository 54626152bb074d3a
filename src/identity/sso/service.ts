import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type Configuration,
  calculatePKCECodeChallenge,
} from 'openid-client';
import type { Clock } from '../../kernel/clock.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { SsoConnection, SsoProfile } from '../../protocol/sso.ts';
import type { SsoConnectionStore } from '../ports.ts';
import type { HashKey, RandomBytes } from '../virtual-key.ts';
import { readProfile } from './claims.ts';
import { misconfigured, ssoFault } from './faults.ts';
import { gatherFacts } from './gather-facts.ts';
import type { SsoAttempt, SsoAttemptStore, SsoFetch, SsoVault } from './ports.ts';
import { createSsoProviders } from './provider.ts';
import { ssoBinding } from './secret.ts';

/** How long a person has at the provider. */
export const SSO_ATTEMPT_MS = 10 * 60 * 1000;
/** 256 bits each: what the address carries, and what the browser keeps. */
const RANDOM_BYTES = 32;
const RANDOM_TEXT = /^[A-Za-z0-9_-]{43}$/;
const RETURN_CHARS_MAX = 2000;

export type SsoBeginning = {
  /** Where the browser is sent. */
  readonly url: string;
  /** For a cookie that only this browser has: `HttpOnly`, `SameSite=Lax`, gone after {@link SSO_ATTEMPT_MS}. */
  readonly stateCookie: string;
};

export type SsoEnding = {
  readonly connection: SsoConnection;
  readonly profile: SsoProfile;
  /** A path of this hub. */
  readonly returnTo: string;
  readonly locale: string | undefined;
};

/** What a test of a connection found. */
export type SsoCheck = {
  readonly issuer: string;
  readonly endpoints: {
    readonly authorization: string | undefined;
    readonly token: string | undefined;
    readonly userInfo: string | undefined;
    readonly jwks: string | undefined;
    readonly endSession: string | undefined;
  };
  /** Keys that ID tokens can be checked with; `undefined` without OpenID Connect. */
  readonly signingKeys: number | undefined;
  /** What works, but not as well as it could. */
  readonly remarks: readonly SsoRemark[];
};
export type SsoRemark = 'no_secret' | 'pkce_not_listed' | 'no_sign_out' | 'addresses_unproven';

/** Signing in by providers elsewhere. Everything throws GatewayError: `sso.…`, `request.invalid`, `vault.undecryptable`. */
export type SsoService = {
  /**
   * `redirectUri` has the connection's id in its path: were it the same for all, a provider that is not honest could have
   * the hub bring it another one's code. https://www.rfc-editor.org/rfc/rfc9700#section-4.4
   */
  readonly begin: (input: {
    readonly connection: SsoConnection;
    readonly redirectUri: string;
    readonly returnTo: string;
    readonly locale?: string | undefined;
  }) => Promise<SsoBeginning>;
  /** `callbackUrl` as the browser asked for it, at the hub's public address; `cookie` is what `begin` gave it. */
  readonly finish: (input: { readonly callbackUrl: string; readonly cookie: string | undefined }) => Promise<SsoEnding>;
  /**
   * Where the browser is sent to sign out at the provider, too; `undefined` where that cannot be. Whoever wants to leave
   * here leaves, so that a provider that is gone is no error.
   */
  readonly endSession: (
    connection: SsoConnection,
    idToken: string | undefined,
    returnTo: string,
  ) => Promise<string | undefined>;
  readonly test: (connection: SsoConnection) => Promise<SsoCheck>;
};

export type SsoDeps = {
  readonly connections: Pick<SsoConnectionStore, 'find'>;
  readonly attempts: SsoAttemptStore;
  readonly vault: SsoVault;
  readonly fetch: SsoFetch;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
};

/**
 * Builds the service. Of a sign-in under way the store keeps one hash, over what the address carries and what the browser
 * keeps together. The code verifier and the nonce are made from the two again, so that neither the store, nor the address
 * of a callback, nor the cookie alone is of use to anybody.
 */
export function createSsoService(deps: SsoDeps): SsoService {
  const providers = createSsoProviders(deps);
  const hashKey = (word: string, { state, cookie }: Pair): string => deps.hashKey(`sso ${word} ${state} ${cookie}`);

  const take = async (callback: URL, cookie: string | undefined): Promise<SsoAttempt & { readonly pair: Pair }> => {
    const states = callback.searchParams.getAll('state');
    const [state = ''] = states;
    const pair = { state, cookie: cookie ?? '' };
    const isWellFormed = states.length === 1 && RANDOM_TEXT.test(pair.state) && RANDOM_TEXT.test(pair.cookie);
    const attempt = isWellFormed ? await deps.attempts.take(hashKey('attempt', pair), deps.clock.now()) : undefined;
    if (attempt === undefined || withoutQuery(callback) !== attempt.redirectUri) throw invalidState();
    return { ...attempt, pair };
  };

  return {
    begin: async ({ connection, redirectUri, returnTo, locale }) => {
      if (connection.state !== 'active') throw new GatewayError('sso.disabled');
      const target = withoutQuery(new URL(redirectUri));
      if (!target.split('/').includes(connection.id)) throw unnamed(connection);
      const attempt = { connectionId: connection.id, redirectUri: target, returnTo: readReturnTo(returnTo), locale };
      const configuration = await providers.configurationOf(connection);
      const pair = { state: randomText(deps.randomBytes), cookie: randomText(deps.randomBytes) };
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: target,
        scope: scopeOf(connection),
        state: pair.state,
        code_challenge: await calculatePKCECodeChallenge(hashKey('verifier', pair)),
        code_challenge_method: 'S256',
        ...(connection.kind === 'oidc' ? { nonce: hashKey('nonce', pair) } : {}),
        ...(connection.kind === 'oidc' && locale !== undefined ? { ui_locales: locale } : {}),
      });
      const createdAt = deps.clock.now();
      const expiresAt = createdAt + SSO_ATTEMPT_MS;
      await deps.attempts.put({ hash: hashKey('attempt', pair), data: attempt, createdAt, expiresAt });
      return { url: url.href, stateCookie: pair.cookie };
    },
    finish: async ({ callbackUrl, cookie }) => {
      const callback = URL.canParse(callbackUrl) ? new URL(callbackUrl) : undefined;
      if (callback === undefined) throw invalidState();
      const { pair, connectionId, returnTo, locale } = await take(callback, cookie);
      const connection = await deps.connections.find(connectionId);
      if (connection === undefined) throw invalidState();
      if (connection.state !== 'active') throw new GatewayError('sso.disabled');
      const configuration = await providers.configurationOf(connection);
      try {
        const tokens = await authorizationCodeGrant(configuration, callback, {
          expectedState: pair.state,
          pkceCodeVerifier: hashKey('verifier', pair),
          ...(connection.kind === 'oidc' ? { expectedNonce: hashKey('nonce', pair), idTokenExpected: true } : {}),
        });
        const profile = readProfile(await gatherFacts(configuration, connection, tokens), connection);
        if (profile === undefined) throw misconfigured('the provider does not say who the person is');
        return { connection, profile, returnTo, locale };
      } catch (thrown) {
        throw ssoFault(thrown, 'exchange');
      }
    },
    endSession: async (connection, idToken, returnTo) => {
      if (connection.kind !== 'oidc') return undefined;
      const configuration = await configurationOrNone(providers.configurationOf(connection));
      if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
      return buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: returnTo,
        ...(idToken === undefined ? {} : { id_token_hint: idToken }),
      }).href;
    },
    test: async (connection) => {
      if (connection.sealed !== undefined) deps.vault.open(connection.sealed, ssoBinding(connection));
      const configuration = await providers.configureAnew(connection);
      return checkOf(configuration, connection, await countKeys(deps.fetch, configuration, connection));
    },
  };
}

/** What the address of a callback carries, and what the browser keeps. */
type Pair = { readonly state: string; readonly cookie: string };

function invalidState(): GatewayError {
  return new GatewayError('sso.state_invalid');
}

function unnamed({ id }: SsoConnection): GatewayError {
  return new GatewayError('internal.bug', {
    cause: new Error(`a redirect address does not name its connection ${id}`),
  });
}

function randomText(randomBytes: RandomBytes): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}

function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** A scope that is missing would leave out the ID token. */
function scopeOf({ kind, scopes }: SsoConnection): string {
  return [...new Set([...(kind === 'oidc' ? ['openid'] : []), ...scopes])].join(' ');
}

/** A path here, and not the address of somebody else's page, in whatever way browsers may read it. */
function readReturnTo(returnTo: string): string {
  const isPath = /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(returnTo) && returnTo.length <= RETURN_CHARS_MAX;
  if (!isPath)
    throw new GatewayError('request.invalid', { param: 'returnTo', message: 'That is no path of this hub.' });
  return returnTo;
}

async function configurationOrNone(configuration: Promise<Configuration>): Promise<Configuration | undefined> {
  try {
    return await configuration;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

async function countKeys(
  fetchKeys: SsoFetch,
  configuration: Configuration,
  connection: SsoConnection,
): Promise<number | undefined> {
  const address = configuration.serverMetadata().jwks_uri;
  if (connection.kind !== 'oidc' || address === undefined) return undefined;
  const keys = await readKeys(fetchKeys, address);
  if (keys === 0) throw misconfigured('there are no signing keys at the address it names');
  return keys;
}

async function readKeys(fetchKeys: SsoFetch, address: string): Promise<number> {
  try {
    const answer = await fetchKeys(address, { method: 'GET', headers: { accept: 'application/json' } });
    const body: unknown = answer.status === 200 ? await answer.json() : undefined;
    const keys = isJsonObject(body) ? body['keys'] : undefined;
    return Array.isArray(keys) ? keys.length : 0;
  } catch (thrown) {
    throw ssoFault(thrown, 'discovery');
  }
}

function checkOf(configuration: Configuration, connection: SsoConnection, signingKeys: number | undefined): SsoCheck {
  const metadata = configuration.serverMetadata();
  const remarks: SsoRemark[] = [];
  if (connection.sealed === undefined) remarks.push('no_secret');
  if (connection.endpoints === undefined && !metadata.supportsPKCE()) remarks.push('pkce_not_listed');
  if (connection.kind === 'oidc' && metadata.end_session_endpoint === undefined) remarks.push('no_sign_out');
  if (connection.claims.emailVerified.by === 'nobody') remarks.push('addresses_unproven');
  return {
    issuer: metadata.issuer,
    endpoints: {
      authorization: metadata.authorization_endpoint,
      token: metadata.token_endpoint,
      userInfo: metadata.userinfo_endpoint,
      jwks: metadata.jwks_uri,
      endSession: metadata.end_session_endpoint,
    },
    signingKeys,
    remarks,
  };
}
