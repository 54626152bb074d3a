import { unfit } from '../kernel/invalid.ts';
import { fillBaseUrl, isLoopbackHost, isPrivateHost, type ProviderEntry } from './schema.ts';

const BASE_URL_CHARACTERS_MAX = 500;

/**
 * The address of a connection: the operator's own, or the catalogue entry's with its parameters filled in.
 * Always without a trailing slash, user, query or fragment, so that equal addresses are equal text.
 * @throws GatewayError `request.invalid` naming the field
 */
export function resolveBaseUrl(
  entry: ProviderEntry,
  given: { readonly baseUrl?: string | undefined; readonly params?: Readonly<Record<string, string>> | undefined },
): string {
  if (given.baseUrl !== undefined) return normaliseBaseUrl(given.baseUrl);
  for (const name of Object.keys(given.params ?? {})) {
    if (entry.params?.[name] === undefined) {
      throw unfit(`params.${name}`, `${entry.name} has no parameter \`${name}\`.`);
    }
  }
  const filled = fillBaseUrl(entry, given.params ?? {});
  if ('badParameter' in filled) {
    const parameter = entry.params?.[filled.badParameter];
    const hint = parameter === undefined ? '' : ` ${parameter.description}, for example \`${parameter.example}\`.`;
    throw unfit(
      `params.${filled.badParameter}`,
      `The parameter \`${filled.badParameter}\` is missing or wrong.${hint}`,
    );
  }
  return normaliseBaseUrl(filled.baseUrl);
}

/**
 * Brings an address into its one form. `http` is for this machine and private networks only: a secret sent over it
 * elsewhere could be read on the way.
 * @throws GatewayError `request.invalid` naming `baseUrl`
 */
export function normaliseBaseUrl(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length > BASE_URL_CHARACTERS_MAX) throw unfit('baseUrl', 'The base URL is too long.');
  if (!URL.canParse(trimmed)) throw unfit('baseUrl', 'The base URL is not a URL.');
  const url = new URL(trimmed);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unfit('baseUrl', 'The base URL is not http(s).');
  if (url.username !== '' || url.password !== '') {
    throw unfit('baseUrl', 'The base URL must not hold a user name or password; the secret is a field of its own.');
  }
  if (url.search !== '' || url.hash !== '') throw unfit('baseUrl', 'The base URL must not hold a query or fragment.');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !isPrivateHost(url.hostname)) {
    throw unfit('baseUrl', 'The base URL must be https; http is for this machine and private networks.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Where a path of the catalogue is: after the base URL, or at its origin. */
export function joinUrl(baseUrl: string, path: string, relativeTo: 'baseUrl' | 'origin' = 'baseUrl'): string {
  return `${relativeTo === 'origin' ? new URL(baseUrl).origin : baseUrl}${path}`;
}
