import { open, readFile } from 'node:fs/promises';
import { isJsonObject, parseJson } from '../../../src/kernel/json.ts';
import type { FakeUsage } from './answers.ts';

/** One answer that was sent to its end: what a usage record that claims success can be held against. */
export type FinishedAnswer = {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly usage: FakeUsage;
  readonly user: string | undefined;
};

/** Appends finished answers to a file of its own, one JSON line each, synced to the disk in groups. */
export type OracleFile = {
  readonly append: (answer: FinishedAnswer) => void;
  /** Resolves when all that was appended is synced, and closes the file. @throws the first write error */
  readonly close: () => Promise<void>;
};

/** Opens the file for appending; it is made if it is missing. */
export async function openOracleFile(path: string): Promise<OracleFile> {
  const file = await open(path, 'a', 0o600);
  let pending = '';
  let writing: Promise<void> | undefined;
  const writeAll = async (): Promise<void> => {
    while (pending !== '') {
      const text = pending;
      pending = '';
      await file.appendFile(text);
      await file.datasync();
    }
    writing = undefined;
  };
  return {
    append: (answer) => {
      pending += `${JSON.stringify(answer)}\n`;
      writing ??= writeAll();
    },
    close: async () => {
      await writing;
      await file.close();
    },
  };
}

/** Reads what an oracle file holds. @throws Error when a line is not what the stand-in writes */
export async function readOracleFile(path: string): Promise<FinishedAnswer[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => readLine(line));
}

function readLine(line: string): FinishedAnswer {
  const value = parseJson(line);
  const usage = isJsonObject(value) ? value['usage'] : undefined;
  if (!isJsonObject(value) || !isJsonObject(usage)) throw new Error(`not a line of an oracle file: ${line}`);
  const { id, model, stream, at, user } = value;
  const { promptTokens, cachedTokens, completionTokens } = usage;
  if (typeof id !== 'string' || typeof model !== 'string' || typeof stream !== 'boolean' || typeof at !== 'number') {
    throw new Error(`not a line of an oracle file: ${line}`);
  }
  if (typeof promptTokens !== 'number' || typeof cachedTokens !== 'number' || typeof completionTokens !== 'number') {
    throw new Error(`not a line of an oracle file: ${line}`);
  }
  return {
    id,
    model,
    stream,
    at,
    usage: { promptTokens, cachedTokens, completionTokens },
    user: typeof user === 'string' ? user : undefined,
  };
}
