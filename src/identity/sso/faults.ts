import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { type ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject } from '../../kernel/json.ts';

/** What was being done when something went wrong. */
export type SsoPhase = 'discovery' | 'exchange';

/** Causes are chained at most so deep. */
const CAUSES_MAX = 8;
/** How the codes of the protocol's library begin. */
const LIBRARY_CODE = /^(?:OAUTH|ERR_INVALID_ARG)_/;

/**
 * The words for errors that OAuth 2.0, OpenID Connect and GitHub define, and whose fault each is. Only words that stand
 * here are ever shown or logged: all else that a provider, or whoever made the address of a callback, may say is foreign.
 * https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * https://openid.net/specs/openid-connect-core-1_0.html#AuthError
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 */
const OAUTH_ERRORS: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['access_denied', 'sso.refused'],
  ['login_required', 'sso.refused'],
  ['consent_required', 'sso.refused'],
  ['interaction_required', 'sso.refused'],
  ['account_selection_required', 'sso.refused'],
  ['invalid_grant', 'sso.refused'],
  ['bad_verification_code', 'sso.refused'],
  ['unverified_user_email', 'sso.email_unverified'],
  ['server_error', 'sso.provider_unreachable'],
  ['temporarily_unavailable', 'sso.provider_unreachable'],
  ['invalid_client', 'sso.misconfigured'],
  ['incorrect_client_credentials', 'sso.misconfigured'],
  ['redirect_uri_mismatch', 'sso.misconfigured'],
  ['unauthorized_client', 'sso.misconfigured'],
  ['invalid_request', 'sso.misconfigured'],
  ['invalid_scope', 'sso.misconfigured'],
  ['unsupported_response_type', 'sso.misconfigured'],
  ['unsupported_grant_type', 'sso.misconfigured'],
]);

/**
 * What the protocol's library or the way out threw → an error that may be shown and logged. The library keeps whole answers
 * in its causes, tokens among them, so that none of them is passed on: the cause is made anew of words that are ours.
 */
export function ssoFault(thrown: unknown, phase: SsoPhase): GatewayError {
  const chain = causesOf(thrown);
  const own = chain.find((each) => each instanceof GatewayError);
  if (own !== undefined) return ownFault(own);
  const word = chain.map(oauthErrorOf).find((each) => each !== undefined);
  if (word !== undefined) {
    return new GatewayError(OAUTH_ERRORS.get(word) ?? 'sso.refused', {
      details: { reason: word },
      cause: noted(thrown),
    });
  }
  return new GatewayError(codeOf(thrown, chain, phase), { cause: noted(thrown) });
}

/** A connection that lacks what it needs, in words that may be shown. */
export function misconfigured(reason: string): GatewayError {
  return new GatewayError('sso.misconfigured', {
    message: `This way to sign in is not set up as its provider needs it: ${reason}.`,
  });
}

function ownFault(error: GatewayError): GatewayError {
  if (error.code.startsWith('upstream.')) return new GatewayError('sso.provider_unreachable', { cause: error });
  if (error.code !== 'egress.blocked') return error;
  return new GatewayError('sso.misconfigured', {
    message: 'The sign-in provider’s address is not one that the hub may call.',
    cause: error,
  });
}

function codeOf(thrown: unknown, chain: readonly unknown[], phase: SsoPhase): ErrorCode {
  if (thrown instanceof AuthorizationResponseError || thrown instanceof ResponseBodyError) return 'sso.refused';
  if (thrown instanceof WWWAuthenticateChallengeError) return 'sso.misconfigured';
  if (!(thrown instanceof ClientError)) return phase === 'discovery' ? 'sso.misconfigured' : 'sso.invalid_answer';
  switch (thrown.code ?? '') {
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      return 'sso.provider_unreachable';
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return isServersFault(chain) ? 'sso.provider_unreachable' : 'sso.misconfigured';
    case 'OAUTH_HTTP_REQUEST_FORBIDDEN':
    case 'OAUTH_REQUEST_PROTOCOL_FORBIDDEN':
    case 'OAUTH_MISSING_SERVER_METADATA':
    case 'OAUTH_INVALID_SERVER_METADATA':
      return 'sso.misconfigured';
    default:
      return phase === 'discovery' ? 'sso.misconfigured' : 'sso.invalid_answer';
  }
}

/** An answer of 5xx or 429 says nothing of the connection. */
function isServersFault(chain: readonly unknown[]): boolean {
  const answer = chain.find((each) => each instanceof Response);
  return answer !== undefined && (answer.status >= 500 || answer.status === 429);
}

function oauthErrorOf(link: unknown): string | undefined {
  if (link instanceof AuthorizationResponseError || link instanceof ResponseBodyError) return known(link.error);
  // GitHub answers 200 with an error in the body, which the library then finds to lack a token.
  const body = isJsonObject(link) && isJsonObject(link['body']) ? link['body'] : undefined;
  return known(body?.['error']);
}

function known(word: unknown): string | undefined {
  return typeof word === 'string' && OAUTH_ERRORS.has(word) ? word : undefined;
}

function causesOf(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let link = thrown;
  while (link !== undefined && link !== null && chain.length < CAUSES_MAX) {
    chain.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return chain;
}

/**
 * Name and code of each error in the chain, and the sentence of the library's own, which are fixed. Those of others are left
 * out: a JSON parser quotes what it read.
 */
function noted(thrown: unknown): Error {
  const words = causesOf(thrown)
    .filter((each) => each instanceof Error)
    .map((each) => {
      const code = 'code' in each && typeof each.code === 'string' ? each.code : '';
      return LIBRARY_CODE.test(code) ? `${each.name} ${code}: ${each.message}` : each.name;
    });
  return new Error(words.length === 0 ? 'something that is no error was thrown' : words.join('; '));
}
