import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client';
import type { Clock } from '../../kernel/clock.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { isLoopbackAddress } from './addresses.ts';
import { misconfigured, ssoFault } from './faults.ts';
import type { SsoFetch, SsoVault } from './ports.ts';
import { type ClientAuthMethod, SSO_PRESET_DATA } from './presets.ts';
import { ssoBinding } from './secret.ts';

/** Discovery documents change when a provider moves or changes its keys' address: rarely, and with notice. */
const KEPT_MS = 10 * 60 * 1000;
/** One for each connection that people sign in by within ten minutes. */
const KEPT_MAX = 200;
/** Beyond what the way out waits for by itself, so that its own faults are seen. */
const LIBRARY_TIMEOUT_SECONDS = 20;
/**
 * Signatures that are accepted where no discovery document says which the provider makes: those by a key pair. With a
 * secret that both know (HS256), whoever has the secret could sign as anybody.
 */
const SIGNATURES = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Addresses in a provider's metadata that the hub, or a browser, is sent to. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'end_session_endpoint',
] as const;

/** Gives the protocol's own view of a connection. Everything throws GatewayError `sso.…` */
export type SsoProviders = {
  readonly configurationOf: (connection: SsoConnection) => Promise<Configuration>;
  /** As it is now, whatever is remembered, which is forgotten. */
  readonly configureAnew: (connection: SsoConnection) => Promise<Configuration>;
};

type Kept = { readonly mark: string; readonly until: number; readonly configuration: Promise<Configuration> };

/** Builds the memory of discovery documents, by connection; a change of the connection makes it look again. */
export function createSsoProviders(deps: {
  readonly fetch: SsoFetch;
  readonly vault: SsoVault;
  readonly clock: Clock;
}): SsoProviders {
  const kept = new Map<string, Kept>();

  const keep = (connection: SsoConnection): Promise<Configuration> => {
    const configuration = configure(deps, connection);
    const entry: Kept = { mark: markOf(connection), until: deps.clock.monotonic() + KEPT_MS, configuration };
    kept.delete(connection.id);
    kept.set(connection.id, entry);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    // A failure is for those who wait for it, and not for who comes next.
    configuration.catch(() => {
      if (kept.get(connection.id) === entry) kept.delete(connection.id);
    });
    return configuration;
  };

  return {
    configurationOf: (connection) => {
      const known = kept.get(connection.id);
      const isFresh = known?.mark === markOf(connection) && known.until > deps.clock.monotonic();
      return known !== undefined && isFresh ? known.configuration : keep(connection);
    },
    configureAnew: (connection) => {
      kept.delete(connection.id);
      return configure(deps, connection);
    },
  };
}

/**
 * What a configuration is made of. A secret that is wrapped anew, by a rotation of the master key, leaves the revision as it
 * is; a draft that somebody tries before it is stored has the revision of what is stored.
 */
function markOf({ revision, sealed, kind, preset, issuer, endpoints, clientId }: SsoConnection): string {
  return JSON.stringify([revision, sealed, kind, preset, issuer, endpoints, clientId]);
}

async function configure(
  deps: { readonly fetch: SsoFetch; readonly vault: SsoVault },
  connection: SsoConnection,
): Promise<Configuration> {
  const configuration =
    connection.endpoints === undefined ? await discover(deps, connection) : byHand(deps, connection);
  const metadata = configuration.serverMetadata();
  for (const name of ENDPOINTS) {
    const address = metadata[name];
    if (address !== undefined) requireSafeAddress(address, name);
  }
  if (metadata.authorization_endpoint === undefined) throw misconfigured('it has no authorization endpoint');
  if (metadata.token_endpoint === undefined) throw misconfigured('it has no token endpoint');
  if (connection.kind === 'oauth2') {
    if (metadata.userinfo_endpoint === undefined) throw misconfigured('it has no user-info endpoint');
  } else if (metadata.jwks_uri === undefined) throw misconfigured('it has no address of signing keys');
  return configuration;
}

type Deps = { readonly fetch: SsoFetch; readonly vault: SsoVault };

async function discover(deps: Deps, connection: SsoConnection): Promise<Configuration> {
  const { issuer, clientId } = connection;
  if (issuer === undefined || !URL.canParse(issuer)) throw misconfigured('it has neither an issuer nor endpoints');
  requireSafeAddress(issuer, 'issuer');
  // Given the document's own address, the library would not hold the document to be the issuer's.
  if (issuer.includes('/.well-known/')) throw misconfigured('its issuer is the address of a document');
  try {
    return await discovery(new URL(issuer), clientId, undefined, clientAuth(deps, connection), {
      algorithm: connection.kind === 'oidc' ? 'oidc' : 'oauth2',
      timeout: LIBRARY_TIMEOUT_SECONDS,
      [customFetch]: deps.fetch,
      execute: [enableNonRepudiationChecks, ...(isLoopbackAddress(issuer) ? [allowInsecureRequests] : [])],
    });
  } catch (thrown) {
    throw ssoFault(thrown, 'discovery');
  }
}

function byHand(deps: Deps, connection: SsoConnection): Configuration {
  const { endpoints, issuer, clientId } = connection;
  if (endpoints === undefined) throw misconfigured('it has no endpoints');
  if (connection.kind === 'oidc' && issuer === undefined) throw misconfigured('it has no issuer');
  const metadata: ServerMetadata = {
    // Without OpenID Connect the library compares it with the `iss` of a callback, should there be one.
    issuer: issuer ?? new URL(endpoints.authorization).origin,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    id_token_signing_alg_values_supported: SIGNATURES,
    ...(endpoints.userInfo === undefined ? {} : { userinfo_endpoint: endpoints.userInfo }),
    ...(endpoints.jwks === undefined ? {} : { jwks_uri: endpoints.jwks }),
    ...(endpoints.endSession === undefined ? {} : { end_session_endpoint: endpoints.endSession }),
  };
  const configuration = new Configuration(metadata, clientId, undefined, clientAuth(deps, connection));
  configuration[customFetch] = deps.fetch;
  configuration.timeout = LIBRARY_TIMEOUT_SECONDS;
  enableNonRepudiationChecks(configuration);
  if (isLoopbackAddress(endpoints.token)) allowInsecureRequests(configuration);
  return configuration;
}

/** Opens the secret when it is sent, and keeps it nowhere else. */
function clientAuth(deps: Deps, connection: SsoConnection): ClientAuth {
  const { sealed } = connection;
  if (sealed === undefined) return None();
  return (server, client, body, headers) => {
    const secret = deps.vault.open(sealed, ssoBinding(connection));
    const authenticate = authMethod(server, connection) === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic;
    return authenticate(secret)(server, client, body, headers);
  };
}

/**
 * In the body where the provider lists that, since the header's encoding of odd characters is where implementations
 * differ; else in the header, which is what a provider that lists nothing takes.
 * https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
 */
function authMethod(server: ServerMetadata, connection: SsoConnection): ClientAuthMethod {
  const preset = connection.preset === undefined ? undefined : SSO_PRESET_DATA[connection.preset];
  const listed = server.token_endpoint_auth_methods_supported;
  if (listed === undefined) return preset?.quirks.clientAuth ?? 'client_secret_basic';
  return listed.includes('client_secret_post') ? 'client_secret_post' : 'client_secret_basic';
}

/** Secrets, codes and tokens go over https, or stay on this machine. The egress guard judges the host besides. */
function requireSafeAddress(address: string, what: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackAddress(address));
  if (!isSafe) throw misconfigured(`its ${what.replaceAll('_', ' ')} is no https address`);
}
