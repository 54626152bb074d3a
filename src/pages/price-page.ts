import { type Html, html } from '../kernel/html.ts';
import type { LocalWords } from '../protocol/model-offer.ts';
import { wordsFor } from '../protocol/model-offer.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import { layout, type PageContext } from './layout.ts';
import { signUpAside } from './ways-in.ts';
import type { PageWords } from './words.ts';

export const PRICE_PAGE_PATH = '/pricing';

/** What models are for, in the order of the tabs. */
export const PRICE_KINDS = ['chat', 'image', 'embedding', 'video', 'audio'] as const;
type PriceKind = (typeof PRICE_KINDS)[number];

/** An amount as decimal text, in both that it may be paid in. */
type Amount = { readonly credits: string; readonly usd: string };

export type PublicPriceLine = {
  /** Its unit and conditions. */
  readonly of: Omit<Price, 'price'>;
  /** For a million units, and for one. */
  readonly million: Amount;
  readonly one: Amount;
};

/** A model as visitors see it, with what a call of it costs them. */
export type PublicPrice = {
  readonly name: string;
  readonly displayName: LocalWords | undefined;
  readonly description: LocalWords | undefined;
  readonly kind: PriceKind;
  /** Who made the model, by its public name; whoever serves it is told nobody. */
  readonly maker: string | undefined;
  readonly contextTokens: number | undefined;
  readonly lines: readonly PublicPriceLine[];
};

export type PublicPrices = {
  /** How amounts of credit are shown. */
  readonly look: {
    readonly name: string | undefined;
    readonly prefix: string | undefined;
    readonly decimals: number;
  };
  readonly models: readonly PublicPrice[];
};

/** Models of one page: who wants more searches. */
const MODELS_MAX = 300;
const SEARCH_CHARACTERS_MAX = 100;
const USD_PLACES = { minimumFractionDigits: 2, maximumFractionDigits: 9 } as const;
const CREDIT_PLACES_MAX = 9;

/** What is priced by the million; all else by the piece. */
const BY_THE_MILLION: ReadonlySet<PriceUnit> = new Set([
  'input',
  'cached-input',
  'cache-write-5m',
  'cache-write-1h',
  'audio-input',
  'image-input',
  'output',
  'reasoning',
  'audio-output',
  'image-output',
  'character',
]);

type Asked = { readonly kind: PriceKind | undefined; readonly maker: string | undefined; readonly search: string };

/** What each published model costs, for visitors: it works without a script, and every view has an address. */
export function pricePage(context: PageContext, { look, models }: PublicPrices, query: URLSearchParams): string {
  const { words } = context;
  const asked = readQuery(query);
  const found = models.filter((model) => isFound(model, asked));
  const shown = found.filter(({ kind }) => asked.kind === undefined || kind === asked.kind);
  const makers = [...new Set(models.flatMap(({ maker }) => maker ?? []))].toSorted();
  return layout(context, {
    title: words.pricing,
    body: html`<div data-pricing><h1>${words.pricing}</h1>
<p>${words.pricingLead}</p>
${tabs(context, { asked, found, kinds: PRICE_KINDS.filter((kind) => models.some((model) => model.kind === kind)) })}
${searchForm(context, asked, makers)}
${shown.length === 0 ? html`<p>${models.length === 0 ? words.noModels : words.pricingNone}</p>` : undefined}
<ul class="prices">${shown.slice(0, MODELS_MAX).map((model) => priceItem(context, model, look))}</ul>
${shown.length > MODELS_MAX ? html`<p>${words.pricingMore}</p>` : undefined}
<p class="hint">${words.pricingNote}</p>
<p class="aside"><a href="${context.base}/account/sign-in">${words.signIn}</a></p>
${signUpAside(context)}</div>`,
    isStill: true,
  });
}

function readQuery(query: URLSearchParams): Asked {
  const text = (name: string): string => (query.get(name) ?? '').trim().slice(0, SEARCH_CHARACTERS_MAX);
  return {
    kind: PRICE_KINDS.find((kind) => kind === query.get('type')),
    maker: text('maker') === '' ? undefined : text('maker'),
    search: text('search'),
  };
}

function isFound({ name, displayName, maker }: PublicPrice, asked: Asked): boolean {
  if (asked.maker !== undefined && maker !== asked.maker) return false;
  const wanted = asked.search.toLowerCase();
  return [name, displayName?.en, displayName?.['zh-TW'], maker].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  );
}

type TabsInput = {
  readonly asked: Asked;
  readonly found: readonly PublicPrice[];
  readonly kinds: readonly PriceKind[];
};

