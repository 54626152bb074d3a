import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a command line ended. */
export type AgentResult = { readonly code: number | null; readonly out: string; readonly err: string };

/** Keys that are typed once a text is shown. */
export type Typed = { readonly keys: string; readonly after: string };

/** A home and a working directory of an agent's own. */
export type AgentHome = {
  readonly home: string;
  readonly work: string;
  /** Writes a file below either, by its path from there. */
  readonly write: (base: 'home' | 'work', path: string, content: string) => Promise<string>;
  /** Runs a script of the agents' packages under this Node, with no variable but PATH, HOME and those given. */
  readonly run: (
    script: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => Promise<AgentResult>;
  /** As `run`, in a terminal in which keys are typed as soon as something is shown, or some after another. */
  readonly runInTerminal: (
    script: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>>,
    keys: string | readonly Typed[],
  ) => Promise<AgentResult>;
  readonly remove: () => Promise<void>;
};

const AGENTS = fileURLToPath(new URL('./agents/node_modules/', import.meta.url));
/** Longer than any of them takes, shorter than a test may. */
const RUN_TIMEOUT_MS = 90_000;

/** Makes an empty home, so that nothing of the machine's own settings is read. */
export async function makeAgentHome(): Promise<AgentHome> {
  const root = await mkdtemp(join(tmpdir(), 'agent-'));
  const folders = { home: join(root, 'home'), work: join(root, 'work') };
  await mkdir(folders.home);
  await mkdir(folders.work);
  return {
    ...folders,
    write: async (base, path, content) => {
      const file = join(folders[base], path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    run: (script, words, environment) => runScript(join(AGENTS, script), { words, environment, folders }),
    runInTerminal: (script, words, environment, keys) =>
      runScript(join(AGENTS, script), { words, environment, folders, keys }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function runScript(
  script: string,
  {
    words,
    environment,
    folders,
    keys,
  }: {
    readonly words: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly folders: { readonly home: string; readonly work: string };
    readonly keys?: string | readonly Typed[];
  },
): Promise<AgentResult> {
  const [command, ...given] =
    keys === undefined ? [process.execPath, script, ...words] : inTerminal([process.execPath, script, ...words]);
  const child = spawn(command ?? '', given, {
    cwd: folders.work,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, so that what it started ends with it.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', HOME: folders.home, CI: 'true', ...environment },
  });
  if (keys === undefined) child.stdin.end();
  else typeAfter(child, typeof keys === 'string' ? [{ keys, after: '' }] : keys);
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };
  process.once('exit', end);
  const late = setTimeout(end, RUN_TIMEOUT_MS);
  const [code, out, err] = await Promise.all([
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode) => {
        end();
        resolve(exitCode);
      });
    }),
    text(child.stdout),
    text(child.stderr),
  ]);
  clearTimeout(late);
  process.removeListener('exit', end);
  return { code, out, err };
}

function typeAfter({ stdin, stdout }: ChildProcessWithoutNullStreams, typed: readonly Typed[]): void {
  const left = [...typed];
  let shown = '';
  stdout.on('data', (part: Buffer) => {
    shown += part.toString('utf8');
    const [next] = left;
    if (next === undefined || !shown.includes(next.after)) return;
    left.shift();
    shown = '';
    stdin.write(next.keys);
  });
}

/** util-linux's `script` gives a program a terminal. */
function inTerminal(words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return ['script', '--quiet', '--return', '--command', quoted, '/dev/null'];
}
