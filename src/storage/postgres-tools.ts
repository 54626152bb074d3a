import { spawn } from 'node:child_process';
import { errorCode } from './errors.ts';

const STDERR_MAX_CHARS = 4000;

export type ToolOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'not_installed' }
  | { readonly outcome: 'failed'; readonly message: string };

/** How a PostgreSQL program is called, without the password: for messages and for people to run themselves. */
export function toolCommand(tool: string, options: readonly string[], url: string): string {
  return [tool, ...options, `--dbname='${withoutPassword(url).url}'`].join(' ');
}

/**
 * Runs one of PostgreSQL's own programs against a database. The password goes through the environment, where other
 * users of the machine do not see it as they would see an argument.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export async function runPostgresTool(input: {
  /** The program, by name or path. */
  readonly tool: string;
  readonly options: readonly string[];
  readonly url: string;
  /** The environment to find the program and its own settings in. */
  readonly environment: NodeJS.ProcessEnv;
}): Promise<ToolOutcome> {
  const { url: target, password } = withoutPassword(input.url);
  return await new Promise((resolve, reject) => {
    const child = spawn(input.tool, [...input.options, '--no-password', `--dbname=${target}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: password === '' ? input.environment : { ...input.environment, PGPASSWORD: password },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-STDERR_MAX_CHARS);
    });
    child.once('error', (error) => {
      if (errorCode(error) === 'ENOENT') resolve({ outcome: 'not_installed' });
      else reject(error);
    });
    child.once('close', (code) => {
      resolve(code === 0 ? { outcome: 'done' } : { outcome: 'failed', message: stderr.trim() });
    });
  });
}

function withoutPassword(url: string): { readonly url: string; readonly password: string } {
  const parsed = new URL(url);
  const password = decodeURIComponent(parsed.password);
  parsed.password = '';
  return { url: parsed.toString(), password };
}
