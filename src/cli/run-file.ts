import { z } from 'zod';
import { parseJsonOrUndefined } from '../kernel/json.ts';
import type { RunningHub } from './deps.ts';

/** Where a hub that runs says so, below its data directory. */
export const RUN_FILE = 'run/hub.json';

const runFileSchema = z.object({
  pid: z.int().positive(),
  address: z.url({ protocol: /^https?$/ }),
  controlToken: z.string().min(1),
  certificate: z.string().min(1).optional(),
});

/**
 * Reads the file that a running hub leaves in its data directory.
 * @param text the file, or `undefined` where there is none
 * @param isAlive whether a process of that id runs: a hub that was killed leaves its file behind
 */
export function readRunFile(text: string | undefined, isAlive: (pid: number) => boolean): RunningHub | undefined {
  if (text === undefined) return undefined;
  const file = runFileSchema.safeParse(parseJsonOrUndefined(text));
  return file.success && isAlive(file.data.pid) ? file.data : undefined;
}
