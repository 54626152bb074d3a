import { describe, expect, it } from 'vitest';
import { authHeaders, signsCalls } from './schemes.ts';

describe('authHeaders', () => {
  it.each([
    [{ scheme: 'bearer' }, { authorization: 'Bearer sk-1' }],
    [{ scheme: 'header', header: 'Api-Key' }, { 'api-key': 'sk-1' }],
    [{ scheme: 'none' }, {}],
  ] as const)('signs with %j', (scheme, headers) => {
    expect(authHeaders(scheme, 'sk-1')).toEqual(headers);
  });

  it.each(['', 'a\nb', 'a\r\nx-evil: 1', 'a\0', 'clé', ' padded', 'padded ', 'a\tb', '\u007f'])(
    'refuses the secret %j without repeating it',
    (secret) => {
      for (const scheme of [{ scheme: 'bearer' }, { scheme: 'header', header: 'x-api-key' }] as const) {
        expect(() => authHeaders(scheme, secret)).toThrow('no HTTP header may carry');
      }
    },
  );

  it('sends a Bedrock API key as it is, and leaves calls with other AWS secrets to be signed one by one', () => {
    const scheme = { scheme: 'aws-sigv4', service: 'bedrock' } as const;
    expect(authHeaders(scheme, 'ABSKexample')).toEqual({ authorization: 'Bearer ABSKexample' });
    expect(signsCalls(scheme, 'ABSKexample')).toBe(false);
    for (const secret of ['AKIAEXAMPLEEXAMPLE00:example/secret', '{"source":"instance"}']) {
      expect(authHeaders(scheme, secret)).toEqual({});
      expect(signsCalls(scheme, secret)).toBe(true);
    }
    expect(signsCalls({ scheme: 'bearer' }, '{"source":"instance"}')).toBe(false);
  });
});
