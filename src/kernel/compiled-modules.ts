import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * The environment of a thread or process that runs modules of the hub: where this process keeps compiled ones, if it does.
 * Each that does not know would load the compiler of TypeScript for itself, which takes 17 MiB and some time.
 */
export function compiledModules(): Readonly<Record<string, string>> {
  // Node makes a folder for its own version below the one that it is told: https://nodejs.org/api/module.html#module-compile-cache
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
