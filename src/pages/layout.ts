import { type Html, html, jsonBlock } from '../kernel/html.ts';
import type { PageLocale } from '../kernel/locales.ts';
import type { Installation } from '../protocol/installation.ts';
import { accentLink } from './accent-sheet.ts';
import type { PageWord, PageWords } from './words.ts';

/** What every page shows of the hub, and where it lies. */
export type PageContext = {
  readonly locale: PageLocale;
  readonly words: PageWords;
  readonly installation: Installation;
  /** The path that stands before every address of the hub; empty where there is none. */
  readonly base: string;
  /** The path of this page. */
  readonly path: string;
  /** What is asked for behind it, which the page in the other language keeps. */
  readonly query?: string | undefined;
  /** Part of the addresses of assets, so that a new build is never shown with an old one's. */
  readonly version: string;
};

/** Words that the script says, and not the page. */
const SCRIPT_WORDS: readonly PageWord[] = [
  'working',
  'thisSession',
  'lastSeen',
  'endSession',
  'noOrganization',
  'connectInvalid',
  'operator',
  'verified',
  'verifiedWaiting',
  'tokenMissing',
  'role_owner',
  'role_admin',
  'role_billing',
  'role_developer',
  'role_viewer',
  'error_generic',
  'error_network',
  'error_email',
  'error_password',
  'error_name',
  'auth.sign_in_failed',
  'auth.throttled',
  'auth.address_unverified',
  'auth.awaiting_approval',
  'auth.account_ended',
  'auth.link_invalid',
  'auth.sign_up_closed',
  'auth.single_sign_on_required',
  'sso.state_invalid',
  'sso.refused',
  'sso.email_unverified',
  'sso.provider_unreachable',
  'sso.disabled',
  'sso.misconfigured',
  'sso.invalid_answer',
  'auth.cross_site',
  'auth.insecure_transport',
  'auth.required',
  'resource.conflict',
];

/** What a page is about. */
export type PageContent = {
  readonly title: string;
  readonly body: Html;
  /** What runs in it, and the words that it says; the account pages’ own where nothing is said. */
  readonly script?: { readonly name: string; readonly words: readonly PageWord[] };
  /** Nothing runs in it. */
  readonly isStill?: boolean;
  /** No search engine is to list it. */
  readonly isUnlisted?: boolean;
};

const ACCOUNT_SCRIPT = { name: 'account.js', words: SCRIPT_WORDS };

/** A whole page: the installation's name and links around what it is about. */
export function layout(context: PageContext, page: PageContent): string {
  const { locale, words, installation, base, version } = context;
  const { script = ACCOUNT_SCRIPT } = page;
  const spoken = Object.fromEntries(script.words.map((word) => [word, words[word]]));
  return html`<!doctype html>
<html lang="${locale}" data-base="${base}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">${page.isUnlisted === true ? html`\n<meta name="robots" content="noindex, nofollow">` : undefined}
<title>${page.title} · ${installation.name}</title>
<link rel="stylesheet" href="${base}/account/assets/${version}/palette.css">
<link rel="stylesheet" href="${base}/account/assets/${version}/account.css">
${accentLink(installation, base)}
<link rel="icon" href="data:,">
${page.isStill === true ? undefined : html`<script type="module" src="${base}/account/assets/${version}/${script.name}"></script>`}
</head>
<body>
<header>${logoOf(installation)}<a class="brand" href="${base}/">${installation.name}</a>${languageLink(context)}</header>
<main>
${page.isStill === true ? undefined : html`<noscript><p class="notice error">${words.scriptNeeded}</p></noscript>`}
${page.body}
</main>
<footer><a href="${base}/reference">${words.reference}</a>${footerLinks(context)}</footer>
${page.isStill === true ? undefined : jsonBlock('words', spoken)}
</body>
</html>
`.text;
}

/** The installation's own logo, where it has one. */
export function logoOf({ logo }: Installation): Html | undefined {
  return logo === undefined ? undefined : html`<img class="logo" src="${logo}" alt="">`;
}

/** The way to this page in the other language. */
export function languageLink({ locale, path, query, base, words }: PageContext): Html {
  const [other, name] = locale === 'en' ? (['zh-TW', '繁體中文'] as const) : (['en', 'English'] as const);
  const asked = new URLSearchParams(query);
  asked.set('lang', other);
  return html`<nav aria-label="${words.language}"><a class="language" data-language hreflang="${other}" lang="${other}" href="${base}${path}?${asked.toString()}">${name}</a></nav>`;
}

/** Where the installation's terms, privacy notice and help are. */
export function footerLinks({ installation, words }: PageContext): readonly (Html | undefined)[] {
  const { supportAddress, termsUrl, privacyUrl } = installation;
  const link = (url: string | undefined, text: string): Html | undefined =>
    url === undefined ? undefined : html`<a href="${url}" rel="noopener noreferrer">${text}</a>`;
  return [
    link(termsUrl, words.terms),
    link(privacyUrl, words.privacy),
    link(supportAddress === undefined ? undefined : supportLink(supportAddress), words.support),
  ];
}

/** A support address is a mail address or a web page; nothing else becomes a link. */
function supportLink(address: string): string {
  return /^https?:\/\//.test(address) ? address : `mailto:${address}`;
}
