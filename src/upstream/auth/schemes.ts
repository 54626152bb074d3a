import { assertNever } from '../../kernel/assert.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { AuthScheme } from '../../protocol/deployment.ts';
import { readAwsSecret } from './aws-secret.ts';

/** What a header value may hold of a secret: printable ASCII. A line break would end the header and begin another. */
const SENDABLE_SECRET = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * The headers with which a secret signs a request. The secret is in them: they go to the provider and nowhere else. Where
 * a scheme signs each call by itself (`signsCalls`) there are none.
 * @throws GatewayError `provider.no_credential` for a secret that cannot be sent
 */
export function authHeaders(scheme: AuthScheme, secret: string): Readonly<Record<string, string>> {
  switch (scheme.scheme) {
    case 'none':
      return {};
    case 'bearer':
      return { authorization: `Bearer ${sendable(secret)}` };
    case 'header':
      return { [scheme.header.toLowerCase()]: sendable(secret) };
    case 'aws-sigv4': {
      const read = readAwsSecret(secret);
      return read.kind === 'bearer' ? { authorization: `Bearer ${sendable(read.token)}` } : {};
    }
    default:
      return assertNever(scheme);
  }
}

/** Whether calls with this secret have to be signed one by one. @throws GatewayError `provider.no_credential` */
export function signsCalls(scheme: AuthScheme, secret: string): boolean {
  return scheme.scheme === 'aws-sigv4' && readAwsSecret(secret).kind !== 'bearer';
}

function sendable(secret: string): string {
  if (SENDABLE_SECRET.test(secret)) return secret;
  throw new GatewayError('provider.no_credential', {
    message: 'The credential holds characters that no HTTP header may carry.',
  });
}
