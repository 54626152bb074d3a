import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { World } from './compose/start-hub.ts';
import { removeProtoAccessor } from './kernel/prototype.ts';

/** The world as this process finds it. Nothing else in the hub reads the environment or the arguments. */
function readWorld(): World {
  return {
    environment: process.env,
    cwd: process.cwd(),
    write: (text) => void process.stdout.write(text),
    entry: fileURLToPath(import.meta.url),
  };
}

/**
 * Runs the hub or one of its commands and gives the exit code. What a command does not need is not loaded.
 * @param argv what was typed after the program's name
 */
export async function main(argv: readonly string[]): Promise<number> {
  removeProtoAccessor();
  const world = readWorld();
  // A reader that has seen enough (`aigne-hub usage | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  if (argv[0] === 'worker' && process.send !== undefined) {
    const { runWorker } = await import('./compose/run-worker.ts');
    return runWorker(world);
  }
  const [{ runCli }, { cliDeps }] = await Promise.all([import('./cli/run.ts'), import('./compose/cli-deps.ts')]);
  return runCli(argv, cliDeps(world));
}

const isEntry = process.argv[1] === fileURLToPath(import.meta.url);
if (isEntry) process.exitCode = await main(process.argv.slice(2));
