import { parseDocument } from 'yaml';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import type { CliDeps } from './deps.ts';
import { CliFailure } from './failure.ts';

const DOCUMENT_CHARS_MAX = 1024 * 1024;
const ALIASES_MAX = 100;

/** What the control API tells of a row and does not take back. */
const TOLD_ONLY = ['id', 'source', 'created_at', 'updated_at', 'revision', 'counts'];

/**
 * The fields that `--file` names, as JSON or YAML: from a file, or for `-` from the standard input.
 * @throws CliFailure when it is neither, or no map of fields
 */
export async function readDocument(from: string, deps: Pick<CliDeps, 'readFile' | 'resolvePath' | 'input'>) {
  const text = from === '-' ? await deps.input.readAll() : await deps.readFile(deps.resolvePath(from));
  const shown = from === '-' ? 'the standard input' : from;
  const remedy = 'Give one map of fields, as the control API takes them; `--json` of show prints such a one.';
  if (text.length > DOCUMENT_CHARS_MAX) throw new CliFailure(`${shown} is longer than 1 MiB`, remedy);
  const value = parseJsonOrUndefined(text) ?? readYaml(text, shown);
  if (!isJsonObject(value)) throw new CliFailure(`${shown} holds no map of fields`, remedy);
  return withoutTold(value);
}

/** The fields of a row that the control API takes back. */
export function withoutTold(row: JsonObject | Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !TOLD_ONLY.includes(name)));
}

function readYaml(text: string, shown: string): unknown {
  const document = parseDocument(text, { stringKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    throw new CliFailure(`${shown} is neither JSON nor YAML`, fault.message.split('\n')[0] ?? '');
  }
  return document.toJS({ maxAliasCount: ALIASES_MAX });
}
