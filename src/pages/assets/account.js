/**
 * The script of the account pages: sends forms to the control API as JSON, shows what came of it, and fills in the page of
 * who is signed in. What the page says in words stands in the page; nothing is fetched from anywhere but the hub.
 */
const base = document.documentElement.dataset.base ?? '';
const words = JSON.parse(document.getElementById('words')?.textContent ?? '{}');
const token = decodeURIComponent(location.hash.slice(1));

// The secret stays in this script: it is neither in the history nor in what a neighbour sees of the address.
if (token !== '') history.replaceState(null, '', location.pathname + location.search);

// Another link opened in the same tab changes the address and loads nothing.
addEventListener('hashchange', () => location.reload());

/** Calls the control API. Gives the answer's JSON; throws what is to be shown. */
async function call(method, path, body, headers = {}) {
  let response;
  try {
    const sent =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    response = await fetch(base + path, { method, credentials: 'same-origin', redirect: 'error', ...sent });
  } catch {
    throw new Refusal(words.error_network, undefined, undefined);
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { code, param, message } = answer?.error ?? {};
  throw new Refusal(sentenceFor(code, param, message), code, param);
}

class Refusal extends Error {
  constructor(message, code, param) {
    super(message);
    this.code = code;
    this.param = param;
  }
}

function sentenceFor(code, param, message) {
  if (code === 'auth.link_invalid' && document.getElementById('connect') !== null) return words.connectInvalid;
  if (code === 'request.invalid') return words[`error_${param}`] ?? words.error_generic;
  if (code === 'resource.conflict' && document.documentElement.lang === 'en') return message;
  return words[code] ?? words.error_generic;
}

for (const form of document.querySelectorAll('form[data-api]')) prepare(form);
for (const link of document.querySelectorAll('a[data-language]')) {
  // The other language's page needs the same secret.
  if (token !== '') link.href += `#${encodeURIComponent(token)}`;
}
if (document.querySelector('[data-account]') !== null) run(showAccount());
if (document.querySelector('[data-connect]') !== null) run(showConnect());
if (document.querySelector('[data-invitation]') !== null) {
  if (token === '') show(document.querySelector('[data-loading]'), words.tokenMissing);
  else run(showInvitation());
}

const problem = new URLSearchParams(location.search).get('problem');
if (problem !== null)
  show(document.querySelector('[data-problem]') ?? document.createElement('p'), words[problem] ?? words.error_generic);
// Who signs in elsewhere goes on to where they wanted, too.
for (const link of document.querySelectorAll('a[href*="/auth/sso/"]')) link.href = withNext(link.href);
const emailInput = document.querySelector('#sign-in [name=email]');
emailInput?.addEventListener('change', () => run(offerWayIn(emailInput)));

/** People of some mail domains sign in elsewhere: they are shown the way as soon as they have typed their address. */
async function offerWayIn(input) {
  const offer = document.querySelector('[data-way-in]');
  if (!input.checkValidity()) return;
  const { way, sign_in: elsewhere } = await call('POST', '/control/v1/auth/way-in', { email: input.value });
  offer.hidden = way !== 'single_sign_on';
  if (elsewhere !== undefined)
    offer.querySelector('a').href = withNext(`${base}/control/v1/auth/sso/${elsewhere.id}/begin`);
}

function prepare(form) {
  const notice = form.querySelector('.notice');
  if (form.dataset.token !== undefined && token === '') {
    show(notice, words.tokenMissing);
    form.querySelector('button').disabled = true;
    return;
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(submit(form, notice));
  });
}

