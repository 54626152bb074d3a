import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/**
 * The part of JSON Schema that structured output and strict tools take; a schema with anything else is refused:
 * https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs#json-schema-limitations
 */
export type OutputSchema = {
  readonly schema: JsonObject;
  /** Keywords that were taken out of it; the model is told of them in the description. */
  readonly removed: readonly string[];
};

const CONSTRAINTS: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
  'dependentRequired',
  'dependentSchemas',
  'not',
  'if',
  'then',
  'else',
]);
const SCHEMA_MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
const SCHEMA_LISTS: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'prefixItems']);
const FORMATS: ReadonlySet<string> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** Look-around, named groups, back references and word boundaries are not taken. */
const DIFFICULT_PATTERN = /\(\?(?!:)|\\[1-9bB]/;

/** The schema as Anthropic takes it. */
export function toOutputSchema(schema: JsonObject): OutputSchema {
  const removed = new Set<string>();
  return { schema: rewrite(schema, removed), removed: [...removed] };
}

function rewrite(schema: JsonObject, removed: Set<string>): JsonObject {
  const result: JsonObject = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || key === 'additionalProperties') continue;
    if (isTaken(key, value)) {
      // `oneOf` is taken as `anyOf`, which an answer for either of its schemas satisfies.
      result[key === 'oneOf' ? 'anyOf' : key] = rewriteValue(key, value, removed);
      continue;
    }
    removed.add(key);
    told.push(`${key}: ${JSON.stringify(value)}`);
  }
  if (schema['type'] === 'object' || isJsonObject(schema['properties'])) {
    const { additionalProperties } = schema;
    if (additionalProperties === true || isJsonObject(additionalProperties)) removed.add('additionalProperties');
    result['additionalProperties'] = false;
  }
  if (told.length > 0) result['description'] = describe(schema['description'], told);
  return result;
}

function isTaken(key: string, value: JsonValue): boolean {
  switch (key) {
    case 'format':
      return typeof value === 'string' && FORMATS.has(value);
    case 'pattern':
      return typeof value === 'string' && !DIFFICULT_PATTERN.test(value);
    case 'minItems':
      return value === 0 || value === 1;
    default:
      return !CONSTRAINTS.has(key);
  }
}

function rewriteValue(key: string, value: JsonValue, removed: Set<string>): JsonValue {
  if (SCHEMA_MAPS.has(key) && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, isJsonObject(inner) ? rewrite(inner, removed) : inner]),
    );
  }
  if ((SCHEMA_LISTS.has(key) || key === 'oneOf') && Array.isArray(value)) {
    return value.map((inner) => (isJsonObject(inner) ? rewrite(inner, removed) : inner));
  }
  return key === 'items' && isJsonObject(value) ? rewrite(value, removed) : value;
}

function describe(description: JsonValue | undefined, told: readonly string[]): string {
  const constraints = `(${told.join(', ')})`;
  return typeof description === 'string' && description !== '' ? `${description} ${constraints}` : constraints;
}
