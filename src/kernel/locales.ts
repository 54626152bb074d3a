/** The languages of the pages. */
export const PAGE_LOCALES = ['en', 'zh-TW'] as const;
export type PageLocale = (typeof PAGE_LOCALES)[number];

/** The language that a browser asks for, as far as the pages have it. https://www.rfc-editor.org/rfc/rfc9110#field.accept-language */
export function localeFor(acceptLanguage: string | undefined): PageLocale {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const quality = parameters.map((parameter) => /^\s*q=(\d(?:\.\d+)?)$/.exec(parameter)?.[1]).find(Boolean);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh-TW';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return 'en';
}

export function isPageLocale(text: string | undefined): text is PageLocale {
  return text === 'en' || text === 'zh-TW';
}