async function submit(form, notice) {
  const button = form.querySelector('button');
  const label = button.textContent;
  notice.hidden = true;
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
  const missing = [...form.querySelectorAll('input')].find((input) => !input.checkValidity());
  if (missing !== undefined)
    return refuse(form, notice, words[`error_${missing.name}`] ?? words.error_generic, missing);
  button.disabled = true;
  button.textContent = words.working;
  try {
    const fields = [...new FormData(form)].filter(([, value]) => value !== '');
    const body = { ...Object.fromEntries(fields), ...(form.dataset.token === undefined ? {} : { token }) };
    if (['setup', 'sign-up', 'join'].includes(form.id)) body.locale = document.documentElement.lang;
    finish(form, await call(form.dataset.method, form.dataset.api, body, headersOf(form, body)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(form, notice, error.message, form.elements.namedItem(error.param ?? ''));
  } finally {
    button.disabled = false;
    button.textContent = label;
  }
}

/** Saying yes to a command line names the session that waits, and the organization that was chosen. */
function headersOf(form, body) {
  if (form.id !== 'connect') return {};
  body.session = connectSession();
  return { 'x-hub-organization': form.querySelector('[data-organization]').value };
}

/** The session's id, as the command line wrote it into the address: base64url. */
function connectSession() {
  const encoded = new URLSearchParams(location.search).get('__token__') ?? '';
  try {
    return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}

async function showConnect() {
  const part = document.querySelector('[data-connect]');
  const { user, organizations } = await call('GET', '/control/v1/me');
  part.querySelector('[data-email]').textContent = user.email;
  const active = organizations.filter(({ state }) => state === 'active');
  const choice = part.querySelector('[data-organization]');
  choice.replaceChildren(...active.map(({ id, name }) => new Option(name, id)));
  part.querySelector('[data-organization-field]').hidden = active.length < 2;
  if (active.length === 0) {
    show(part.querySelector('.notice.error'), words.noOrganization);
    part.querySelector('button').disabled = true;
  }
  part.hidden = false;
  document.querySelector('[data-loading]').hidden = true;
}

/** An invitation's link is opened by who has no account, by who has, or in a browser where somebody else is signed in. */
async function showInvitation() {
  const part = document.querySelector('[data-invitation]');
  const invitation = await call('POST', '/control/v1/auth/invitations/look', { token });
  part.querySelector('[data-organization-name]').textContent = invitation.organization;
  part.querySelector('[data-role]').textContent = words[`role_${invitation.role}`];
  part.querySelector('[data-email]').textContent = invitation.email;
  const signedIn = await signedInAs();
  part.querySelector('[data-signed-in-as]').textContent = signedIn ?? '';
  part.querySelector('[data-sign-in]').href = `${signInAddress()}#${encodeURIComponent(token)}`;
  part.querySelector('[data-sign-out]').addEventListener('click', () => run(signOutHere()));
  const reader =
    signedIn === undefined
      ? invitation.has_account
        ? 'stranger'
        : 'newcomer'
      : signedIn === invitation.email
        ? 'member'
        : 'other';
  part.querySelector(`[data-for="${reader}"]`).hidden = false;
  part.hidden = false;
  document.querySelector('[data-loading]').hidden = true;
}

async function signedInAs() {
  try {
    return (await call('GET', '/control/v1/me')).user.email;
  } catch (error) {
    if (error.code === 'auth.required') return undefined;
    throw error;
  }
}

/** Signs out and looks at the same link again. */
async function signOutHere() {
  await call('POST', '/control/v1/auth/sign-out');
  location.hash = encodeURIComponent(token);
}

function refuse(form, notice, sentence, input) {
  show(notice, sentence);
  if (input instanceof HTMLInputElement) {
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }
}

function show(notice, sentence) {
  notice.textContent = sentence;
  notice.hidden = false;
}

/** What comes after: another page, or the part of this one that says what was done. */
function finish(form, answer) {
  const { then } = form.dataset;
  if (then.startsWith('/')) {
    location.assign(form.id === 'sign-in' ? nextAddress(then) : base + then);
    return;
  }
  const part = document.getElementById(then);
  for (const before of document.querySelectorAll(`[data-until="${then}"]`)) before.hidden = true;
  for (const line of part.querySelectorAll('[data-verified]')) {
    line.textContent = answer.state === 'awaiting_approval' ? words.verifiedWaiting : words.verified;
  }
  part.hidden = false;
  part.focus();
  form.reset();
  if (form.id === 'details') form.elements.namedItem('name').value = answer.name ?? '';
  if (form.id === 'change-password') run(showSessions());
}

async function showAccount() {
  const account = document.querySelector('[data-account]');
  const { user, organizations } = await call('GET', '/control/v1/me');
  account.querySelector('[data-email]').textContent = user.email;
  account.querySelector('[data-operator]').hidden = !user.is_operator;
  account.querySelector('#details [name=name]').value = user.name ?? '';
  // Who signs in elsewhere only has no present password to give.
  if (!user.has_password) account.querySelector('#current').closest('.field').remove();
  const list = account.querySelector('[data-organizations]');
  list.replaceChildren(...organizations.map(({ name, role }) => row(name, words[`role_${role}`])));
  if (organizations.length === 0) list.replaceChildren(row(words.noOrganization));
  account.querySelector('[data-sign-out]').addEventListener('click', () => run(signOut()));
  account.querySelector('[data-end-others]').addEventListener('click', () => run(endOthers()));
  await showSessions();
  account.hidden = false;
  document.querySelector('[data-loading]').hidden = true;
  // Mails are written in the language in which the pages are read.
  const { lang } = document.documentElement;
  if (user.locale !== lang) await call('PATCH', '/control/v1/me', { locale: lang });
}

async function signOut() {
  const { continue_at: elsewhere } = await call('POST', '/control/v1/auth/sign-out');
  location.assign(elsewhere ?? `${base}/account/sign-in`);
}

async function endOthers() {
  await call('POST', '/control/v1/me/sessions/end-others');
  await showSessions();
}

async function endSession(id) {
  await call('DELETE', `/control/v1/me/sessions/${encodeURIComponent(id)}`);
  await showSessions();
}

/** The sign-in page, which comes back here. */
function signInAddress() {
  const here = location.pathname + location.search;
  const next = here === `${base}/account` ? '' : `?next=${encodeURIComponent(here)}`;
  return `${base}/account/sign-in${next}`;
}

/** Where to go on: an address of the hub that the sign-in page was given, and never another site's. */
function nextAddress(otherwise) {
  const next = new URLSearchParams(location.search).get('next');
  if (next === null) return base + otherwise;
  const address = new URL(next, location.origin);
  if (address.origin !== location.origin || !next.startsWith('/')) return base + otherwise;
  // An invitation's secret comes along while its reader signs in.
  if (token !== '') address.hash = encodeURIComponent(token);
  return address.href;
}

/** The address of a sign-in elsewhere, which leads back to where its reader wanted to go. */
function withNext(address) {
  const next = new URLSearchParams(location.search).get('next');
  return next === null ? address : `${address}?return_to=${encodeURIComponent(next)}`;
}

/** Does something that was begun by a click, and says so where it does not work. */
function run(work) {
  work.catch((error) => {
    if (error.code === 'auth.required') location.replace(signInAddress());
    else show(document.querySelector('[data-loading]') ?? document.querySelector('.notice'), error.message);
  });
}

async function showSessions() {
  const { data } = await call('GET', '/control/v1/me/sessions');
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  const rows = data.map((session) => {
    const line = row(browserOf(session.user_agent ?? ''), undefined);
    const facts = document.createElement('span');
    facts.className = 'dim';
    facts.textContent = [session.address, `${words.lastSeen} ${when.format(new Date(session.last_seen_at))}`]
      .filter((fact) => fact !== undefined)
      .join(' · ');
    line.append(facts);
    if (session.is_this) line.append(badge(words.thisSession));
    else line.append(endButton(session.id));
    return line;
  });
  document.querySelector('[data-sessions]').replaceChildren(...rows);
}

/** What a person calls their browser and machine; the whole text where it is none that we know. */
function browserOf(userAgent) {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\w*\/(\d+)/.exec(
    userAgent.replace(/Chrome\S+(?=.*(?:Edg|OPR)\/)/, ''),
  );
  const machine = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(userAgent);
  if (browser === null || machine === null) return userAgent === '' ? '?' : userAgent;
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser[1]] ?? browser[1];
  return `${name} ${browser[2]} · ${machine[1].replace('Mac OS X', 'macOS').replace('CrOS', 'ChromeOS')}`;
}

function endButton(id) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'secondary';
  button.textContent = words.endSession;
  button.addEventListener('click', () => {
    button.disabled = true;
    run(endSession(id));
  });
  return button;
}

function row(text, note) {
  const line = document.createElement('li');
  const words_ = document.createElement('span');
  words_.textContent = text;
  line.append(words_);
  if (note !== undefined) line.append(badge(note));
  return line;
}

function badge(text) {
  const mark = document.createElement('span');
  mark.className = 'badge';
  mark.textContent = text;
  return mark;
}
