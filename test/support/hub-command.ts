import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { JsonValue } from '../../src/kernel/json.ts';
import { parseJsonOrUndefined } from '../../src/kernel/json.ts';

/** How a command of the command line ended. */
export type CommandResult = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What it printed, where that is JSON. */
  readonly json: JsonValue | undefined;
};

const PROGRAM = fileURLToPath(new URL('../../bin/aigne-hub.js', import.meta.url));
const COMMAND_TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Runs `aigne-hub` with these words in a process of its own; nothing of this process's environment but PATH reaches it. */
export function runCommand(
  words: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd ?? tmpdir(),
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
      env: {
        PATH: process.env['PATH'] ?? '',
        HUB_DISCOVER_LOCAL: 'false',
        HUB_SIMULATED: 'off',
        ...options.environment,
      },
    };
    const child = execFile(process.execPath, [PROGRAM, ...words], settings, (error, out, err) => {
      if (error !== null && child.exitCode === null)
        return reject(new Error(`${words.join(' ')}: ${error.message}\n${err}`));
      resolve({ code: child.exitCode ?? 0, out, err, json: parseJsonOrUndefined(out) });
    });
    // Nobody types an answer to a question.
    child.stdin?.end();
  });
}
