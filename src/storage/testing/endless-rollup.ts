import { systemClock } from '../../kernel/clock.ts';
import { openStore } from '../open-store.ts';

/**
 * A process of its own that brings the records of the SQLite file named by its first argument into sums, a few at a
 * time, and says after each batch that it did. It is meant to be killed.
 */
const BATCH = 3;

const path = process.argv[2];
if (path === undefined) throw new Error('the first argument is the path of the store');
const store = openStore({ kind: 'sqlite', path }, { clock: systemClock, note: () => undefined });
for (;;) {
  await store.usageRollups.rollUp(BATCH);
  process.stdout.write('batch\n');
}
