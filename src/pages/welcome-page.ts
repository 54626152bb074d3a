import { type Html, html } from '../kernel/html.ts';
import { type ModelOffer, wordsFor } from '../protocol/model-offer.ts';
import type { Operation } from '../protocol/operation.ts';
import { GUEST_PAGE_PATH } from './guest-page.ts';
import { layout, type PageContext } from './layout.ts';
import { PRICE_PAGE_PATH } from './price-page.ts';
import { signUpAside } from './ways-in.ts';
import type { PageWords } from './words.ts';

/** A model as visitors may see it, where the operator shows them any. */
export type PublicModel = {
  readonly name: string;
  readonly displayName: string | undefined;
  /** What the operator says of it to customers, where there are any. */
  readonly offer: ModelOffer | undefined;
  readonly contextTokens: number | undefined;
  readonly operations: readonly Operation[];
};

/** Models of one page: who wants more signs in. */
const MODELS_MAX = 500;

export type Welcome = {
  /** Missing where nothing is told of them. */
  readonly models: readonly PublicModel[] | undefined;
  /** Whether visitors may try some without an account. */
  readonly hasPlayground: boolean;
  /** Whether visitors may see what models cost. */
  readonly hasPrices: boolean;
};

/** What stands at the first address for who is not signed in. */
export function welcomePage(context: PageContext, { models, hasPlayground, hasPrices }: Welcome): string {
  const { words, base, installation } = context;
  return layout(context, {
    title: words.signIn,
    body: html`<div data-welcome><h1>${installation.name}</h1>
<p>${installation.signUp === 'open' ? words.welcomeLeadOpen : words.welcomeLead}</p>
<p><a class="button" href="${base}/account/sign-in">${words.signIn}</a></p>
${hasPlayground ? html`<p><a class="button secondary" href="${base}${GUEST_PAGE_PATH}">${words.guestLink}</a></p>` : undefined}
${hasPrices ? html`<p><a class="button secondary" href="${base}${PRICE_PAGE_PATH}">${words.pricingLink}</a></p>` : undefined}
${signUpAside(context)}
${models === undefined ? undefined : modelTable(context, models)}</div>`,
  });
}

function modelTable({ words, locale }: PageContext, models: readonly PublicModel[]): Html {
  const shown = models.slice(0, MODELS_MAX);
  const tokens = new Intl.NumberFormat(locale);
  if (shown.length === 0) return html`<h2>${words.models}</h2><p>${words.noModels}</p>`;
  return html`<h2>${words.models}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="${words.models}"><table>
<thead><tr><th scope="col">${words.model}</th><th scope="col">${words.modelDoes}</th><th scope="col">${words.modelContext}</th></tr></thead>
<tbody>${shown.map(({ name, displayName, offer, operations, contextTokens }) => {
    const shownName = wordsFor(offer?.displayName, locale) ?? displayName;
    return html`<tr><td><code>${name}</code>${
      shownName === undefined ? undefined : html`<br><small>${shownName}</small>`
    }</td><td>${operations.map((operation) => operationWord(words, operation)).join(words.listSeparator)}</td><td>${
      contextTokens === undefined ? '–' : tokens.format(contextTokens)
    }</td></tr>`;
  })}</tbody></table></div>
${models.length > shown.length ? html`<p>${words.moreModels}</p>` : undefined}`;
}

function operationWord(words: PageWords, operation: Operation): string {
  return words[`operation_${operation}`];
}
