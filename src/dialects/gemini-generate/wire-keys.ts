import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { plainNumber } from '../exact-json.ts';
import { at, invalid, optionalObject } from '../fields.ts';

/** Below these stand words of the caller's own: schemas, arguments, results, labels. */
const FREE: ReadonlySet<string> = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
  'labels',
]);

/**
 * A body with its fields in the one way in which they are read here. The API takes `inlineData` and `inline_data` for the
 * same, and its own examples write both: https://protobuf.dev/programming-guides/json/#field-names
 */
export function withCamelKeys(body: JsonObject): JsonObject {
  const renamed: JsonObject = {};
  for (const [key, value] of Object.entries(body)) {
    const name = camelOf(key);
    renamed[name] = FREE.has(name) ? value : inner(value);
  }
  return renamed;
}

/** What stands in an object under a name in either way of writing it. */
export function eitherOf(object: JsonObject, name: string): JsonValue | undefined {
  return object[name] ?? object[snakeOf(name)];
}

/**
 * A list of objects. One object stands for a list of itself, as the API's own examples have it:
 * https://ai.google.dev/api/generate-content#text_gen_text-only_prompt-SHELL. @throws GatewayError `request.invalid`
 */
export function objectsAt(object: JsonObject, key: string, where: string): readonly JsonObject[] | undefined {
  const value = object[key];
  if (!Array.isArray(value)) {
    const single = optionalObject(object, key, where);
    return single === undefined ? undefined : [single];
  }
  return value.map((item, index) => {
    if (!isJsonObject(item)) throw invalid(at(at(where, key), index), 'must be an object');
    return item;
  });
}

/** The same of what is only looked through: anything else is no item. */
export function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return (Array.isArray(value) ? value : [value]).filter(isJsonObject);
}

/** All that stands there, where a body has both ways. */
export function bothOf(object: JsonObject, name: string): readonly JsonValue[] {
  const values = snakeOf(name) === name ? [object[name]] : [object[name], object[snakeOf(name)]];
  return values.filter((value) => value !== undefined);
}

export function snakeOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function camelOf(key: string): string {
  return key.includes('_', 1) ? key.replace(/(?<=.)_([a-z])/g, (_match, letter: string) => letter.toUpperCase()) : key;
}

/** Long numbers are objects while they wait to be written; outside of the caller's own words they are just numbers. */
function inner(given: JsonValue | undefined): JsonValue | undefined {
  const value = plainNumber(given);
  if (Array.isArray(value)) return value.map((item) => inner(item) ?? null);
  return isJsonObject(value) ? withCamelKeys(value) : value;
}
