import type { JsonObject, JsonValue } from '../kernel/json.ts';

/**
 * Fields below the top level that the canonical form has no place for. Each stands among the request's `extra` fields
 * under its path in canonical words, so that every other dialect tells it as a loss by that name.
 */
export class Unexpressed {
  readonly fields: Record<string, JsonValue> = {};

  add(path: string, value: JsonValue): void {
    this.fields[path] = value;
  }

  /** Every field of an object that is said and not among those that were read. */
  addRest(object: JsonObject, read: ReadonlySet<string>, path: string): void {
    for (const key in object) {
      const value = object[key];
      if (!read.has(key) && value !== undefined && value !== null) this.add(`${path}.${key}`, value);
    }
  }
}

/** Whether a key of `extra` is such a path and no field of the request itself. */
export function isPath(key: string): boolean {
  return key.includes('.');
}
