import { setImmediate } from 'node:timers/promises';
import { type Html, html } from '../../kernel/html.ts';
import { accentLink } from '../accent-sheet.ts';
import { footerLinks, languageLink, logoOf, type PageContext } from '../layout.ts';
import type { ApiReference, SecurityScheme, Tag } from './document.ts';
import { inline, prose } from './prose.ts';
import { renderNavigation } from './render-navigation.ts';
import { renderOperation } from './render-operation.ts';
import { shapeBody, typeText } from './render-shape.ts';
import { type ReferenceWords, referenceWordsIn } from './words.ts';

/** The API documents that have a page. */
export const REFERENCE_NAMES = ['control', 'data'] as const;
export type ReferenceName = (typeof REFERENCE_NAMES)[number];

/**
 * The whole page of one document: nothing on it is of the person who looks at it. It is made in steps, since answers to
 * callers of models pass through the same thread.
 */
export async function renderReference(
  name: ReferenceName,
  reference: ApiReference,
  context: PageContext,
): Promise<string> {
  const { locale, installation, base, version } = context;
  const words = referenceWordsIn(locale);
  const assets = `${base}/account/assets/${version}`;
  const sections: Html[] = [];
  for (const [index, tag] of reference.tags.entries()) {
    sections.push(tagSection(tag, { index, reference, words }));
    await setImmediate();
  }
  return html`<!doctype html>
<html lang="${locale}" data-base="${base}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${reference.title} · ${installation.name}</title>
<link rel="stylesheet" href="${assets}/palette.css">
<link rel="stylesheet" href="${assets}/reference.css">
${accentLink(installation, base)}
<link rel="icon" href="data:,">
<script type="module" src="${assets}/reference.js"></script>
</head>
<body>
<a class="skip" href="#main">${words.toTop}</a>
<header>${logoOf(installation)}<a class="brand" href="${base}/account">${installation.name}</a>
<button type="button" class="menu" aria-expanded="false" aria-controls="contents">${words.contents}</button>
${documentLinks(name, base, words)}${languageLink(context)}</header>
<div class="columns">
${renderNavigation(reference, words)}
<main id="main" tabindex="-1">
${overview(name, { reference, base, words })}
${authentication(reference.schemes, words)}
${sections}
${schemaSection(reference, words)}
<footer>${footerLinks(context)}</footer>
</main>
</div>
</body>
</html>
`.text;
}

function documentLinks(name: ReferenceName, base: string, words: ReferenceWords): Html {
  const links = REFERENCE_NAMES.map(
    (one) =>
      html`<a href="${base}/reference/${one}"${one === name ? html` aria-current="page"` : undefined}>${words[one]}</a>`,
  );
  return html`<nav class="documents" aria-label="${words.documents}">${links}</nav>`;
}

function overview(
  name: ReferenceName,
  {
    reference,
    base,
    words,
  }: { readonly reference: ApiReference; readonly base: string; readonly words: ReferenceWords },
): Html {
  const { title, description } = reference;
  return html`<section class="overview" id="overview"><p class="kicker">${words.reference}</p><h1>${title}</h1>
${prose(description)}
<dl class="facts-list"><dt>${words.baseUrl}</dt><dd><code data-address>$HUB_URL</code></dd>
<dt>OpenAPI</dt><dd><a href="${base}/openapi/${name}.json">${words.rawDocument}</a></dd></dl></section>`;
}

function authentication(schemes: readonly SecurityScheme[], words: ReferenceWords): Html | undefined {
  if (schemes.length === 0) return undefined;
  return html`<section id="authentication"><h2>${words.authentication}</h2><p>${words.authenticationLead}</p>
<ul class="fields">${schemes.map((scheme) => html`<li id="security-${scheme.name}"><div class="field-head"><code class="field-name">${scheme.name}</code> <span class="dim">${sentText(scheme, words)}</span></div><p>${inline(scheme.description)}</p></li>`)}</ul></section>`;
}

function sentText({ sent }: SecurityScheme, words: ReferenceWords): Html {
  switch (sent.as) {
    case 'bearer':
      return html`${words.sentAsBearer} <code>Authorization: Bearer …</code>`;
    case 'cookie':
      return html`${words.sentAsCookie} <code>${sent.name}</code>`;
    case 'header':
      return html`${words.sentAsHeader} <code>${sent.name}</code>`;
    case 'query':
      return html`${words.sentAsQuery} <code>${sent.name}</code>`;
  }
}

function tagSection(
  { name, description, operations }: Tag,
  {
    index,
    reference,
    words,
  }: { readonly index: number; readonly reference: ApiReference; readonly words: ReferenceWords },
): Html {
  return html`<section class="tag" aria-labelledby="tag-${index}"><h2 id="tag-${index}">${name}</h2>${prose(description)}
${operations.map((operation) => renderOperation(operation, reference, words))}</section>`;
}

/** Each named schema once; everything else refers to it, which keeps schemas that hold themselves finite. */
function schemaSection({ schemas }: ApiReference, words: ReferenceWords): Html | undefined {
  if (schemas.size === 0) return undefined;
  const articles = [...schemas].map(
    ([
      name,
      shape,
    ]) => html`<article class="schema" id="schema-${name}"><h3><code>${name}</code> <a class="anchor" href="#schema-${name}" aria-label="${words.linkTo} ${name}">#</a></h3>
<div class="schema-body"><p class="type">${typeText(shape)}</p>${prose(shape.description)}${shapeBody(shape, words)}</div></article>
`,
  );
  return html`<section class="schemas"><h2 id="schemas">${words.schemas}</h2>${articles}</section>`;
}
