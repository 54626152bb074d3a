/**
 * Runs the programs of others that call the hub: SDKs and coding agents. They are heavy, so they have packages of their
 * own, which are installed here when they are missing or stale. Words after the command go to the test runner.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { begin, root } from './bootstrap.js';

const FOLDERS = [join(root, 'test', 'clients'), join(root, 'test', 'clients', 'agents')];
const MARKER = '.clients-installed';

/** What these tests may be given beyond the packages; without it some are skipped. */
const NEEDS = [
  { variable: 'HUB_TEST_SPECS', what: 'requests checked against the providers’ OpenAPI documents' },
  { variable: 'HUB_TEST_RECORDINGS', what: 'recorded answers of real providers' },
];

await begin({ needs: 'development', script: import.meta.url, work: runClients });

async function runClients() {
  for (const folder of FOLDERS) if (!install(folder)) return 1;
  const types = await run(['typescript', 'bin', 'tsc'], ['-p', FOLDERS[0]]);
  const config = join(FOLDERS[0], 'vitest.config.ts');
  const tests = await run(['vitest', 'vitest.mjs'], ['run', '--config', config, ...process.argv.slice(2)]);
  for (const { variable, what } of NEEDS) {
    if (!process.env[variable])
      process.stdout.write(`not run: ${what} (set ${variable} to the folder that holds them)\n`);
  }
  return types === 0 ? tests : types;
}

/** Installs exactly what the lock file names, and runs nothing that a package brings along. */
function install(folder) {
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const marker = join(folder, 'node_modules', MARKER);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return true;
  process.stdout.write(`Installing the packages of ${folder} (once; about a minute) …\n`);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    process.stderr.write('npm could not install them; see its message above.\n');
    return false;
  }
  writeFileSync(marker, hash);
  return true;
}

function run(program, args) {
  const child = spawn(process.execPath, [join(root, 'node_modules', ...program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
