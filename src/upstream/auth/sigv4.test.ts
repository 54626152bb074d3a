import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSignature, TEST_KEYS } from '../testing/aws-double.ts';
import { type CallToSign, Sigv4Signer } from './sigv4.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 23, 59, 59);
const SCOPE = { region: 'eu-west-1', service: 'bedrock', nowMs: NOW_MS };
const SESSION = { ...TEST_KEYS, sessionToken: 'token/with+signs==' };

const CALL: CallToSign = {
  method: 'POST',
  origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
  path: '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  headers: { 'content-type': 'application/json', accept: 'application/json', 'x-request-id': 'req_1' },
  body: Buffer.from('{"messages":[]}'),
};

/** The request as its receiver sees it. */
function received(call: CallToSign, signature: Readonly<Record<string, string>>) {
  const host = new URL(call.origin).host;
  return {
    method: call.method,
    path: call.path,
    headers: { ...call.headers, ...signature, host },
    body: call.body ?? Buffer.alloc(0),
  };
}

describe('a signature', () => {
  it('covers host, content type and time, and names who signed for which day, region and service', () => {
    const headers = new Sigv4Signer(TEST_KEYS).sign(CALL, SCOPE);
    expect(headers['x-amz-date']).toBe('20260131T235959Z');
    expect(headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLE01\/20260131\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
  });

  it('carries and covers the session token of temporary keys', () => {
    const headers = new Sigv4Signer(SESSION).sign(CALL, SCOPE);
    expect(headers['x-amz-security-token']).toBe(SESSION.sessionToken);
    expect(headers['authorization']).toContain('SignedHeaders=content-type;host;x-amz-date;x-amz-security-token');
  });

  it.each<[string, Partial<CallToSign>]>([
    ['a post with a body', {}],
    [
      'an escaped name of a model',
      { path: '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aprofile%2Fa.b/converse-stream' },
    ],
    ['a get without a body', { method: 'GET', body: undefined, headers: {} }],
    [
      'a query out of order',
      { method: 'GET', path: '/inference-profiles?type=SYSTEM_DEFINED&maxResults=1000&a=2&a=1' },
    ],
    ['a query with signs', { path: "/x?b=a%20b%2Bc&a=!'()*~%3D&empty=" }],
    ['another port', { origin: 'http://127.0.0.1:4180' }],
    ['a type with spaces', { headers: { 'content-type': 'text/plain;   charset=utf-8' } }],
    ['characters beyond ASCII in the body', { body: Buffer.from('{"text":"漢字 👩‍👩‍👧"}') }],
  ])('is the one that AWS computes: %s', async (_about, change) => {
    const call = { ...CALL, ...change };
    for (const keys of [TEST_KEYS, SESSION]) {
      const headers = new Sigv4Signer(keys).sign(call, SCOPE);
      expect(await checkSignature(received(call, headers), [keys])).toEqual({
        accessKeyId: keys.accessKeyId,
        region: 'eu-west-1',
        service: 'bedrock',
      });
    }
  });

  it('is the one that AWS computes for any path, query, body and time', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map(encodeURIComponent);
    const pairs = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), fc.string({ maxLength: 6 })), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          segment.filter((text) => text !== '.' && text !== '..'),
          { minLength: 1, maxLength: 4 },
        ),
        pairs,
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        async (segments, query, bytes, seconds) => {
          const search = new URLSearchParams(query).toString();
          const path = `/${segments.join('/')}${search === '' ? '' : `?${search}`}`;
          const call = { ...CALL, path, body: bytes.length === 0 ? undefined : Buffer.from(bytes) };
          const headers = new Sigv4Signer(SESSION).sign(call, { ...SCOPE, nowMs: seconds * 1000 });
          expect(await checkSignature(received(call, headers), [SESSION])).toMatchObject({ service: 'bedrock' });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('differs with all that it covers, and with nothing else', () => {
    const signer = new Sigv4Signer(TEST_KEYS);
    const base = signer.sign(CALL, SCOPE)['authorization'];
    const others: readonly Partial<CallToSign>[] = [
      { method: 'PUT' },
      { path: '/model/other/converse' },
      { origin: 'https://bedrock-runtime.us-east-1.amazonaws.com' },
      { body: Buffer.from('{"messages":[1]}') },
      { headers: { 'content-type': 'text/plain' } },
    ];
    for (const change of others) expect(signer.sign({ ...CALL, ...change }, SCOPE)['authorization']).not.toBe(base);
    expect(signer.sign({ ...CALL, headers: { 'content-type': 'application/json' } }, SCOPE)['authorization']).toBe(
      base,
    );
  });

  it('is the same whether the key of the day is derived anew or was kept', () => {
    const signer = new Sigv4Signer(TEST_KEYS);
    for (const nowMs of [NOW_MS, NOW_MS, NOW_MS + 1000, NOW_MS]) {
      const scope = { ...SCOPE, nowMs };
      expect(signer.sign(CALL, scope)).toEqual(new Sigv4Signer(TEST_KEYS).sign(CALL, scope));
    }
  });
});

/** Computed once with AWS's implementation, so that a change of both at once is seen. */
describe('known answers', () => {
  it.each<[string, Partial<CallToSign> & { readonly service?: string; readonly token?: string }, string]>([
    ['a chat', {}, '9498a8faebe04e712cdc3dcb6e67cd386241a65181c9795a9946afc75f61feef'],
    [
      'a list, with temporary keys',
      {
        method: 'GET',
        origin: 'https://bedrock.eu-west-1.amazonaws.com',
        path: '/inference-profiles?type=APPLICATION&maxResults=1000',
        headers: {},
        body: undefined,
        token: 'token/with+signs==',
      },
      'a563ad3e96a096086ae4ff2e98e56dcf89da7d0925152542a88707ced755870f',
    ],
    [
      'a form for the token service',
      {
        origin: 'https://sts.eu-west-1.amazonaws.com',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: Buffer.from('Action=AssumeRole&Version=2011-06-15'),
        service: 'sts',
      },
      '0741e5dc0578274da7564a99372edfa06b0beab60dc22376760292dbffb2d688',
    ],
  ])('%s', (_about, { service = 'bedrock', token, ...change }, signature) => {
    const signer = new Sigv4Signer({ ...TEST_KEYS, sessionToken: token });
    const headers = signer.sign({ ...CALL, ...change }, { ...SCOPE, service });
    expect(headers['authorization']?.split('Signature=')[1]).toBe(signature);
  });
});
