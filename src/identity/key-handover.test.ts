import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { unwrapKey, wrapKey } from './key-handover.ts';

const known = { challenge: 'a-challenge', keyId: 'vk_1' };

it('opens what CryptoJS 4.2.0 wrapped: AES.encrypt(secret, passphrase) with the passphrase that the client derives', () => {
  // Made with crypto-js: CryptoJS.AES.encrypt('sk-hub-canary', '<the PBKDF2 of the values above>').toString()
  const wrapped = 'U2FsdGVkX18+0Idck/M8cvX9eBOxm2Z9OzJL+UEOI44=';
  expect(unwrapKey(wrapped, known)).toBe('sk-hub-canary');
});

it('wraps so that only who knows the challenge and the key’s id can open it', () => {
  const wrapped = wrapKey('sk-hub-canary', { ...known, randomBytes });
  expect(Buffer.from(wrapped, 'base64').subarray(0, 8).toString()).toBe('Salted__');
  expect(unwrapKey(wrapped, known)).toBe('sk-hub-canary');
  for (const other of [
    { ...known, challenge: 'another' },
    { ...known, keyId: 'vk_2' },
  ]) {
    expect(() => {
      if (unwrapKey(wrapped, other) === 'sk-hub-canary') throw new Error('opened');
      throw new Error('wrong bytes');
    }).toThrow(/bad decrypt|wrong bytes|wrong final block/);
  }
  expect(wrapKey('sk-hub-canary', { ...known, randomBytes })).not.toBe(wrapped);
});
