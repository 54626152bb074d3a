import type { JsonValue } from '../../kernel/json.ts';
import type { ApiReference, Operation, Parameter, SecurityScheme } from './document.ts';
import { sampleOf } from './sample.ts';

/** Stands once in each command, where the hub's address belongs; the page's script puts in the one that is looked at. */
export const ADDRESS_PLACEHOLDER = '$HUB_URL';

/** The variables that the command line and the guides use; others are called after their scheme. */
const VARIABLES: Readonly<Record<string, string>> = { virtualKey: 'HUB_KEY', session: 'HUB_SESSION' };

/** A command that makes the call, with shell variables for what only the caller knows. */
export function curlOf(operation: Operation, { schemes, schemas }: Pick<ApiReference, 'schemes' | 'schemas'>): string {
  const { method, security } = operation;
  const options = [
    ...(security[0] ?? []).flatMap((name) =>
      schemes.filter((scheme) => scheme.name === name).flatMap((scheme) => credentialOptions(scheme, method)),
    ),
    ...required(operation, 'header').map(({ name }) => `-H "${name}: $${variableOf(name)}"`),
    ...bodyOptions(operation, schemas),
  ];
  const verb = method === 'GET' ? '' : `-X ${method} `;
  return [`curl ${verb}"${ADDRESS_PLACEHOLDER}${addressOf(operation)}"`, ...options].join(' \\\n  ');
}

/** The example of a body: the document's own, else one made up of what has to be sent. */
function bodyExample({ body }: Operation, schemas: ApiReference['schemas']): JsonValue | undefined {
  const content = body?.contents.find(({ mediaType }) => mediaType === 'application/json');
  if (content === undefined) return undefined;
  if (content.example !== undefined) return content.example;
  if (content.shape === undefined) return undefined;
  const sample = sampleOf(content.shape, { schemas, of: 'request' });
  // A body of which the document says nothing has no example that would be true.
  return JSON.stringify(sample) === '{}' ? undefined : sample;
}

function addressOf(operation: Operation): string {
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => `$${variableOf(name)}`);
  const query = required(operation, 'query').map(({ name }) => `${name}=$${variableOf(name)}`);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

function required({ parameters }: Operation, place: Parameter['place']): readonly Parameter[] {
  return parameters.filter((parameter) => parameter.place === place && parameter.isRequired);
}

function credentialOptions({ name, sent }: SecurityScheme, method: string): readonly string[] {
  const variable = VARIABLES[name] ?? `HUB_${variableOf(name)}`;
  switch (sent.as) {
    case 'bearer':
      return [`-H "Authorization: Bearer $${variable}"`];
    case 'cookie': {
      const cookie = `-b "${sent.name}=$${variable}"`;
      // A change by cookie has to say that no other site's page began it, which browsers do by themselves.
      return method === 'GET' ? [cookie] : [cookie, '-H "Sec-Fetch-Site: same-origin"'];
    }
    case 'header':
      return [`-H "${sent.name}: $${variable}"`];
    case 'query':
      return [`--url-query "${sent.name}=$${variable}"`];
  }
}

function bodyOptions(operation: Operation, schemas: ApiReference['schemas']): readonly string[] {
  const { body } = operation;
  if (body === undefined) return [];
  if (body.contents.some(({ mediaType }) => mediaType === 'application/json')) {
    const example = bodyExample(operation, schemas);
    const data = example === undefined ? '@body.json' : quoted(JSON.stringify(example, null, 2));
    return ['-H "Content-Type: application/json"', `-d ${data}`];
  }
  const [content] = body.contents;
  if (content?.mediaType !== 'multipart/form-data') return [`--data-binary @body`];
  const fields = content.shape?.fields.filter(({ isRequired }) => isRequired) ?? [];
  const parts = fields.map(({ name, shape }) =>
    shape.limits.some((limit) => limit.kind === 'format' && limit.text === 'binary')
      ? `${name}=@file`
      : `${name}=$${variableOf(name)}`,
  );
  return (parts.length === 0 ? ['file=@file'] : parts).map((part) => `-F "${part}"`);
}

/** `workspaceId` and `workspace-id` become `WORKSPACE_ID`. */
function variableOf(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** Single quotes keep everything but themselves from the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
