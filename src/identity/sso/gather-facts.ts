import {
  type Configuration,
  fetchProtectedResource,
  fetchUserInfo,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { type ListedAddress, type SsoFacts, saysEverything } from './claims.ts';
import { misconfigured } from './faults.ts';
import { SSO_PRESET_DATA } from './presets.ts';

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** What the provider says of the person whom the tokens are for. Everything it asks goes the connection's own way out. */
export function gatherFacts(
  configuration: Configuration,
  connection: SsoConnection,
  tokens: Tokens,
): Promise<SsoFacts> {
  return connection.kind === 'oidc'
    ? byIdToken(configuration, connection, tokens)
    : byAccessToken(configuration, connection, tokens.access_token);
}

async function byIdToken(configuration: Configuration, connection: SsoConnection, tokens: Tokens): Promise<SsoFacts> {
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) throw new GatewayError('sso.invalid_answer');
  // The library has parsed them from JSON.
  const documents = [claims as JsonObject];
  const { issuer, userinfo_endpoint: userInfo } = configuration.serverMetadata();
  if (userInfo !== undefined && !saysEverything(claims as JsonObject, connection)) {
    // The library holds it to be about the same subject as the token.
    documents.push((await fetchUserInfo(configuration, tokens.access_token, claims.sub)) as JsonObject);
  }
  return { documents, listed: undefined, issuer, tokenIssuer: claims.iss, idToken: tokens.id_token };
}

async function byAccessToken(
  configuration: Configuration,
  connection: SsoConnection,
  accessToken: string,
): Promise<SsoFacts> {
  const userInfo = configuration.serverMetadata().userinfo_endpoint;
  if (userInfo === undefined) throw misconfigured('it has no user-info endpoint');
  const person = await ask(configuration, accessToken, userInfo);
  if (!isJsonObject(person)) throw new GatewayError('sso.invalid_answer');
  const quirks = connection.preset === undefined ? undefined : SSO_PRESET_DATA[connection.preset].quirks;
  const listed =
    quirks?.listsAddresses === true
      ? primaryOf(await ask(configuration, accessToken, `${userInfo.replace(/\/+$/, '')}/emails`))
      : undefined;
  return { documents: [person], listed, issuer: undefined, tokenIssuer: undefined, idToken: undefined };
}

async function ask(configuration: Configuration, accessToken: string, address: string): Promise<JsonValue | undefined> {
  const headers = new Headers({ accept: 'application/json' });
  const answer = await fetchProtectedResource(configuration, accessToken, new URL(address), 'GET', undefined, headers);
  if (answer.status === 200) return parseJsonOrUndefined(await answer.text());
  if (answer.status >= 500 || answer.status === 429) throw new GatewayError('sso.provider_unreachable');
  throw misconfigured('the provider does not tell it who the person is; the scopes may be too few');
}

function primaryOf(list: JsonValue | undefined): ListedAddress | undefined {
  if (!Array.isArray(list)) throw new GatewayError('sso.invalid_answer');
  const primary = list.find((each) => isJsonObject(each) && each['primary'] === true);
  if (!isJsonObject(primary) || typeof primary['email'] !== 'string') return undefined;
  return { email: primary['email'], isVerified: primary['verified'] === true };
}
