import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const BUNDLED = `node-${process.platform}-${process.arch}`;

/** As package.json has them for `npm start`. */
const START_FLAGS =
  readFileSync(join(REPOSITORY, 'package.json'), 'utf8')
    .match(/"start": "node (.*) bin\/start\.js"/)?.[1]
    ?.split(' ') ?? [];

/** A checkout with a lock file of one package, a hub that only reports how it runs, and an npm that only takes notes. */
let checkout = '';
let notes = '';

const MAIN = `
export async function main(argv) {
  if (argv[0] === 'wait') {
    let signals = 0;
    process.on('SIGTERM', () => { signals += 1; setTimeout(() => { console.log('signals ' + signals); process.exit(7); }, 100); });
    console.log('ready');
    await new Promise(() => setInterval(() => {}, 1000));
  }
  if (argv[0] === 'die') process.kill(process.pid, 'SIGKILL');
  const { execArgv, env } = process;
  console.log(JSON.stringify({ argv, execArgv, arenas: env.MALLOC_ARENA_MAX, major: Number(process.versions.node.split('.')[0]), pid: process.pid }));
  return argv[0] === 'fail' ? 3 : 0;
}
`;

/** Stands for npm: notes its arguments, and lays what \`npm ci\` would lay, with this test's own Node as the bundled one. */
const npm = (node: string) => `const fs = require('node:fs');
fs.appendFileSync(process.env.NOTES, process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_FAILS) process.exit(1);
fs.mkdirSync('node_modules/${BUNDLED}/bin', { recursive: true });
fs.writeFileSync('node_modules/${BUNDLED}/bin/node', '#!/bin/sh\\nBUNDLED_NODE=1 exec "${node}" "$@"\\n', { mode: 0o755 });
`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'hub-bootstrap-'));
  notes = join(checkout, 'npm-calls');
  cpSync(join(REPOSITORY, 'bin'), join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(checkout, 'src'));
  mkdirSync(join(checkout, 'path'));
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}');
  writeFileSync(join(checkout, 'src', 'main.ts'), MAIN);
  writeFileSync(join(checkout, 'npm.cjs'), npm(process.execPath));
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(checkout, 'npm.cjs')}" "$@"\n`;
  writeFileSync(join(checkout, 'path', 'npm'), program, { mode: 0o755 });
  // Makes any Node but the bundled one say that it is Node 20.
  const old =
    "if (!process.env.BUNDLED_NODE) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } });";
  writeFileSync(join(checkout, 'old.cjs'), old);
  writeLock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', dev: true } });
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function writeLock(packages: Record<string, unknown>): void {
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
}

function environment(extra: Record<string, string> = {}): Record<string, string> {
  const path = [join(checkout, 'path'), '/usr/bin', '/bin'].join(delimiter);
  return { PATH: path, NOTES: notes, ...extra };
}

const OLD = () => ({ NODE_OPTIONS: `--require=${join(checkout, 'old.cjs')}` });

function run(args: readonly string[], extra: Record<string, string> = {}, node = process.execPath) {
  const result = spawnSync(node, [join(checkout, 'bin', 'aigne-hub.js'), ...args], {
    env: environment(extra),
    encoding: 'utf8',
    timeout: 15_000,
  });
  return { code: result.status, signal: result.signal, out: result.stdout, err: result.stderr };
}

function npmCalls(): readonly string[] {
  return existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [];
}

