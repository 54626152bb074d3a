import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { loadKeyring } from './keyring.ts';
import { type Binding, createVault, SECRET_CHARS_MAX, type Vault } from './vault.ts';

const key = () => randomBytes(32).toString('base64');
const [KEY_1, KEY_2] = [key(), key()];
const SECRET = 'sk-canary-5b1c0a9e7f';
const BINDING: Binding = {
  organizationId: 'org_1',
  table: 'credentials',
  rowId: 'cred_1',
  field: 'secret',
  baseUrl: 'https://api.example.test/v1',
};

async function vaultOf(keys: string, activeVersion = 1, minDecryptionVersion = 1): Promise<Vault> {
  const keyring = await loadKeyring({ kind: 'environment', value: keys }, randomBytes);
  return createVault({ keyring, randomBytes, activeVersion, minDecryptionVersion });
}

/** That it does not open, and that the error, cause and all, gives nothing away. */
function expectRefused(vault: Vault, sealed: string, binding: Binding = BINDING): void {
  for (const act of [vault.open, vault.rewrap]) {
    let thrown: unknown;
    try {
      act(sealed, binding);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'vault.undecryptable' });
    const shown = inspect(thrown, { depth: 10 });
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(Buffer.from(SECRET).toString('hex').slice(0, 12));
  }
}

describe('a sealed answer', () => {
  const ANSWER: Binding = { ...BINDING, table: 'idempotency_records', rowId: 'a', field: 'answer', baseUrl: '' };

  it('may be longer than a secret, and opens in its own place only', async () => {
    const vault = await vaultOf(KEY_1);
    const answer = 'x'.repeat(SECRET_CHARS_MAX + 1);
    const sealed = vault.seal(answer, ANSWER);
    expect(vault.open(sealed, ANSWER)).toBe(answer);
    expectRefused(vault, sealed, { ...ANSWER, rowId: 'b' });
    expectRefused(vault, sealed, { ...ANSWER, table: 'credentials', field: 'secret' });
    expect(() => vault.seal(answer, BINDING)).toThrow(RangeError);
    expect(() => vault.seal('x'.repeat(1_048_577), ANSWER)).toThrow(RangeError);
  });
});

