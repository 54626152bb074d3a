import type { UpstreamAnswer, UpstreamCall } from '../ports.ts';
import { sourceFault } from './aws-call-fault.ts';
import { type AwsKeys, Sigv4Signer } from './sigv4.ts';
import type { TemporaryKeys } from './temporary-keys.ts';

/** Asks AWS's Security Token Service for keys: https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html */

const VERSION = '2011-06-15';
const STS = 'AWS’s token service';
const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUTS = { connectMs: 5000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export type StsDeps = {
  readonly request: (call: UpstreamCall) => Promise<UpstreamAnswer>;
  readonly origin: string;
  readonly region: string;
  readonly nowMs: number;
};

export type RoleSession = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number | undefined;
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html @throws GatewayError */
export async function assumeRole(
  session: RoleSession & { readonly externalId: string | undefined; readonly keys: AwsKeys },
  deps: StsDeps,
): Promise<TemporaryKeys> {
  const { externalId, keys } = session;
  const form = roleForm('AssumeRole', session);
  if (externalId !== undefined) form.set('ExternalId', externalId);
  const call = stsCall(form, deps.origin);
  const { region, nowMs } = deps;
  const signature = new Sigv4Signer(keys).sign(call, { region, service: 'sts', nowMs });
  return readKeys(await deps.request({ ...call, headers: { ...call.headers, ...signature } }));
}

/** Not signed: the token says who asks. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity(
  session: RoleSession & { readonly token: string },
  deps: StsDeps,
): Promise<TemporaryKeys> {
  const form = roleForm('AssumeRoleWithWebIdentity', session);
  form.set('WebIdentityToken', session.token);
  return readKeys(await deps.request(stsCall(form, deps.origin)));
}

function roleForm(action: string, { roleArn, sessionName, durationSeconds }: RoleSession): URLSearchParams {
  const form = new URLSearchParams({
    Action: action,
    Version: VERSION,
    RoleArn: roleArn,
    RoleSessionName: sessionName,
  });
  if (durationSeconds !== undefined) form.set('DurationSeconds', String(durationSeconds));
  return form;
}

function stsCall(form: URLSearchParams, origin: string): UpstreamCall & { readonly method: 'POST' } {
  return {
    origin,
    path: '/',
    method: 'POST',
    headers: { accept: 'text/xml', 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: Buffer.from(form.toString()),
    timeouts: TIMEOUTS,
    maxResponseBytes: ANSWER_BYTES_MAX,
  };
}

function readKeys({ status, body }: UpstreamAnswer): TemporaryKeys {
  const xml = body.toString();
  if (status !== 200) {
    const message = elementOf(xml, 'Message') ?? '';
    throw sourceFault({ source: STS, status, message, code: elementOf(xml, 'Code') });
  }
  const accessKeyId = elementOf(xml, 'AccessKeyId');
  const secretAccessKey = elementOf(xml, 'SecretAccessKey');
  const sessionToken = elementOf(xml, 'SessionToken');
  const expiresAtMs = Date.parse(elementOf(xml, 'Expiration') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || !Number.isFinite(expiresAtMs)) {
    throw sourceFault({ source: STS, status, message: 'The answer holds no keys.', code: undefined });
  }
  return { keys: { accessKeyId, secretAccessKey, sessionToken }, expiresAtMs };
}

/** The text of an answer's element. The service's answers have no attributes there, and each of these names once. */
function elementOf(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  if (start === -1 || end === -1) return undefined;
  const text = xml.slice(start + name.length + 2, end).trim();
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (entity, word: string) => ENTITIES[word] ?? entity);
}
