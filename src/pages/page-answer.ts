import type { IncomingMessage } from 'node:http';
import { isPageLocale, localeFor, type PageLocale } from '../kernel/locales.ts';

const LANGUAGE_COOKIE = /(?:^|;\s*)hub_language=(en|zh-TW)(?:;|$)/;
const YEAR_SECONDS = 365 * 86_400;

/**
 * Nothing is fetched from elsewhere, nothing that stands in a page runs, and nobody may show a page in a frame of theirs.
 * https://www.w3.org/TR/CSP3/
 */
export const PAGE_HEADERS = {
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

export type ChosenLocale = { readonly locale: PageLocale; readonly chosen: boolean };

/** The language that was chosen just now, else the one that was chosen before, else the one the browser asks for. */
export function localeOf({ url = '/', headers }: IncomingMessage): ChosenLocale {
  const query = url.indexOf('?');
  const asked = query === -1 ? undefined : (new URLSearchParams(url.slice(query)).get('lang') ?? undefined);
  if (isPageLocale(asked)) return { locale: asked, chosen: true };
  const before = LANGUAGE_COOKIE.exec(headers.cookie ?? '')?.[1];
  return { locale: isPageLocale(before) ? before : localeFor(headers['accept-language']), chosen: false };
}

/** The headers that every page in a language has; a choice is remembered, beside whatever cookie else there is to set. */
export function localeHeaders(
  { locale, chosen }: ChosenLocale,
  cookie?: string,
): Readonly<Record<string, string | string[]>> {
  const choice = `hub_language=${locale}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
  const cookies = [...(chosen ? [choice] : []), ...(cookie === undefined ? [] : [cookie])];
  return {
    'content-type': 'text/html; charset=utf-8',
    vary: 'Accept-Language, Cookie',
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  };
}