describe('a sealed secret', () => {
  it('opens for the row it was sealed for', async () => {
    const vault = await vaultOf(KEY_1);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string(), fc.webUrl(), (secret, rowId, baseUrl) => {
        fc.pre(secret.isWellFormed());
        const binding = { ...BINDING, rowId, baseUrl };
        const sealed = vault.seal(secret, binding);
        expect(sealed).toMatch(/^hv1:1:[A-Za-z0-9_-]+$/);
        expect(vault.keyVersionOf(sealed)).toBe(1);
        expect(vault.open(sealed, binding)).toBe(secret);
      }),
      { numRuns: 100 },
    );
  });

  it('differs each time and does not show the secret', async () => {
    const vault = await vaultOf(KEY_1);
    const all = Array.from({ length: 1000 }, () => vault.seal(SECRET, BINDING));
    expect(new Set(all).size).toBe(1000);
    // The first 12 bytes after the prefix are the nonce of the wrapped key: no two may be alike.
    expect(new Set(all.map((sealed) => sealed.slice(6, 22))).size).toBe(1000);
    expect(all.some((sealed) => Buffer.from(sealed.slice(6), 'base64url').includes(SECRET))).toBe(false);
  });

  it('is refused with any one byte flipped', async () => {
    const vault = await vaultOf(KEY_1);
    const sealed = vault.seal(SECRET, BINDING);
    const bytes = Buffer.from(sealed.slice(6), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const altered = Buffer.from(bytes);
        altered[index] = (altered[index] ?? 0) ^ mask;
        expectRefused(vault, `hv1:1:${altered.toString('base64url')}`);
      }
    }
  });

  it('is refused with any one character of its text changed, added or left out', async () => {
    const vault = await vaultOf(`1:${KEY_1},2:${KEY_2}`);
    const sealed = vault.seal(SECRET, BINDING);
    for (let index = 0; index < sealed.length; index += 1) {
      const [head, tail] = [sealed.slice(0, index), sealed.slice(index + 1)];
      for (const char of ['A', 'B', '2', '0', ':', '=', ' ', '+']) {
        if (char !== sealed.charAt(index)) expectRefused(vault, head + char + tail);
        expectRefused(vault, head + char + sealed.slice(index));
      }
      expectRefused(vault, head + tail);
      expectRefused(vault, head);
    }
  });

  it.each<[string, Partial<Binding>]>([
    ['another organization', { organizationId: 'org_2' }],
    ['another row', { rowId: 'cred_2' }],
    ['another address', { baseUrl: 'https://evil.example.test/v1' }],
    ['the same address with a slash more', { baseUrl: 'https://api.example.test/v1/' }],
    // The types allow no other table and field yet; the bytes have to be bound all the same.
    ['another table', { table: 'webhooks' as 'credentials' }],
    ['another field', { field: 'refresh' as 'secret' }],
    ['parts that run together to the same text', { organizationId: 'org_1credentials', table: '' as 'credentials' }],
    ['letters moved between parts', { rowId: 'cred_1s', field: 'ecret' as 'secret' }],
  ])('is refused when it is moved to %s', async (_what, change) => {
    const vault = await vaultOf(KEY_1);
    expectRefused(vault, vault.seal(SECRET, BINDING), { ...BINDING, ...change });
    vault.open(vault.seal(SECRET, { ...BINDING, ...change }), { ...BINDING, ...change });
  });

  it('is refused when its data key or its body comes from another one of the same row', async () => {
    const vault = await vaultOf(KEY_1);
    const [one, two] = [SECRET, SECRET].map((secret) => Buffer.from(vault.seal(secret, BINDING).slice(6), 'base64url'));
    if (one === undefined || two === undefined) throw new Error('two were sealed');
    expectRefused(vault, `hv1:1:${Buffer.concat([one.subarray(0, 60), two.subarray(60)]).toString('base64url')}`);
  });

  it.each([
    '',
    'hv1',
    'hv1::',
    'hv1:1:',
    'hv0:1:AAAA',
    'hv2:1:AAAA',
    SECRET,
    'hv1:1:AAAA',
    `hv1:1:${'A'.repeat(300_000)}`,
  ])('is not what %.20j is', async (text) => {
    expectRefused(await vaultOf(KEY_1), text);
  });

  it('keeps to its format version and key version', async () => {
    const vault = await vaultOf(`1:${KEY_1},2:${KEY_2}`, 2);
    const sealed = vault.seal(SECRET, BINDING);
    expect(vault.keyVersionOf(sealed)).toBe(2);
    expectRefused(vault, sealed.replace('hv1:', 'hv0:'));
    expectRefused(vault, sealed.replace('hv1:2:', 'hv1:1:'));
    expectRefused(vault, sealed.replace('hv1:2:', 'hv1:3:'));
  });

  it('is refused by another key', async () => {
    const sealed = (await vaultOf(KEY_1)).seal(SECRET, BINDING);
    expectRefused(await vaultOf(KEY_2), sealed);
    expectRefused(await vaultOf(`2:${KEY_1}`, 2), sealed);
  });

  it('has bounds', async () => {
    const vault = await vaultOf(KEY_1);
    const longest = '€'.repeat(SECRET_CHARS_MAX);
    expect(vault.open(vault.seal(longest, BINDING), BINDING)).toBe(longest);
    expect(() => vault.seal(`${longest}x`, BINDING)).toThrow(RangeError);
    expect(() => vault.seal('\ud800', BINDING)).toThrow(RangeError);
  });
});

describe('re-wrapping', () => {
  it('moves a secret to the active version and leaves its encrypted bytes alone', async () => {
    const vault = await vaultOf(`1:${KEY_1},2:${KEY_2}`);
    const before = vault.seal(SECRET, BINDING);
    vault.activate(2);
    const after = vault.rewrap(before, BINDING);
    expect(vault.keyVersionOf(after)).toBe(2);
    expect(after.slice(-60)).toBe(before.slice(-60));
    expect(after.slice(6, 60)).not.toBe(before.slice(6, 60));
    const onlyNew = await vaultOf(`2:${KEY_2}`, 2);
    expect(onlyNew.open(after, BINDING)).toBe(SECRET);
    expectRefused(onlyNew, before);
  });

  it('refuses the old version from then on where it is retired, even with its key at hand', async () => {
    const vault = await vaultOf(`1:${KEY_1},2:${KEY_2}`);
    const before = vault.seal(SECRET, BINDING);
    vault.activate(2);
    vault.refuseBelow(2);
    vault.refuseBelow(1);
    expect(vault.minDecryptionVersion()).toBe(2);
    expectRefused(vault, before);
    expectRefused(await vaultOf(`1:${KEY_1},2:${KEY_2}`, 2, 2), before);
    expect(() => vault.refuseBelow(3)).toThrow(RangeError);
  });
});

describe('the active version', () => {
  it('never goes back, and must be at hand', async () => {
    const vault = await vaultOf(`1:${KEY_1},2:${KEY_2}`, 2);
    vault.activate(1);
    expect(vault.activeVersion()).toBe(2);
    expect(() => vault.activate(3)).toThrow(GatewayError);
    expect(vault.activeVersion()).toBe(2);
  });

  it('follows what other processes seal', async () => {
    const keys = `1:${KEY_1},2:${KEY_2}`;
    const [behind, ahead] = [await vaultOf(keys), await vaultOf(keys, 2)];
    behind.open(ahead.seal(SECRET, BINDING), BINDING);
    expect(behind.activeVersion()).toBe(2);
  });
});
