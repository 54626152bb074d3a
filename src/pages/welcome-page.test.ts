import { describe, expect, it } from 'vitest';
import { PAGE_LOCALES } from '../kernel/locales.ts';
import { INSTALLATION_DEFAULTS } from '../protocol/installation.ts';
import { type PublicModel, welcomePage } from './welcome-page.ts';
import { wordsIn } from './words.ts';

const MODEL: PublicModel = {
  name: 'gpt-4o',
  displayName: 'GPT-4o',
  offer: undefined,
  contextTokens: 128_000,
  operations: ['chat'],
};

describe.each(PAGE_LOCALES)('the first page for visitors in %s', (locale) => {
  const words = wordsIn(locale);
  const page = (models: readonly PublicModel[] | undefined, installation = {}, hasPlayground = false) =>
    welcomePage(
      {
        locale,
        words,
        installation: { ...INSTALLATION_DEFAULTS, revision: 1, ...installation },
        base: '/hub',
        path: '/',
        version: 'abc',
      },
      { models, hasPlayground, hasPrices: false },
    );

  it('leads to the sign-in, and to a new account only where people make their own', () => {
    expect(page(undefined)).toContain('href="/hub/account/sign-in"');
    expect(page(undefined)).not.toContain('/account/sign-up');
    const open = page(undefined, { signUp: 'open' });
    expect(open).toContain('href="/hub/account/sign-up"');
    // A stranger has no organization yet.
    expect(open).toContain(words.welcomeLeadOpen);
  });

  it('leads to the playground only where visitors may try models', () => {
    expect(page(undefined)).not.toContain('/playground');
    expect(page(undefined, {}, true)).toContain('href="/hub/playground"');
  });

  it('says nothing of models unless it is given some', () => {
    expect(page(undefined)).not.toContain(words.noModels);
    expect(page(undefined)).not.toContain('<table');
    expect(page([])).toContain(words.noModels);
    expect(page([MODEL])).toMatch(/gpt-4o.*GPT-4o.*128,000/s);
  });

  it('lets no name of a model become a tag, and shows no more than there is room for', () => {
    const hostile = page([{ ...MODEL, name: '<script>alert(1)</script>', displayName: '"><img src=x>' }]);
    expect(hostile).not.toContain('<script>alert(1)');
    expect(hostile).not.toContain('<img src=x');
    const many = page(Array.from({ length: 501 }, (_, index) => ({ ...MODEL, name: `model-${index}` })));
    expect(many).toContain('model-499<');
    expect(many).not.toContain('model-500<');
    expect(many).toContain(words.moreModels);
  });
});
