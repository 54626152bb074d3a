import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../ports.ts';
import {
  type AwsAnswer,
  type AwsDouble,
  type AwsRequest,
  checkSignature,
  startAws,
  stsAnswer,
  TEST_KEYS,
} from '../testing/aws-double.ts';
import { testUpstream } from '../testing/calls.ts';
import { metadataTargets } from './aws-metadata.ts';
import { type AwsSigner, createAwsSigner } from './aws-signer.ts';
import type { AwsKeys, CallToSign } from './sigv4.ts';

const MINUTE_MS = 60_000;
const ROLE = 'arn:aws:iam::123456789012:role/hub-reader';
const CALL: CallToSign = {
  method: 'POST',
  origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
  path: '/model/m/converse',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
};

/** The temporary keys of the n-th time that they were asked for. */
function sessionKeys(count: number): AwsKeys {
  return {
    accessKeyId: `ASIAEXAMPLESESSION0${count}`,
    secretAccessKey: `secret&${count}`,
    sessionToken: `token/${count}==`,
  };
}

let nowMs: number;
let files: Record<string, string>;
let environment: Record<string, string>;
let aws: AwsDouble;
let answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>;
let opened: Upstream[];

beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1);
  files = {};
  environment = {};
  opened = [];
  answer = () => ({ status: 404, body: 'nothing here' });
  aws = await startAws((request) => answer(request));
});

afterEach(async () => {
  await Promise.all(opened.map((upstream) => upstream.close()));
  await aws.close();
});

/** A signer as the hub builds it: its own way out for the metadata services, and the common one for the token service. */
function openSigner(sources: 'all' | 'own-keys' = 'all'): AwsSigner {
  const common = testUpstream({ allow: environment['AWS_ENDPOINT_URL_STS'] === undefined ? [] : [aws.hostPort] });
  const metadata = testUpstream({ allow: metadataTargets(environment) });
  opened.push(common, metadata);
  return createAwsSigner({
    clock: { now: () => nowMs, monotonic: () => nowMs },
    environment,
    request: common.request,
    requestMetadata: metadata.request,
    sources,
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`no file ${path}`);
      return text;
    },
  });
}

/** The access key that a call is signed with, once the signature is checked. */
async function signerOf(signer: AwsSigner, secret: string, known: readonly AwsKeys[]): Promise<unknown> {
  const headers = await signer.sign(secret, 'bedrock', CALL);
  const host = new URL(CALL.origin).host;
  const checked = await checkSignature(
    { method: CALL.method, path: CALL.path, headers: { ...CALL.headers, ...headers, host }, body: Buffer.from('{}') },
    known,
  );
  return typeof checked === 'string' ? checked : `${checked.accessKeyId} ${checked.region} ${checked.service}`;
}

function isoIn(ms: number): string {
  return new Date(nowMs + ms).toISOString();
}

describe('keys of one’s own', () => {
  it('sign for the region of the call’s address', async () => {
    const secret = `${TEST_KEYS.accessKeyId}:${TEST_KEYS.secretAccessKey}`;
    expect(await signerOf(openSigner(), secret, [TEST_KEYS])).toBe('AKIDEXAMPLEEXAMPLE01 eu-west-1 bedrock');
  });

  it('are told, part by part, to whoever hides secrets', async () => {
    const signer = openSigner();
    const secret = 'AKIDEXAMPLEEXAMPLE01:canary-key:canary-token';
    await signer.sign(secret, 'bedrock', CALL);
    expect(signer.partsOf(secret).toSorted()).toEqual(['AKIDEXAMPLEEXAMPLE01', 'canary-key', 'canary-token']);
    signer.drop(secret);
    expect(signer.partsOf(secret)).toEqual([]);
  });
});

