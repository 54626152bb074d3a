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
};

/**
 * Parses JSON for writing it again: `JSON.stringify` gives every long number back digit by digit. Such a number is an
 * object in between, so the value is for nothing else.
 * @throws SyntaxError
 */
export function parseExact(text: string): JsonValue {
  if (!LONG_NUMBER.test(text)) return parseJson(text);
  // The running engine has both; see the type's comment.
  const json = JSON as unknown as SourceJson;
  const value = json.parse(text, (_key, parsed, { source }) =>
    typeof parsed === 'number' && source !== undefined && source !== String(parsed) ? json.rawJSON(source) : parsed,
  );
  // `parse` gives JSON; what stands in for a number is written as one.
  return value as JsonValue;
}

/** A call's arguments as the object that they are the text of; `undefined` where they are none. Empty text means `{}`. */
export function parseArguments(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const value = parseExact(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
