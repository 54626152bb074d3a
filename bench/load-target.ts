import type { LoadOrder, LoadResult } from './load.ts';
import { type Pinning, runLoadProcess } from './processes.ts';
import type { Target } from './targets.ts';

/** What is sent to a target; where it goes, and by whom, the target says. */
export type Load = Omit<LoadOrder, 'origin' | 'path' | 'headers' | 'secrets'>;

/** Sends a target a load in a process of its own. @throws Error when one request of it fails */
export async function loadTarget(target: Target, load: Load, pinning: Pinning): Promise<LoadResult> {
  const { name, origin, path, headers, secrets } = target;
  const result = await runLoadProcess({ ...load, origin, path, headers, ...(secrets && { secrets }) }, pinning);
  if (result.failed === 0) return result;
  throw new Error(`${name}: ${result.failed} failed, the first with ${result.firstFailure ?? '?'}`);
}
