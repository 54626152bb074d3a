import { Worker } from 'node:worker_threads';
import { compiledModules } from '../kernel/compiled-modules.ts';
import type { CardCandidate } from './card-versions.ts';
import type { SeedQuery } from './seed.ts';

/** What the price catalogue says of these models, asked in a thread of its own. Rejects when the thread fails. */
export function findSeedCards(queries: readonly SeedQuery[]): Promise<readonly CardCandidate[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), {
      workerData: queries,
      env: compiledModules(),
    });
    worker.once('message', (cards: readonly CardCandidate[]) => resolve(cards));
    worker.once('error', reject);
    // After an answer this changes nothing.
    worker.once('exit', (code) => reject(new Error(`the price catalogue's thread ended with code ${code}`)));
  });
}