describe('an assumed role', () => {
  const secret = JSON.stringify({
    source: 'assume-role',
    roleArn: ROLE,
    externalId: 'customer:7',
    accessKeyId: TEST_KEYS.accessKeyId,
    secretAccessKey: TEST_KEYS.secretAccessKey,
  });

  beforeEach(() => {
    environment = { AWS_ENDPOINT_URL_STS: aws.origin };
    answer = () => stsAnswer('AssumeRole', sessionKeys(aws.seen.length), isoIn(60 * MINUTE_MS));
  });

  it('is asked for with a signed form, the external id in it, and signs with what it gets', async () => {
    const signer = openSigner();
    expect(await signerOf(signer, secret, [sessionKeys(1)])).toBe('ASIAEXAMPLESESSION01 eu-west-1 bedrock');
    const [asked] = aws.seen;
    expect(asked && (await checkSignature(asked, [TEST_KEYS]))).toMatchObject({ region: 'eu-west-1', service: 'sts' });
    expect(Object.fromEntries(new URLSearchParams(asked?.body.toString()))).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: 'aigne-hub',
      ExternalId: 'customer:7',
    });
  });

  it('is had with one’s own keys where nothing else counts, and with no others', async () => {
    const signer = openSigner('own-keys');
    expect(await signerOf(signer, secret, [sessionKeys(1)])).toBe('ASIAEXAMPLESESSION01 eu-west-1 bedrock');
    const ofMachine = JSON.stringify({ source: 'assume-role', roleArn: ROLE, from: 'instance' });
    await expect(signer.sign(ofMachine, 'bedrock', CALL)).rejects.toMatchObject({ code: 'provider.no_credential' });
    expect(aws.seen).toHaveLength(1);
  });

  it('is asked for once by calls that come together, and again only near its end', async () => {
    const signer = openSigner();
    await Promise.all(Array.from({ length: 20 }, () => signer.sign(secret, 'bedrock', CALL)));
    nowMs += 54 * MINUTE_MS;
    await signer.sign(secret, 'bedrock', CALL);
    expect(aws.seen).toHaveLength(1);
  });

  it('is renewed five minutes before its end, while calls go out with the old keys', async () => {
    const signer = openSigner();
    await signer.sign(secret, 'bedrock', CALL);
    nowMs += 56 * MINUTE_MS;
    const renewed = Promise.withResolvers<void>();
    const answered = answer;
    answer = (request) => {
      queueMicrotask(renewed.resolve);
      return answered(request);
    };
    expect(await signerOf(signer, secret, [sessionKeys(1)])).toContain('SESSION01');
    await renewed.promise;
    await expect.poll(() => signerOf(signer, secret, [sessionKeys(1), sessionKeys(2)])).toContain('SESSION02');
    expect(aws.seen).toHaveLength(2);
    expect(signer.partsOf(secret)).toEqual(expect.arrayContaining(['token/1==', 'token/2==', 'secret&2']));
  });

  it('is waited for where the old keys are over', async () => {
    const signer = openSigner();
    await signer.sign(secret, 'bedrock', CALL);
    nowMs += 61 * MINUTE_MS;
    expect(await signerOf(signer, secret, [sessionKeys(2)])).toContain('SESSION02');
  });

  it('goes on with its keys while the token service fails, and fails once they are over', async () => {
    const signer = openSigner();
    await signer.sign(secret, 'bedrock', CALL);
    answer = () => ({
      status: 503,
      body: '<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>',
    });
    nowMs += 57 * MINUTE_MS;
    expect(await signerOf(signer, secret, [sessionKeys(1)])).toContain('SESSION01');
    nowMs += 4 * MINUTE_MS;
    await expect(signer.sign(secret, 'bedrock', CALL)).rejects.toMatchObject({ code: 'upstream.error' });
  });

  it('is asked for anew when the service calls its keys expired', async () => {
    const signer = openSigner();
    await signer.sign(secret, 'bedrock', CALL);
    signer.forget(secret);
    expect(await signerOf(signer, secret, [sessionKeys(2)])).toContain('SESSION02');
  });

  it.each([
    [403, 'AccessDenied', 'upstream.credential_rejected'],
    [400, 'ExpiredTokenException', 'upstream.credential_rejected'],
    [400, 'Throttling', 'upstream.rate_limited'],
    [500, 'InternalFailure', 'upstream.error'],
  ])(
    'that is refused with %i %s is %s, in the service’s words, and asked for again only after a while',
    async (status, word, code) => {
      const error = `<Error><Type>Sender</Type><Code>${word}</Code><Message>User &amp; role: no</Message></Error>`;
      answer = () => ({ status, body: `<ErrorResponse>${error}</ErrorResponse>` });
      const signer = openSigner();
      const refusal = { code, upstream: { status, message: 'User & role: no', code: word } };
      await expect(signer.sign(secret, 'bedrock', CALL)).rejects.toMatchObject(refusal);
      await expect(signer.sign(secret, 'bedrock', CALL)).rejects.toMatchObject(refusal);
      expect(aws.seen).toHaveLength(1);
      nowMs += 6000;
      await expect(signer.sign(secret, 'bedrock', CALL)).rejects.toMatchObject(refusal);
      expect(aws.seen).toHaveLength(2);
    },
  );

  it.each(['', '<AssumeRoleResponse/>', 'not xml', '<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>'])(
    'that comes without keys is the service’s failure: %j',
    async (body) => {
      answer = () => ({ body });
      await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({ code: 'upstream.error' });
    },
  );

  it('is told to be out of reach where the token service is', async () => {
    environment = {};
    const signer = openSigner();
    const elsewhere = { ...CALL, origin: 'http://127.0.0.1:1' };
    environment['AWS_ENDPOINT_URL_STS'] = 'http://127.0.0.1:1';
    await expect(signer.sign(secret, 'bedrock', elsewhere)).rejects.toMatchObject({ code: 'egress.blocked' });
  });
});

