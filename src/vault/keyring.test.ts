import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { type KeySource, loadKeyring } from './keyring.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

const key = () => randomBytes(32).toString('base64');
const fileSource = (path: string): KeySource => ({ kind: 'file', path, whenMissing: 'create' });
const fromText = (value: string) => loadKeyring({ kind: 'environment', value }, randomBytes);
const command = (script: string, more: { timeoutMs?: number } = {}): KeySource => ({
  kind: 'command',
  argv: [process.execPath, '-e', script],
  environment: { PROBE: 'seen' },
  ...more,
});

describe('a master key from the environment', () => {
  it('is version 1 when it stands alone, and keeps its versions otherwise', async () => {
    const [one, two] = [key(), key()];
    expect((await fromText(one)).versions()).toEqual([1]);
    const ring = await fromText(`2:${two}, 1:${one}`);
    expect(ring.versions()).toEqual([1, 2]);
    expect(ring.newest().version).toBe(2);
    expect(ring.get(1)?.key.toString('base64')).toBe(one);
    expect(ring.addVersion).toBeUndefined();
  });

  it.each([
    ['is empty', ''],
    ['placeholder', 'changeme'],
    ['placeholder', 'sk-1234'],
    ['placeholder', '1:sk-1234'],
    ['all zeros', Buffer.alloc(32).toString('base64')],
    ['has 16 bytes', randomBytes(16).toString('base64')],
    ['has 33 bytes', randomBytes(33).toString('base64')],
    ['of the form', `0:${key()}`],
    ['of the form', `01:${key()}`],
    ['of the form', `${key()},${key()}`],
    ['version 1 twice', `1:${key()},1:${key()}`],
  ])('is refused when it %s', async (message, value) => {
    await expect(fromText(value)).rejects.toThrow(message);
  });

  it('refuses the same key under two versions', async () => {
    const same = key();
    await expect(fromText(`1:${same},2:${same}`)).rejects.toThrow('versions 1 and 2 one key');
  });

  it('has a fingerprint that is stable, differs by key and holds nothing of the key', async () => {
    const text = key();
    const first = (await fromText(text)).newest();
    expect(first.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect((await fromText(`1:${text}`)).newest().fingerprint).toBe(first.fingerprint);
    expect((await fromText(key())).newest().fingerprint).not.toBe(first.fingerprint);
    expect(first.key.toString('hex')).not.toContain(first.fingerprint.slice(0, 8));
  });
});

describe('a master key from a file', () => {
  it('is made on first start, mode 0600, and found ever after', async () => {
    const path = join(temporaryDir(), 'secrets', 'master.key');
    const first = await loadKeyring(fileSource(path), randomBytes);
    expect(readFileSync(path, 'utf8')).toMatch(/^1:[A-Za-z0-9+/]{43}=\n$/);
    const again = await loadKeyring({ kind: 'file', path, whenMissing: 'refuse' }, randomBytes);
    expect(again.newest().fingerprint).toBe(first.newest().fingerprint);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not made anew when the store knows one', async () => {
    const path = join(temporaryDir(), 'master.key');
    const loading = loadKeyring({ kind: 'file', path, whenMissing: 'refuse' }, randomBytes);
    await expect(loading).rejects.toThrow('put the file back');
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is refused when others may read it', async () => {
    const path = join(temporaryDir(), 'master.key');
    await loadKeyring(fileSource(path), randomBytes);
    chmodSync(path, 0o640);
    await expect(loadKeyring(fileSource(path), randomBytes)).rejects.toThrow('chmod 600');
  });

  it('gains a version that other processes see when they read it again', async () => {
    const dir = temporaryDir();
    const path = join(dir, 'master.key');
    const [mine, other] = [
      await loadKeyring(fileSource(path), randomBytes),
      await loadKeyring(fileSource(path), randomBytes),
    ];
    const added = mine.addVersion?.();
    expect(added?.version).toBe(2);
    expect(other.get(2)).toBeUndefined();
    expect([other.reload(), other.reload()]).toEqual([true, false]);
    expect(other.get(2)?.fingerprint).toBe(added?.fingerprint);
    expect(other.get(1)?.fingerprint).toBe(mine.get(1)?.fingerprint);
    expect(readdirSync(dir)).toEqual(['master.key']);
  });

  it('gains one version when two processes add one at the same moment', async () => {
    const path = join(temporaryDir(), 'master.key');
    const other = await loadKeyring(fileSource(path), randomBytes);
    let theirs: string | undefined;
    const mine = await loadKeyring(fileSource(path), (count) => {
      // The other one adds its version after this one has decided which number is next.
      theirs ??= other.addVersion?.().fingerprint;
      return randomBytes(count);
    });
    expect(mine.addVersion?.().fingerprint).toBe(theirs);
    expect(mine.versions()).toEqual([1, 2]);
  });

  it('takes up the key that a process laid down before it was killed', async () => {
    const path = join(temporaryDir(), 'master.key');
    const ring = await loadKeyring(fileSource(path), randomBytes);
    const laidDown = key();
    writeFileSync(`${path}.next-2`, `2:${laidDown}\n`, { mode: 0o600 });
    expect(ring.addVersion?.().key.toString('base64')).toBe(laidDown);
    expect(existsSync(`${path}.next-2`)).toBe(false);
  });

  it('keeps its keys and says so when the file is swapped or lost under it', async () => {
    const path = join(temporaryDir(), 'master.key');
    const ring = await loadKeyring(fileSource(path), randomBytes);
    const { fingerprint } = ring.newest();
    writeFileSync(path, `1:${key()}\n`, { mode: 0o600 });
    expect(() => ring.reload()).toThrow('became another key');
    rmSync(path);
    expect(() => ring.reload()).toThrow('is gone');
    expect(ring.newest().fingerprint).toBe(fingerprint);
  });
});

describe('a master key from a command', () => {
  it('is its output, started without a shell in the given environment', async () => {
    const text = key();
    const source = command(`if (process.env.PROBE === 'seen') console.log('1:' + ${JSON.stringify(text)})`);
    expect((await loadKeyring(source, randomBytes)).newest().key.toString('base64')).toBe(text);
  });

  it.each<[string, KeySource, string]>([
    ['fails', command(`console.error('CANARY'); console.log('CANARY'); process.exit(3)`), 'failed with exit code 3'],
    ['hangs', command(`setInterval(() => {}, 1000)`, { timeoutMs: 200 }), 'took too long'],
    ['prints without end', command(`for (;;) process.stdout.write('CANARY'.repeat(1000))`), 'printed more than'],
    ['prints nothing', command(''), 'is empty'],
    ['prints something else', command(`console.log('CANARY CANARY')`), 'is not base64'],
    [
      'does not exist',
      { kind: 'command', argv: ['/no/such/program'], environment: {} },
      'could not be started (ENOENT)',
    ],
  ])('that %s stops the start and its output is not repeated', async (_what, source, message) => {
    const error = await loadKeyring(source, randomBytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('CANARY');
  });
});
