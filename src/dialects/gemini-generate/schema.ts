import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/** Keywords under which schemas lie by names, alone or in a list. */
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs']);
const NESTED: ReadonlySet<string> = new Set(['items', 'prefixItems', 'additionalProperties', 'anyOf', 'oneOf']);

/**
 * A schema for an answer. `const` is not among the keywords that are held to, and says the same as an `enum` of one:
 * https://ai.google.dev/gemini-api/docs/structured-output#json_schema_support
 */
export function encodeSchema(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(encodeSchema);
  if (!isJsonObject(schema)) return schema;
  const encoded: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (keyword === 'const' && (typeof value === 'string' || typeof value === 'number')) encoded['enum'] = [value];
    else if (NAMED.has(keyword) && isJsonObject(value)) encoded[keyword] = encodeNamed(value);
    else encoded[keyword] = NESTED.has(keyword) ? encodeSchema(value) : value;
  }
  return encoded;
}

function encodeNamed(schemas: JsonObject): JsonObject {
  const encoded: JsonObject = {};
  for (const [name, schema] of Object.entries(schemas)) {
    if (schema !== undefined) encoded[name] = encodeSchema(schema);
  }
  return encoded;
}
