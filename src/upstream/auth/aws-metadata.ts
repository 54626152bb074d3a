import { isIP } from 'node:net';
import { isJsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import { canonicalHostPort } from '../egress-guard.ts';
import type { UpstreamAnswer, UpstreamCall } from '../ports.ts';
import { noSource, sourceFault } from './aws-call-fault.ts';
import type { TemporaryKeys } from './temporary-keys.ts';

/** Asks the machine or the container that the hub runs in for the keys of its role. */

const INSTANCE_ORIGIN = 'http://169.254.169.254';
const CONTAINER_ORIGIN = 'http://169.254.170.2';
/** Hosts besides this machine that may be asked without TLS: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
const CONTAINER_HOSTS: ReadonlySet<string> = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]']);
const INSTANCE = 'The instance’s metadata service';
const CONTAINER = 'The container’s endpoint for credentials';
const ROLES_PATH = '/latest/meta-data/iam/security-credentials/';
const TOKEN_PATH = '/latest/api/token';
/** One token serves the two calls behind it. */
const TOKEN_TTL_SECONDS = '60';
const ANSWER_BYTES_MAX = 64 * 1024;
/** The services are on this very machine; elsewhere nobody answers, and callers wait. */
const TIMEOUTS = { connectMs: 1000, firstByteMs: 3000, idleMs: 3000, totalMs: 5000 };

export type MetadataDeps = {
  /** A way out that leads to the metadata services and nowhere else. */
  readonly request: (call: UpstreamCall) => Promise<UpstreamAnswer>;
  readonly environment: AwsEnvironment;
  readonly readFile: (path: string) => Promise<string>;
};

/** The variables that AWS's own tools read. */
export type AwsEnvironment = Readonly<Record<string, string | undefined>>;

/** `host:port` of the metadata services where the hub runs: what their own way out may dial. */
export function metadataTargets(environment: AwsEnvironment): readonly string[] {
  const origins = [instanceOrigin(environment), containerUrl(environment)?.origin];
  return origins.flatMap((origin) => {
    const url = origin === undefined ? null : URL.parse(origin);
    if (url === null) return [];
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return [canonicalHostPort(`${url.hostname}:${port}`)];
  });
}

/**
 * With a session token, as version 2 of the service asks for:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 * @throws GatewayError
 */
export async function instanceKeys({ request, environment }: MetadataDeps): Promise<TemporaryKeys> {
  const origin = instanceOrigin(environment);
  const ask = async (method: 'GET' | 'PUT', path: string, headers: Readonly<Record<string, string>>) => {
    const answer = await request(metadataCall(origin, { method, path, headers }));
    const text = answer.body.toString();
    if (answer.status !== 200)
      throw sourceFault({ source: INSTANCE, status: answer.status, message: text, code: undefined });
    return text.trim();
  };
  const token = await ask('PUT', TOKEN_PATH, { 'x-aws-ec2-metadata-token-ttl-seconds': TOKEN_TTL_SECONDS });
  const headers = { 'x-aws-ec2-metadata-token': token };
  const [role = ''] = (await ask('GET', ROLES_PATH, headers)).split('\n');
  if (role === '') throw noSource('The instance that the hub runs on has no role.');
  return readKeys(INSTANCE, await ask('GET', `${ROLES_PATH}${encodeURIComponent(role.trim())}`, headers));
}

/**
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 * @throws GatewayError
 */
export async function containerKeys({ request, environment, readFile }: MetadataDeps): Promise<TemporaryKeys> {
  const url = containerUrl(environment);
  if (url === undefined) {
    throw noSource(
      'Neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor an allowed AWS_CONTAINER_CREDENTIALS_FULL_URI is set.',
    );
  }
  const token = await containerToken(environment, readFile);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
  const { status, body } = await request(
    metadataCall(url.origin, { method: 'GET', path: `${url.pathname}${url.search}`, headers }),
  );
  if (status !== 200) {
    const answer = parseJsonOrUndefined(body.toString());
    const { code, message } = isJsonObject(answer) ? answer : {};
    throw sourceFault({
      source: CONTAINER,
      status,
      message: typeof message === 'string' ? message : '',
      code: typeof code === 'string' ? code : undefined,
    });
  }
  return readKeys(CONTAINER, body.toString());
}

function instanceOrigin(environment: AwsEnvironment): string {
  const given = URL.parse(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '');
  return given === null ? INSTANCE_ORIGIN : given.origin;
}

/** The address that the container's environment names; over http only on this machine or at AWS's own addresses. */
function containerUrl(environment: AwsEnvironment): URL | undefined {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  if (relative?.startsWith('/') === true) return URL.parse(relative, CONTAINER_ORIGIN) ?? undefined;
  const full = URL.parse(environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '');
  if (full === null) return undefined;
  if (full.protocol === 'https:') return full;
  const isAllowed = full.protocol === 'http:' && (CONTAINER_HOSTS.has(full.hostname) || isLoopback(full.hostname));
  return isAllowed ? full : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

/** The file is read each time: whoever keeps it renews the token in it. */
async function containerToken(
  environment: AwsEnvironment,
  readFile: MetadataDeps['readFile'],
): Promise<string | undefined> {
  const path = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = path === undefined ? environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : await readToken(path, readFile);
  if (token === undefined || /^[\x21-\x7e]+(?: [\x21-\x7e]+)?$/.test(token)) return token;
  throw noSource('The container’s authorization token holds characters that no header can carry.');
}

/** A token out of its file, without the line break at its end. @throws GatewayError `provider.no_credential` */
export async function readToken(path: string, readFile: MetadataDeps['readFile']): Promise<string> {
  try {
    return (await readFile(path)).trim();
  } catch (cause) {
    throw noSource(`The token file ${path} cannot be read.`, cause);
  }
}

type MetadataCall = Pick<UpstreamCall, 'method' | 'path' | 'headers'>;

function metadataCall(origin: string, { method, path, headers }: MetadataCall): UpstreamCall {
  return { origin, path, method, headers, body: undefined, timeouts: TIMEOUTS, maxResponseBytes: ANSWER_BYTES_MAX };
}

function readKeys(source: string, text: string): TemporaryKeys {
  const answer = parseJsonOrUndefined(text);
  const { AccessKeyId, SecretAccessKey, Token, Expiration, Code } = isJsonObject(answer) ? answer : {};
  const expiresAtMs = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN;
  const isWhole =
    typeof AccessKeyId === 'string' && typeof SecretAccessKey === 'string' && Number.isFinite(expiresAtMs);
  if (!isWhole) {
    const code = typeof Code === 'string' ? Code : undefined;
    throw sourceFault({ source, status: 200, message: 'The answer holds no keys.', code });
  }
  const sessionToken = typeof Token === 'string' && Token !== '' ? Token : undefined;
  return { keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken }, expiresAtMs };
}
