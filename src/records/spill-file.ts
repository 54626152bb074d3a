import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestOutcome } from '../protocol/records.ts';
import { decodeOutcome, encodeOutcome } from './encode.ts';

const REPLAY_BATCH = 200;
const SPILL_BYTES_MAX = 1024 * 1024 * 1024;
const FILE_NAME = /^spill-(.+)\.jsonl(?:\.replaying)?$/;

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
        // A line that a full disk cut short is closed first, so that it takes no good one with it.
        await file.appendFile(`\n${outcomes.map(encodeOutcome).join('\n')}\n`);
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
    await commitLines(replaying, commit);
    await rm(replaying);
    if (await exists(this.#path)) await this.replay(commit);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Where the process of that id keeps its spill file. */
export function spillPath(directory: string, instanceId: string): string {
  return join(directory, `spill-${instanceId}.jsonl`);
}

/** Where it keeps the records that its store refused. */
export function refusedPath(directory: string, instanceId: string): string {
  return join(directory, `refused-${instanceId}.jsonl`);
}

/**
 * Brings in the spill files that dead processes left; to be done before their journals are read, since what was spilled
 * was answered and is not interrupted. Rejects, keeping the file, when `commit` does.
 */
export async function replayLeftSpills(
  directory: string,
  isDead: (instanceId: string) => boolean,
  commit: (outcomes: readonly RequestOutcome[]) => Promise<void>,
): Promise<void> {
  const found = (await readdir(directory)).map((name) => FILE_NAME.exec(name)?.[1]);
  for (const instanceId of new Set(found)) {
    if (instanceId !== undefined && isDead(instanceId)) {
      await new SpillFile(spillPath(directory, instanceId)).replay(commit);
    }
  }
}

/** Line by line, since the file may be longer than a string can be. */
async function commitLines(
  path: string,
  commit: (outcomes: readonly RequestOutcome[]) => Promise<void>,
): Promise<void> {
  const file = await open(path);
  try {
    let batch: RequestOutcome[] = [];
    for await (const line of file.readLines()) {
      const outcome = decodeOutcome(line);
      if (outcome !== undefined) batch.push(outcome);
      if (batch.length < REPLAY_BATCH) continue;
      await commit(batch);
      batch = [];
    }
    if (batch.length > 0) await commit(batch);
  } finally {
    await file.close();
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
