/** Types, lint, format, dead code, unit and conformance tests: what a change must pass before it is shown to anyone. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { begin, root } from './bootstrap.js';

/** Two at a time fill two cores; the longest begins first. */
const AT_ONCE = 2;

const CHECKS = [
  {
    name: 'tests',
    command: ['vitest/vitest.mjs', 'run', '--reporter=dot', '--project=parts', '--project=alone'],
  },
  { name: 'types', command: ['typescript/bin/tsc', '-p', '.'] },
  { name: 'page types', command: ['typescript/bin/tsc', '-p', 'dashboard'] },
  { name: 'lint', command: ['oxlint/bin/oxlint', '--type-aware'] },
  { name: 'format', command: ['@biomejs/biome/bin/biome', 'check', '.'] },
  { name: 'dead code', command: ['knip/bin/knip.js', '--config', 'tools/knip.json'] },
];

await begin({ needs: 'development', script: import.meta.url, work: runChecks });

async function runChecks() {
  const startedAt = performance.now();
  const waiting = [...CHECKS];
  const results = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { name, isOk, output } of results) if (!isOk) process.stdout.write(`\n── ${name}\n${output}\n`);
  process.stdout.write('\n');
  for (const { name, isOk, seconds } of results) {
    process.stdout.write(`${name.padEnd(10)} ${isOk ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s\n`);
  }
  const total = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${'all'.padEnd(10)}        ${total.toFixed(1).padStart(6)} s\n`);
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

function run({ name, command: [program, ...args] }) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ name, isOk: code === 0, output, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}
