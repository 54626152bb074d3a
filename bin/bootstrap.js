/**
 * Runs before anything is installed, so it uses nothing but Node 20 itself: installs the dependencies from the lock file
 * when they are missing or stale, and goes on under a Node that the hub can use.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { constants as os } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The oldest Node that runs the hub: `[major, minor]`, as `engines` in package.json says. */
const NODE_MIN = [22, 19];
/** Platforms for which a Node comes with the dependencies. */
const BUNDLED_NODE_PLATFORMS = ['linux-x64', 'linux-arm64', 'win32-x64'];
const FORWARDED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];
const SIGNAL_EXIT_BASE = 128;
const MARKER = '.hub-installed';
/**
 * A small space for young objects, in which a request's die just as well, and less room for dead ones that grew old: the
 * hub's resident memory stays over 100 MiB lower than with V8's own choice. One thread looks through so small a space in a
 * millisecond; waking four others for it costs more than they take off. The npm script and the first line of aigne-hub.js
 * name the same flags.
 */
const NODE_FLAGS = [
  '--max-semi-space-size=8',
  '--heap-growing-percent=40',
  '--no-allocation-site-pretenuring',
  '--no-parallel-scavenge',
];

/**
 * Two heaps of the C library for all threads: it would make eight for each core, and each of V8's compiling threads leaves
 * megabytes behind in its own. https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };

/** A failure that is the machine's and not the program's: shown as its sentence alone. */
class BootstrapError extends Error {}

/** The folder of package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where Node keeps what it has compiled. */
export const compiledModules = join(root, 'node_modules', '.cache', 'compile');

/**
 * Makes sure of dependencies and Node, then runs `work` in this process or `script` again under the right Node. Exits
 * with the code, or by the signal, of whatever ran.
 * @param {{
 *   needs: 'production' | 'development',
 *   script: string,
 *   isServer?: boolean,
 *   work: () => Promise<number | undefined>,
 * }} job `script` is the caller's `import.meta.url`; one that `isServer` runs for long, with flags that keep its memory
 *   small however it was started; `work` gives the exit code, `undefined` for zero.
 */
export async function begin({ needs, script, isServer = false, work }) {
  try {
    const isNodeUsable = isNewEnough(process.versions.node);
    if (!isNodeUsable && !existsSync(bundledNode()) && !BUNDLED_NODE_PLATFORMS.includes(platform())) noUsableNode();
    ensureInstalled(needs);
    if (!isNodeUsable) return runUnder(bundledNode(), fileURLToPath(script));
    if (isServer) beginAgain(fileURLToPath(script));
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  module.enableCompileCache?.(compiledModules);
  const code = await work();
  if (code !== undefined) process.exitCode = code;
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

/** Where the Node of the dependencies lies; npm calls Windows `win`. */
function bundledNode() {
  const folder = `node-${platform().replace('win32', 'win')}`;
  return join(root, 'node_modules', folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function noUsableNode() {
  throw new BootstrapError(
    `AIGNE Hub needs Node.js ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}, and none comes with the ` +
      `dependencies on ${platform()}. Install Node.js 24 from nodejs.org or your package manager, then run this again.`,
  );
}

function ensureInstalled(needs) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  const marker = readMarker();
  if (marker?.hash === hash && covers(marker.mode, needs)) return;
  const found = modeOfInstalled(lock);
  if (found !== undefined && covers(found, needs)) return writeMarker(hash, found);
  // What is there already is kept as complete as it was: a start must not take the test tools away.
  const mode = marker?.mode === 'development' ? 'development' : needs;
  install(mode);
  writeMarker(hash, mode);
}

function covers(mode, needs) {
  return mode === 'development' || mode === needs;
}

function readMarker() {
  return readJson(join(root, 'node_modules', MARKER));
}

function writeMarker(hash, mode) {
  try {
    writeFileSync(join(root, 'node_modules', MARKER), JSON.stringify({ hash, mode }));
  } catch (error) {
    // In a read-only checkout every start compares what is installed again, which costs a few milliseconds.
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) throw error;
  }
}

/** What npm's own record of node_modules shows to be installed, where somebody installed it without this script. */
function modeOfInstalled(lockText) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return undefined;
  let mode = 'development';
  for (const [path, wanted] of Object.entries(JSON.parse(lockText).packages)) {
    const isOptional = wanted.optional === true || wanted.devOptional === true || wanted.peer === true;
    if (path === '' || isOptional || installed[path]?.version === wanted.version) continue;
    if (wanted.dev !== true) return undefined;
    mode = 'production';
  }
  return mode;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Installs exactly what the lock file names. Nothing that a package brings along is run. */
function install(mode) {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new BootstrapError(
      `The dependencies are not installed, and ${root} cannot be written to. ` +
        'Run `npm ci --ignore-scripts` there as a user who may, or use a copy that you can write to.',
    );
  }
  const what = mode === 'production' ? '--omit=dev' : '--include=dev';
  process.stderr.write('Installing dependencies from package-lock.json (once; about a minute) …\n');
  const args = ['ci', what, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm's own words go to the error stream: a command's output may be read by a script.
  const result = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.error?.code === 'ENOENT')
    throw new BootstrapError('npm was not found; it comes with Node.js. Install it, then run this again.');
  if (result.error !== undefined) throw new BootstrapError(`npm could not be run: ${result.error.message}`);
  if (result.status !== 0) throw new BootstrapError('npm could not install the dependencies; see its message above.');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
}

/** Puts the same Node with its flags in this process's place, unless it has them. Windows knows no such thing. */
function beginAgain(script) {
  const flags = NODE_FLAGS.filter((flag) => !process.execArgv.includes(flag));
  const hasEnvironment = Object.keys(NODE_ENVIRONMENT).every((name) => process.env[name] !== undefined);
  if ((flags.length === 0 && hasEnvironment) || process.execve === undefined || process.platform === 'win32') return;
  const words = [process.execPath, ...process.execArgv, ...flags, script, ...process.argv.slice(2)];
  process.execve(process.execPath, words, { ...NODE_ENVIRONMENT, ...process.env });
}

/** Runs a script under another Node as if it were this process: same streams, signals passed on, same ending. */
function runUnder(node, script) {
  if (!existsSync(node)) noUsableNode();
  const child = spawn(node, [...NODE_FLAGS, script, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...NODE_ENVIRONMENT, ...process.env },
  });
  const forward = (signal) => {
    // Ctrl-C in a terminal reaches the whole foreground group, the child included; passing it on would double it.
    if (signal === 'SIGINT' && isInForeground()) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`${node} could not be run: ${error.message}\nInstall Node.js 24, then run this again.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward);
    process.exitCode = code ?? SIGNAL_EXIT_BASE + (os.signals[signal] ?? 0);
    if (signal !== null) process.kill(process.pid, signal);
  });
}

/** Whether a terminal's Ctrl-C was meant for this process group: field 8 of proc(5)'s stat is the foreground group. */
function isInForeground() {
  try {
    if (process.platform !== 'linux') {
      closeSync(openSync('/dev/tty', 'r'));
      return true;
    }
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}
