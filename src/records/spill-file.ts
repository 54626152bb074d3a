import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { RequestOutcome } from '../protocol/records.ts';
import { decodeOutcome, encodeOutcome } from './encode.ts';

const REPLAY_BATCH = 200;
const SPILL_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * The file that takes records while the store is silent: appended and synced before an answer is released, and emptied
 * into the store later. Every line names its record's id, so replaying a line twice writes it once.
 */
export class SpillFile {
  readonly #path: string;
  /** One append or replay at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves once the records are synced to the disk. Rejects when the disk does not take them. */
  append(outcomes: readonly RequestOutcome[]): Promise<void> {
    return this.#inTurn(async () => {
      const file = await open(this.#path, 'a', 0o600);
      try {
        if ((await file.stat()).size > SPILL_BYTES_MAX) throw new Error('the spill file is full');
        await file.write(`${outcomes.map(encodeOutcome).join('\n')}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  /** Hands every record to `commit`, then removes the file. Rejects, keeping the file, when `commit` does. */
  async replay(commit: (outcomes: readonly RequestOutcome[]) => Promise<void>): Promise<void> {
    const replaying = `${this.#path}.replaying`;
    await this.#inTurn(async () => {
      // A former replay that did not finish goes first; new records meanwhile go to a new file.
      if (!(await exists(replaying)) && (await exists(this.#path))) await rename(this.#path, replaying);
    });
    if (!(await exists(replaying))) return;
    const lines = (await readFile(replaying, 'utf8')).split('\n').filter((line) => line !== '');
    for (let from = 0; from < lines.length; from += REPLAY_BATCH) {
      const batch = lines.slice(from, from + REPLAY_BATCH).map(decodeOutcome);
      await commit(batch.filter((outcome) => outcome !== undefined));
    }
    await rm(replaying);
    if (await exists(this.#path)) await this.replay(commit);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
