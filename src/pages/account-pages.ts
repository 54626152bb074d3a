import { type Html, html } from '../kernel/html.ts';
import { apiForm, done, emailFieldOf, field, nameFieldOf, newPasswordFieldOf } from './forms.ts';
import { layout, type PageContext } from './layout.ts';
import { signUpAside } from './ways-in.ts';

const API = '/control/v1';

/** What decides how a page of signing in looks. */
export type SignInState = {
  readonly needsSetup: boolean;
  readonly transport: 'tls' | 'loopback' | 'insecure';
  readonly mail: 'smtp' | 'console';
  readonly signIns: readonly { readonly id: string; readonly name: string }[];
};

export type AccountPage = (context: PageContext, state: SignInState) => string;

/** The pages of people's accounts, by their paths. */
export const ACCOUNT_PAGES: ReadonlyMap<string, AccountPage> = new Map<string, AccountPage>([
  ['/account', accountPage],
  ['/account/sign-in', unlessInsecure(signInPage)],
  ['/account/sign-up', unlessInsecure(signUpPage)],
  ['/account/forgot', unlessInsecure(forgotPage)],
  ['/account/verify', verifyPage],
  ['/account/reset', unlessInsecure(resetPage)],
  ['/account/setup', unlessInsecure(setupPage)],
  ['/account/invitation', unlessInsecure(invitationPage)],
  ['/.well-known/service/gen-simple-access-key', unlessInsecure(connectPage)],
]);

/** Says why nobody can sign in over a connection that anybody in between reads, and what to do about it. */
function unlessInsecure(page: AccountPage): AccountPage {
  return (context, state) => {
    if (state.transport !== 'insecure') return page(context, state);
    const { words } = context;
    return layout(context, {
      title: words.insecureTitle,
      body: html`<h1>${words.insecureTitle}</h1>
<p>${words.insecure}</p>
<p>${words.insecureFix}</p>
<pre>npm start -- --host 0.0.0.0 --tls-self-signed</pre>
<p>${words.insecureProxy}</p>`,
    });
  };
}

function signInPage(context: PageContext, { signIns }: SignInState): string {
  const { words, base } = context;
  const elsewhere = signIns.map(
    ({ id, name }) =>
      html`<a class="button secondary" href="${base}${API}/auth/sso/${id}/begin">${words.signInWith.replace('{{name}}', () => name)}</a>`,
  );
  return layout(context, {
    title: words.signInTitle,
    body: html`<h1>${words.signInTitle}</h1>
<p class="notice error" role="alert" data-problem hidden></p>
${elsewhere}${elsewhere.length > 0 ? html`<p class="or">${words.or}</p>` : undefined}
${apiForm({
  id: 'sign-in',
  action: `${API}/auth/sign-in`,
  then: '/',
  fields: [
    emailFieldOf(words),
    field({ name: 'password', label: words.password, type: 'password', autocomplete: 'current-password' }),
  ],
  submit: words.signIn,
})}
<div data-way-in hidden><a class="button" href="${base}/account/sign-in">${words.signInElsewhere}</a></div>
<p class="aside"><a href="${base}/account/forgot">${words.forgot}</a></p>
${signUpAside(context)}`,
  });
}

function signUpPage(context: PageContext, { mail }: SignInState): string {
  const { words, base, installation } = context;
  if (installation.signUp === 'invitation') {
    return layout(context, {
      title: words.closedTitle,
      body: html`<h1>${words.closedTitle}</h1><p>${words.closed}</p>${toSignIn(context)}`,
    });
  }
  return layout(context, {
    title: words.signUpTitle,
    body: html`<div data-until="mail-sent"><h1>${words.signUpTitle}</h1>
${apiForm({
  id: 'sign-up',
  action: `${API}/auth/sign-up`,
  then: 'mail-sent',
  fields: [nameFieldOf(words), emailFieldOf(words), newPasswordFieldOf(words)],
  submit: words.signUp,
})}
<p class="aside">${words.haveAccount} <a href="${base}/account/sign-in">${words.signIn}</a></p></div>
${mailSent(context, mail)}`,
  });
}

