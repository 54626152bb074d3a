import type { JsonObject, JsonValue } from '../../kernel/json.ts';

/** Notes a field below the top level that has no common name, under its path (`messages.phase`), with its value. */
export type NoteExtra = (field: string, value: JsonValue) => void;

/**
 * Notes every field of the object that is not known. They travel among a request's `extra` fields, so that every dialect
 * reports them as lost.
 */
export function noteLeftovers(
  object: JsonObject,
  known: ReadonlySet<string>,
  at: { readonly path: string; readonly noteExtra: NoteExtra },
): void {
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (!known.has(key) && value !== undefined && value !== null) at.noteExtra(`${at.path}${key}`, value);
  }
}

/** Whether an `extra` field is such a leftover and no field of the body itself. */
export function isLeftover(field: string): boolean {
  return field.includes('.') || field.includes('[');
}
