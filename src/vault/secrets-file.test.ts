import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertDistinct, ensureSecret, loadPepper, PEPPER_NAME } from './secrets-file.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

describe('ensureSecret', () => {
  it('makes a secret once, mode 0600 in a folder of mode 0700, and finds it ever after', () => {
    const dir = join(temporaryDir(), 'secrets');
    const first = ensureSecret({ dir, name: 'a', randomBytes });
    expect(first.length).toBe(32);
    expect(ensureSecret({ dir, name: 'a', randomBytes }).equals(first)).toBe(true);
    expect(ensureSecret({ dir, name: 'b', randomBytes }).equals(first)).toBe(false);
    expect(readdirSync(dir)).toEqual(['a', 'b']);
    if (process.platform === 'win32') return;
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o600);
  });

  it('gives two that start at once the same secret', () => {
    const dir = temporaryDir();
    let other: Buffer | undefined;
    // The second one comes in after the first has seen that there is no file.
    const mine = ensureSecret({
      dir,
      name: 'a',
      randomBytes: (count) => {
        other = ensureSecret({ dir, name: 'a', randomBytes });
        return randomBytes(count);
      },
    });
    expect(other?.equals(mine)).toBe(true);
  });

  it.each(['', '../a', 'A', 'a/b', '.a'])('refuses the name %j', (name) => {
    expect(() => ensureSecret({ dir: temporaryDir(), name, randomBytes })).toThrow(RangeError);
  });

  it('refuses a file that others may read, and one that holds no secret', () => {
    const dir = temporaryDir();
    ensureSecret({ dir, name: 'a', randomBytes });
    chmodSync(join(dir, 'a'), 0o644);
    expect(() => ensureSecret({ dir, name: 'a', randomBytes })).toThrow('chmod 600');
    writeFileSync(join(dir, 'b'), 'changeme\n', { mode: 0o600 });
    expect(() => ensureSecret({ dir, name: 'b', randomBytes })).toThrow('well-known placeholder');
  });
});

describe('loadPepper', () => {
  it('prefers the environment and refuses a weak value there instead of making its own', () => {
    const dir = temporaryDir();
    const given = randomBytes(32);
    expect(loadPepper({ fromEnvironment: given.toString('base64'), dir, randomBytes }).equals(given)).toBe(true);
    expect(() => loadPepper({ fromEnvironment: '', dir, randomBytes })).toThrow('HUB_KEY_PEPPER is empty');
    expect(readdirSync(dir)).toEqual([]);
    loadPepper({ fromEnvironment: undefined, dir, randomBytes });
    expect(readdirSync(dir)).toEqual([PEPPER_NAME]);
  });
});

describe('assertDistinct', () => {
  it('refuses one secret for two jobs and names both', () => {
    const bytes = randomBytes(32);
    const other = { name: 'session', bytes: randomBytes(32) };
    const secrets = [{ name: 'pepper', bytes }, other, { name: 'master key', bytes: Buffer.from(bytes) }];
    expect(() => assertDistinct(secrets)).toThrow('pepper and master key are the same');
    expect(() => assertDistinct(secrets.slice(1))).not.toThrow();
  });
});