function mailSent({ words }: PageContext, mail: SignInState['mail']): Html {
  return done(
    'mail-sent',
    html`<h2>${words.mailSentTitle}</h2><p>${words.mailSent}</p>${
      mail === 'console' ? html`<p>${words.mailConsole}</p>` : undefined
    }`,
  );
}

function forgotPage(context: PageContext, { mail }: SignInState): string {
  const { words } = context;
  return layout(context, {
    title: words.forgotTitle,
    body: html`<div data-until="mail-sent"><h1>${words.forgotTitle}</h1><p>${words.forgotLead}</p>
${apiForm({
  id: 'forgot',
  action: `${API}/auth/password/forgot`,
  then: 'mail-sent',
  fields: [emailFieldOf(words)],
  submit: words.sendLink,
})}</div>
${mailSent(context, mail)}${toSignIn(context)}`,
  });
}

function verifyPage(context: PageContext): string {
  const { words } = context;
  return layout(context, {
    title: words.verifyTitle,
    body: html`<div data-until="verified"><h1>${words.verifyTitle}</h1><p>${words.verifyLead}</p>
${apiForm({
  id: 'verify',
  action: `${API}/auth/verify`,
  then: 'verified',
  fields: [],
  submit: words.verify,
  takesToken: true,
})}</div>
${done('verified', html`<p data-verified></p>`)}${toSignIn(context)}`,
  });
}

function resetPage(context: PageContext): string {
  const { words } = context;
  return layout(context, {
    title: words.resetTitle,
    body: html`<div data-until="reset-done"><h1>${words.resetTitle}</h1>
${apiForm({
  id: 'reset',
  action: `${API}/auth/password/reset`,
  then: 'reset-done',
  fields: [newPasswordFieldOf(words)],
  submit: words.setPassword,
  takesToken: true,
})}</div>
${done('reset-done', html`<p>${words.resetDone}</p>`)}${toSignIn(context)}`,
  });
}

function setupPage(context: PageContext, { needsSetup }: SignInState): string {
  const { words } = context;
  if (!needsSetup) {
    return layout(context, {
      title: words.setupTitle,
      body: html`<h1>${words.setupTitle}</h1><p>${words.setupDone}</p>${toSignIn(context)}`,
    });
  }
  return layout(context, {
    title: words.setupTitle,
    body: html`<h1>${words.setupTitle}</h1><p>${words.setupLead}</p>
${apiForm({
  id: 'setup',
  action: `${API}/auth/setup`,
  then: '/',
  fields: [nameFieldOf(words), emailFieldOf(words), newPasswordFieldOf(words)],
  submit: words.setup,
  takesToken: true,
})}`,
  });
}

/** The script finds out for whom the link is, and shows the one part of the three that is for who opened it. */
function invitationPage(context: PageContext): string {
  const { words, base } = context;
  return layout(context, {
    title: words.invitationTitle,
    body: html`<div data-invitation hidden><h1>${words.invitationTitle}</h1>
<p>${words.invitationLead} <strong data-organization-name></strong> <span class="badge" data-role></span></p>
<p class="who">${words.invitationFor} <strong data-email></strong></p>
<div data-for="newcomer" hidden>${apiForm({
      id: 'join',
      action: `${API}/auth/invitations/sign-up`,
      then: '/',
      fields: [nameFieldOf(words), newPasswordFieldOf(words)],
      submit: words.signUp,
      takesToken: true,
    })}</div>
<div data-for="member" hidden>${apiForm({
      id: 'accept',
      action: `${API}/auth/invitations/accept`,
      then: '/',
      fields: [],
      submit: words.acceptInvitation,
      takesToken: true,
    })}</div>
<div data-for="stranger" hidden><p>${words.invitationSignIn}</p>
<a class="button" data-sign-in href="${base}/account/sign-in">${words.signIn}</a></div>
<div data-for="other" hidden><p class="notice">${words.invitationOther} <strong data-signed-in-as></strong></p>
<button type="button" class="secondary" data-sign-out>${words.signOut}</button></div></div>
<p class="notice" role="status" data-loading>${words.working}</p>${toSignIn(context)}`,
  });
}

