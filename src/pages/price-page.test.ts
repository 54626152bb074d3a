import { describe, expect, it } from 'vitest';
import { PAGE_LOCALES, type PageLocale } from '../kernel/locales.ts';
import { INSTALLATION_DEFAULTS, type Installation } from '../protocol/installation.ts';
import type { Price } from '../protocol/rate-card.ts';
import { type PublicPrice, type PublicPrices, pricePage } from './price-page.ts';
import { wordsIn } from './words.ts';

const PLAIN: Omit<Price, 'price' | 'unit'> = {
  aboveInputTokens: undefined,
  utcWindow: undefined,
  imageSize: undefined,
  imageQuality: undefined,
  batch: false,
};
const AMOUNTS = { million: { credits: '3.6', usd: '1.8' }, one: { credits: '0.0000036', usd: '0.0000018' } };

function model(name: string, fields: Partial<PublicPrice> = {}): PublicPrice {
  return {
    name,
    displayName: undefined,
    description: undefined,
    kind: 'chat',
    maker: undefined,
    contextTokens: undefined,
    lines: [{ of: { ...PLAIN, unit: 'input' }, ...AMOUNTS }],
    ...fields,
  };
}

const PRICES: PublicPrices = {
  look: { name: undefined, prefix: undefined, decimals: 2 },
  models: [
    model('gpt-5', {
      maker: 'OpenAI',
      contextTokens: 400_000,
      displayName: { en: 'GPT-5', 'zh-TW': 'GPT-5 模型' },
      description: { en: 'For hard questions.', 'zh-TW': undefined },
    }),
    model('claude-sonnet-4-5', { maker: 'Anthropic' }),
    model('painter', {
      kind: 'image',
      lines: [{ of: { ...PLAIN, unit: 'image', imageSize: '1024x1024' }, ...AMOUNTS }],
    }),
  ],
};

function page(query = '', prices = PRICES, locale: PageLocale = 'en', more: Partial<Installation> = {}): string {
  const context = {
    locale,
    words: wordsIn(locale),
    installation: { ...INSTALLATION_DEFAULTS, ...more, revision: 1 },
    base: '/hub',
    path: '/pricing',
    version: 'abc',
  };
  return pricePage({ ...context, query }, prices, new URLSearchParams(query));
}

describe('the page of prices', () => {
  it('shows what each model costs, by the million or by the piece, in credits and in dollars', () => {
    const text = page();
    expect(text).toContain('<h2>GPT-5</h2>');
    expect(text).toContain('<code>gpt-5</code>');
    expect(text).toContain('For hard questions.');
    expect(text).toContain('Chat · OpenAI · context of 400,000 tokens');
    expect(text).toContain('<dt>A million input tokens</dt><dd><b>3.60 credits</b> <span>$1.80</span></dd>');
    expect(text).toContain('<dt>A picture <small>1024x1024</small></dt><dd><b>0.0000036 credits</b>');
  });

  it('has a tab for each kind that there is, and an address for each', () => {
    const text = page('type=image&search=paint');
    expect(text).toContain('href="/hub/pricing?type=image&amp;search=paint" aria-current="page">Pictures (1)');
    expect(text).toContain('href="/hub/pricing?type=chat&amp;search=paint">Chat (0)');
    expect(text).not.toContain('Embeddings');
    expect(text).toContain('painter');
    expect(text).not.toContain('gpt-5');
    expect(page('type=nothing')).toContain('gpt-5');
  });

  it('finds by any name, in any language, and by who made the model', () => {
    expect(page(`search=${encodeURIComponent('模型')}`)).toContain('gpt-5');
    expect(page('search=ANTHROPIC')).toContain('claude-sonnet-4-5');
    expect(page('maker=OpenAI')).not.toContain('claude-sonnet-4-5');
    expect(page('maker=OpenAI')).toContain('<option selected>OpenAI</option>');
    expect(page('search=nothing-like-it')).toContain('No model fits.');
  });

  it('leads on to an account where visitors may make one', () => {
    expect(page()).not.toContain('/account/sign-up');
    expect(page('', PRICES, 'en', { signUp: 'open' })).toContain('href="/hub/account/sign-up"');
  });

  it('asks who made a model only where there is a choice', () => {
    expect(page('', { ...PRICES, models: PRICES.models.slice(1) })).not.toContain('<select');
  });

  it('writes amounts as the operator marks them', () => {
    const look = { name: 'stars', prefix: '★', decimals: 1 };
    expect(page('', { ...PRICES, look })).toContain('<b>★3.6 stars</b>');
    expect(page('', PRICES, 'zh-TW')).toContain('<b>3.60 點</b>');
  });

  it.each(PAGE_LOCALES)('runs nothing, and keeps what is looked at in the other language: %s', (locale) => {
    const text = page('type=chat', PRICES, locale);
    expect(text).not.toContain('<script');
    expect(text).toContain(`href="/hub/pricing?type=chat&amp;lang=${locale === 'en' ? 'zh-TW' : 'en'}"`);
  });

  it('lets nothing that is asked for or that a model is called become a tag', () => {
    const hostile = '"><script>alert(1)</script>';
    const models = [model(hostile, { maker: hostile, description: { en: hostile, 'zh-TW': hostile } })];
    const text = page(`search=${encodeURIComponent(hostile)}&maker=${encodeURIComponent(hostile)}`, {
      ...PRICES,
      models,
    });
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script&gt;');
  });
});
