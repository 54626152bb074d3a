/** Builds the dashboard where it was not built from the sources that lie there now. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './bootstrap.js';

const SOURCES = join(root, 'dashboard');
const BUILT = join(SOURCES, 'dist');
const MARKER = 'built-from';

/**
 * Makes `dashboard/dist`, once for each state of the sources. Where it cannot be made, the hub runs without it and says
 * so: calls of models do not need it.
 */
export function ensureDashboard() {
  // A copy may come with what was built and without the sources.
  if (!existsSync(join(SOURCES, 'index.html'))) return;
  const hash = hashOfSources();
  if (readMarker() === hash) return;
  try {
    build(hash);
  } catch (error) {
    if (readMarker() === hash) return;
    process.stderr.write(`The dashboard could not be built, and is not served: ${error.message}\n`);
  }
}

function readMarker() {
  const path = join(BUILT, MARKER);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Built aside and moved into place, so that hubs which start at the same time never serve half of it. */
function build(hash) {
  process.stderr.write('Building the dashboard (once; a few seconds) …\n');
  const aside = mkdtempSync(join(SOURCES, '.building-'));
  try {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const args = [vite, 'build', SOURCES, '--outDir', aside, '--logLevel', 'error'];
    const { status, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(stderr.trim());
    writeFileSync(join(aside, MARKER), hash);
    rmSync(BUILT, { recursive: true, force: true });
    renameSync(aside, BUILT);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function hashOfSources() {
  const hash = createHash('sha256');
  const files = ['index.html', 'vite.config.ts', ...listed('src'), ...listed('public')];
  for (const file of [...files.map((name) => join(SOURCES, name)), join(root, 'package-lock.json')]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function listed(folder) {
  return readdirSync(join(SOURCES, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(SOURCES.length + 1))
    .sort();
}
