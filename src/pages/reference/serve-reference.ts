import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PageContext } from '../layout.ts';
import { type ChosenLocale, localeHeaders, PAGE_HEADERS } from '../page-answer.ts';
import type { ApiReference } from './document.ts';
import { readDocument } from './read-document.ts';
import { REFERENCE_NAMES, type ReferenceName, renderReference } from './render-page.ts';

/** The API documents, as the hub serves them; they do not change while it runs. */
export type ReferenceDocuments = Readonly<Record<ReferenceName, () => unknown>>;

/** Answers a request for the page of an API document. */
export type GiveReference = (
  request: IncomingMessage,
  response: ServerResponse,
  page: { readonly name: ReferenceName; readonly context: PageContext; readonly language: ChosenLocale },
) => Promise<void>;

type Rendered = { readonly revision: number; readonly plain: Buffer; readonly zipped: Buffer; readonly tag: string };

const zip = promisify(gzip);

/** The document that a path shows; `undefined` where it shows none. */
export function referenceNameOf(path: string): ReferenceName | undefined {
  return REFERENCE_NAMES.find((name) => path === `/reference/${name}`);
}

/** Renders each document once in each language: the page is large, and everybody's. */
export function createReference(documents: ReferenceDocuments): GiveReference {
  const read = new Map<ReferenceName, ApiReference>();
  const rendered = new Map<string, Rendered>();
  const pageOf = async (name: ReferenceName, context: PageContext): Promise<Rendered> => {
    const key = `${name} ${context.locale}`;
    const before = rendered.get(key);
    // The installation's name and links stand on the page, and are the only part of it that changes.
    if (before?.revision === context.installation.revision) return before;
    const reference = read.get(name) ?? readDocument(documents[name]());
    read.set(name, reference);
    const page = await prepare(await renderReference(name, reference, context), context.installation.revision);
    rendered.set(key, page);
    return page;
  };
  return async (request, response, { name, context, language }) => {
    const { plain, zipped, tag } = await pageOf(name, context);
    const headers = {
      ...PAGE_HEADERS,
      ...localeHeaders(language),
      vary: 'Accept-Encoding, Accept-Language, Cookie',
      'cache-control': 'private, no-cache',
      etag: tag,
    };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
    const takesZipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
    const bytes = takesZipped ? zipped : plain;
    response
      .writeHead(200, {
        ...headers,
        'content-length': bytes.length,
        ...(takesZipped ? { 'content-encoding': 'gzip' } : {}),
      })
      .end(request.method === 'HEAD' ? undefined : bytes);
  };
}

async function prepare(text: string, revision: number): Promise<Rendered> {
  const plain = Buffer.from(text);
  const tag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  // A weak tag: the same page is sent zipped or not.
  return { revision, plain, zipped: await zip(plain), tag: `W/"${tag}"` };
}