function tabs({ words, base }: PageContext, { asked, found, kinds }: TabsInput): Html {
  const tab = (kind: PriceKind | undefined): Html => {
    const count = kind === undefined ? found.length : found.filter((model) => model.kind === kind).length;
    const word = kind === undefined ? words.pricingAll : words[`kind_${kind}`];
    const current = kind === asked.kind ? html` aria-current="page"` : undefined;
    return html`<a href="${base}${PRICE_PAGE_PATH}${queryOf({ ...asked, kind })}"${current}>${word} (${count})</a>`;
  };
  return html`<nav class="kinds" aria-label="${words.pricingKinds}">${[undefined, ...kinds].map(tab)}</nav>`;
}

function queryOf({ kind, maker, search }: Asked): string {
  const query = new URLSearchParams();
  if (kind !== undefined) query.set('type', kind);
  if (maker !== undefined) query.set('maker', maker);
  if (search !== '') query.set('search', search);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

function searchForm({ words, base }: PageContext, asked: Asked, makers: readonly string[]): Html {
  const kind = asked.kind === undefined ? undefined : html`<input type="hidden" name="type" value="${asked.kind}">`;
  const option = (maker: string): Html =>
    html`<option${maker === asked.maker ? html` selected` : undefined}>${maker}</option>`;
  const choice =
    makers.length < 2
      ? undefined
      : html`<div class="field"><label for="maker">${words.pricingMaker}</label>
<select id="maker" name="maker"><option value="">${words.pricingAnyMaker}</option>${makers.map(option)}</select></div>`;
  return html`<form class="finder" method="get" action="${base}${PRICE_PAGE_PATH}" role="search">${kind}
<div class="field"><label for="search">${words.pricingSearch}</label>
<input type="search" id="search" name="search" maxlength="${SEARCH_CHARACTERS_MAX}" value="${asked.search}"></div>
${choice}<button type="submit">${words.pricingFind}</button></form>`;
}

function priceItem(context: PageContext, model: PublicPrice, look: PublicPrices['look']): Html {
  const { words, locale } = context;
  const displayName = wordsFor(model.displayName, locale);
  const description = wordsFor(model.description, locale);
  const facts = [
    words[`kind_${model.kind}`],
    model.maker,
    model.contextTokens === undefined
      ? undefined
      : words.pricingContext.replace('{{count}}', new Intl.NumberFormat(locale).format(model.contextTokens)),
  ].filter((fact) => fact !== undefined);
  return html`<li><h2>${displayName ?? model.name}</h2>
${displayName === undefined ? undefined : html`<p><code>${model.name}</code></p>`}
<p class="dim">${facts.join(' · ')}</p>
${description === undefined ? undefined : html`<p>${description}</p>`}
<dl>${model.lines.map((line) => priceLine(context, line, look))}</dl></li>`;
}

function priceLine({ words, locale }: PageContext, line: PublicPriceLine, look: PublicPrices['look']): Html {
  const { unit } = line.of;
  const { credits, usd } = BY_THE_MILLION.has(unit) ? line.million : line.one;
  const condition = conditionOf(words, locale, line.of);
  const dollars = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', ...USD_PLACES });
  return html`<div><dt>${words[`unit_${unit}`]}${
    condition === '' ? undefined : html` <small>${condition}</small>`
  }</dt><dd><b>${creditText(words, locale, { text: credits, look })}</b> <span>${dollars.format(usd as `${number}`)}</span></dd></div>`;
}

type CreditText = { readonly text: string; readonly look: PublicPrices['look'] };

function creditText(
  words: PageWords,
  locale: string,
  { text, look: { name, prefix = '', decimals } }: CreditText,
): string {
  const places = { minimumFractionDigits: decimals, maximumFractionDigits: CREDIT_PLACES_MAX };
  // A decimal text has more places than a double; the formatter takes it as it is.
  const amount = prefix + new Intl.NumberFormat(locale, places).format(text as `${number}`);
  if (name !== undefined) return `${amount} ${name}`;
  return prefix === '' ? words.creditsOf.replace('{{amount}}', amount) : amount;
}

/** When a price counts, in words; nothing where it always does. */
function conditionOf(words: PageWords, locale: string, of: PublicPriceLine['of']): string {
  const { aboveInputTokens, utcWindow, imageSize, imageQuality, batch } = of;
  return [
    aboveInputTokens === undefined
      ? undefined
      : words.pricingAbove.replace('{{count}}', new Intl.NumberFormat(locale).format(aboveInputTokens)),
    utcWindow === undefined
      ? undefined
      : words.pricingWindow.replace('{{from}}', utcWindow.from).replace('{{to}}', utcWindow.to),
    imageSize,
    imageQuality,
    batch ? words.pricingBatch : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(words.listSeparator);
}
