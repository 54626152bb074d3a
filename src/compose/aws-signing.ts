import { readFile } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Reach } from '../protocol/deployment.ts';
import { metadataTargets } from '../upstream/auth/aws-metadata.ts';
import { type AwsSigner, createAwsSigner } from '../upstream/auth/aws-signer.ts';
import { systemResolve } from '../upstream/egress-guard.ts';
import type { Upstream } from '../upstream/ports.ts';
import { createUpstream } from '../upstream/send.ts';
import { targetOf } from './compile-snapshot.ts';

export type AwsSigning = {
  /** The operator's credentials may name what the machine has; an organization's own are all the keys that there are. */
  readonly signerOf: (reach: Reach) => AwsSigner;
  readonly close: () => Promise<void>;
};

/**
 * What signs calls for AWS. Metadata services hand out the keys of the machine, so they are reached by a way out of their
 * own, without a proxy: no address that anybody enters as a provider's leads there, and this one leads nowhere else.
 */
export function openAwsSigning(input: {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly upstream: Upstream;
  readonly publicNet: Upstream;
  readonly userAgent: string;
}): AwsSigning {
  const { clock, environment, upstream, publicNet, userAgent } = input;
  const metadata = createUpstream({
    allow: metadataTargets(environment),
    resolve: systemResolve,
    proxy: { httpsProxy: undefined, httpProxy: undefined, noProxy: undefined },
    extraCaPem: undefined,
    userAgent,
    clock,
  });
  const signer = createAwsSigner({
    clock,
    environment,
    request: upstream.request,
    requestMetadata: metadata.request,
    readFile: (path) => readFile(path, 'utf8'),
    sources: 'all',
  });
  const ownKeysOnly = createAwsSigner({
    clock,
    environment: {},
    request: publicNet.request,
    requestMetadata: () => Promise.reject(new GatewayError('egress.blocked')),
    readFile: () => Promise.reject(new GatewayError('provider.no_credential')),
    sources: 'own-keys',
  });
  return { signerOf: (reach) => (reach === 'operator' ? signer : ownKeysOnly), close: metadata.close };
}

/** The token service that the operator's environment names in place of AWS's own: it may be dialled wherever it lies. */
export function tokenServiceTargets(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const endpoint = URL.parse(environment['AWS_ENDPOINT_URL_STS'] ?? '');
  return endpoint === null ? [] : [targetOf(endpoint.origin)];
}
