import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsKeys, Sigv4Signer } from '../../../src/upstream/auth/sigv4.ts';
import { type FakeUpstream, startFakeUpstream } from '../fake-upstream.ts';
import type { AwsKey } from './sigv4.ts';

/** The hub’s own signatures, held against the ones that AWS’s code gives for the same request. */

const KEY: AwsKey = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret that signs' };
const TEMPORARY: AwsKey = { ...KEY, accessKeyId: 'ASIAEXAMPLE', sessionToken: 'a+session/token==' };
const BODY = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Grüße, 世界' }] }] }));

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['a.model-v1:0', 'arn:aws:bedrock/x'], awsKeys: [KEY, TEMPORARY] });
});
afterAll(() => upstream.close());

type Sent = {
  readonly keys?: AwsKeys;
  readonly path?: string;
  readonly body?: Buffer;
  readonly sentBody?: Buffer;
  readonly sentPath?: string;
  readonly nowMs?: number;
  readonly without?: string;
};

async function send(sent: Sent = {}): Promise<Response> {
  const path = sent.path ?? `/model/${encodeURIComponent('a.model-v1:0')}/converse`;
  const body = sent.body ?? BODY;
  const signer = new Sigv4Signer(sent.keys ?? { ...KEY, sessionToken: undefined });
  const headers = signer.sign(
    { method: 'POST', origin: upstream.url, path, headers: { 'content-type': 'application/json' }, body },
    { region: 'us-east-1', service: 'bedrock', nowMs: sent.nowMs ?? Date.now() },
  );
  const all: Record<string, string> = { 'content-type': 'application/json', ...headers };
  if (sent.without !== undefined) delete all[sent.without];
  return fetch(`${upstream.url}${sent.sentPath ?? path}`, {
    method: 'POST',
    headers: all,
    body: new Uint8Array(sent.sentBody ?? body),
  });
}

describe('a signed request', () => {
  it.each([
    ['with a key', {}],
    ['with a temporary key', { keys: { ...TEMPORARY, sessionToken: TEMPORARY.sessionToken } }],
    ['for a model with a slash in its name', { path: `/model/${encodeURIComponent('arn:aws:bedrock/x')}/converse` }],
  ] as const)('is taken %s', async (_name, sent) => {
    const response = await send(sent);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"stopReason":"end_turn"')]);
  });

  it.each([
    [
      'by an unknown key',
      { keys: { accessKeyId: 'AKIDOTHER', secretAccessKey: 'x', sessionToken: undefined } },
      'Unrecognized',
    ],
    ['with another secret', { keys: { ...KEY, secretAccessKey: 'x', sessionToken: undefined } }, 'InvalidSignature'],
    ['without its session token', { keys: { ...TEMPORARY, sessionToken: undefined } }, 'Unrecognized'],
    ['for another body', { sentBody: Buffer.from(BODY.toString().replace('世界', '世间')) }, 'InvalidSignature'],
    ['for another address', { sentPath: '/model/a.model-v1%3A0/converse-stream' }, 'InvalidSignature'],
    ['too long ago', { nowMs: Date.now() - 3_600_000 }, 'InvalidSignature'],
    ['without its date', { without: 'x-amz-date' }, 'InvalidSignature'],
  ] as const)('is refused %s', async (_name, sent, type) => {
    const response = await send(sent);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, expect.stringContaining(type)]);
  });
});
