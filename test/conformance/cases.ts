import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/kernel/json.ts';
import { OPERATIONS } from '../../src/protocol/operation.ts';

/** Reads the fixtures of dialects: every folder with a `meta.json` is a case. README.md tells what its files mean. */

const DIALECTS_FOLDER = fileURLToPath(new URL('../../src/dialects/', import.meta.url));

const metaSchema = z.strictObject({
  about: z.string().min(10),
  face: z.enum(['inbound', 'outbound', 'both']),
  source: z.enum(['documentation', 'recorded']),
  docs: z.url({ protocol: /^https$/ }),
  covers: z.array(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
  upstreamModel: z.string().optional(),
  path: z.string().optional(),
  quirks: z.record(z.string(), z.unknown()).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
  operation: z.enum(OPERATIONS).optional(),
});

export type CaseMeta = z.infer<typeof metaSchema>;

/** What a case may hold, by the names of its files. */
export type CaseFile =
  | 'wire.request.json'
  | 'canonical.request.json'
  | 'wire.call.json'
  | 'losses.json'
  | 'wire.response.json'
  | 'canonical.response.json'
  | 'wire.stream.txt'
  | 'canonical.stream.jsonl'
  | 'wire.error.json'
  | 'canonical.fault.json'
  | 'canonical.error.json';

const FILES: ReadonlySet<string> = new Set([
  'meta.json',
  'wire.request.json',
  'canonical.request.json',
  'wire.call.json',
  'losses.json',
  'wire.response.json',
  'canonical.response.json',
  'wire.stream.txt',
  'canonical.stream.jsonl',
  'wire.error.json',
  'canonical.fault.json',
  'canonical.error.json',
] satisfies (CaseFile | 'meta.json')[]);

/** One case of one dialect. */
export type Case = {
  readonly dialect: string;
  readonly name: string;
  readonly meta: CaseMeta;
  readonly has: (file: CaseFile) => boolean;
  readonly text: (file: CaseFile) => string;
  /** The file as JSON, deeply frozen. */
  readonly json: (file: CaseFile) => JsonValue;
  /** The file as a JSON object, deeply frozen. @throws Error where it is none */
  readonly object: (file: CaseFile) => JsonObject;
};

/** The folders of dialects that speak of chats; those of pictures and films alone keep another contract. */
export function dialectFolders(): readonly string[] {
  return foldersIn(DIALECTS_FOLDER).filter((name) => {
    return !/: (?:Inbound)?MediaDialect\b/.test(readFileSync(`${DIALECTS_FOLDER}${name}/index.ts`, 'utf8'));
  });
}

/** Every case of a dialect, by name. @throws Error for a case that is not written as README.md says */
export function casesOf(dialect: string): readonly Case[] {
  const fixtures = `${DIALECTS_FOLDER}${dialect}/fixtures/`;
  if (!existsSync(fixtures)) return [];
  return foldersIn(fixtures)
    .filter((name) => existsSync(`${fixtures}${name}/meta.json`))
    .map((name) => readCase(dialect, name, `${fixtures}${name}/`));
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

function readCase(dialect: string, name: string, folder: string): Case {
  const where = `${dialect}/fixtures/${name}`;
  const present = new Set(readdirSync(folder));
  const odd = [...present].filter((file) => !FILES.has(file));
  if (odd.length > 0) throw new Error(`${where}: no such file in a case: ${odd.join(', ')}`);
  const parsed = metaSchema.safeParse(parseFile(`${where}/meta.json`, readFileSync(`${folder}meta.json`, 'utf8')));
  if (!parsed.success) throw new Error(`${where}/meta.json: ${z.prettifyError(parsed.error)}`);
  const text = (file: CaseFile): string => readFileSync(`${folder}${file}`, 'utf8');
  const json = (file: CaseFile): JsonValue => deepFreeze(parseFile(`${where}/${file}`, text(file)));
  return {
    dialect,
    name,
    meta: parsed.data,
    has: (file) => present.has(file),
    text,
    json,
    object: (file) => {
      const value = json(file);
      if (!isJsonObject(value)) throw new Error(`${where}/${file}: not a JSON object`);
      return value;
    },
  };
}

function parseFile(where: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new Error(`${where}: ${String(cause)}`, { cause });
  }
}

/** Freezes a value of JSON and all within it, so that whoever changes it fails. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
