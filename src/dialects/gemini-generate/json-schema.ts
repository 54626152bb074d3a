import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { lookUp } from '../fields.ts';
import { camelOf } from './wire-keys.ts';

/** Words for which JSON Schema has others, or none. Limits that are counts are written as text, as 64-bit numbers are. */
const COUNTS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);
const TYPES: Readonly<Record<string, string>> = {
  STRING: 'string',
  NUMBER: 'number',
  INTEGER: 'integer',
  BOOLEAN: 'boolean',
  ARRAY: 'array',
  OBJECT: 'object',
  NULL: 'null',
};
/** That a text is one of a list is said by the list. */
const ENUM_FORMAT = 'enum';

/**
 * A schema of the API's own kind, a part of OpenAPI's with types in capitals, as JSON Schema:
 * https://ai.google.dev/api/caching#Schema. A type that is written in small letters is JSON Schema's already.
 */
export function jsonSchemaOf(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const converted: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    const name = camelOf(key);
    if (value !== undefined && value !== null) convertKeyword(name, value, converted);
  }
  const { type, enum: values } = converted;
  if (schema['nullable'] === true) {
    if (typeof type === 'string') converted['type'] = [type, 'null'];
    if (Array.isArray(values) && !values.includes(null)) converted['enum'] = [...values, null];
    if (type === undefined && Array.isArray(converted['anyOf']))
      converted['anyOf'] = [...converted['anyOf'], { type: 'null' }];
  }
  return ordered(converted, schema['propertyOrdering'] ?? schema['property_ordering']);
}

function convertKeyword(name: string, value: JsonValue, into: JsonObject): void {
  switch (name) {
    case 'type': {
      const type = typeof value === 'string' ? (lookUp(TYPES, value) ?? value) : value;
      if (type !== 'TYPE_UNSPECIFIED') into['type'] = type;
      return;
    }
    case 'nullable':
    case 'propertyOrdering':
      return;
    case 'example':
      into['examples'] = [value];
      return;
    case 'format':
      if (value !== ENUM_FORMAT) into['format'] = value;
      return;
    case 'items':
      into['items'] = jsonSchemaOf(value);
      return;
    case 'anyOf':
      into['anyOf'] = Array.isArray(value) ? value.map(jsonSchemaOf) : value;
      return;
    case 'properties':
      into['properties'] = isJsonObject(value) ? convertNamed(value) : value;
      return;
    default:
      into[name] = COUNTS.has(name) && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  }
}

function convertNamed(schemas: JsonObject): JsonObject {
  const converted: JsonObject = {};
  for (const [name, schema] of Object.entries(schemas)) {
    if (schema !== undefined) converted[name] = jsonSchemaOf(schema);
  }
  return converted;
}

/** The properties in the order that the caller wants of the answer: other services go by how they stand. */
function ordered(schema: JsonObject, ordering: JsonValue | undefined): JsonObject {
  const { properties } = schema;
  if (!isJsonObject(properties) || !Array.isArray(ordering)) return schema;
  const first = ordering.filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
  const names = new Set([...first.map(String), ...Object.keys(properties)]);
  return { ...schema, properties: Object.fromEntries([...names].map((name) => [name, properties[name]])) };
}
