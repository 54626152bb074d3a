import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadResult } from './load.ts';

/** Which CPUs the two sides of a measurement run on; empty launchers where the machine cannot pin. */
export type Pinning = {
  readonly target: readonly string[];
  readonly others: readonly string[];
  /** What is printed above the results. */
  readonly said: string;
};

/** A process that runs until it is stopped. */
export type Running = { readonly pid: number; readonly stop: () => Promise<void> };

const LOAD_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 30_000;
const KILL_AFTER_MS = 5_000;

/** Pins the target to one CPU, and load and upstream to another, where there are two and `taskset` is installed. */
export function findPinning(): Pinning {
  const taskset = findExecutable('taskset');
  if (taskset === undefined || availableParallelism() < 2) {
    return { target: [], others: [], said: 'processes are not pinned: `taskset` or a second CPU is missing' };
  }
  return {
    target: [taskset, '-c', '0'],
    others: [taskset, '-c', '1'],
    said: 'pinned: the target on CPU 0, upstream and load generator on CPU 1',
  };
}

/** The path of a program, or `undefined` where it is not installed. */
export function findExecutable(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/** Starts a script of this folder that prints `{"port":…}` on its first line. */
export async function startScript(
  name: string,
  input: { readonly words: readonly string[]; readonly launcher: readonly string[] },
): Promise<Running & { readonly port: number }> {
  const [command = process.execPath, ...words] = [
    ...input.launcher,
    process.execPath,
    scriptPath(name),
    ...input.words,
  ];
  const running = startProcess(command, { words, environment: {} });
  const line = await firstLine(running.child, name);
  // Our own scripts print this line.
  const { port } = JSON.parse(line) as { port: number };
  return { pid: running.pid, stop: running.stop, port };
}

/** Starts a program; nothing of this environment but PATH reaches it. */
export function startProcess(
  command: string,
  { words, environment }: { readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> },
): Running & { readonly child: ChildProcess } {
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', onExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await gone;
    clearTimeout(late);
  };
  return { pid, stop, child };
}

/** Runs the load generator in a process of its own. @throws Error when it fails */
export async function runLoadProcess(order: LoadOrder, pinning: Pinning): Promise<LoadResult> {
  const [command, ...words] = [...pinning.others, process.execPath, scriptPath('load.ts')];
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'], timeout: LOAD_TIMEOUT_MS });
  child.stdin.end(JSON.stringify(order));
  const line = await firstLine(child, 'load.ts', LOAD_TIMEOUT_MS);
  if (child.exitCode === null) await once(child, 'exit');
  // The load generator prints its result and nothing else.
  return JSON.parse(line) as LoadResult;
}

/** CPU time, in microseconds, that a process, all of its threads and all of its children have used so far. */
export function cpuMicros(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ticksOf(member), 0) * (1_000_000 / ticksPerSecond());
}

/** Resident memory of a process and its children, in bytes. */
export function residentBytes(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(member, 'status'))?.[1];
    return sum + Number(kibibytes ?? 0) * 1024;
  }, 0);
}

function scriptPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function firstLine(child: ChildProcess, name: string, timeoutMs = START_TIMEOUT_MS): Promise<string> {
  const output = child.stdout;
  if (output === null) throw new Error(`${name} has no output`);
  const lines = createInterface({ input: output });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  for await (const line of lines) {
    clearTimeout(timer);
    return line;
  }
  clearTimeout(timer);
  throw new Error(`${name} ended without a word, or took longer than ${timeoutMs} ms`);
}

let knownTicks: number | undefined;

function ticksPerSecond(): number {
  knownTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return knownTicks;
}

/** utime and stime, fields 14 and 15: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function ticksOf(pid: number): number {
  const fields = statFields(pid);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** The fields after the program's name, which may hold anything: the first is field 3. */
function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, file: string): string {
  const path = `/proc/${pid}/${file}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statFields(Number(name))[1]);
    parents.set(Number(name), parent);
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}
