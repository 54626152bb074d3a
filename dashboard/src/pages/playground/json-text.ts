export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** JSON as somebody wrote it; `undefined` where it is none. */
export function readJson(text: string): Json | undefined {
  try {
    // What JSON.parse gives is JSON.
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON in lines; text that is none stays as it is. */
export function inLines(text: string): string {
  const value = readJson(text);
  return value === undefined ? text : JSON.stringify(value, undefined, 2);
}
