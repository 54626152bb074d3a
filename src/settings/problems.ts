import { z } from 'zod';
import { nearMatch } from './near-match.ts';

/** One thing that is wrong, and where it stands: `hub.yaml:12:5 connections[0].baseUrl: must be …`. */
export type SettingsProblem = { readonly where: string; readonly message: string };

/** The settings cannot be used. `message` lists every problem on a line of its own. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    const count = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`;
    super(`${count}:\n${problems.map(({ where, message }) => `  ${where}: ${message}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** `['connections', 0, 'baseUrl']` → `connections[0].baseUrl`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}

/** A thing wrong at a path; `key` is set where it is a key that has no business there. */
export type PlacedProblem = {
  readonly path: readonly PropertyKey[];
  readonly key: string | undefined;
  readonly message: string;
};

/** Turns what Zod found into sentences, one for each key that is not known. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], schema: z.core.$ZodType): readonly PlacedProblem[] {
  return issues.flatMap((issue): readonly PlacedProblem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, key: undefined, message: issueText(issue) }];
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({ path: issue.path, key, message: unknownKeyText(key, known) }));
  });
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const near = nearMatch(key, known);
  if (near !== undefined) return `is not known; did you mean "${near}"?`;
  return known.length === 0 ? 'is not known' : `is not known; there are ${known.join(', ')}`;
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    if (issue.message.endsWith('received undefined')) return 'is missing';
    return issue.message.startsWith('Invalid input') ? `must be ${kindText(issue.expected)}` : issue.message;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') {
    return issue.origin === 'string' || issue.origin === 'array'
      ? 'must not be empty'
      : `must be at least ${String(issue.minimum)}`;
  }
  if (issue.code === 'too_big') {
    const unit = issue.origin === 'string' ? ' characters long' : issue.origin === 'array' ? ' entries long' : '';
    return `must be at most ${String(issue.maximum)}${unit}`;
  }
  // Everything else carries a sentence that the schema wrote itself.
  return issue.message;
}

const KIND_TEXTS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of names and values',
};

function kindText(expected: string): string {
  return KIND_TEXTS[expected] ?? `a ${expected}`;
}

/** The keys of the object that a path leads to in a schema; empty where there is none. */
function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current: z.core.$ZodType | undefined = bare(schema);
  for (const step of path) {
    if (current instanceof z.ZodObject) current = bare(current.shape[String(step)]);
    else if (current instanceof z.ZodArray) current = bare(current.element);
    else if (current instanceof z.ZodRecord) current = bare(current.valueType);
    else return [];
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** The schema inside defaults and optionals. */
function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.def.innerType;
  return inner;
}
