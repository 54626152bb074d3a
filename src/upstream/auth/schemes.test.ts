import { describe, expect, it } from 'vitest';
import { authHeaders } from './schemes.ts';

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

  it('says plainly that it cannot sign for AWS yet', () => {
    expect(() => authHeaders({ scheme: 'aws-sigv4' }, 'id:secret')).toThrow(
      expect.objectContaining({ code: 'provider.dialect_unsupported' }),
    );
  });
});
