import { isIPv6 } from 'node:net';
import { normaliseBaseUrl, resolveBaseUrl } from './base-url.ts';
import type { ProviderEntry } from './schema.ts';

/** A connection that well-known variables describe. */
export type EnvironmentConnection = {
  readonly providerId: string;
  readonly baseUrl: string;
  readonly secret: string | undefined;
  /** Names of the variables that it was read from, for the log. */
  readonly variables: readonly string[];
};

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What the well-known variables of an entry say, or `undefined` when they do not connect it: a provider that needs a
 * secret is connected by its secret, one that needs none by its address.
 * @throws GatewayError `request.invalid` when a variable is set to something that cannot be used
 */
export function connectionFromEnvironment(
  entry: ProviderEntry,
  variables: Variables,
): EnvironmentConnection | undefined {
  const used: string[] = [];
  const take = (names: readonly string[] | undefined): string | undefined => {
    const name = (names ?? []).find((candidate) => isSet(variables[candidate]));
    if (name !== undefined) used.push(name);
    return name === undefined ? undefined : variables[name]?.trim();
  };
  const secret = take(entry.env?.secret) ?? joinedParts(entry, variables, used);
  const needsSecret = entry.auth.scheme !== 'none' && !('optional' in entry.auth);
  if (needsSecret && secret === undefined) return undefined;
  const baseUrl = take(entry.env?.baseUrl);
  const host = take(entry.env?.host);
  if (!needsSecret && baseUrl === undefined && host === undefined) return undefined;
  const params: Record<string, string> = {};
  for (const [name, candidates] of Object.entries(entry.env?.params ?? {})) {
    const value = take(candidates);
    if (value !== undefined) params[name] = value;
  }
  const address = baseUrl ?? (host === undefined ? undefined : withHost(entry.baseUrl, host));
  return {
    providerId: entry.id,
    baseUrl: resolveBaseUrl(entry, { baseUrl: address, params }),
    secret,
    variables: used,
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

function joinedParts(entry: ProviderEntry, variables: Variables, used: string[]): string | undefined {
  const parts = entry.env?.secretParts ?? [];
  if (parts.length === 0 || parts.some((part) => part.optional !== true && !isSet(variables[part.name]))) {
    return undefined;
  }
  const present = parts.filter((part) => isSet(variables[part.name]));
  used.push(...present.map((part) => part.name));
  return present.map((part) => variables[part.name]?.trim()).join(':');
}

/**
 * Puts `host`, `host:port` or `scheme://host:port` in place of those parts of a base URL. An address to listen on
 * (`0.0.0.0`, as `OLLAMA_HOST` may hold for the server's sake) means this machine.
 */
function withHost(baseUrl: string, host: string): string {
  const [, scheme = 'https', authority = '', path = ''] = /^(https?):\/\/([^/]+)(.*)$/.exec(baseUrl) ?? [];
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  const full = /^https?:\/\//i.test(bracketed) ? bracketed : `${scheme}://${bracketed}`;
  if (!URL.canParse(full)) return normaliseBaseUrl(full);
  const given = new URL(full);
  const name = given.hostname === '0.0.0.0' || given.hostname === '[::]' ? '127.0.0.1' : given.hostname;
  const usualPort = /:(\d+)$/.exec(authority)?.[1];
  const hasScheme = full === bracketed;
  const port = given.port !== '' || hasScheme || usualPort === undefined ? given.port : usualPort;
  const own = given.pathname.replace(/\/+$/, '');
  return `${given.protocol}//${name}${port === '' ? '' : `:${port}`}${own === '' ? path : own}`;
}
