import { assertNever } from '../../kernel/assert.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { UpstreamAnswer, UpstreamCall } from '../ports.ts';
import { noSource } from './aws-call-fault.ts';
import { type AwsEnvironment, containerKeys, instanceKeys, type MetadataDeps, readToken } from './aws-metadata.ts';
import { regionOf, stsOrigin } from './aws-region.ts';
import { type AwsSource, readAwsSecret } from './aws-secret.ts';
import { type AwsKeys, type CallToSign, Sigv4Signer } from './sigv4.ts';
import { assumeRole, assumeRoleWithWebIdentity } from './sts.ts';
import { KeptKeys, type TemporaryKeys } from './temporary-keys.ts';

/** Secrets in use; more means that replaced ones were kept. */
const SECRETS_MAX = 256;

/** Signs calls for AWS with a connection's secret, whatever form it has. */
export type AwsSigner = {
  /** The headers to add to a call of `service`. @throws GatewayError where there are no keys to sign with */
  readonly sign: (secret: string, service: string, call: CallToSign) => Promise<Readonly<Record<string, string>>>;
  /** Texts that stand for the secret and for what was had with it: nobody may see them. */
  readonly partsOf: (secret: string) => readonly string[];
  /** AWS refused the temporary keys as expired: the next call asks for others. */
  readonly forget: (secret: string) => void;
  /** The secret is in use no longer: all that was had with it is dropped. */
  readonly drop: (secret: string) => void;
};

export type AwsSignerDeps = {
  readonly clock: Clock;
  /** The hub's way out, for the token service. */
  readonly request: (call: UpstreamCall) => Promise<UpstreamAnswer>;
  /** A way out to `metadataTargets(environment)` alone. */
  readonly requestMetadata: MetadataDeps['request'];
  readonly environment: AwsEnvironment;
  readonly readFile: (path: string) => Promise<string>;
  /** Whether a secret may name what the hub's machine has, or has to hold its own keys, from which roles may be assumed. */
  readonly sources: 'all' | 'own-keys';
};

/** What is kept of one secret in one region. */
type Held = {
  readonly keys: () => Promise<AwsKeys>;
  readonly kept: readonly KeptKeys[];
  readonly own: AwsKeys | undefined;
};

export function createAwsSigner(deps: AwsSignerDeps): AwsSigner {
  const held = new Map<string, Held>();
  const signers = new WeakMap<AwsKeys, Sigv4Signer>();
  const signerOf = (keys: AwsKeys): Sigv4Signer => {
    const known = signers.get(keys) ?? new Sigv4Signer(keys);
    signers.set(keys, known);
    return known;
  };
  const heldOf = (secret: string, region: string): Held => {
    const id = `${region} ${secret}`;
    let known = held.get(id);
    if (known === undefined) {
      known = hold(secret, region, deps);
      const [oldest] = held.keys();
      if (held.size >= SECRETS_MAX && oldest !== undefined) held.delete(oldest);
      held.set(id, known);
    }
    return known;
  };
  const idsOf = (secret: string): readonly string[] =>
    [...held.keys()].filter((id) => id.slice(id.indexOf(' ') + 1) === secret);
  const everyHeld = (secret: string): readonly Held[] =>
    idsOf(secret).flatMap((id) => {
      const value = held.get(id);
      return value === undefined ? [] : [value];
    });
  return {
    sign: async (secret, service, call) => {
      const region = regionOf(call.origin);
      const keys = await heldOf(secret, region).keys();
      return signerOf(keys).sign(call, { region, service, nowMs: deps.clock.now() });
    },
    partsOf: (secret) => {
      const keys = everyHeld(secret).flatMap(({ kept, own }) => [
        ...(own === undefined ? [] : [own]),
        ...kept.flatMap(({ secrets }) => secrets),
      ]);
      const parts = keys.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
        secretAccessKey,
        sessionToken,
        accessKeyId,
      ]);
      return [...new Set(parts)].filter((part) => part !== undefined);
    },
    forget: (secret) => {
      for (const { kept } of everyHeld(secret)) for (const keys of kept) keys.forget();
    },
    drop: (secret) => {
      for (const id of idsOf(secret)) held.delete(id);
    },
  };
}

/** @throws GatewayError `provider.no_credential` for a secret that is none of AWS's */
function hold(secret: string, region: string, deps: AwsSignerDeps): Held {
  const read = readAwsSecret(secret);
  switch (read.kind) {
    case 'keys':
      return { keys: () => Promise.resolve(read.keys), kept: [], own: read.keys };
    case 'bearer':
      throw noSource('A Bedrock API key signs nothing: it is sent as it is.');
    case 'source':
      if (deps.sources === 'own-keys') assertOwnKeys(read.source);
      return holdSource(read.source, region, deps);
    default:
      return assertNever(read);
  }
}

/** @throws GatewayError `provider.no_credential` for what would be had from the hub's machine */
function assertOwnKeys(source: AwsSource): void {
  if (source.source === 'assume-role' && source.base.kind === 'keys') return;
  throw noSource('The keys of the hub’s own machine are its operator’s. Enter keys of your own.');
}

function holdSource(source: AwsSource, region: string, deps: AwsSignerDeps): Held {
  const { clock } = deps;
  const keep = (ask: () => Promise<TemporaryKeys>): KeptKeys => new KeptKeys(ask, clock);
  if (source.source !== 'assume-role') {
    const kept = keep(() => askSource(source, region, deps));
    return { keys: () => kept.keys(), kept: [kept], own: undefined };
  }
  const { base } = source;
  const under: Held =
    base.kind === 'keys'
      ? { keys: () => Promise.resolve(base.keys), kept: [], own: base.keys }
      : holdSource(base.source, region, deps);
  const kept = keep(async () => assumeRole({ ...source, keys: await under.keys() }, stsDeps(region, deps)));
  return { keys: () => kept.keys(), kept: [kept, ...under.kept], own: under.own };
}

async function askSource(
  source: Exclude<AwsSource, { readonly source: 'assume-role' }>,
  region: string,
  deps: AwsSignerDeps,
): Promise<TemporaryKeys> {
  const { environment, readFile, requestMetadata } = deps;
  switch (source.source) {
    case 'instance':
      return await instanceKeys({ request: requestMetadata, environment, readFile });
    case 'container':
      return await containerKeys({ request: requestMetadata, environment, readFile });
    case 'web-identity': {
      const roleArn = source.roleArn ?? environment['AWS_ROLE_ARN'];
      const tokenFile = source.tokenFile ?? environment['AWS_WEB_IDENTITY_TOKEN_FILE'];
      if (roleArn === undefined || tokenFile === undefined) {
        throw noSource('The AWS credential names no role and token file, and neither does the environment.');
      }
      const token = await readToken(tokenFile, readFile);
      return await assumeRoleWithWebIdentity({ ...source, roleArn, token }, stsDeps(region, deps));
    }
    default:
      return assertNever(source);
  }
}

function stsDeps(region: string, { request, environment, clock }: AwsSignerDeps) {
  const given = URL.parse(environment['AWS_ENDPOINT_URL_STS'] ?? '');
  return { request, region, origin: given === null ? stsOrigin(region) : given.origin, nowMs: clock.now() };
}
