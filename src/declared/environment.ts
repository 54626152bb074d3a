import type { Environment } from './resolve.ts';
import type { DeclaredConnection } from './schema.ts';
import { secretOf } from './secret.ts';

/** What a catalogue entry says about the variables that connect its provider. */
export type ProviderVariables = {
  readonly id: string;
  /** Without a trailing slash; may hold `{parameters}`. */
  readonly baseUrl: string;
  /** True where a connection works without a credential. */
  readonly needsNoSecret: boolean;
  /** Runs on the operator's own machines: connects by its address, not by a credential alone. */
  readonly local: boolean;
  readonly env: {
    /** The first that is set is the secret. */
    readonly secret?: readonly string[] | undefined;
    /** Otherwise these, joined with colons; all but the optional ones must be set. */
    readonly secretParts?: readonly { readonly name: string; readonly optional?: true | undefined }[] | undefined;
    readonly baseUrl?: readonly string[] | undefined;
    /** Replaces scheme, host and port of the base URL. */
    readonly host?: readonly string[] | undefined;
    readonly params?: Readonly<Record<string, readonly string[]>> | undefined;
  };
};

/** Connections from variables come after those of hub.yaml, in the order of the catalogue. */
const FIRST_POSITION = 2000;

/**
 * The connections that well-known variables ask for. A variable that hub.yaml refers to, or a provider whose name it
 * declares, is left to hub.yaml.
 */
export function connectionsFromEnvironment(input: {
  readonly providers: readonly ProviderVariables[];
  readonly environment: Environment;
  /** Variables that hub.yaml refers to. */
  readonly referenced: ReadonlySet<string>;
  /** What hub.yaml declares. */
  readonly declared: readonly Pick<DeclaredConnection, 'name'>[];
}): {
  readonly connections: readonly DeclaredConnection[];
  /** Sentences about variables that are set and cannot be used; they hold no value. */
  readonly problems: readonly string[];
} {
  const names = new Set(input.declared.map(({ name }) => name));
  const connections: DeclaredConnection[] = [];
  const problems: string[] = [];
  for (const [index, provider] of input.providers.entries()) {
    if (names.has(provider.id)) continue;
    const secret = findSecret(provider, input.environment);
    const address = findAddress(provider, input.environment);
    if (address?.kind === 'unusable') {
      problems.push(`${address.variable} is not an address; ${provider.id} is not connected.`);
      continue;
    }
    const isAddressGiven = address !== undefined;
    if (secret === undefined && !(isAddressGiven && provider.needsNoSecret)) continue;
    if (provider.local && !isAddressGiven) continue;
    if (secret?.variables.some((variable) => input.referenced.has(variable)) === true) continue;
    connections.push({
      source: 'env',
      name: provider.id,
      providerId: provider.id,
      baseUrl: address?.baseUrl,
      params: findParams(provider, input.environment),
      enabled: true,
      newModels: 'enabled',
      position: FIRST_POSITION + index,
      credentials: secret === undefined ? [] : [{ name: 'environment', secret: secretOf(secret.text), weight: 1 }],
      models: [],
    });
  }
  return { connections, problems };
}

function findSecret(
  { env }: ProviderVariables,
  environment: Environment,
): { readonly text: string; readonly variables: readonly string[] } | undefined {
  const single = firstSet(env.secret, environment);
  if (single !== undefined) return { text: single.value, variables: [single.variable] };
  const parts = env.secretParts ?? [];
  const found: { value: string; variable: string }[] = [];
  for (const { name, optional } of parts) {
    const part = firstSet([name], environment);
    if (part !== undefined) found.push(part);
    else if (optional !== true) return undefined;
  }
  if (found.length === 0) return undefined;
  return { text: found.map(({ value }) => value).join(':'), variables: found.map(({ variable }) => variable) };
}

type FoundAddress =
  | { readonly kind: 'usable'; readonly variable: string; readonly baseUrl: string }
  | { readonly kind: 'unusable'; readonly variable: string; readonly baseUrl: undefined };

function findAddress({ env, baseUrl }: ProviderVariables, environment: Environment): FoundAddress | undefined {
  const whole = firstSet(env.baseUrl, environment);
  if (whole !== undefined) {
    return isWebAddress(whole.value)
      ? { kind: 'usable', variable: whole.variable, baseUrl: whole.value.replace(/\/+$/, '') }
      : { kind: 'unusable', variable: whole.variable, baseUrl: undefined };
  }
  const host = firstSet(env.host, environment);
  if (host === undefined) return undefined;
  const address = replaceHost(baseUrl, host.value);
  return address === undefined
    ? { kind: 'unusable', variable: host.variable, baseUrl: undefined }
    : { kind: 'usable', variable: host.variable, baseUrl: address };
}

/**
 * Puts `host`, `host:port` or `http://host:port/prefix` in the place of a base URL's own. A bare host keeps the base
 * URL's scheme and port. The wildcard address, with which a server is told to listen everywhere (as Ollama's own
 * documentation has its users set `OLLAMA_HOST`: https://docs.ollama.com/faq), is no address to call: it becomes loopback.
 * @returns `undefined` when the text is no address
 */
export function replaceHost(baseUrl: string, host: string): string | undefined {
  const base = /^(https?):\/\/([^/]*)(\/.*)?$/.exec(baseUrl);
  const [, scheme = 'http', authority = '', basePath = ''] = base ?? [];
  const isWhole = /^https?:\/\//i.test(host);
  const withHost = host.startsWith(':') ? `127.0.0.1${host}` : host;
  const text = isWhole ? host : `${scheme}://${withHost}`;
  if (base === null || !isWebAddress(text)) return undefined;
  const url = new URL(text);
  const name = url.hostname === '0.0.0.0' ? '127.0.0.1' : url.hostname === '[::]' ? '[::1]' : url.hostname;
  const hasPort = /:\d+\/?$/.test(withHost.split('/', isWhole ? 3 : 1).join('/'));
  const port = isWhole || hasPort ? url.port : (/:(\d+)$/.exec(authority)?.[1] ?? '');
  const prefix = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${name}${port === '' ? '' : `:${port}`}${prefix}${basePath}`;
}

function findParams({ env }: ProviderVariables, environment: Environment): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [name, variables] of Object.entries(env.params ?? {})) {
    const found = firstSet(variables, environment);
    if (found !== undefined) params[name] = found.value;
  }
  return params;
}

function firstSet(
  variables: readonly string[] | undefined,
  environment: Environment,
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of variables ?? []) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== '') return { variable, value };
  }
  return undefined;
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && search + hash + username + password === '';
}
