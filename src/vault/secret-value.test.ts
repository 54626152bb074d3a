import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeBase64, parseSecret, WeakSecretError } from './secret-value.ts';

const base64 = (bytes: Uint8Array | number[] | string) => Buffer.from(bytes as Uint8Array).toString('base64');

describe('parseSecret', () => {
  it.each([
    ['nothing', ''],
    ['blanks', '  \n'],
    ['a placeholder', 'changeme'],
    ['a placeholder in capitals', 'CHANGEME'],
    ["another product's default", 'sk-1234'],
    ['a word', 'password'],
    ['text that is not base64', 'this is not base64, however long it is, is it?'],
    ['31 bytes', base64(randomBytes(31))],
    ['all zeros', base64(Buffer.alloc(32))],
    ['one byte repeated', base64(Buffer.alloc(32, 0xab))],
    [
      'a repeated pattern',
      base64(Buffer.from('0123456789abcdef0123456789abcdef', 'hex').subarray(0, 8).toString().repeat(8)),
    ],
    ['a counter', base64(Uint8Array.from({ length: 32 }, (_, index) => index))],
    ['a counter that goes down by three', base64(Uint8Array.from({ length: 32 }, (_, index) => 250 - 3 * index))],
    ['a sentence in base64', base64('my very own secret, 32 bytes lng')],
    ['cut base64', `${base64(randomBytes(32)).slice(0, -4)}*`],
  ])('refuses %s, and does not repeat it', (_what, text) => {
    const refused = () => parseSecret('HUB_KEY_PEPPER', text);
    expect(refused).toThrow(WeakSecretError);
    expect(refused).toThrow(/^HUB_KEY_PEPPER .*openssl rand/);
    if (text.trim().length > 8) expect(refused).not.toThrow(text.trim());
  });

  it.each(['base64', 'base64url'] as const)('takes 32 random bytes as %s', (encoding) => {
    for (let round = 0; round < 1000; round += 1) {
      const bytes = randomBytes(32);
      expect(parseSecret('x', ` ${bytes.toString(encoding)}\n`).equals(bytes)).toBe(true);
    }
  });
});

describe('decodeBase64', () => {
  it.each(['A', 'AB==x', 'AB=C', 'A B', 'AB', 'é'])('refuses %j, which no encoder writes', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
