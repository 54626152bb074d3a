import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Installation } from '../protocol/installation.ts';
import { ACCOUNT_PAGES, notFoundPage, type SignInState } from './account-pages.ts';
import type { PageContext } from './layout.ts';
import { isPageLocale, localeFor, type PageLocale, wordsIn } from './words.ts';

export type PagesDeps = {
  /** The path of `publicUrl`; empty where there is none. */
  readonly base: string;
  /** What a page of signing in has to know. */
  readonly state: (request: IncomingMessage) => Promise<SignInState & { readonly installation: Installation }>;
  readonly onError: (error: unknown) => void;
};

/** Takes a request for a page or for what belongs to one; false when the path is neither. */
export type Pages = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

const LANGUAGE_COOKIE = /(?:^|;\s*)hub_language=(en|zh-TW)(?:;|$)/;
const YEAR_SECONDS = 365 * 86_400;

/**
 * Nothing is fetched from elsewhere, nothing that stands in a page runs, and nobody may show a page in a frame of theirs.
 * https://www.w3.org/TR/CSP3/
 */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
} as const;

const NOT_KEPT = { 'cache-control': 'no-store' } as const;

const ASSETS = {
  'account.css': 'text/css; charset=utf-8',
  'account.js': 'text/javascript; charset=utf-8',
} as const;

/** Serves the account pages: the same for everybody, with what is a person's own filled in by their script. */
export function createPages(deps: PagesDeps): Pages {
  const assets = readAssets();
  const version = versionOf(assets);
  return (request, response, path) => {
    if (path === '/' || path === '/account/') return redirect(response, `${deps.base}/account`);
    const asset = /^\/account\/assets\/[0-9a-f]+\/([a-z.]+)$/.exec(path)?.[1];
    if (asset !== undefined) return giveAsset(response, asset, assets);
    if (path !== '/account' && !path.startsWith('/account/') && !ACCOUNT_PAGES.has(path)) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...PAGE_HEADERS, ...NOT_KEPT, allow: 'GET, HEAD' }).end();
      return true;
    }
    givePage(request, response, { path, version, deps }).catch((error: unknown) => {
      deps.onError(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { ...PAGE_HEADERS, ...NOT_KEPT, 'retry-after': '5' }).end();
    });
    return true;
  };
}

async function givePage(
  request: IncomingMessage,
  response: ServerResponse,
  { path, version, deps }: { readonly path: string; readonly version: string; readonly deps: PagesDeps },
): Promise<void> {
  const { installation, ...state } = await deps.state(request);
  const { locale, chosen } = localeOf(request);
  const context: PageContext = { locale, words: wordsIn(locale), installation, base: deps.base, path, version };
  const page = ACCOUNT_PAGES.get(path);
  const text = page === undefined ? notFoundPage({ ...context, path: '/account' }) : page(context, state);
  response
    .writeHead(page === undefined ? 404 : 200, {
      ...PAGE_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      ...NOT_KEPT,
      vary: 'Accept-Language, Cookie',
      ...(chosen ? { 'set-cookie': `hub_language=${locale}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax` } : {}),
    })
    .end(request.method === 'HEAD' ? undefined : text);
}

/** The language that was chosen just now, else the one that was chosen before, else the one the browser asks for. */
function localeOf({ url = '/', headers }: IncomingMessage): { readonly locale: PageLocale; readonly chosen: boolean } {
  const query = url.indexOf('?');
  const asked = query === -1 ? undefined : (new URLSearchParams(url.slice(query)).get('lang') ?? undefined);
  if (isPageLocale(asked)) return { locale: asked, chosen: true };
  const before = LANGUAGE_COOKIE.exec(headers.cookie ?? '')?.[1];
  return { locale: isPageLocale(before) ? before : localeFor(headers['accept-language']), chosen: false };
}

function redirect(response: ServerResponse, location: string): true {
  response.writeHead(302, { ...PAGE_HEADERS, ...NOT_KEPT, location }).end();
  return true;
}

function giveAsset(response: ServerResponse, name: string, assets: ReadonlyMap<string, Asset>): true {
  const asset = assets.get(name);
  if (asset === undefined) {
    response.writeHead(404, { ...PAGE_HEADERS, ...NOT_KEPT }).end();
    return true;
  }
  response
    .writeHead(200, {
      ...PAGE_HEADERS,
      'content-type': asset.type,
      'content-length': asset.bytes.length,
      // The address changes with the content.
      'cache-control': 'public, max-age=31536000, immutable',
    })
    .end(asset.bytes);
  return true;
}

type Asset = { readonly type: string; readonly bytes: Buffer };

function readAssets(): ReadonlyMap<string, Asset> {
  return new Map(
    Object.entries(ASSETS).map(([name, type]) => [
      name,
      { type, bytes: readFileSync(new URL(`./assets/${name}`, import.meta.url)) },
    ]),
  );
}

function versionOf(assets: ReadonlyMap<string, Asset>): string {
  const hash = createHash('sha256');
  for (const { bytes } of assets.values()) hash.update(bytes);
  return hash.digest('hex').slice(0, 12);
}
