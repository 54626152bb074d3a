import { resolve } from 'node:path';
import type { Environment } from '../declared/resolve.ts';
import { isJsonObject } from '../kernel/json.ts';
import { pathText } from './problems.ts';
import type { SettingEntry } from './schema.ts';

/** Values of command-line flags by their name in camel case, as commander hands them over. */
export type Flags = Readonly<Record<string, unknown>>;

/** Where a value that does not come from hub.yaml was given, by its path: `environment HUB_PORT`, `flag --port`. */
export type Origins = ReadonlyMap<string, string>;

export type OverlayInput = {
  readonly settings: readonly SettingEntry[];
  readonly fileValue: unknown;
  /** Folder against which relative paths in hub.yaml are resolved. */
  readonly fileFolder: string;
  readonly flags: Flags;
  readonly environment: Environment;
  readonly cwd: string;
};

/** Lays flags over the environment over hub.yaml, and makes one tree of it that holds every setting's key. */
export function overlay(input: OverlayInput): {
  readonly tree: unknown;
  readonly origins: Origins;
  /** Paths of the settings whose values hub.yaml gives. */
  readonly inFile: readonly string[];
  /** Settings that hub.yaml may not hold, yet does. */
  readonly misplaced: readonly SettingEntry[];
} {
  if (!isJsonObject(input.fileValue)) return { tree: input.fileValue, origins: new Map(), inFile: [], misplaced: [] };
  const tree: Tree = copyTree(input.fileValue);
  const origins = new Map<string, string>();
  const inFilePaths: string[] = [];
  const misplaced: SettingEntry[] = [];
  for (const entry of input.settings) {
    const branch = branchFor(tree, entry.path);
    const key = entry.path.at(-1) ?? '';
    if (branch === undefined) continue;
    const inFile = branch[key];
    if (inFile !== undefined && !entry.facts.inFile) misplaced.push(entry);
    const given = givenOutside(entry, input);
    if (given !== undefined) origins.set(pathText(entry.path), given.where);
    else if (inFile !== undefined) inFilePaths.push(pathText(entry.path));
    const value = given === undefined ? inFile : given.value;
    const folder = given === undefined ? input.fileFolder : input.cwd;
    branch[key] = entry.facts.isPath && typeof value === 'string' && value !== '' ? resolve(folder, value) : value;
  }
  return { tree, origins, inFile: inFilePaths, misplaced };
}

/** The value that a flag or variable gives. An empty variable counts as not set, as compose files leave them behind. */
export function givenOutside(
  { facts }: SettingEntry,
  { flags, environment }: { readonly flags: Flags; readonly environment: Environment },
): { readonly value: unknown; readonly where: string } | undefined {
  if (facts.flag !== undefined) {
    const value = flags[camelCase(facts.flag)];
    if (value !== undefined) return { value, where: `flag --${facts.flag}` };
  }
  for (const name of facts.env) {
    const value = environment[name];
    if (value !== undefined && value.trim() !== '') return { value: value.trim(), where: `environment ${name}` };
  }
  return undefined;
}

type Tree = { [key: string]: unknown };

/** The map that holds the last key of a path, made where it is missing; `undefined` where something else is in its place. */
function branchFor(tree: Tree, path: readonly string[]): Tree | undefined {
  let branch = tree;
  for (const step of path.slice(0, -1)) {
    branch[step] ??= {};
    const next = branch[step];
    if (!isTree(next)) return undefined;
    branch = next;
  }
  return branch;
}

function copyTree(value: Tree): Tree {
  const copy: Tree = {};
  for (const [key, inner] of Object.entries(value)) copy[key] = isTree(inner) ? copyTree(inner) : inner;
  return copy;
}

/** Plain maps only: a date or a list in the file is a value. */
function isTree(value: unknown): value is Tree {
  return isJsonObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
