import type { ProviderAnswer, ProviderHttp } from '../providers/connection-ports.ts';
import type { AwsSigner } from '../upstream/auth/aws-signer.ts';
import { authHeaders, signsCalls } from '../upstream/auth/schemes.ts';
import type { Upstream, UpstreamCall } from '../upstream/ports.ts';

const CONNECT_MS = 10_000;
const FIRST_ERROR_STATUS = 400;

/** Calls to providers off the hot path, through the same guarded way out as every other, signed where a scheme asks for it. */
export function createProviderHttp(upstream: Upstream, aws: AwsSigner): ProviderHttp {
  return {
    request: async ({ method, url, headers, body, auth, secret, timeoutMs, responseBytesMax }) => {
      const { origin, pathname, search } = new URL(url);
      const call: UpstreamCall = {
        origin,
        path: `${pathname}${search}`,
        method,
        headers: { ...headers, ...(secret === undefined ? {} : authHeaders(auth, secret)) },
        body: body === undefined ? undefined : Buffer.from(body),
        timeouts: {
          connectMs: Math.min(CONNECT_MS, timeoutMs),
          firstByteMs: timeoutMs,
          idleMs: timeoutMs,
          totalMs: timeoutMs,
        },
        maxResponseBytes: responseBytesMax,
      };
      if (secret === undefined || auth.scheme !== 'aws-sigv4' || !signsCalls(auth, secret))
        return upstream.request(call);
      const signature = await aws.sign(secret, auth.service, call);
      const answer = await upstream.request({ ...call, headers: { ...call.headers, ...signature } });
      return answer.status < FIRST_ERROR_STATUS ? answer : withoutParts(answer, aws.partsOf(secret));
    },
  };
}

/** AWS repeats what was signed where a signature does not fit, the session token among it. */
function withoutParts({ status, body }: ProviderAnswer, parts: readonly string[]): ProviderAnswer {
  const text = parts.reduce((scrubbed, part) => scrubbed.replaceAll(part, '…'), body.toString());
  return { status, body: Buffer.from(text) };
}
