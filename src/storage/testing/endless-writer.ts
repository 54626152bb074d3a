import { systemClock } from '../../kernel/clock.ts';
import { openStore } from '../open-store.ts';
import { outcome } from './rows.ts';

/**
 * A process of its own that writes batch after batch to the SQLite file named by its first argument and says the last
 * number of each batch once it is committed. It is meant to be killed.
 */
const BATCH = 16;

const path = process.argv[2];
if (path === undefined) throw new Error('the first argument is the path of the store');
const store = openStore({ kind: 'sqlite', path }, { clock: systemClock, note: () => undefined });
for (let first = 0; ; first += BATCH) {
  await store.records.commit(Array.from({ length: BATCH }, (_, index) => outcome(first + index)));
  process.stdout.write(`${first + BATCH - 1}\n`);
}
