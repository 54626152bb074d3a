/** Puts the hub's modules together in few files where that was not done for the sources that lie there now. */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { compiledModules, root } from './bootstrap.js';

const SOURCES = join(root, 'src');
const ENTRY = join(SOURCES, 'main.ts');
const BUNDLES = join(root, 'node_modules', '.cache', 'hub');
/** A hub that runs may still start workers from its own. */
const KEPT = 5;
/** What the hub itself never loads. */
const IS_FOR_TESTS = /^(fixtures|testing|__snapshots__)$|\.test\.ts$/;
/** A checkout that only another may write to. */
const READ_ONLY = ['EROFS', 'EACCES', 'EPERM'];

/**
 * What to import in place of `src/main.ts`: to find, read and link over a thousand files takes longer than all else that
 * a start does, and memory for as long as the process lives. Where the files cannot be written, the sources themselves.
 * @returns {string} a URL
 */
export function ensureBundle() {
  const folder = join(BUNDLES, keyOfSources());
  const entry = join(folder, 'main.js');
  try {
    if (!existsSync(entry)) build(folder);
  } catch (error) {
    // Another that started at the same time may have been first.
    if (!existsSync(entry) && !READ_ONLY.includes(error.code))
      process.stderr.write(`The hub runs from its sources, and starts a little slower: ${error.message}\n`);
  }
  return pathToFileURL(existsSync(entry) ? entry : ENTRY).href;
}

/** By what the files hold: their times tell nothing where an archive gives the same to all of them. */
function keyOfSources() {
  const hash = createHash('sha256');
  for (const file of [...sourcesIn(SOURCES), join(root, 'package-lock.json')]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !IS_FOR_TESTS.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesIn(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    });
}

/**
 * Written aside and moved into place, so that hubs which start at the same time never load half of it. In a process of its
 * own: the bundler would stay in the memory of a hub for as long as that runs.
 */
function build(folder) {
  const aside = join(BUNDLES, `.building-${randomUUID()}`);
  mkdirSync(aside, { recursive: true });
  try {
    const args = [join(root, 'bin', 'make-bundle.js'), ENTRY, aside];
    const { status, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(stderr.trim());
    removeOld();
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/**
 * What earlier sources have left: all but the newest bundles, and everything compiled, which is by the text of a file.
 * Folders that other starts are building count as bundles: one that was killed leaves its own behind.
 */
function removeOld() {
  const byAge = readdirSync(BUNDLES)
    .map((name) => ({
      path: join(BUNDLES, name),
      at: statSync(join(BUNDLES, name), { throwIfNoEntry: false })?.mtimeMs,
    }))
    .filter(({ at }) => at !== undefined)
    .sort((a, b) => b.at - a.at);
  for (const { path } of byAge.slice(KEPT)) remove(path);
  if (!existsSync(compiledModules)) return;
  // The folders stay: Node makes its own when a process begins, and writes to it when that ends.
  for (const entry of readdirSync(compiledModules, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) remove(join(entry.parentPath, entry.name));
  }
}

/** What belongs to another user stays. */
function remove(path) {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!READ_ONLY.includes(error.code)) throw error;
  }
}
