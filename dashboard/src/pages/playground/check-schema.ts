import { isObject, type Json, type JsonObject } from './json-text.ts';

/** Where a value does not fit its schema, by a path such as `$.items[2].price`. */
export type Misfit = { readonly path: string; readonly keyword: string; readonly wanted: string };

const DEPTH_MAX = 64;
const MISFITS_MAX = 20;
/** Schemas within schemas that are looked at: one that names itself several times would have no end. */
const STEPS_MAX = 100_000;

/** What is looked at. Any other keyword says nothing that is checked here. */
const CHECKED = [
  'type',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
] as const;
const SAYING_NOTHING = ['$defs', 'definitions', 'title', 'description', 'default', 'examples', '$schema', '$id'];

/**
 * Holds a value against the part of JSON Schema that models are asked to answer in
 * (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas), without making code of the schema, which
 * the page's policy forbids.
 */
export function checkSchema(value: Json, schema: JsonObject): readonly Misfit[] {
  const misfits: Misfit[] = [];
  check({ value, schema, path: '$', depth: 0 }, { root: schema, misfits, steps: { left: STEPS_MAX } });
  return misfits.slice(0, MISFITS_MAX);
}

/** Keywords of a schema that {@link checkSchema} does not look at. */
export function uncheckedKeywords(schema: Json): readonly string[] {
  const found = new Set<string>();
  const walk = (at: Json | undefined, depth: number): void => {
    if (!isObject(at) || depth > DEPTH_MAX) return;
    for (const [keyword, inner] of Object.entries(at)) {
      if (['properties', '$defs', 'definitions'].includes(keyword) && isObject(inner)) {
        for (const each of Object.values(inner)) walk(each, depth + 1);
      } else if (CHECKED.some((one) => one === keyword)) {
        for (const each of Array.isArray(inner) ? inner : [inner]) walk(each, depth + 1);
      } else if (!SAYING_NOTHING.includes(keyword)) found.add(keyword);
    }
  };
  walk(schema, 0);
  return [...found];
}

type Place = { readonly value: Json; readonly schema: Json | undefined; readonly path: string; readonly depth: number };
type Walk = { readonly root: JsonObject; readonly misfits: Misfit[]; readonly steps: { left: number } };

function check({ value, schema, path, depth }: Place, walk: Walk): void {
  walk.steps.left -= 1;
  if (walk.steps.left < 0) return;
  if (schema === false) walk.misfits.push({ path, keyword: 'false', wanted: '' });
  if (!isObject(schema) || depth > DEPTH_MAX || walk.misfits.length >= MISFITS_MAX) return;
  const inner = (next: Json | undefined, at: Json = value, where = path): void =>
    check({ value: at, schema: next, path: where, depth: depth + 1 }, walk);
  const wrong = (keyword: string): void => {
    walk.misfits.push({ path, keyword, wanted: JSON.stringify(schema[keyword]) });
  };
  if (typeof schema['$ref'] === 'string') inner(resolve(schema['$ref'], walk.root));
  if (schema['type'] !== undefined && ![schema['type']].flat().some((type) => isOfType(value, type))) wrong('type');
  if (Array.isArray(schema['enum']) && !schema['enum'].some((one) => isSame(one, value))) wrong('enum');
  if (schema['const'] !== undefined && !isSame(schema['const'], value)) wrong('const');
  checkChoices({ value, schema, path, depth }, walk, wrong);
  if (typeof value === 'number') checkBounds(value, schema, ['minimum', 'maximum'], wrong);
  if (typeof value === 'string') {
    checkBounds(Array.from(value).length, schema, ['minLength', 'maxLength'], wrong);
    const pattern = schema['pattern'];
    if (typeof pattern === 'string' && patternOf(pattern)?.test(value) === false) wrong('pattern');
  }
  if (Array.isArray(value)) {
    checkBounds(value.length, schema, ['minItems', 'maxItems'], wrong);
    for (const [index, item] of value.entries()) inner(schema['items'], item, `${path}[${index}]`);
  }
  if (isObject(value)) checkFields(value, schema, { path, inner, misfits: walk.misfits });
}

function checkChoices(
  place: Place & { readonly schema: JsonObject },
  walk: Walk,
  wrong: (keyword: string) => void,
): void {
  const { value, schema, path, depth } = place;
  const fits = (choice: Json): boolean => {
    const misfits: Misfit[] = [];
    check({ value, schema: choice, path, depth: depth + 1 }, { ...walk, misfits });
    return misfits.length === 0;
  };
  const { anyOf, oneOf, allOf } = schema;
  if (Array.isArray(anyOf) && !anyOf.some(fits)) wrong('anyOf');
  if (Array.isArray(oneOf) && oneOf.filter(fits).length !== 1) wrong('oneOf');
  if (Array.isArray(allOf)) for (const each of allOf) check({ value, schema: each, path, depth: depth + 1 }, walk);
}

function checkBounds(
  size: number,
  schema: JsonObject,
  [least, most]: readonly [string, string],
  wrong: (keyword: string) => void,
): void {
  const bound = (keyword: string): number | undefined => {
    const value = schema[keyword];
    return typeof value === 'number' ? value : undefined;
  };
  if (size < (bound(least) ?? -Infinity)) wrong(least);
  if (size > (bound(most) ?? Infinity)) wrong(most);
  if (least !== 'minimum') return;
  if (size <= (bound('exclusiveMinimum') ?? -Infinity)) wrong('exclusiveMinimum');
  if (size >= (bound('exclusiveMaximum') ?? Infinity)) wrong('exclusiveMaximum');
}

type Inside = {
  readonly path: string;
  readonly inner: (schema: Json | undefined, value: Json, path: string) => void;
  readonly misfits: Misfit[];
};

function checkFields(value: JsonObject, schema: JsonObject, { path, inner, misfits }: Inside): void {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  for (const name of required) {
    if (typeof name === 'string' && !Object.hasOwn(value, name)) {
      misfits.push({ path: fieldPath(path, name), keyword: 'required', wanted: '' });
    }
  }
  for (const [name, field] of Object.entries(value)) {
    const where = fieldPath(path, name);
    if (Object.hasOwn(properties, name)) inner(properties[name], field, where);
    else if (schema['additionalProperties'] === false)
      misfits.push({ path: where, keyword: 'additionalProperties', wanted: 'false' });
    else inner(schema['additionalProperties'], field, where);
  }
}

function fieldPath(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function isOfType(value: Json, type: Json): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

/** Whether two values are the same JSON, in whatever order their fields stand. */
function isSame(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, index) => isSame(each, b[index] ?? null));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null))
  );
}

/** A reference within the schema: `#`, `#/$defs/Name`. */
function resolve(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

/** `undefined` for a pattern that is none. */
function patternOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
