import type { IncomingHttpHeaders } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Arrived, Refusal } from './speech.ts';

/** A key with which requests are signed, in AWS's own terms. */
export type AwsKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** `Credential=KEY/20250101/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=…` */
const PARTS =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** How far a clock may be off: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html */
const CLOCK_SKEW_MS = 5 * 60_000;
/** What every signature has to cover: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
const ALWAYS_SIGNED = ['host', 'x-amz-date'];

/** Whether a request says that it is signed. */
export function isSigned(headers: IncomingHttpHeaders): boolean {
  return headers.authorization?.startsWith(ALGORITHM) === true;
}

/** Why a signed request is refused; `undefined` where AWS's own code gives the same signature. */
export async function refuseSignature(
  arrived: Arrived,
  raw: Buffer,
  keys: readonly AwsKey[],
): Promise<Refusal | undefined> {
  const { headers } = arrived;
  const parts = PARTS.exec(headers.authorization ?? '');
  if (parts === null) return refusal('IncompleteSignatureException', 'Authorization header is not in the right form.');
  const [, keyId = '', scopeDay = '', region = '', service = '', list = '', signature] = parts;
  const key = keys.find(({ accessKeyId }) => accessKeyId === keyId);
  if (key === undefined || key.sessionToken !== headers['x-amz-security-token']) {
    return refusal('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const signed = list.split(';');
  const token = key.sessionToken === undefined ? [] : ['x-amz-security-token'];
  const uncovered = [...ALWAYS_SIGNED, ...token].filter((name) => !signed.includes(name));
  if (uncovered.length > 0) {
    return refusal(
      'InvalidSignatureException',
      `'${uncovered.join(', ')}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
  }
  const signingDate = dateOf(String(headers['x-amz-date']));
  if (signingDate === undefined || !String(headers['x-amz-date']).startsWith(scopeDay)) {
    return refusal('InvalidSignatureException', 'Date in Credential scope does not match the date of the request.');
  }
  if (Math.abs(signingDate.getTime() - Date.now()) > CLOCK_SKEW_MS) {
    return refusal('InvalidSignatureException', `Signature expired: ${String(headers['x-amz-date'])}.`);
  }
  const expected = await signatureFor({ arrived, raw, signed, signingDate, region, service, key });
  return expected === signature
    ? undefined
    : refusal(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided.',
      );
}

async function signatureFor(input: {
  readonly arrived: Arrived;
  readonly raw: Buffer;
  readonly signed: readonly string[];
  readonly signingDate: Date;
  readonly region: string;
  readonly service: string;
  readonly key: AwsKey;
}): Promise<string | undefined> {
  const { arrived, raw, signed, signingDate, region, service, key } = input;
  const signer = new SignatureV4({
    service,
    region,
    credentials: key.sessionToken === undefined ? { ...key, sessionToken: undefined } : { ...key },
    sha256: Sha256,
    // Only what the caller signed is signed here.
    applyChecksum: signed.includes('x-amz-content-sha256'),
  });
  const headers: Record<string, string> = {};
  for (const name of signed) headers[name] = String(arrived.headers[name]);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(arrived.query.keys())) query[name] = arrived.query.getAll(name);
  const result = await signer.sign(
    { method: arrived.method, protocol: 'http:', hostname: '127.0.0.1', path: arrived.path, query, headers, body: raw },
    { signingDate, signableHeaders: new Set(signed) },
  );
  return /Signature=([0-9a-f]{64})$/.exec(result.headers['authorization'] ?? '')?.[1];
}

function dateOf(text: string): Date | undefined {
  const parts = AMZ_DATE.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function refusal(code: string, message: string): Refusal {
  return { status: 403, message, code };
}
