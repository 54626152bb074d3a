import { describe, expect, it } from 'vitest';
import { html, jsonBlock } from '../kernel/html.ts';
import { localeFor, PAGE_LOCALES } from '../kernel/locales.ts';
import { INSTALLATION_DEFAULTS } from '../protocol/installation.ts';
import { accentLink, accentSheetAt } from './accent-sheet.ts';
import { ACCOUNT_PAGES } from './account-pages.ts';
import { wordsIn } from './words.ts';

describe('the language of a page', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr-FR,fr;q=0.9', 'en'],
    ['zh-TW,zh;q=0.9,en;q=0.8', 'zh-TW'],
    ['zh-Hant', 'zh-TW'],
    ['en-GB,zh-TW;q=0.9', 'en'],
    ['de, zh;q=0.4, en;q=0.7', 'en'],
    ['en;q=0, zh', 'zh-TW'],
    ['*;q=0.5', 'en'],
  ])('%j is %s', (header, locale) => {
    expect(localeFor(header)).toBe(locale);
  });
});

describe.each(PAGE_LOCALES)('pages in %s', (locale) => {
  const words = wordsIn(locale);
  const hostile = '</title><script>alert(1)</script>"\'';

  it.each([...ACCOUNT_PAGES.keys()])('%s let nothing that an operator or a provider is called become a tag', (path) => {
    const text = ACCOUNT_PAGES.get(path)?.(
      {
        locale,
        words,
        installation: { ...INSTALLATION_DEFAULTS, revision: 1, name: hostile, supportAddress: hostile, signUp: 'open' },
        base: '/hub',
        path,
        version: 'abc',
      },
      { needsSetup: true, transport: 'tls', mail: 'console', signIns: [{ id: 'sso_1', name: hostile }] },
    );
    expect(text).toContain('<main>');
    expect(text?.match(/<script/g)).toHaveLength(2);
    expect(text).not.toContain('alert(1)</script>');
    // Every address of ours stands behind the prefix.
    expect(text).not.toMatch(/(?:href|src)="\/(?!hub\/)/);
  });

  it('have a word for everything, and none that is empty', () => {
    expect(Object.entries(words).filter(([, word]) => word.trim() === '')).toEqual([]);
  });
});

it('Chinese is Chinese: no word was left in English', () => {
  const english = wordsIn('en');
  const same = Object.entries(wordsIn('zh-TW')).filter(
    ([key, word]) => word === Object.entries(english).find(([name]) => name === key)?.[1],
  );
  expect(same).toEqual([]);
});

describe('the stylesheet of an accent', () => {
  const shown = (accent: string | undefined) => accentLink({ accent }, '/hub')?.text;

  it('lies at an address that changes with the colour, and where none was chosen nothing does', () => {
    expect(shown('#0f766e')).toBe('<link rel="stylesheet" href="/hub/account/assets/accent/0f766e.css">');
    expect(shown(undefined)).toBeUndefined();
  });

  it('holds the shades that can be read, of what is a colour and of nothing else', () => {
    const sheet = accentSheetAt('/account/assets/accent/ffff00.css') ?? '';
    expect(sheet).toContain(':root:root { --accent: #737300; --on-accent: #ffffff;');
    expect(sheet).toContain(':root:root[data-theme="dark"] { --accent: #ffff00; --on-accent: #000000;');
    for (const path of ['ffff00', 'ffff0.css', 'FFFF00.css', 'ffff00;}.css', '../ffff00.css', 'ffff00.css/x']) {
      expect(accentSheetAt(`/account/assets/accent/${path}`), path).toBeUndefined();
    }
  });
});

describe('html', () => {
  it('escapes every value but HTML of its own', () => {
    expect(html`<p title="${'"\'<&>'}">${html`<b>${'<'}</b>`}${undefined}${[html`x`, undefined]}</p>`.text).toBe(
      '<p title="&quot;&#39;&lt;&amp;&gt;"><b>&lt;</b>x</p>',
    );
  });

  it('keeps JSON inside its block', () => {
    expect(jsonBlock('a', { text: '</script><!--' }).text).toBe(
      '<script type="application/json" id="a">{"text":"\\u003c/script>\\u003c!--"}</script>',
    );
  });
});
