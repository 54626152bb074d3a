import { isJsonObject } from '../kernel/json.ts';
import { toDeclaredLimit } from './limit-schema.ts';
import { toDeclaredRoute } from './route-schema.ts';
import type {
  Declared,
  DeclaredConnection,
  DeclaredCredential,
  DeclaredDocument,
  DeclaredKey,
  DeclaredPrice,
} from './schema.ts';
import { PRICE_UNITS, SECRET_REFERENCE } from './schema.ts';
import { secretOf } from './secret.ts';

/** Something wrong in the declared parts; `path` is its place in hub.yaml. */
export type DeclaredProblem = { readonly path: readonly PropertyKey[]; readonly message: string };

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** 22 characters of base 64 hold 128 random bits; two more for whatever stands in front. */
const KEY_LENGTH_MIN = 24;
/** Connections without a position follow those that have one, in the order of the file. */
const FIRST_FREE_POSITION = 1000;

/**
 * Fills the declared parts with the secrets that they refer to, and finds what a schema cannot: variables that are not
 * set and names that stand twice. Every problem is listed; what has one is left out.
 */
export function resolveDeclared(
  document: DeclaredDocument,
  environment: Environment,
): {
  readonly declared: Declared;
  readonly problems: readonly DeclaredProblem[];
  readonly variables: ReadonlySet<string>;
} {
  const problems: DeclaredProblem[] = [];
  const variables = new Set<string>();
  const secrets: SecretReader = (variable, path) => {
    variables.add(variable);
    const value = environment[variable];
    if (isSet(value)) return value;
    problems.push({ path, message: notSet(variable) });
    return undefined;
  };
  problems.push(...repeatedNames(document));
  const connections = document.connections.map((entry, index) => resolveConnection(entry, { index, secrets }));
  problems.push(...weakKeys(document, environment));
  const keys = document.keys.flatMap((entry, index) => resolveKey(entry, { index, secrets }) ?? []);
  return {
    declared: {
      connections,
      keys,
      aliases: Object.entries(document.aliases).map(([name, target]) => ({ name, target })),
      identity: document.identity.map((entry) => ({
        providerId: entry.provider,
        upstreamModel: entry.model,
        canonicalModel: entry.is,
      })),
      prices: document.prices.map(resolvePrice),
      routes: document.routes.map(toDeclaredRoute),
      limits: document.usageLimits.map(toDeclaredLimit),
    },
    problems,
    variables,
  };
}

/**
 * References to variables that are not set, found in a document that did not fit the schema, so that one look at the
 * problems shows these too.
 */
export function missingReferences(value: unknown, environment: Environment): readonly DeclaredProblem[] {
  const problems: DeclaredProblem[] = [];
  const walk = (inner: unknown, path: readonly PropertyKey[]): void => {
    if (Array.isArray(inner)) for (const [index, item] of inner.entries()) walk(item, [...path, index]);
    else if (isJsonObject(inner)) for (const [key, item] of Object.entries(inner)) walk(item, [...path, key]);
    else if (typeof inner === 'string' && path.at(-1) === 'secret' && SECRET_REFERENCE.test(inner)) {
      const variable = inner.slice(2, -1);
      if (!isSet(environment[variable])) problems.push({ path, message: notSet(variable) });
    }
  };
  walk(value, []);
  return problems;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

function notSet(variable: string): string {
  return `the environment variable ${variable} is not set`;
}

type SecretReader = (variable: string, path: readonly PropertyKey[]) => string | undefined;
type Place = { readonly index: number; readonly secrets: SecretReader };

function resolveConnection(entry: DeclaredDocument['connections'][number], place: Place): DeclaredConnection {
  const credentials: DeclaredCredential[] = [];
  for (const [index, credential] of entry.credentials.entries()) {
    const secret = place.secrets(credential.secret, ['connections', place.index, 'credentials', index, 'secret']);
    if (secret === undefined) continue;
    credentials.push({ name: credential.name, secret: secretOf(secret), weight: credential.weight });
  }
  return {
    source: 'file',
    name: entry.name,
    providerId: entry.provider,
    baseUrl: entry.baseUrl,
    params: entry.params,
    enabled: entry.enabled,
    newModels: entry.newModels,
    position: entry.position ?? FIRST_FREE_POSITION + place.index,
    credentials,
    models: [...new Set(entry.models)],
  };
}

function resolveKey(entry: DeclaredDocument['keys'][number], place: Place): DeclaredKey | undefined {
  const common = {
    name: entry.name,
    allowedModels: entry.allowedModels,
    refusesLosses: entry.refusesLosses,
    enabled: entry.enabled,
    expiresAt: entry.expires,
  };
  if (entry.secretHash !== undefined) return { ...common, secret: { kind: 'hash', hash: entry.secretHash } };
  if (entry.secret === undefined) return undefined;
  const secret = place.secrets(entry.secret, ['keys', place.index, 'secret']);
  return secret === undefined ? undefined : { ...common, secret: { kind: 'text', text: secretOf(secret) } };
}

/** A virtual key that callers chose themselves must not be one that others guess. */
function weakKeys(document: DeclaredDocument, environment: Environment): readonly DeclaredProblem[] {
  return document.keys.flatMap(({ secret }, index) => {
    const value = secret === undefined ? undefined : environment[secret];
    if (!isSet(value) || value.trim().length >= KEY_LENGTH_MIN) return [];
    const message = `the environment variable ${secret} holds a key of fewer than ${KEY_LENGTH_MIN} characters`;
    return [{ path: ['keys', index, 'secret'], message }];
  });
}

function resolvePrice(entry: DeclaredDocument['prices'][number]): DeclaredPrice {
  const prices: { unit: DeclaredPrice['prices'][number]['unit']; price: DeclaredPrice['prices'][number]['price'] }[] =
    [];
  const { provider, model, ...amounts } = entry;
  for (const [key, unit] of Object.entries(PRICE_UNITS)) {
    // Object.entries forgets that the keys of PRICE_UNITS are the schema's own.
    const price = amounts[key as keyof typeof PRICE_UNITS];
    if (price !== undefined) prices.push({ unit, price });
  }
  return { providerId: provider, model, prices };
}

function repeatedNames(document: DeclaredDocument): readonly DeclaredProblem[] {
  const problems: DeclaredProblem[] = [];
  const unique = (
    place: readonly PropertyKey[],
    entries: readonly { readonly label: string; readonly field: string }[],
  ) => {
    const seen = new Set<string>();
    for (const [index, { label, field }] of entries.entries()) {
      if (seen.has(label)) problems.push({ path: [...place, index, field], message: `"${label}" stands here twice` });
      seen.add(label);
    }
  };
  for (const part of ['connections', 'keys', 'routes', 'usageLimits'] as const) {
    unique(
      [part],
      document[part].map(({ name }) => ({ label: name, field: 'name' })),
    );
  }
  unique(
    ['identity'],
    document.identity.map((entry) => ({ label: `${entry.provider}/${entry.model}`, field: 'model' })),
  );
  unique(
    ['prices'],
    document.prices.map((entry) => ({ label: `${entry.provider}/${entry.model}`, field: 'model' })),
  );
  for (const [index, { credentials }] of document.connections.entries()) {
    unique(
      ['connections', index, 'credentials'],
      credentials.map(({ name }) => ({ label: name, field: 'name' })),
    );
  }
  return problems;
}
