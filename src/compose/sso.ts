import { randomBytes } from 'node:crypto';
import { CONTROL_PREFIX } from '../controlplane/http.ts';
import type { SignInServices, SsoServices } from '../controlplane/services.ts';
import { createSsoConnectionService } from '../identity/sso/connections.ts';
import type { SsoAttempt, SsoAttemptStore, SsoFetch } from '../identity/sso/ports.ts';
import { createSsoService } from '../identity/sso/service.ts';
import { createSsoSignIn } from '../identity/sso/sign-in.ts';
import { createThrottle, type ThrottleRule } from '../identity/throttle.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Core } from './core.ts';

/** Each sign-in that is begun elsewhere is remembered for ten minutes. */
const BEGIN_ADDRESS: ThrottleRule = { name: 'sso begin address', limit: 60, windowMs: 10 * 60_000 };

/** What of the core single sign-on stands on. */
export type SsoCore = Pick<Core, 'store' | 'newId' | 'hashKey' | 'clock' | 'vault' | 'people'> & {
  readonly pathPrefix: string;
  /** Where people reach the hub, with the prefix. */
  readonly baseUrl: () => string;
  readonly fetch: SsoFetch;
};

export type ComposedSso = { readonly sso: SsoServices; readonly signIn: Pick<SignInServices, 'signOut'> };

/** Joins signing in elsewhere to people's accounts. */
export function composeSso(core: SsoCore): ComposedSso {
  const { store, newId, hashKey, clock, vault, people } = core;
  const { now } = clock;
  const throttle = createThrottle({ store: store.throttles, hashKey, now });
  const connections = createSsoConnectionService({ store: store.ssoConnections, vault, newId, now });
  const service = createSsoService({
    connections: store.ssoConnections,
    attempts: attemptsOf(core),
    vault,
    fetch: core.fetch,
    hashKey,
    randomBytes,
    clock,
  });
  const redirectUri = (id: string): string => `${core.baseUrl()}${CONTROL_PREFIX}/auth/sso/${id}/callback`;
  return {
    sso: {
      connections,
      test: service.test,
      pathPrefix: core.pathPrefix,
      redirectUri,
      begin: async ({ connectionId, returnTo, address }) => {
        await throttle.take(BEGIN_ADDRESS, address ?? '');
        const connection = await store.ssoConnections.find(connectionId);
        if (connection === undefined) throw new GatewayError('resource.not_found');
        return service.begin({ connection, redirectUri: redirectUri(connection.id), returnTo });
      },
      finish: createSsoSignIn({
        service,
        users: store.users,
        identities: store.userIdentities,
        accounts: store.accounts,
        admit: people.accounts.admit,
        sessions: people.sessions,
        installation: store.installation,
        newId,
        now,
      }),
    },
    signIn: {
      signOut: async ({ userId, sessionId }) => {
        const session = (await people.sessions.list(userId)).find(({ id }) => id === sessionId);
        await people.sessions.end(userId, sessionId);
        if (session?.ssoConnectionId === undefined) return undefined;
        const connection = await store.ssoConnections.find(session.ssoConnectionId);
        return connection && service.endSession(connection, undefined, `${core.baseUrl()}/account/sign-in`);
      },
    },
  };
}

/** Sign-ins under way lie among the other tokens that are used once. */
function attemptsOf({ store, newId }: Pick<SsoCore, 'store' | 'newId'>): SsoAttemptStore {
  return {
    put: ({ hash, data, createdAt, expiresAt }) =>
      store.oneTimeTokens.insert(
        { id: newId('once'), purpose: 'single_sign_on', userId: undefined, data, createdAt, expiresAt },
        hash,
      ),
    take: async (hash, nowMs) => {
      const token = await store.oneTimeTokens.use({ purpose: 'single_sign_on', hash, now: nowMs });
      return token === undefined ? undefined : attemptOf(token.data);
    },
  };
}

function attemptOf({ connectionId, redirectUri, returnTo, locale }: Readonly<Record<string, unknown>>): SsoAttempt {
  return {
    connectionId: String(connectionId),
    redirectUri: String(redirectUri),
    returnTo: String(returnTo),
    locale: typeof locale === 'string' ? locale : undefined,
  };
}
