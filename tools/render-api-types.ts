import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../src/kernel/json.ts';

/**
 * An OpenAPI 3.1 document → the TypeScript of its schemas and operations, for the dashboard, which knows the hub by the
 * document alone. It takes the part of JSON Schema that the control plane's own schemas are made of.
 */
export function renderApiTypes(document: JsonObject): string {
  const schemas = Object.entries(objectAt(objectAt(document, 'components'), 'schemas'));
  const named = schemas.map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`);
  const operations = Object.entries(objectAt(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(isJsonObject(methods) ? methods : {}).map(([method, operation]) =>
      renderOperation(method, path, isJsonObject(operation) ? operation : {}),
    ),
  );
  const routes = operations.map(({ id, method, path }) => `  ${id}: ['${method}', '${path}'],`);
  return [
    '// Made from openapi/control.json by tools/write-docs.ts; a change here is lost.',
    '',
    ...named,
    '',
    'export type Operations = {',
    ...operations.map(({ text }) => text),
    '};',
    '',
    'export const ROUTES = {',
    ...routes,
    '} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>;',
    '',
  ].join('\n');
}

/** @throws TypeError where the text is no JSON object */
export function asDocument(text: string): JsonObject {
  const document = parseJson(text);
  if (!isJsonObject(document)) throw new TypeError('the API document is no object');
  return document;
}

function renderOperation(method: string, path: string, operation: JsonObject) {
  const id = textOf(operation['operationId']);
  const answers = objectAt(operation, 'responses');
  const success = Object.keys(answers).find((status) => status.startsWith('2') || status.startsWith('3'));
  const answer = success === undefined ? undefined : mediaOf(objectAt(answers, success));
  const body = mediaOf(objectAt(operation, 'requestBody'));
  const parts = [
    `params: ${paramsOf(operation, 'path')}`,
    `query: ${paramsOf(operation, 'query')}`,
    `body: ${body === undefined ? 'undefined' : typeOf(body)}`,
    `answer: ${answer === undefined ? 'undefined' : typeOf(answer)}`,
  ];
  return { id, method: method.toUpperCase(), path, text: `  ${id}: { ${parts.join('; ')} };` };
}

function mediaOf(holder: JsonObject): JsonValue | undefined {
  return objectAt(objectAt(holder, 'content'), 'application/json')['schema'];
}

function paramsOf(operation: JsonObject, place: string): string {
  const { parameters } = operation;
  const params = (Array.isArray(parameters) ? parameters : [])
    .filter(isJsonObject)
    .filter((one) => one['in'] === place);
  if (params.length === 0) return 'undefined';
  const fields = params.map(
    (param) => `${quoted(textOf(param['name']))}${param['required'] === true ? '' : '?'}: ${typeOf(param['schema'])}`,
  );
  return `{ ${fields.join('; ')} }`;
}

function typeOf(schema: JsonValue | undefined): string {
  if (!isJsonObject(schema)) return 'unknown';
  const { $ref, type, anyOf, oneOf, allOf } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return JSON.stringify(schema['const']);
  const words = schema['enum'];
  if (Array.isArray(words)) return union(words.map((word) => JSON.stringify(word)));
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return union(choices.map(typeOf));
  if (Array.isArray(allOf)) return allOf.map((part) => `(${typeOf(part)})`).join(' & ');
  if (Array.isArray(type)) return union(type.map((one) => typeOf({ ...schema, type: one })));
  if (type === 'array') return `readonly (${typeOf(schema['items'])})[]`;
  if (type === 'object') return objectType(schema);
  return PLAIN.get(textOf(type)) ?? 'unknown';
}

const PLAIN: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['number', 'number'],
  ['integer', 'number'],
  ['boolean', 'boolean'],
  ['null', 'null'],
]);

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function objectType(schema: JsonObject): string {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(objectAt(schema, 'properties')).map(
    ([name, inner]) => `readonly ${quoted(name)}${required.includes(name) ? '' : '?'}: ${typeOf(inner)}`,
  );
  const more = schema['additionalProperties'];
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  return isJsonObject(more) ? `{ readonly [name: string]: ${typeOf(more)} }` : '{ readonly [name: string]: unknown }';
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function objectAt(value: JsonValue | undefined, key: string): JsonObject {
  const found = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(found) ? found : {};
}
