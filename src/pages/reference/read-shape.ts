import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Field, Limit, Shape } from './document.ts';

/** Deeper than any schema of ours nests without a name; what lies beyond is shown as `any`. */
const DEPTH_MAX = 16;
const NAMED = '#/components/schemas/';
const ANY: Shape = { type: 'any', description: '', limits: [], choices: [], fields: [], variants: [] };

/** Reads a JSON Schema. References are not followed, so that those that lead back to themselves end here. */
export function readShape(schema: JsonValue | undefined, depth = 0): Shape {
  if (!isJsonObject(schema) || depth > DEPTH_MAX) return ANY;
  const description = textOf(schema['description']);
  const reference = textOf(schema['$ref']);
  if (reference.startsWith(NAMED)) {
    const name = reference.slice(NAMED.length);
    return { ...ANY, type: name, reference: name, description };
  }
  const inside = (value: JsonValue | undefined): Shape => readShape(value, depth + 1);
  const required = arrayOf(schema['required']);
  const { items, additionalProperties } = schema;
  return {
    type: typeOf(schema),
    description,
    limits: limitsOf(schema),
    choices: schema['const'] === undefined ? arrayOf(schema['enum']) : [schema['const']],
    example: exampleOf(schema),
    fields: fieldsOf(schema['properties'], inside, (name) => required.includes(name)),
    others: isJsonObject(additionalProperties) ? inside(additionalProperties) : undefined,
    items: items === undefined ? undefined : inside(items),
    variants: [...arrayOf(schema['anyOf']), ...arrayOf(schema['oneOf']), ...arrayOf(schema['allOf'])].map(inside),
  };
}

/** An example that the schema or the part of the document around it names, by either of OpenAPI's two keywords. */
export function exampleOf(holder: JsonObject): JsonValue | undefined {
  const { example, examples } = holder;
  if (example !== undefined) return example;
  if (Array.isArray(examples)) return examples[0];
  const [first] = isJsonObject(examples) ? Object.values(examples) : [];
  return isJsonObject(first) ? first['value'] : undefined;
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(
  properties: JsonValue | undefined,
  read: (schema: JsonValue | undefined) => Shape,
  isRequired: (name: string) => boolean,
): readonly Field[] {
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    isRequired: isRequired(name),
    shape: read(schema),
  }));
}

function typeOf({ type, properties, items, const: only, enum: choices }: JsonObject): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.map(textOf).join(' | ');
  if (properties !== undefined) return 'object';
  if (items !== undefined) return 'array';
  const value = only ?? arrayOf(choices)[0];
  return value === undefined ? 'any' : value === null ? 'null' : typeof value;
}

function limitsOf(schema: JsonObject): readonly Limit[] {
  const { exclusiveMinimum, exclusiveMaximum, format, pattern, default: initial } = schema;
  const limits: (Limit | undefined)[] = [
    between('length', schema['minLength'], schema['maxLength']),
    between('items', schema['minItems'], schema['maxItems']),
    between('range', schema['minimum'], schema['maximum']),
    typeof exclusiveMinimum === 'number' ? { kind: 'above', value: exclusiveMinimum } : undefined,
    typeof exclusiveMaximum === 'number' ? { kind: 'below', value: exclusiveMaximum } : undefined,
    typeof format === 'string' ? { kind: 'format', text: format } : undefined,
    // The pattern of a named format is longer than its name, and says the same.
    typeof pattern === 'string' && format === undefined ? { kind: 'pattern', text: pattern } : undefined,
    initial === undefined ? undefined : { kind: 'default', text: JSON.stringify(initial) },
  ];
  return limits.filter((limit) => limit !== undefined);
}

function between(
  kind: 'length' | 'items' | 'range',
  least: JsonValue | undefined,
  most: JsonValue | undefined,
): Limit | undefined {
  const [min, max] = [boundOf(least), boundOf(most)];
  return min === undefined && max === undefined ? undefined : { kind, min, max };
}

/** The bounds of what a double holds are not the API's own. */
function boundOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}
