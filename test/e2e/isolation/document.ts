import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../src/kernel/json.ts';
import { textOf } from '../../support/hub-calls.ts';

/** One call that an API document names, as far as tests of it need to know. */
export type Operation = {
  readonly method: string;
  /** With `{name}` where an id stands. */
  readonly path: string;
  readonly pathParams: readonly string[];
  readonly queryParams: readonly string[];
  /** The values that a query may have, where the document lists them. */
  readonly queryValues: Readonly<Record<string, readonly string[]>>;
  readonly takesOrganization: boolean;
  readonly body: Body | undefined;
};

export type Body = {
  readonly example: JsonObject;
  /** The fields that the schema has, at its top. */
  readonly fields: readonly string[];
  /** Every object in the body that has named fields, the body itself among them. */
  readonly objects: readonly Inner[];
};

/** An object somewhere in a body: the way to it, and the names that it takes. */
type Inner = {
  readonly way: readonly (string | number)[];
  readonly fields: readonly string[];
  readonly required: readonly (readonly [string, JsonValue])[];
};

const FOLDER = new URL('../../../openapi/', import.meta.url);
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The calls of one of the documents that the hub serves, and every name of a field that any schema in it has. */
export function readDocument(name: 'control' | 'data'): {
  readonly operations: readonly Operation[];
  readonly fieldNames: readonly string[];
} {
  const document = parseJson(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  const operations = entries(at(document, 'paths')).flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]) => operationOf(method, path, operation)),
  );
  return { operations, fieldNames: [...new Set(namesIn(document))].toSorted() };
}

function operationOf(method: string, path: string, operation: JsonObject): Operation {
  const params = list(operation['parameters']);
  const named = (place: string): string[] =>
    params.filter((param) => param['in'] === place).map((param) => textOf(param['name']));
  const content = at(operation['requestBody'], 'content');
  const media = at(content, 'application/json');
  const schema = at(media, 'schema');
  const example = at(media, 'example');
  return {
    method: method.toUpperCase(),
    path,
    pathParams: named('path'),
    queryParams: named('query'),
    queryValues: Object.fromEntries(
      params
        .filter((param) => param['in'] === 'query')
        .map((param) => [textOf(param['name']), valuesOf(at(param, 'schema'))] as const)
        .filter(([, values]) => values.length > 0),
    ),
    takesOrganization: named('header').includes('x-hub-organization'),
    body:
      media === undefined
        ? undefined
        : { example: example ?? {}, fields: fieldsOf(schema), objects: objectsIn(schema) },
  };
}

function valuesOf(schema: JsonObject | undefined): readonly string[] {
  const { enum: listed } = schema ?? {};
  if (Array.isArray(listed)) return listed.map(String);
  const inner = at(schema, 'items') ?? list(schema?.['anyOf']).find((one) => valuesOf(one).length > 0);
  return inner === undefined ? [] : valuesOf(inner);
}

function fieldsOf(schema: JsonObject | undefined): readonly string[] {
  return entries(at(schema, 'properties')).map(([name]) => name);
}

/** What an object must have, with the value where its schema names one: by it the kinds of an object are told apart. */
function requiredOf(schema: JsonObject): Inner['required'] {
  const names = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const properties = at(schema, 'properties') ?? {};
  return names.map((name) => {
    const values = valuesOf(at(properties, name) ?? {});
    return [name, values.length === 1 && values[0] !== undefined ? values[0] : 'x'] as const;
  });
}

function objectsIn(schema: JsonObject | undefined, way: Inner['way'] = []): readonly Inner[] {
  if (schema === undefined) return [];
  const fields = fieldsOf(schema);
  return [
    ...(fields.length === 0 ? [] : [{ way, fields, required: requiredOf(schema) }]),
    ...entries(at(schema, 'properties')).flatMap(([name, inner]) => objectsIn(inner, [...way, name])),
    ...objectsIn(at(schema, 'items'), [...way, 0]),
    ...['anyOf', 'oneOf', 'allOf'].flatMap((kind) => list(schema[kind]).flatMap((inner) => objectsIn(inner, way))),
  ];
}

/** The names of fields anywhere in a document: of its schemas, of answers as well as of bodies. */
function namesIn(value: JsonValue | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isJsonObject(value)) return [];
  const own = value['type'] === 'object' ? fieldsOf(value) : [];
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

function at(value: JsonValue | undefined, key: string): JsonObject | undefined {
  const found = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(found) ? found : undefined;
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function entries(value: JsonValue | undefined): readonly (readonly [string, JsonObject])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (isJsonObject(inner) ? [[key, inner] as const] : []));
}
