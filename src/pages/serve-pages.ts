import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Installation } from '../protocol/installation.ts';
import { accentSheetAt } from './accent-sheet.ts';
import { ACCOUNT_PAGES, type AccountPage, notFoundPage, type SignInState } from './account-pages.ts';
import { GUEST_PAGE_PATH, type GuestPage, guestPage } from './guest-page.ts';
import type { PageContext } from './layout.ts';
import { localeHeaders, localeOf, PAGE_HEADERS } from './page-answer.ts';
import { PRICE_PAGE_PATH, type PublicPrices, pricePage } from './price-page.ts';
import {
  createReference,
  type GiveReference,
  type ReferenceDocuments,
  referenceNameOf,
} from './reference/serve-reference.ts';
import { createDashboard } from './serve-dashboard.ts';
import { type PublicModel, welcomePage } from './welcome-page.ts';
import { wordsIn } from './words.ts';

export type PagesDeps = {
  /** The path of `publicUrl`; empty where there is none. */
  readonly base: string;
  /** What a page of signing in has to know. */
  readonly state: (request: IncomingMessage) => Promise<SignInState & { readonly installation: Installation }>;
  /** Whether a request comes with a session, be it over or not: what lies behind the first page finds out. */
  readonly isSignedIn: (request: IncomingMessage) => boolean;
  /** What visitors may see of the models, where the operator shows them. */
  readonly publicModels: () => readonly PublicModel[];
  /** What visitors may see of prices; `undefined` where they see none. */
  readonly publicPrices: () => PublicPrices | undefined;
  /** What visitors may ask without an account. */
  readonly guests: {
    /** `undefined` where they may ask nothing: then no page has a word of it. */
    readonly page: () => GuestPage | undefined;
    /** The cookie that a visit brings, where the browser needs one. */
    readonly welcome: (request: IncomingMessage) => string | undefined;
  };
  /** Where the built dashboard lies. */
  readonly dashboardFolder: string;
  readonly onError: (error: unknown) => void;
  readonly documents: ReferenceDocuments;
};

/** Takes a request for a page or for what belongs to one; false when the path is neither. */
export type Pages = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

const UNLISTED = { 'x-robots-tag': 'noindex, nofollow' } as const;
const NOT_KEPT = { 'cache-control': 'no-store' } as const;

const ASSETS = {
  'account.css': 'text/css; charset=utf-8',
  'account.js': 'text/javascript; charset=utf-8',
  'guest.js': 'text/javascript; charset=utf-8',
  'palette.css': 'text/css; charset=utf-8',
  'reference.css': 'text/css; charset=utf-8',
  'reference.js': 'text/javascript; charset=utf-8',
} as const;

/**
 * Serves the account pages, the same for everybody, with what is a person's own filled in by their script; and the
 * reference of the API documents.
 */
export function createPages(deps: PagesDeps): Pages {
  const assets = readAssets();
  const version = versionOf(assets);
  const giveReference = createReference(deps.documents);
  const dashboard = createDashboard({ folder: deps.dashboardFolder, base: deps.base });
  return (request, response, path) => {
    if (path === '/' && deps.isSignedIn(request)) {
      return redirect(response, `${deps.base}/${dashboard.isBuilt ? 'dashboard' : 'account'}`);
    }
    if (path === '/account/') return redirect(response, `${deps.base}/account`);
    if (dashboard.handle(request, response, path)) return true;
    if (path === '/reference' || path === '/reference/') return redirect(response, `${deps.base}/reference/control`);
    const asset = /^\/account\/assets\/[0-9a-f]+\/([a-z.]+)$/.exec(path)?.[1];
    if (asset !== undefined) return giveAsset(response, asset, assets);
    const sheet = accentSheetAt(path);
    if (sheet !== undefined) return giveFixed(response, { type: ASSETS['palette.css'], bytes: Buffer.from(sheet) });
    if (!isPage(path)) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...PAGE_HEADERS, ...NOT_KEPT, allow: 'GET, HEAD' }).end();
      return true;
    }
    givePage(request, response, { path, version, deps, giveReference }).catch((error: unknown) => {
      deps.onError(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { ...PAGE_HEADERS, ...NOT_KEPT, 'retry-after': '5' }).end();
    });
    return true;
  };
}

function isPage(path: string): boolean {
  return (
    path === '/' ||
    path === '/account' ||
    path === GUEST_PAGE_PATH ||
    path === PRICE_PAGE_PATH ||
    path.startsWith('/account/') ||
    path.startsWith('/reference/') ||
    ACCOUNT_PAGES.has(path)
  );
}

type Asked = {
  readonly path: string;
  readonly version: string;
  readonly deps: PagesDeps;
  readonly giveReference: GiveReference;
};

async function givePage(
  request: IncomingMessage,
  response: ServerResponse,
  { path, version, deps, giveReference }: Asked,
): Promise<void> {
  const { installation, ...state } = await deps.state(request);
  const language = localeOf(request);
  const { locale } = language;
  const context: PageContext = { locale, words: wordsIn(locale), installation, base: deps.base, path, version };
  const name = referenceNameOf(path);
  if (name !== undefined) return giveReference(request, response, { name, context, language });
  const query = new URL(request.url ?? '/', 'http://hub.invalid').searchParams;
  const page = pageAt(path, deps, query);
  const isGuests = path === GUEST_PAGE_PATH && page !== undefined;
  const text = page === undefined ? notFoundPage({ ...context, path: '/account' }) : page(context, state);
  response
    .writeHead(page === undefined ? 404 : 200, {
      ...PAGE_HEADERS,
      ...localeHeaders(language, isGuests ? deps.guests.welcome(request) : undefined),
      ...(isGuests ? UNLISTED : {}),
      'content-length': Buffer.byteLength(text),
      ...NOT_KEPT,
    })
    .end(request.method === 'HEAD' ? undefined : text);
}

function pageAt(path: string, deps: PagesDeps, query: URLSearchParams): AccountPage | undefined {
  const { publicModels, publicPrices, guests } = deps;
  const offered = guests.page();
  const prices = publicPrices();
  switch (path) {
    case '/':
      return (context) =>
        welcomePage(context, {
          models: context.installation.publicModels ? publicModels() : undefined,
          hasPlayground: offered !== undefined,
          hasPrices: prices !== undefined,
        });
    case GUEST_PAGE_PATH:
      return offered && ((context) => guestPage(context, offered));
    case PRICE_PAGE_PATH:
      query.delete('lang');
      return prices && ((context) => pricePage({ ...context, query: query.toString() }, prices, query));
    default:
      return ACCOUNT_PAGES.get(path);
  }
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
  return giveFixed(response, asset);
}

/** What lies at an address that changes with the content. */
function giveFixed(response: ServerResponse, { type, bytes }: Asset): true {
  response
    .writeHead(200, {
      ...PAGE_HEADERS,
      'content-type': type,
      'content-length': bytes.length,
      'cache-control': 'public, max-age=31536000, immutable',
    })
    .end(bytes);
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