/** Where AIGNE's command line sends a person to say yes. Filled in by the script, which knows who is signed in. */
function connectPage(context: PageContext): string {
  const { words } = context;
  return layout(context, {
    title: words.connectTitle,
    body: html`<div data-connect hidden><div data-until="connected"><h1>${words.connectTitle}</h1>
<p>${words.connectLead}</p><p class="notice">${words.connectWarning}</p>
<p class="who">${words.signedInAs} <strong data-email></strong></p>
<form id="connect" data-method="POST" data-api="${API}/connect/approve" data-then="connected" novalidate>
<p class="notice error" role="alert" hidden></p>
<div class="field" data-organization-field hidden><label for="organization">${words.organization}</label>
<select id="organization" data-organization></select></div>
<button type="submit">${words.connect}</button></form></div>
${done('connected', html`<p>${words.connected}</p>`)}</div>
<p class="notice" role="status" data-loading>${words.working}</p>`,
  });
}

/** Filled in by the script: what stands there is the person's own, and the page is everybody's. */
function accountPage(context: PageContext): string {
  const { words, base } = context;
  return layout(context, {
    title: words.accountTitle,
    body: html`<div data-account hidden>
<h1>${words.accountTitle}</h1>
<p class="who">${words.signedInAs} <strong data-email></strong> <span class="badge" data-operator hidden>${words.operator}</span></p>
<p><a class="button" href="${base}/">${words.toDashboard}</a></p>
<section><h2>${words.organizations}</h2><ul class="list" data-organizations></ul></section>
<section><h2>${words.details}</h2>
${apiForm({
  id: 'details',
  method: 'PATCH',
  action: `${API}/me`,
  then: 'details-saved',
  fields: [nameFieldOf(words)],
  submit: words.save,
})}${done('details-saved', html`<p>${words.saved}</p>`)}</section>
<section><h2>${words.changePassword}</h2>
${apiForm({
  id: 'change-password',
  action: `${API}/me/password`,
  then: 'password-changed',
  fields: [
    field({ name: 'current', label: words.currentPassword, type: 'password', autocomplete: 'current-password' }),
    newPasswordFieldOf(words),
  ],
  submit: words.changePassword,
})}${done('password-changed', html`<p>${words.passwordChanged}</p>`)}</section>
<section><h2>${words.sessions}</h2><ul class="list" data-sessions></ul>
<button type="button" class="secondary" data-end-others>${words.endOthers}</button></section>
<section><h2>${words.data}</h2><p><a href="${base}${API}/me/export" download>${words.export}</a></p></section>
<section><details><summary>${words.closeAccount}</summary><p>${words.closeLead}</p>
${apiForm({
  id: 'close',
  action: `${API}/me/close`,
  then: '/account/sign-in',
  fields: [
    html`<div class="field"><label for="close-password">${words.currentPassword}</label>
<input id="close-password" name="password" type="password" autocomplete="current-password"></div>`,
  ],
  submit: words.closeAccount,
  isDanger: true,
})}</details></section>
<button type="button" class="secondary" data-sign-out>${words.signOut}</button>
</div>
<p class="notice" role="status" data-loading>${words.working}</p>`,
  });
}

export function notFoundPage(context: PageContext): string {
  const { words, base } = context;
  return layout(context, {
    title: words.notFoundTitle,
    body: html`<h1>${words.notFoundTitle}</h1><p>${words.notFound}</p><p><a href="${base}/account">${words.home}</a></p>`,
  });
}

function toSignIn({ words, base }: PageContext): Html {
  return html`<p class="aside"><a href="${base}/account/sign-in">${words.signIn}</a></p>`;
}
