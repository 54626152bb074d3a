import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../kernel/json.ts';

/**
 * JSON whose numbers stay as they were written. A tool's arguments are text in one dialect and an object in another; an id
 * of twenty digits on its way between them must not become the nearest double.
 */

/** Numbers with fewer digits are whole and exact as doubles. */
const LONG_NUMBER = /\d{16}/;

/** What the language has and its type library does not yet: https://tc39.es/proposal-json-parse-with-source/ */
type SourceJson = {
  readonly parse: (
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ) => unknown;
  readonly rawJSON: (text: string) => unknown;
  readonly isRawJSON: (value: unknown) => value is { readonly rawJSON: string };
};

// The running engine has what the type library lacks.
const SOURCE_JSON = JSON as unknown as SourceJson;

/** Whether JSON holds a number that might not stay as it was written. */
export function holdsLongNumber(text: string): boolean {
  return LONG_NUMBER.test(text);
}

/**
 * Parses JSON for writing it again: `JSON.stringify` gives every long number back digit by digit. Such a number is an
 * object in between, so the value is for nothing else.
 * @throws SyntaxError
 */
export function parseExact(text: string): JsonValue {
  if (!holdsLongNumber(text)) return parseJson(text);
  const value = SOURCE_JSON.parse(text, (_key, parsed, { source }) => {
    const isRounded = typeof parsed === 'number' && source !== undefined && source !== String(parsed);
    return isRounded ? SOURCE_JSON.rawJSON(source) : parsed;
  });
  // `parse` gives JSON; what stands in for a number is written as one.
  return value as JsonValue;
}

/** What stands in for a long number as the nearest double; every other value as it is. */
export function plainNumber(value: JsonValue | undefined): JsonValue | undefined {
  return SOURCE_JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** As `parseExact`, or `undefined` where the text is not JSON. */
export function parseExactOrUndefined(text: string): JsonValue | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

/** A call's arguments as the object that they are the text of; `undefined` where they are none. Empty text means `{}`. */
export function parseArguments(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  // A long number alone is an object while it waits to be written.
  if (!trimmed.startsWith('{')) return undefined;
  const value = parseExactOrUndefined(trimmed);
  return isJsonObject(value) ? value : undefined;
}