describe('dependencies', () => {
  it('are installed once, from the lock file, without scripts and without the test tools', () => {
    expect(run(['--help']).code).toBe(0);
    expect(run(['--help']).code).toBe(0);
    expect(npmCalls()).toEqual(['ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error']);
  });

  it('are installed again when the lock file changed', () => {
    run([]);
    writeLock({ 'node_modules/a': { version: '2.0.0' } });
    run([]);
    expect(npmCalls()).toHaveLength(2);
  });

  it.each([
    ['everything', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }, 0],
    ['all but the test tools', { 'node_modules/a': { version: '1.0.0' } }, 0],
    ['another version', { 'node_modules/a': { version: '0.9.0' } }, 1],
  ])('that somebody installed by hand are taken as they are: %s', (_, packages, installs) => {
    mkdirSync(join(checkout, 'node_modules'));
    writeFileSync(join(checkout, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
    run([]);
    expect(npmCalls()).toHaveLength(installs);
  });

  it('that cannot be installed stop the start with a sentence', () => {
    const { code, err } = run([], { NPM_FAILS: '1' });
    expect(code).toBe(1);
    expect(err).toContain('npm could not install the dependencies');
    expect(err).not.toContain('    at ');
  });

  it('cannot be installed without npm, which is said', () => {
    rmSync(join(checkout, 'path', 'npm'));
    const { code, err } = run([], { PATH: join(checkout, 'path') });
    expect([code, err.includes('npm was not found')]).toEqual([1, true]);
  });

  it('leave a command’s output to the command', () => {
    const { out } = run(['key', 'list', '--json']);
    expect(JSON.parse(out)).toMatchObject({ argv: ['key', 'list', '--json'] });
  });
});

describe('Node', () => {
  it('that is new enough runs the hub in the same process', async () => {
    const child = spawn(process.execPath, [join(checkout, 'bin', 'start.js'), '--port', '0'], { env: environment() });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    await once(child, 'close');
    expect(JSON.parse(out)).toMatchObject({ argv: ['start', '--port', '0'], pid: child.pid });
  });

  it.skipIf(process.platform === 'win32').each([
    ['start.js', []],
    ['aigne-hub.js', ['start']],
  ])('has the flags that keep memory small, although %s was started without', async (script, words) => {
    const args = ['--no-deprecation', join(checkout, 'bin', script), ...words];
    const child = spawn(process.execPath, args, { env: environment() });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    await once(child, 'close');
    expect(JSON.parse(out)).toEqual({
      argv: ['start'],
      execArgv: ['--no-deprecation', ...START_FLAGS],
      arenas: '2',
      major: expect.any(Number),
      pid: child.pid,
    });
  });

  it('has each flag once, whoever gave it', () => {
    const args = [...START_FLAGS.slice(1), join(checkout, 'bin', 'start.js')];
    const { stdout } = spawnSync(process.execPath, args, { env: environment(), encoding: 'utf8', timeout: 15_000 });
    expect(JSON.parse(stdout).execArgv.toSorted()).toEqual(START_FLAGS.toSorted());
  });

  it('keeps what somebody else has said of its memory', () => {
    const { out } = run(['start'], { MALLOC_ARENA_MAX: '4' });
    expect(JSON.parse(out)).toMatchObject({ execArgv: START_FLAGS, arenas: '4' });
  });

  it('runs a command as it is', () => {
    expect(JSON.parse(run(['key', 'list']).out)).toMatchObject({ execArgv: [] });
  });

  it('that is too old hands over to the one of the dependencies, with arguments and exit code', () => {
    const { code, out } = run(['fail', 'a b'], OLD());
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      argv: ['fail', 'a b'],
      major: Number(process.versions.node.split('.')[0]),
    });
  });

  it('that is too old is named where the dependencies bring none', () => {
    mkdirSync(join(checkout, 'node_modules'));
    const packages = { 'node_modules/a': { version: '1.0.0' } };
    writeFileSync(join(checkout, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
    const { code, err } = run([], OLD());
    expect(code).toBe(1);
    expect(err).toContain('needs Node.js 22.19 or newer; this is 20.9.0');
  });

  it('passes a signal on once, and ends as the hub ends', async () => {
    const child = spawn(process.execPath, [join(checkout, 'bin', 'aigne-hub.js'), 'wait'], {
      env: environment(OLD()),
    });
    let out = '';
    const ready = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        out += chunk;
        if (out.includes('ready')) resolve();
      });
    });
    await ready;
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect([code, out]).toEqual([7, 'ready\nsignals 1\n']);
  });

  it('dies by the signal that the hub died of', () => {
    expect(run(['die'], OLD()).signal).toBe('SIGKILL');
  });
});

/** A real Node below the minimum, where this machine has one: the emulation above cannot show that the syntax is right. */
const realOldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const [major = 99] =
    spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.replace('v', '').split('.').map(Number) ?? [];
  return major >= 20 && major < 22;
});

describe.runIf(realOldNode !== undefined)('a Node 20 of the machine’s own', () => {
  it('starts the hub all the same', () => {
    const { code, out } = run(['hello'], {}, realOldNode);
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ argv: ['hello'] })]);
  });
});
