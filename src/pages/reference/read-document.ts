import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type {
  ApiReference,
  Content,
  Field,
  Operation,
  Parameter,
  RequestBody,
  Response,
  SecurityScheme,
  Tag,
} from './document.ts';
import { arrayOf, exampleOf, readShape, textOf } from './read-shape.ts';

const METHODS: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
/** A reference may lead to a reference, but not for ever. */
const REFERENCE_HOPS_MAX = 8;
const UNTAGGED = 'other';

/** Reads an OpenAPI 3.1 document into what the page shows of it. @throws TypeError where it is none */
export function readDocument(document: unknown): ApiReference {
  if (!isJsonObject(document)) throw new TypeError('the API document is no object');
  const info = objectOf(document['info']);
  const components = objectOf(document['components']);
  return {
    title: textOf(info['title']),
    description: textOf(info['description']),
    schemes: entriesOf(components['securitySchemes']).map(([name, scheme]) => schemeOf(name, scheme)),
    tags: tagsOf(document),
    schemas: new Map(entriesOf(components['schemas']).map(([name, schema]) => [name, readShape(schema)])),
  };
}

function schemeOf(name: string, scheme: JsonObject): SecurityScheme {
  const place = scheme['in'];
  const isNamed = place === 'cookie' || place === 'header' || place === 'query';
  return {
    name,
    description: textOf(scheme['description']),
    sent: isNamed ? { as: place, name: textOf(scheme['name']) } : { as: 'bearer' },
  };
}

/** Tags in the document's order, then those that only operations name. */
function tagsOf(document: JsonObject): readonly Tag[] {
  const byTag = new Map<string, { readonly description: string; readonly operations: Operation[] }>();
  for (const tag of arrayOf(document['tags'])) {
    if (isJsonObject(tag)) {
      byTag.set(textOf(tag['name']), { description: textOf(tag['description']), operations: [] });
    }
  }
  for (const [path, item] of entriesOf(document['paths'])) {
    for (const [method, operation] of entriesOf(item)) {
      if (!METHODS.has(method)) continue;
      const name = textOf(arrayOf(operation['tags'])[0]) || UNTAGGED;
      const tag = byTag.get(name) ?? { description: '', operations: [] };
      byTag.set(name, tag);
      tag.operations.push(operationOf(document, { path, method, item, operation }));
    }
  }
  return [...byTag].flatMap(([name, tag]) => (tag.operations.length === 0 ? [] : [{ name, ...tag }]));
}

type Place = {
  readonly path: string;
  readonly method: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
};

function operationOf(document: JsonObject, { path, method, item, operation }: Place): Operation {
  const id = textOf(operation['operationId']) || `${method}-${path.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;
  return {
    id,
    method: method.toUpperCase(),
    path,
    summary: textOf(operation['summary']) || id,
    description: textOf(operation['description']),
    moreUrl: textOf(objectOf(operation['externalDocs'])['url']) || undefined,
    security: arrayOf(operation['security'] ?? document['security']).map((way) => Object.keys(objectOf(way))),
    parameters: [...arrayOf(item['parameters']), ...arrayOf(operation['parameters'])].map((parameter) =>
      parameterOf(resolve(document, parameter)),
    ),
    body: bodyOf(resolve(document, operation['requestBody'])),
    responses: responsesOf(document, operation['responses']),
  };
}

function parameterOf(parameter: JsonObject): Parameter {
  const place = parameter['in'];
  return {
    name: textOf(parameter['name']),
    place: place === 'path' || place === 'header' || place === 'cookie' ? place : 'query',
    isRequired: parameter['required'] === true,
    shape: describedShape(parameter),
  };
}

/** A parameter or header: what it says of itself comes before what its schema says. */
function describedShape(holder: JsonObject) {
  const shape = readShape(holder['schema']);
  return {
    ...shape,
    description: textOf(holder['description']) || shape.description,
    example: exampleOf(holder) ?? shape.example,
  };
}

function bodyOf(body: JsonObject): RequestBody | undefined {
  const contents = contentsOf(body['content']);
  if (contents.length === 0) return undefined;
  return { isRequired: body['required'] === true, description: textOf(body['description']), contents };
}

function contentsOf(content: JsonValue | undefined): readonly Content[] {
  return entriesOf(content).map(([mediaType, media]) => ({
    mediaType,
    shape: media['schema'] === undefined ? undefined : readShape(media['schema']),
    example: exampleOf(media) ?? exampleOf(objectOf(media['schema'])),
  }));
}

function responsesOf(document: JsonObject, responses: JsonValue | undefined): readonly Response[] {
  const alike = new Map<string, { readonly response: JsonObject; readonly statuses: string[] }>();
  for (const [status, response] of entriesOf(responses)) {
    const written = JSON.stringify(response);
    const group = alike.get(written);
    if (group === undefined) alike.set(written, { response: resolve(document, response), statuses: [status] });
    else group.statuses.push(status);
  }
  return [...alike.values()].map(({ response, statuses }) => ({
    statuses,
    description: textOf(response['description']),
    headers: headersOf(document, response['headers']),
    contents: contentsOf(response['content']),
  }));
}

function headersOf(document: JsonObject, headers: JsonValue | undefined): readonly Field[] {
  return entriesOf(headers).map(([name, header]) => {
    const found = resolve(document, header);
    return { name, isRequired: found['required'] === true, shape: describedShape(found) };
  });
}

/** Follows `#/…` pointers: https://www.rfc-editor.org/rfc/rfc6901#section-6. What is not there is empty. */
function resolve(document: JsonObject, value: JsonValue | undefined): JsonObject {
  let found = objectOf(value);
  for (let hop = 0; hop < REFERENCE_HOPS_MAX; hop += 1) {
    const reference = textOf(found['$ref']);
    if (!reference.startsWith('#/')) return found;
    found = reference
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<JsonObject>((holder, part) => objectOf(holder[part]), document);
  }
  return {};
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function entriesOf(value: JsonValue | undefined): readonly (readonly [string, JsonObject])[] {
  return Object.entries(objectOf(value)).flatMap(([key, entry]) =>
    isJsonObject(entry) ? [[key, entry] as const] : [],
  );
}
