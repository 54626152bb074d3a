import { join, relative, resolve } from 'node:path';
import type { SettingsProblem } from './problems.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

/** A hub.yaml longer than this was not written for the hub. */
const FILE_LENGTH_MAX = 1024 * 1024;
const FILE_NAME = 'hub.yaml';

/** Gives a file's text, or `undefined` where there is no such file. @throws whatever else stops the reading */
export type ReadTextFile = (path: string) => string | undefined;

/** The hub.yaml of this start. */
export type HubFile = {
  readonly path: string;
  /** As messages name it: relative to the working directory where that is shorter. */
  readonly shownPath: string;
  readonly source: YamlSource;
};

export type HubFileSearch = {
  /** The path that a flag or `HUB_CONFIG` names: it must exist. */
  readonly named: string | undefined;
  readonly cwd: string;
  readonly dataDir: string;
  readonly readFile: ReadTextFile;
};

/** Finds and parses hub.yaml: the one that is named, else in the working directory, else in the data directory. */
export function readHubFile(search: HubFileSearch): {
  readonly file: HubFile | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const { named, cwd, dataDir } = search;
  const candidates = named === undefined ? [join(cwd, FILE_NAME), join(dataDir, FILE_NAME)] : [resolve(cwd, named)];
  for (const path of candidates) {
    const shownPath = shorter(path, cwd);
    const read = tryRead(path, search.readFile);
    if (read.kind === 'unreadable') return { file: undefined, problems: [{ where: shownPath, message: read.message }] };
    if (read.kind === 'absent') continue;
    const source = parseYaml(read.text);
    const problems = source.faults.map(({ position, message }) => ({
      where: `${shownPath}:${position.line}:${position.column}`,
      message,
    }));
    return { file: { path, shownPath, source }, problems };
  }
  if (named === undefined) return { file: undefined, problems: [] };
  return { file: undefined, problems: [{ where: named, message: 'there is no such file' }] };
}

type ReadResult =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly message: string };

function tryRead(path: string, readFile: ReadTextFile): ReadResult {
  try {
    const text = readFile(path);
    if (text === undefined) return { kind: 'absent' };
    if (text.length > FILE_LENGTH_MAX) return { kind: 'unreadable', message: 'is longer than 1 MiB' };
    return { kind: 'text', text };
  } catch (cause) {
    return { kind: 'unreadable', message: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

function shorter(path: string, cwd: string): string {
  const fromHere = relative(cwd, path);
  return fromHere.startsWith('..') ? path : fromHere;
}
