/** Runs every test that this machine can run, and names those that it cannot. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { begin, root } from './bootstrap.js';
import { ensureBundle } from './bundle.js';
import { ensureDashboard } from './dashboard.js';

/**
 * What tests may need beyond Node. A skipped test belongs to the first need whose words its name or file holds. Where
 * `isRequired`, a machine that says CI=true has to have it.
 */
const NEEDS = [
  { words: /postgres/i, what: 'PostgreSQL tests', remedy: 'apt-get install postgresql', isRequired: true },
  { words: /redis/i, what: 'Redis tests', remedy: 'apt-get install redis-server', isRequired: true },
  { words: /browser/i, what: 'browser tests', remedy: 'apt-get install chromium', isRequired: true },
  {
    words: /real (local )?model/i,
    what: 'real-model example',
    remedy: 'set HUB_TEST_REAL_MODEL_URL to the base URL of a model server',
    isRequired: false,
  },
  {
    words: /HUB_TEST_RECORDINGS/,
    what: 'recorded answers of real providers',
    remedy: 'set HUB_TEST_RECORDINGS to the folder that holds them',
    isRequired: false,
  },
];

await begin({ needs: 'development', script: import.meta.url, work: runTests });

async function runTests() {
  ensureDashboard();
  ensureBundle();
  const folder = mkdtempSync(join(tmpdir(), 'hub-test-'));
  try {
    const reportPath = join(folder, 'report.json');
    const exitCode = await vitest(reportPath);
    const report = readReport(reportPath);
    if (report === undefined) {
      process.stdout.write('The test runner ended without a report.\n0 passed, 1 failed, 0 skipped\n');
      return 1;
    }
    return summarize(report, exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitest(reportPath) {
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [program, ...args, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function summarize(report, exitCode) {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map(({ status, fullName }) => ({ status, name: `${relative(root, file.name)} ${fullName}` })),
  );
  const passed = tests.filter(({ status }) => status === 'passed').length;
  // A file that could not be loaded has no tests to fail, and counts as one failure.
  const brokenFiles = report.testResults.filter((file) => {
    return file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
  }).length;
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  const failed = failedTests + brokenFiles || (exitCode === 0 ? 0 : 1);
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const isIncomplete = printNotRun(skipped) && isTrue(process.env.CI);
  if (isIncomplete) process.stdout.write('Under CI=true a test that is not run counts as a failure.\n');
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  return exitCode !== 0 || failed > 0 || isIncomplete ? 1 : 0;
}

/** Prints one line for each reason; true where a reason is one that a complete run may not have. */
function printNotRun(skipped) {
  const left = new Set(skipped);
  let isRequiredMissing = false;
  for (const need of NEEDS) {
    const its = [...left].filter(({ name }) => need.words.test(name));
    if (its.length === 0) continue;
    for (const test of its) left.delete(test);
    isRequiredMissing ||= need.isRequired;
    process.stdout.write(`not run: ${need.what} (${need.remedy})\n`);
  }
  for (const { name } of left) process.stdout.write(`not run: ${name} (skipped in its own code)\n`);
  return isRequiredMissing || left.size > 0;
}

function isTrue(word) {
  return word === 'true' || word === '1';
}
