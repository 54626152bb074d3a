import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyHasher, createVirtualKey, inspectVirtualKey, maskSecret, randomText } from './virtual-key.ts';

describe('a virtual key', () => {
  it('is unlike any other: 10,000 keys and their hashes do not meet', () => {
    const hashKey = createKeyHasher(randomBytes(32));
    const keys = Array.from({ length: 10_000 }, () => createVirtualKey(randomBytes));
    expect(new Set(keys).size).toBe(10_000);
    expect(new Set(keys.map(hashKey)).size).toBe(10_000);
    for (const key of keys) expect(key).toMatch(/^sk-hub-[0-9A-Za-z]{38}$/);
  });

  it('uses every letter with equal chance', () => {
    const counts = new Map<string, number>();
    const text = randomText(62_000, randomBytes);
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // A thousand each, five standard deviations either way; taking bytes modulo 62 would give eight letters 1,250.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(170);
  });

  it('is told from a mistyped one: any one letter changed, two swapped, one lost', () => {
    const key = createVirtualKey(randomBytes);
    expect(inspectVirtualKey(key)).toBe('well-formed');
    for (let index = 7; index < key.length; index += 1) {
      const other = key.charAt(index) === 'x' ? 'y' : 'x';
      expect(inspectVirtualKey(key.slice(0, index) + other + key.slice(index + 1))).toBe('mistyped');
      expect(inspectVirtualKey(key.slice(0, index) + key.slice(index + 1))).toBe('mistyped');
      const [a, b] = [key.charAt(index), key.charAt(index + 1)];
      if (a === b || b === '') continue;
      expect(inspectVirtualKey(key.slice(0, index) + b + a + key.slice(index + 2))).toBe('mistyped');
    }
    expect(inspectVirtualKey('sk-proj-abc')).toBe('foreign');
  });

  it('is shown with at most six of its characters', () => {
    const key = createVirtualKey(randomBytes);
    expect(maskSecret(key)).toBe(`sk-hub-${key.slice(7, 9)}…${key.slice(-4)}`);
    expect(maskSecret('sk-hub-short')).toBe('sk-hub-…');
    expect(maskSecret('operators-own-secret-value')).toBe('op…alue');
    expect(maskSecret('short')).toBe('…');
  });
});

describe('the keyed hash', () => {
  it.each([1, 32, 64, 65, 200])('is HMAC-SHA-256 with a pepper of %i bytes, for any text', (bytes) => {
    const pepper = randomBytes(bytes);
    const hashKey = createKeyHasher(pepper);
    const reference = (text: string) => createHmac('sha256', pepper).update(text, 'utf8').digest('hex');
    const lengths = [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 511, 512, 513, 2000];
    for (const length of lengths) expect(hashKey('k'.repeat(length))).toBe(reference('k'.repeat(length)));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
        expect(hashKey(text)).toBe(reference(text));
      }),
      { numRuns: 200 },
    );
  });

  it('does not mix up calls: a long text before a short one leaves no trace', () => {
    const hashKey = createKeyHasher(randomBytes(32));
    const short = hashKey('short');
    hashKey('x'.repeat(512));
    expect(hashKey('short')).toBe(short);
  });
});
