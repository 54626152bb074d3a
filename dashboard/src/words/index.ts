import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { tellErrorsBy } from '../api/call.ts';
import { type ApiSaid, type ApiWords, tellInWords } from './api-text.ts';
import { en } from './en/index.ts';

/** A language is one folder with the same words in it; the compiler names those that are missing. */
export const LANGUAGES = { en: 'English', 'zh-TW': '繁體中文' } as const;
export type Language = keyof typeof LANGUAGES;

/**
 * The words of another language: the same names, each a text. Where English has a singular and a plural, a language that
 * has one form for both may leave the singular out.
 */
export type Words<Base = typeof en> = {
  readonly [Name in keyof Base as Name extends `${string}_one` ? never : Name]: Base[Name] extends string
    ? string
    : Words<Base[Name]>;
} & { readonly [Name in keyof Base as Name extends `${string}_one` ? Name : never]?: string };

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof en };
  }
}

const COOKIE = /(?:^|;\s*)hub_language=(en|zh-TW)(?:;|$)/;
const YEAR_SECONDS = 365 * 86_400;

/** The language that was chosen here or on the account pages, else the one that the browser prefers. */
export function preferredLanguage(): Language {
  const chosen = COOKIE.exec(document.cookie)?.[1];
  if (chosen !== undefined && isLanguage(chosen)) return chosen;
  return navigator.languages.some((tag) => /^zh\b/i.test(tag)) && !/^en\b/i.test(navigator.language) ? 'zh-TW' : 'en';
}

/** Begins to speak a language; resolves once its words are here. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: ['words'],
    defaultNS: 'words',
    resources: { en: { words: en } },
    interpolation: { escapeValue: false },
  });
  await speak(language);
}

/** Speaks another language from now on, and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  // The Cookie Store API is not in every browser that the dashboard supports.
  document.cookie = `hub_language=${language}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
  await speak(language);
}

/** What languages say for the API's errors; the API itself speaks English. */
const apiWords = new Map<Language, ApiWords>();

async function speak(language: Language): Promise<void> {
  if (language === 'zh-TW' && !i18next.hasResourceBundle('zh-TW', 'words')) {
    const { zhTw, zhTwApi } = await import('./zh-tw/index.ts');
    i18next.addResourceBundle('zh-TW', 'words', zhTw);
    apiWords.set('zh-TW', zhTwApi);
  }
  tellErrorsBy((said) => tellInWords(apiWords.get(language), said));
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

/** The words of the language that is spoken, and its tag for dates and numbers. */
export function useWords() {
  const { t, i18n } = useTranslation();
  return { t, language: isLanguage(i18n.language) ? i18n.language : 'en' };
}

/** An error of a record, as the API tells it, in the language that is spoken. */
export function useApiText(): (said: ApiSaid) => Pick<ApiSaid, 'message' | 'remedy'> {
  const { language } = useWords();
  return (said) => tellInWords(apiWords.get(language), said);
}

function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}
