/**
 * The thread that looks prices up in the catalogue and ends: the catalogue's data takes about 20 MB while it is loaded,
 * which a hub that runs for weeks needs for a moment only. Started by seed-thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openSeed, type SeedQuery } from './seed.ts';

if (parentPort !== null) {
  // The one sender is seed-thread.ts, which types it.
  const queries = workerData as readonly SeedQuery[];
  const seed = await openSeed();
  parentPort.postMessage(queries.flatMap((query) => seed.findCards(query)));
}
