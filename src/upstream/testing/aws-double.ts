import type { IncomingMessage, ServerResponse } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsKeys } from '../auth/sigv4.ts';
import { type LoopbackServer, startHttp } from './servers.ts';

/** One request as the double got it. */
export type AwsRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type AwsAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

export type AwsDouble = LoopbackServer & { readonly origin: string; readonly seen: AwsRequest[] };

/** A server on a loopback port that answers as the test says and keeps what it was asked. */
export async function startAws(answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>): Promise<AwsDouble> {
  const seen: AwsRequest[] = [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join() : (value ?? ''),
      ]),
    );
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers, body: Buffer.concat(chunks) };
    seen.push(request);
    const given = await answer(request);
    response.writeHead(given.status ?? 200, given.headers ?? {}).end(given.body);
  };
  const server = await startHttp((incoming, response) => void handle(incoming, response));
  return { ...server, origin: `http://${server.hostPort}`, seen };
}

const CREDENTIAL = /Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=/;

/** What a request's signature says, where it fits. */
export type Signed = { readonly accessKeyId: string; readonly region: string; readonly service: string };

/**
 * Checks a request's signature with AWS's own implementation: whose it is, or why it does not fit. `keysOf` are the keys
 * that the account knows.
 */
export async function checkSignature(request: AwsRequest, known: readonly AwsKeys[]): Promise<Signed | string> {
  const authorization = request.headers['authorization'] ?? '';
  const [, accessKeyId = '', , region = '', service = '', names = ''] = CREDENTIAL.exec(authorization) ?? [];
  const keys = known.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (keys === undefined) return `nobody has the key ${accessKeyId}`;
  const time = request.headers['x-amz-date'] ?? '';
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const signer = new SignatureV4({
    service,
    region,
    credentials: { ...keys, ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }) } as {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    },
    sha256: Sha256,
    applyChecksum: false,
  });
  const [path = '', query = ''] = request.path.split('?');
  const expected = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: request.headers['host'] ?? '',
      path,
      query: queryOf(query),
      headers: Object.fromEntries(names.split(';').map((name) => [name, request.headers[name] ?? ''])),
      body: request.body.length === 0 ? undefined : request.body,
    },
    { signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) },
  );
  return expected.headers['authorization'] === authorization
    ? { accessKeyId, region, service }
    : `expected ${expected.headers['authorization']}`;
}

function queryOf(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) query[name] = [...(query[name] ?? []), value];
  return query;
}

/** Keys with nothing behind them. */
export const TEST_KEYS: AwsKeys = {
  accessKeyId: 'AKIDEXAMPLEEXAMPLE01',
  secretAccessKey: 'test/secret+access/key/that/opens/nothing',
  sessionToken: undefined,
};

/** An answer of the token service, with keys that hold until `expiration`. */
export function stsAnswer(action: string, keys: AwsKeys, expiration: string): AwsAnswer {
  const body = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/hub/aigne-hub</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${keys.accessKeyId}</AccessKeyId>
      <SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
      <SessionToken>${keys.sessionToken ?? ''}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials></${action}Result></${action}Response>`;
  return { body, headers: { 'content-type': 'text/xml' } };
}
