import { html } from '../kernel/html.ts';
import { layout, type PageContext } from './layout.ts';
import { signUpAside } from './ways-in.ts';
import type { PageWord } from './words.ts';

export const GUEST_PAGE_PATH = '/playground';
/** Longer than a question that may be sent. */
const MESSAGE_CHARACTERS_MAX = 8000;

/** What visitors may ask without an account. */
export type GuestPage = {
  /** Empty where none of those that are offered can be called now. */
  readonly models: readonly string[];
  readonly visitorRequestsPerDay: number;
  readonly outputTokensMax: number;
};

const SCRIPT_WORDS: readonly PageWord[] = [
  'guestYou',
  'guestWorking',
  'guestStopped',
  'guestLength',
  'guestEnded',
  'guestSilent',
  'guestTooLong',
  'guestBusy',
  'guestLimit_minute',
  'guestLimit_visitor',
  'guestLimit_address',
  'guestLimit_all',
  'guest.unknown_visitor',
  'guest.refused',
  'guest.unavailable',
  'error_generic',
  'error_network',
];

/** Where who is not signed in asks a model. What is said stands in the page alone, and is gone with it. */
export function guestPage(context: PageContext, guests: GuestPage): string {
  const { words, locale } = context;
  const number = new Intl.NumberFormat(locale);
  const limits = words.guestLimits
    .replace('{{requests}}', number.format(guests.visitorRequestsPerDay))
    .replace('{{tokens}}', number.format(guests.outputTokensMax));
  const playground = html`<div class="talk" role="log" aria-label="${words.guestConversation}" tabindex="0" hidden></div>
<form id="guest" novalidate>
<p class="notice error" role="alert" hidden></p>
<div class="field"><label for="model">${words.model}</label>
<select id="model" name="model">${guests.models.map((name) => html`<option>${name}</option>`)}</select></div>
<div class="field"><label for="message">${words.guestMessage}</label>
<textarea id="message" name="message" rows="3" maxlength="${MESSAGE_CHARACTERS_MAX}" aria-describedby="message-hint"></textarea>
<p class="hint" id="message-hint">${words.guestKeys}</p></div>
<div class="acts"><button type="submit">${words.guestSend}</button>
<button type="button" class="secondary" data-stop hidden>${words.guestStop}</button>
<button type="button" class="secondary" data-new hidden>${words.guestNew}</button></div>
</form>
<p class="hint">${limits}</p>
<p class="hint">${words.guestPrivacy}</p>`;
  return layout(context, {
    title: words.guestTitle,
    body: html`<div data-guest><h1>${words.guestTitle}</h1>
${guests.models.length === 0 ? html`<p>${words.guestClosed}</p>` : playground}
<p class="aside">${words.guestSignIn} <a href="${context.base}/account/sign-in">${words.signIn}</a></p>
${signUpAside(context)}</div>`,
    script: { name: 'guest.js', words: SCRIPT_WORDS },
    isUnlisted: true,
  });
}
