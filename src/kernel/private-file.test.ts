import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPrivateFile,
  ensurePrivateDir,
  PrivateFileError,
  readPrivateFile,
  replacePrivateFile,
} from './private-file.ts';

describe.skipIf(process.platform === 'win32')('private files', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aigne-hub-test-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('are made with mode 0600 whatever the umask says, and leave nothing beside them', () => {
    const path = join(dir, 'a');
    const umask = process.umask(0);
    try {
      expect(createPrivateFile(path, 'one')).toBe(true);
      replacePrivateFile(path, 'two');
    } finally {
      process.umask(umask);
    }
    expect(modeOf(path)).toBe('600');
    expect(readPrivateFile(path, 10)?.toString()).toBe('two');
    expect(readdirSync(dir)).toEqual(['a']);
  });

  it('are created by one of several and left alone by the others', () => {
    const path = join(dir, 'a');
    expect([1, 2, 3].map((n) => createPrivateFile(path, `${n}`))).toEqual([true, false, false]);
    expect(readFileSync(path, 'utf8')).toBe('1');
  });

  it.each([0o640, 0o604, 0o620, 0o644])('are refused with mode %o', (mode) => {
    const path = join(dir, 'a');
    createPrivateFile(path, 'x');
    chmodSync(path, mode);
    expect(() => readPrivateFile(path, 10)).toThrow(PrivateFileError);
    expect(() => readPrivateFile(path, 10)).toThrow('chmod 600');
  });

  it('are refused when they are larger than they may be', () => {
    writeFileSync(join(dir, 'a'), 'x'.repeat(11), { mode: 0o600 });
    expect(() => readPrivateFile(join(dir, 'a'), 10)).toThrow('larger than 10 bytes');
    expect(readPrivateFile(join(dir, 'a'), 11)?.length).toBe(11);
  });

  it('are undefined where there is none', () => {
    expect(readPrivateFile(join(dir, 'missing'), 10)).toBeUndefined();
  });

  it('live in folders of mode 0700; one that is open to others is refused', () => {
    const inner = join(dir, 'b', 'c');
    ensurePrivateDir(inner);
    expect(modeOf(inner)).toBe('700');
    chmodSync(inner, 0o750);
    expect(() => ensurePrivateDir(inner)).toThrow('chmod 700');
  });
});
