import type { JsonObject, JsonValue } from '../../kernel/json.ts';

/**
 * Fields within messages and tools that have no common name, by their path without indexes: `messages.prefix`,
 * `tools.function.examples`. They travel among a request's `extra` fields, so that every dialect reports them as lost.
 */
export type Leftovers = Record<string, JsonValue | undefined>;

/** Notes every field of the object that is not known. */
export function noteLeftovers(
  object: JsonObject,
  known: ReadonlySet<string>,
  at: { readonly path: string; readonly leftovers: Leftovers },
): void {
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (!known.has(key) && value !== undefined && value !== null) at.leftovers[`${at.path}.${key}`] = value;
  }
}

/** Whether an `extra` field is such a leftover and no field of the body itself. */
export function isLeftover(field: string): boolean {
  return field.startsWith('messages.') || field.startsWith('tools.');
}
