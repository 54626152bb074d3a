import { CommanderError } from 'commander';
import { ERRORS, GatewayError } from '../kernel/errors.ts';
import type { CliDeps } from './deps.ts';
import { CliFailure, EXIT, UsageFailure } from './failure.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command.
 * @param argv what was typed after the program's name
 * @returns the exit code: 0 done, 1 failed or something is wrong, 2 not typed right
 */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(deps, (code) => {
    exitCode = code;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, argv, deps);
  }
}

/** Says what went wrong on the error stream; a script that asked for JSON gets it there as JSON. */
function explain(error: unknown, argv: readonly string[], deps: CliDeps): number {
  // Help and version end commander by an error too, and it has written its own messages already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageFailure) {
    deps.err.write(`error: ${error.message}\n`);
    return EXIT.usage;
  }
  const { message, remedy, code } = describe(error);
  if (argv.includes('--json')) deps.err.write(`${JSON.stringify({ error: { code, message, remedy } })}\n`);
  else deps.err.write(`error: ${message}\n${remedy === undefined ? '' : `  ${remedy}\n`}`);
  return EXIT.failed;
}

function describe(error: unknown): {
  readonly message: string;
  readonly remedy?: string;
  readonly code?: string | undefined;
} {
  if (error instanceof CliFailure) return error;
  if (error instanceof GatewayError)
    return { message: error.message, remedy: ERRORS[error.code].remedy, code: error.code };
  if (error instanceof Error) return { message: error.message };
  return { message: String(error) };
}
