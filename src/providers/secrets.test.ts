import { describe, expect, it } from 'vitest';
import { cleanSecret, maskSecret } from './secrets.ts';

describe('a secret as an operator enters it', () => {
  it.each([
    ['  sk-1\n', 'sk-1'],
    [
      '{ "source": "assume-role",\n  "roleArn": "arn:aws:iam::123456789012:role/hub" }',
      '{"source":"assume-role","roleArn":"arn:aws:iam::123456789012:role/hub"}',
    ],
  ])('loses the white space that says nothing: %j', (entered, secret) => {
    expect(cleanSecret(entered)).toBe(secret);
  });

  it.each(['', ' ', 'a b', 'clé', '{"source": "a b"}', '{ not json }', 'x'.repeat(9000)])(
    'is refused unrepeated: %j',
    (entered) => {
      expect(() => cleanSecret(entered)).toThrow(expect.objectContaining({ code: 'request.invalid', param: 'secret' }));
    },
  );

  it('is shown by its ends alone', () => {
    expect(maskSecret('AKIDEXAMPLEEXAMPLE01:abcdefghijkl')).toBe('AKID…ijkl');
    expect(maskSecret('short')).toBe('…');
  });
});
