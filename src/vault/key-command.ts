import { execFile } from 'node:child_process';
import { KeyringError } from './master-key.ts';

/** A key manager's client may have to reach a network; longer than this the start does not wait. */
const KEY_COMMAND_TIMEOUT_MS = 15_000;
const KEY_COMMAND_OUTPUT_BYTES_MAX = 16_384;

/** How the master key is fetched: a program and its arguments. No shell reads them. */
export type KeyCommand = {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number | undefined;
};

/** The program's standard output. @throws KeyringError, which repeats nothing that the program printed. */
export function runKeyCommand(command: KeyCommand): Promise<string> {
  const [program, ...args] = command.argv;
  if (program === undefined) throw new KeyringError('the master key command is empty');
  const options = {
    env: { ...command.environment },
    timeout: command.timeoutMs ?? KEY_COMMAND_TIMEOUT_MS,
    // A program that ignores a polite signal must not hold the start back.
    killSignal: 'SIGKILL',
    maxBuffer: KEY_COMMAND_OUTPUT_BYTES_MAX,
    windowsHide: true,
    shell: false,
    encoding: 'utf8',
  } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, output) => {
      if (error === null) resolve(output);
      else reject(new KeyringError(`the master key command \`${program}\` ${reasonOf(error)}`));
    });
  });
}

/** Node's own message holds the program's error output, which may hold the key. */
function reasonOf(error: Error & { code?: unknown; signal?: unknown; killed?: unknown }): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return `printed more than ${KEY_COMMAND_OUTPUT_BYTES_MAX} bytes`;
  }
  if (error.killed === true) return 'took too long and was ended';
  if (typeof error.code === 'number') return `failed with exit code ${error.code}`;
  if (typeof error.code === 'string') return `could not be started (${error.code})`;
  return typeof error.signal === 'string' ? `was ended by ${error.signal}` : 'failed';
}
