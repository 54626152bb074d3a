import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../src/kernel/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { STORE_TEMPLATE } from './hub-process.ts';

/**
 * Runs once before tests from end to end: a store with the schema of this build and nothing in it. Each of two hundred hubs
 * would make the same for itself, which takes a third of a second.
 * @returns what to do after the last of them
 */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-template-'));
  const path = join(folder, 'hub.db');
  const store = openStore({ kind: 'sqlite', path }, { clock: systemClock, note: () => undefined });
  await store.migrate();
  await store.close();
  process.env[STORE_TEMPLATE] = path;
  return () => rm(folder, { recursive: true });
}
