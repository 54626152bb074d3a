import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalText, isSignedBy, readPublicKey, readSigningKey, type SignedRequest, signText } from './signature.ts';

const TIME = { iat: 1_795_412_339, exp: 1_795_412_639 };

/** An app's secret key as its components have it: the seed, then the public key. */
function newKey() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, end] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return { hex: `0x${Buffer.concat([seed, end]).toString('hex')}`, publicHex: end.toString('hex'), privateKey };
}

const request = (change: Partial<SignedRequest> = {}): SignedRequest => ({
  method: 'GET',
  path: '/api/credit-grants/summary',
  query: { livemode: 'true', customer_id: 'cus_1' },
  body: undefined,
  ...change,
});

describe('the text that a component of an app signs', () => {
  it.each([
    [
      'a question, with what is not sent as empty',
      request(),
      '{"body":{},"exp":1795412639,"iat":1795412339,"method":"get","query":{"customer_id":"cus_1","livemode":"true"},"url":"/api/credit-grants/summary"}',
    ],
    [
      'a body, in the order of the names at every depth, with lists as they are',
      request({
        method: 'POST',
        path: '/payment-kit/api/meter-events',
        query: { livemode: 'false' },
        body: { z: [{ b: 1, a: [3, 2] }], a: { ü: null, Z: true, a: 'line\nbreak', 9: 1, 10: 2 }, left: undefined },
      }),
      '{"body":{"a":{"10":2,"9":1,"Z":true,"a":"line\\nbreak","ü":null},"z":[{"a":[3,2],"b":1}]},"exp":1795412639,"iat":1795412339,"method":"post","query":{"livemode":"false"},"url":"/payment-kit/api/meter-events"}',
    ],
    [
      'no query at all',
      request({ query: {}, body: [] }),
      '{"body":[],"exp":1795412639,"iat":1795412339,"method":"get","query":{},"url":"/api/credit-grants/summary"}',
    ],
  ])('is %s', (_name, signed, text) => {
    expect(canonicalText(signed, TIME)).toBe(text);
  });
});

describe('a signature', () => {
  const app = newKey();
  const key = readSigningKey(app.hex);
  if (key === undefined) throw new Error('the key was not read');
  const text = canonicalText(request(), TIME);

  it('is ed25519 over the SHA3-256 of the text, as Node alone makes it', () => {
    const digest = createHash('sha3-256').update(text).digest();
    expect(signText(text, key.secret)).toBe(`0x${sign(null, digest, app.privateKey).toString('hex')}`);
  });

  it('is believed by whoever has the public key, and for that text alone', () => {
    const signature = signText(text, key.secret);
    const other = readPublicKey(newKey().publicHex);
    const own = readPublicKey(app.publicHex);
    if (own === undefined || other === undefined) throw new Error('the keys were not read');
    expect(isSignedBy(text, signature, own)).toBe(true);
    expect(isSignedBy(text, signature.slice(2).toUpperCase(), key.public)).toBe(true);
    expect(isSignedBy(`${text} `, signature, own)).toBe(false);
    expect(isSignedBy(text, signature, other)).toBe(false);
    for (const none of ['', '0x', 'nonsense', signature.slice(0, -2), `${signature}00`, `0x${'0'.repeat(128)}`]) {
      expect(isSignedBy(text, none, own), none).toBe(false);
    }
  });

  it.each([
    ['nothing', ''],
    ['half of it', app.hex.slice(0, 66)],
    ['other letters', `${app.hex.slice(0, -1)}g`],
    ['another public half', `${app.hex.slice(0, 66)}${newKey().publicHex}`],
    ['zeros', '0'.repeat(128)],
  ])('is not made with %s for a key', (_name, hex) => {
    expect(readSigningKey(hex)).toBeUndefined();
  });

  it('is checked with no key that is none', () => {
    for (const none of ['', '0x', app.hex, 'z1abc']) expect(readPublicKey(none), none).toBeUndefined();
  });
});
