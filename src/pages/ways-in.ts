import { type Html, html } from '../kernel/html.ts';
import type { PageContext } from './layout.ts';

/** Where visitors make an account, as far as they may do so by themselves. */
export function signUpAside({ words, base, installation }: PageContext): Html | undefined {
  if (installation.signUp === 'invitation') return undefined;
  return html`<p class="aside">${words.noAccount} <a href="${base}/account/sign-up">${words.signUp}</a></p>`;
}