describe('a web identity', () => {
  beforeEach(() => {
    environment = { AWS_ENDPOINT_URL_STS: aws.origin };
    answer = () => stsAnswer('AssumeRoleWithWebIdentity', sessionKeys(aws.seen.length), isoIn(60 * MINUTE_MS));
    files['/run/token'] = 'header.claims.signature\n';
  });

  it('gives the token in its file, read anew each time, and no signature', async () => {
    const secret = JSON.stringify({ source: 'web-identity', roleArn: ROLE, tokenFile: '/run/token' });
    const signer = openSigner();
    expect(await signerOf(signer, secret, [sessionKeys(1)])).toContain('SESSION01');
    files['/run/token'] = 'renewed';
    nowMs += 61 * MINUTE_MS;
    await signer.sign(secret, 'bedrock', CALL);
    const forms = aws.seen.map(({ body }) => new URLSearchParams(body.toString()));
    expect(forms.map((form) => form.get('WebIdentityToken'))).toEqual(['header.claims.signature', 'renewed']);
    expect(forms[0]?.get('Action')).toBe('AssumeRoleWithWebIdentity');
    expect(aws.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is the one of the environment where the secret names none', async () => {
    environment['AWS_ROLE_ARN'] = ROLE;
    environment['AWS_WEB_IDENTITY_TOKEN_FILE'] = '/run/token';
    expect(await signerOf(openSigner(), '{"source":"web-identity"}', [sessionKeys(1)])).toContain('SESSION01');
  });

  it.each([
    ['{"source":"web-identity"}', 'names no role'],
    [`{"source":"web-identity","roleArn":"${ROLE}","tokenFile":"/run/other"}`, '/run/other cannot be read'],
  ])('that is not there is told: %s', async (secret, message) => {
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({
      code: 'provider.no_credential',
      message: expect.stringContaining(message),
    });
  });
});

/** An answer of a metadata service. */
function metadataAnswer(expiresInMs: number): AwsAnswer {
  const { accessKeyId, secretAccessKey, sessionToken } = sessionKeys(1);
  const Expiration = isoIn(expiresInMs);
  return {
    body: JSON.stringify({
      Code: 'Success',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration,
    }),
  };
}

describe('the role of the instance', () => {
  const secret = '{"source":"instance"}';

  beforeEach(() => {
    environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${aws.origin}/` };
    answer = ({ method, path, headers }) => {
      if (path === '/latest/api/token') {
        const isAsked = method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] !== undefined;
        return isAsked ? { body: 'session-1' } : { status: 400, body: '' };
      }
      if (headers['x-aws-ec2-metadata-token'] !== 'session-1') return { status: 401, body: 'no token' };
      if (path === '/latest/meta-data/iam/security-credentials/') return { body: 'hub-role' };
      if (path === '/latest/meta-data/iam/security-credentials/hub-role') return metadataAnswer(60 * MINUTE_MS);
      return { status: 404, body: '' };
    };
  });

  it('is asked for with a session token', async () => {
    expect(await signerOf(openSigner(), secret, [sessionKeys(1)])).toContain('SESSION01');
    expect(aws.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/hub-role',
    ]);
  });

  it('may ask for another role', async () => {
    environment['AWS_ENDPOINT_URL_STS'] = aws.origin;
    const metadata = answer;
    answer = (request) =>
      request.path === '/' ? stsAnswer('AssumeRole', sessionKeys(2), isoIn(60 * MINUTE_MS)) : metadata(request);
    const role = JSON.stringify({ source: 'assume-role', roleArn: ROLE, from: 'instance' });
    expect(await signerOf(openSigner(), role, [sessionKeys(2)])).toContain('SESSION02');
    const asked = aws.seen.at(-1);
    expect(asked && (await checkSignature(asked, [sessionKeys(1)]))).toMatchObject({ service: 'sts' });
  });

  it('that is none, or a service that gives no keys, is told', async () => {
    const metadata = answer;
    answer = (request) => (request.path.endsWith('/security-credentials/') ? { body: '' } : metadata(request));
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({ code: 'provider.no_credential' });
    answer = (request) =>
      request.path.endsWith('hub-role') ? { body: '{"Code":"AssumeRoleUnauthorizedAccess"}' } : metadata(request);
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({ code: 'upstream.error' });
    answer = () => ({ status: 403, body: 'forbidden' });
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({
      code: 'upstream.credential_rejected',
      upstream: { status: 403, message: 'forbidden' },
    });
  });
});

describe('the role of the container', () => {
  const secret = '{"source":"container"}';

  beforeEach(() => {
    environment = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.origin}/v1/credentials?id=1`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/run/token',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'not this one',
    };
    files['/run/token'] = 'Bearer token\n';
    answer = ({ path, headers }) =>
      path === '/v1/credentials?id=1' && headers['authorization'] === 'Bearer token'
        ? metadataAnswer(60 * MINUTE_MS)
        : { status: 400, body: '{"code":"InvalidIdToken","message":"no such token"}' };
  });

  it('is asked for with the token in its file', async () => {
    expect(await signerOf(openSigner(), secret, [sessionKeys(1)])).toContain('SESSION01');
  });

  it('is refused in the words of its endpoint', async () => {
    files['/run/token'] = 'other';
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({
      code: 'upstream.credential_rejected',
      upstream: { status: 400, message: 'no such token', code: 'InvalidIdToken' },
    });
  });

  it('sends no token that could begin another header', async () => {
    files['/run/token'] = 'a\r\nx-evil: 1';
    await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({ code: 'provider.no_credential' });
    expect(aws.seen).toEqual([]);
  });

  it.each([undefined, 'http://example.com/keys', 'http://169.254.169.254/keys', 'ftp://127.0.0.1/', 'x'])(
    'is not asked for at %s',
    async (address) => {
      environment = address === undefined ? {} : { AWS_CONTAINER_CREDENTIALS_FULL_URI: address };
      await expect(openSigner().sign(secret, 'bedrock', CALL)).rejects.toMatchObject({
        code: 'provider.no_credential',
      });
    },
  );
});

describe('the metadata services', () => {
  it('have a way out that leads to them alone, and that no provider’s address opens', async () => {
    environment = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1' };
    expect(metadataTargets(environment)).toEqual(['169.254.169.254:80', '169.254.170.2:80']);
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://[fd00:ec2::23]/v1/credentials' };
    expect(metadataTargets(environment)).toEqual(['169.254.169.254:80', '[fd00:ec2::23]:80']);
    environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.origin };
    const metadata = testUpstream({ allow: metadataTargets(environment) });
    const common = testUpstream();
    opened.push(metadata, common);
    const call = { ...CALL, origin: aws.origin, method: 'GET' as const, body: undefined, maxResponseBytes: 1000 };
    const timeouts = { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 1000 };
    await expect(metadata.request({ ...call, timeouts })).resolves.toMatchObject({ status: 404 });
    await expect(common.request({ ...call, timeouts })).rejects.toMatchObject({ code: 'egress.blocked' });
    const elsewhere = { ...call, origin: 'http://127.0.0.1:1', timeouts };
    await expect(metadata.request(elsewhere)).rejects.toMatchObject({ code: 'egress.blocked' });
  });
});
