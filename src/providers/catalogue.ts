import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonValue, parseJson, parseJsonOrUndefined } from '../kernel/json.ts';
import { ENTRY_CHARACTERS_MAX, type ProviderEntry, providerEntrySchema } from './schema.ts';

/** The most entries that one external document may hold. */
export const DOCUMENT_ENTRIES_MAX = 1000;
/** The longest external document, in characters. */
export const DOCUMENT_CHARACTERS_MAX = 4_000_000;
const PROBLEMS_SHOWN_MAX = 20;

/** The folder of built-in entries. */
export const CATALOGUE_FOLDER = fileURLToPath(new URL('./catalogue/', import.meta.url));

/** All providers that the hub knows of: an immutable value. */
export type Catalogue = {
  /** In the order of their ids. */
  readonly entries: readonly ProviderEntry[];
  /** By id or alias, in any case. An id wins over an alias of another entry. */
  readonly find: (idOrAlias: string) => ProviderEntry | undefined;
};

/** How an external document would change the catalogue. Paths are dotted (`speaks.0.path`). */
export type CatalogueDifference = {
  readonly added: readonly string[];
  readonly changed: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly unchanged: readonly string[];
};

/**
 * Reads the entries of a folder: one JSON file per provider, named after its id.
 * @throws Error naming the file when one cannot be read or breaks the schema
 */
export function loadBuiltInEntries(folder: string = CATALOGUE_FOLDER): readonly ProviderEntry[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => {
    const parsed = providerEntrySchema.safeParse(parseJson(readFileSync(join(folder, file), 'utf8')));
    if (!parsed.success) throw new Error(`${join(folder, file)}: ${z.prettifyError(parsed.error)}`);
    if (`${parsed.data.id}.json` !== file) throw new Error(`${join(folder, file)}: its id is ${parsed.data.id}`);
    return parsed.data;
  });
}

/** Entries as a catalogue; of two with the same id the later one counts. */
export function createCatalogue(entries: readonly ProviderEntry[]): Catalogue {
  const byId = new Map<string, ProviderEntry>();
  for (const entry of entries) byId.set(entry.id, entry);
  const byAlias = new Map<string, ProviderEntry>();
  for (const entry of byId.values()) {
    for (const alias of entry.aliases ?? []) if (!byAlias.has(alias)) byAlias.set(alias, entry);
  }
  const sorted = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    entries: sorted,
    find: (idOrAlias) => {
      const name = idOrAlias.toLowerCase();
      return byId.get(name) ?? byAlias.get(name);
    },
  };
}

/**
 * The built-in entries with what the operator applied laid over them. A stored document that this build cannot read
 * (one written by a newer build) is left out and handed to `refused`, so that one entry never stops the hub.
 */
export function overlayCatalogue(
  builtIn: readonly ProviderEntry[],
  applied: readonly { readonly id: string; readonly document: string }[],
  refused: (id: string, reason: string) => void,
): Catalogue {
  const readable: ProviderEntry[] = [];
  for (const { id, document } of applied) {
    const parsed = providerEntrySchema.safeParse(parseJsonOrUndefined(document));
    if (parsed.success) readable.push(parsed.data);
    else refused(id, z.prettifyError(parsed.error));
  }
  return createCatalogue([...builtIn, ...readable]);
}

/**
 * Reads a catalogue document: one entry, an array of entries, or `{ "providers": [ … ] }`.
 * @throws GatewayError `request.invalid` that lists what is wrong, each with its path
 */
export function parseCatalogueDocument(text: string): readonly ProviderEntry[] {
  if (text.length > DOCUMENT_CHARACTERS_MAX) throw invalid(`It is longer than ${DOCUMENT_CHARACTERS_MAX} characters.`);
  const document = parseJsonOrUndefined(text);
  if (document === undefined) throw invalid('It is not JSON.');
  const candidates = listOfCandidates(document);
  if (candidates.length === 0) throw invalid('It holds no entry.');
  if (candidates.length > DOCUMENT_ENTRIES_MAX) throw invalid(`It holds more than ${DOCUMENT_ENTRIES_MAX} entries.`);
  const entries: ProviderEntry[] = [];
  const problems: string[] = [];
  candidates.forEach((candidate, index) => {
    const parsed = providerEntrySchema.safeParse(candidate);
    if (!parsed.success) {
      const label = isJsonObject(candidate) && typeof candidate['id'] === 'string' ? candidate['id'] : `#${index}`;
      for (const issue of parsed.error.issues) {
        problems.push(`${label.slice(0, 63)}: ${issue.path.map(String).join('.') || 'entry'}: ${issue.message}`);
      }
    } else if (JSON.stringify(parsed.data).length > ENTRY_CHARACTERS_MAX) {
      problems.push(`${parsed.data.id}: is longer than ${ENTRY_CHARACTERS_MAX} characters`);
    } else if (entries.some((entry) => entry.id === parsed.data.id)) {
      problems.push(`${parsed.data.id}: stands twice`);
    } else {
      entries.push(parsed.data);
    }
  });
  if (problems.length > 0) {
    throw new GatewayError('request.invalid', {
      message: `The catalogue document is not valid. ${problems.slice(0, PROBLEMS_SHOWN_MAX).join('; ')}`,
      details: { problems: problems.slice(0, PROBLEMS_SHOWN_MAX), problemCount: problems.length },
    });
  }
  return entries;
}

/** What applying `incoming` to `current` would change. */
export function catalogueDifference(current: Catalogue, incoming: readonly ProviderEntry[]): CatalogueDifference {
  const added: string[] = [];
  const changed: { id: string; fields: readonly string[] }[] = [];
  const unchanged: string[] = [];
  const known = new Map(current.entries.map((entry) => [entry.id, entry]));
  for (const entry of incoming) {
    const before = known.get(entry.id);
    if (before === undefined) {
      added.push(entry.id);
      continue;
    }
    const fields = changedPaths(before, entry, '');
    if (fields.length === 0) unchanged.push(entry.id);
    else changed.push({ id: entry.id, fields });
  }
  return { added, changed, unchanged };
}

function listOfCandidates(document: JsonValue): readonly JsonValue[] {
  if (Array.isArray(document)) return document;
  if (!isJsonObject(document)) throw invalid('It is neither an object nor an array.');
  const providers = document['providers'];
  if (providers === undefined) return [document];
  if (!Array.isArray(providers)) throw invalid('`providers` is not an array.');
  return providers;
}

/** Dotted paths of the leaves that differ between two values of JSON's shape. */
function changedPaths(before: unknown, after: unknown, at: string): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  const a = branches(before);
  const b = branches(after);
  if (a === undefined || b === undefined) return [at];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names.flatMap((name) => changedPaths(a.get(name), b.get(name), at === '' ? name : `${at}.${name}`));
}

function branches(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function invalid(reason: string): GatewayError {
  return new GatewayError('request.invalid', { message: `The catalogue document is not valid. ${reason}` });
}
