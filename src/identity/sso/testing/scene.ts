import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  type OpenIdProvider,
  type OpenIdProviderOptions,
  startOpenIdProvider,
} from '../../../../test/support/openid-provider.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { SsoConnection } from '../../../protocol/sso.ts';
import { createGuardedFetch } from '../../../upstream/guarded-fetch.ts';
import { testUpstream } from '../../../upstream/testing/calls.ts';
import { createKeyHasher } from '../../virtual-key.ts';
import type { SsoAttempt, SsoAttemptStore, SsoFetch, SsoVault } from '../ports.ts';
import { STANDARD_CLAIMS } from '../presets.ts';
import { ssoBinding } from '../secret.ts';
import { createSsoService, type SsoService } from '../service.ts';

export const REDIRECT_URI = 'https://hub.example/sign-in/sso_1/callback';
const QUICK = { connectMs: 300, firstByteMs: 300, idleMs: 300, totalMs: 500 };

/** A vault whose sealed values can be read, and opened for what they were sealed to only. */
export const openVault: SsoVault = {
  seal: (secret, binding) => JSON.stringify({ secret, binding }),
  open: (sealed, binding) => {
    const kept: unknown = JSON.parse(sealed);
    const isMatch = typeof kept === 'object' && kept !== null && 'secret' in kept && 'binding' in kept;
    if (!isMatch || JSON.stringify(kept.binding) !== JSON.stringify(binding)) {
      throw new GatewayError('vault.undecryptable');
    }
    return String(kept.secret);
  },
};

/** Sign-ins under way in memory, and a door to look at what would be stored. */
export function memoryAttempts(): SsoAttemptStore & { readonly stored: () => string } {
  const kept = new Map<string, { readonly data: SsoAttempt; readonly expiresAt: number }>();
  return {
    put: async ({ hash, data, expiresAt }) => {
      kept.set(hash, { data, expiresAt });
    },
    take: async (hash, nowMs) => {
      const found = kept.get(hash);
      kept.delete(hash);
      return found !== undefined && found.expiresAt > nowMs ? found.data : undefined;
    },
    stored: () => JSON.stringify([...kept]),
  };
}

/** A connection to a provider at `issuer`, as an administrator would have entered it. */
export function connectionTo(issuer: string | undefined, fields: Partial<SsoConnection> = {}): SsoConnection {
  return {
    id: 'sso_1',
    organizationId: 'org_1',
    name: 'Staff',
    kind: 'oidc',
    preset: undefined,
    issuer,
    endpoints: undefined,
    clientId: 'hub',
    sealed: undefined,
    scopes: ['email', 'profile', 'groups'],
    claims: { ...STANDARD_CLAIMS, groups: 'groups' },
    domains: [],
    groupRoles: {},
    defaultRole: undefined,
    joins: 'none',
    isEnforced: false,
    state: 'active',
    createdAt: 1,
    revision: 1,
    ...fields,
  };
}

/** The connection with its secret sealed to it. */
export function withSecret(connection: SsoConnection, secret: string): SsoConnection {
  return { ...connection, sealed: openVault.seal(secret, ssoBinding(connection)) };
}

export type Scene = {
  readonly service: SsoService;
  readonly attempts: ReturnType<typeof memoryAttempts>;
  /** Replaces what is stored of the connection. */
  readonly store: (connection: SsoConnection | undefined) => void;
  /** Moves the hub's clock on. */
  readonly wait: (ms: number) => void;
};

/** The service over real sockets that may reach the hosts given. */
export function ssoScene(input: {
  readonly allow: readonly string[];
  readonly connection: SsoConnection;
  readonly wrapFetch?: (guarded: SsoFetch) => SsoFetch;
}): Scene {
  const upstream = testUpstream({ allow: input.allow });
  onTestFinished(() => upstream.close());
  const guarded = createGuardedFetch(upstream.send, { timeouts: QUICK });
  const attempts = memoryAttempts();
  let stored: SsoConnection | undefined = input.connection;
  let later = 0;
  const service = createSsoService({
    connections: { find: async (id) => (stored?.id === id ? stored : undefined) },
    attempts,
    vault: openVault,
    fetch: input.wrapFetch?.(guarded) ?? guarded,
    hashKey: createKeyHasher(randomBytes(32)),
    randomBytes,
    clock: { now: () => systemClock.now() + later, monotonic: () => systemClock.monotonic() + later },
  });
  return {
    service,
    attempts,
    store: (connection) => {
      stored = connection;
    },
    wait: (ms) => {
      later += ms;
    },
  };
}

export const ADA = { email: 'Ada@Example.com', emailVerified: true, name: 'Ada', groups: ['staff', 'admins'] };

/** An OpenID provider that Ada has an account at, which ends with the test. */
export async function testProvider(options: Partial<OpenIdProviderOptions> = {}): Promise<OpenIdProvider> {
  const provider = await startOpenIdProvider({ users: { ada: ADA }, redirectUris: [REDIRECT_URI], ...options });
  onTestFinished(() => provider.close());
  return provider;
}
