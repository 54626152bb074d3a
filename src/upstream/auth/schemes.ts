import { assertNever } from '../../kernel/assert.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { AuthScheme } from '../../protocol/deployment.ts';

/** What a header value may hold of a secret: printable ASCII. A line break would end the header and begin another. */
const SENDABLE_SECRET = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * The headers with which a secret signs a request. The secret is in them: they go to the provider and nowhere else.
 * @throws GatewayError `provider.no_credential` for a secret that cannot be sent, `provider.dialect_unsupported` for a
 * scheme that this build does not sign with
 */
export function authHeaders(scheme: AuthScheme, secret: string): Readonly<Record<string, string>> {
  switch (scheme.scheme) {
    case 'none':
      return {};
    case 'bearer':
      return { authorization: `Bearer ${sendable(secret)}` };
    case 'header':
      return { [scheme.header.toLowerCase()]: sendable(secret) };
    case 'aws-sigv4':
      throw new GatewayError('provider.dialect_unsupported', {
        message: 'This build cannot sign requests with AWS Signature Version 4 yet.',
      });
    default:
      return assertNever(scheme);
  }
}

function sendable(secret: string): string {
  if (SENDABLE_SECRET.test(secret)) return secret;
  throw new GatewayError('provider.no_credential', {
    message: 'The credential holds characters that no HTTP header may carry.',
  });
}
