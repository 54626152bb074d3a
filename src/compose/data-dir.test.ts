import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DataDirInUse, lockDataDir, prepareDataDir, removeRunFile, writeRunFile } from './data-dir.ts';

function freshDir(): string {
  const parent = mkdtempSync(join(tmpdir(), 'hub-data-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'data');
}

test('everything in it is for its owner alone', () => {
  const dir = freshDir();
  const paths = prepareDataDir(dir);
  writeRunFile(paths, { pid: 1, address: 'http://127.0.0.1:1', controlToken: 'x', certificate: undefined });
  for (const path of [dir, paths.secrets, paths.journal]) expect(statSync(path).mode & 0o077).toBe(0);
  expect(statSync(paths.runFile).mode & 0o077).toBe(0);
  removeRunFile(paths);
  removeRunFile(paths);
});

test('one hub holds it at a time', () => {
  const dir = freshDir();
  const paths = prepareDataDir(dir);
  const lock = lockDataDir(dir, paths);
  expect(() => lockDataDir(dir, paths)).toThrow(DataDirInUse);
  lock.release();
  lockDataDir(dir, paths).release();
});

test('a hub that was killed holds it no longer', async () => {
  const dir = freshDir();
  const paths = prepareDataDir(dir);
  const script = `
    const { lockDataDir, prepareDataDir } = await import(${JSON.stringify(new URL('data-dir.ts', import.meta.url).href)});
    lockDataDir(process.argv[1], prepareDataDir(process.argv[1]));
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(() => lockDataDir(dir, paths)).toThrow(DataDirInUse);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDataDir(dir, paths).release();
});
