import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '../support/hub-calls.ts';
import type { Printed } from './answers.ts';
import { escapeForPattern, type Step } from './page.ts';

/**
 * Somebody with a checkout and a terminal, who types what a page shows. `127.0.0.1:4180` and other ports of the page become
 * those that its hubs took; what ends in `…` becomes the newest word that began so on the screen.
 */
export type Reader = {
  /** Types a step and waits for its end, or, where it stays, for the hub to be ready. @throws Error where it fails */
  readonly follow: (step: Step) => Promise<Printed>;
  /** An answer of the page as this reader has to see it. */
  readonly translate: (text: string) => string;
  /** Stops every hub that was started, and removes what was written. */
  readonly leave: () => Promise<void>;
};

export type ReaderOptions = {
  readonly environment: Readonly<Record<string, string>>;
  /** What a page writes for something that only the reader has. */
  readonly own: ReadonlyMap<string, string>;
};

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** What of a checkout is used by its path; data and whatever else is written is the reader's own. */
const CHECKOUT = ['bin', 'examples', 'node_modules', 'package.json'];
const READY = /is ready at https?:\/\/(127\.0\.0\.1:\d+)/;
const DOCUMENTED_PORT = '4180';
const READY_WITHIN_MS = 30_000;
const SEEN_WITHIN_MS = 3_000;
const GONE_WITHIN_MS = 10_000;
/** What is too short for a secret or an id is a word of the page, or a secret that is masked. */
const TAIL = '[A-Za-z0-9_-]{12,}';

/** Sits down before a terminal. */
export async function openReader({ environment, own }: ReaderOptions): Promise<Reader> {
  const home = await mkdtemp(join(tmpdir(), 'hub-reader-'));
  const [desk, typed] = [join(home, 'aigne-hub'), join(home, 'typed')];
  await Promise.all([mkdir(desk), mkdir(typed)]);
  await Promise.all(CHECKOUT.map((name) => symlink(join(REPOSITORY, name), join(desk, name))));
  const shell = spawn('sh', [], {
    cwd: desk,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, so that the hubs which it starts end with it.
    detached: true,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      LANG: 'C.UTF-8',
      npm_config_update_notifier: 'false',
      HUB_PORT: '0',
      HUB_DISCOVER_LOCAL: 'false',
      NO_PROXY: '127.0.0.1',
      ...environment,
    },
  });
  const type = typist(shell);
  const ports = new Map<string, string>();
  const files: string[] = [];
  const onScreen = (): string => files.map(readIfThere).join('\n');
  const translate = (text: string): string => withPorts(text, ports);
  return {
    translate,
    follow: async (step) => {
      const name = join(typed, String(step.line));
      const printed = (): Printed => ({ out: readIfThere(`${name}.out`), err: readIfThere(`${name}.err`) });
      // A mail may come a moment after the command that sent it.
      const code = await eventually(
        `word on the screen for what the page leaves open:\n${step.code}`,
        () => withOwn(translate(step.code), own, onScreen()),
        SEEN_WITHIN_MS,
      );
      const runs = step.language === 'sh' ? `. ${name}.sh` : `node ${name}.mjs`;
      // A module is looked up from where the file lies.
      if (step.language === 'js')
        await symlink(join(REPOSITORY, 'node_modules'), join(typed, 'node_modules')).catch(isThere);
      await writeFile(`${name}.${step.language === 'sh' ? 'sh' : 'mjs'}`, onAnyPort(code));
      files.push(`${name}.out`, `${name}.err`);
      const status = await type(`${runs} </dev/null >${name}.out 2>${name}.err${step.mark === 'stays' ? ' &' : ''}`);
      if (status !== 0) throw new Error(`ended with ${status}:\n${code}\n${printed().out}\n${printed().err}`);
      if (step.mark !== 'stays') return printed();
      const address = await eventually('hub', () => READY.exec(printed().out)?.[1], READY_WITHIN_MS).catch(
        (reason: unknown) => {
          throw new Error(`${String(reason)}:\n${printed().out}\n${printed().err}`);
        },
      );
      ports.set(/--port (\d+)/.exec(step.code)?.[1] ?? DOCUMENTED_PORT, address.split(':')[1] ?? '');
      return printed();
    },
    leave: async () => {
      await endGroup(shell);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Types lines and gives the status with which each ended. */
function typist(shell: ChildProcess): (line: string) => Promise<number> {
  const { stdin, stdout, stderr } = shell;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the shell has no streams');
  const lines = createInterface({ input: stdout });
  let complaint = '';
  stderr.on('data', (part: Buffer) => {
    complaint += part.toString('utf8');
  });
  const ended = once(shell, 'exit').then((): never => {
    throw new Error(`the shell ended: ${complaint}`);
  });
  // At the end nobody types any more, and it may end.
  ended.catch(() => undefined);
  return async (line) => {
    const status = once(lines, 'line').then(([text]) => Number(text));
    stdin.write(`${line}\necho $?\n`);
    return Promise.race([status, ended]);
  };
}

function withPorts(text: string, ports: ReadonlyMap<string, string>): string {
  return text.replace(/(127\.0\.0\.1:)(\d+)/g, (whole, host: string, port: string) => {
    const real = ports.get(port);
    return real === undefined ? whole : `${host}${real}`;
  });
}

function onAnyPort(code: string): string {
  return code.replace(/--port \d+/g, '--port 0');
}

/** `undefined` while something that it needs was not on the screen. */
function withOwn(code: string, own: ReadonlyMap<string, string>, screen: string): string | undefined {
  let text = code;
  for (const [shown, real] of own) text = text.replaceAll(shown, real);
  let isWhole = true;
  const whole = text.replace(/([\w/-]+#|[a-z][\w-]*[-_])…/g, (shown, beginning: string) => {
    const other = beginning === 'sk-hub-' ? '(?!mgmt-)' : '';
    const seen = [...screen.matchAll(new RegExp(`(?<![\\w-])${escapeForPattern(beginning)}${other}${TAIL}`, 'g'))].at(
      -1,
    );
    if (seen === undefined) isWhole = false;
    return seen?.[0] ?? shown;
  });
  return isWhole ? whole : undefined;
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function isThere(reason: unknown): void {
  if (!(reason instanceof Error && 'code' in reason && reason.code === 'EEXIST')) throw reason;
}

async function endGroup({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  await eventually('end of all', () => !signalGroup(pid, 0), GONE_WITHIN_MS).catch(() => signalGroup(pid, 'SIGKILL'));
}

/** Whether there was anybody to signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
