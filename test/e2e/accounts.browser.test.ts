import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable, openAccount, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const PASSWORD = 'correct horse battery';
const NEXT_PASSWORD = 'another fine passphrase';
const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('accounts in a real browser', () => {
  let sink: SmtpSink;
  let hub: HubProcess;
  let browser: TestBrowser;

  beforeAll(async () => {
    sink = await startSmtpSink();
    hub = await startHub({
      environment: {
        HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
        HUB_MAIL_FROM: 'AIGNE Hub <hub@example.com>',
        HUB_TRUSTED_PROXIES: 'loopback',
      },
    });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await sink?.close();
  });

  const fill = async ({ page }: Person, form: string, fields: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, value] of Object.entries(fields)) await page.fill(`#${form} [name=${name}]`, value);
    await page.click(`#${form} button[type=submit]`);
  };
  const heading = ({ page }: Person) => page.locator('h1').innerText();
  const notice = ({ page }: Person, form: string) => page.locator(`#${form} .notice:not([hidden])`).innerText();

  it('the first owner follows the console’s link, once, and is in', async () => {
    const link = /http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '';
    const owner = await browser.person();
    await owner.page.goto(link);
    expect(await heading(owner)).toBe('Welcome to your hub');
    expect(owner.page.url()).not.toContain('#');
    await owner.picture('setup');
    await fill(owner, 'setup', { name: 'Ada', email: 'ada@example.com', password: 'short' });
    expect(await notice(owner, 'setup')).toContain('at least 10 characters');
    await owner.picture('setup-refused');
    await fill(owner, 'setup', { name: 'Ada', email: 'ada@example.com', password: PASSWORD });
    await openAccount(owner);
    expect(await owner.page.locator('[data-email]').innerText()).toBe('ada@example.com');
    expect(await owner.page.locator('[data-organizations] li').allInnerTexts()).toEqual([
      expect.stringMatching(/Default[\s\S]*Owner/),
    ]);
    expect(await owner.page.locator('[data-operator]').isVisible()).toBe(true);
    await owner.picture('account');
    const cookies = await owner.context.cookies();
    expect(cookies.find(({ name }) => name === 'hub_session')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    await owner.page.goto(link);
    expect(await owner.page.locator('main').innerText()).toContain('The first account was made already.');
    expect(owner.complaints).toEqual([]);
  });

  it('who signs up proves their address by the mail’s link, and gets in', async () => {
    await hub.control('PATCH', '/installation', {
      sign_up: 'open',
      name: 'Example AI',
      support_address: 'help@example.com',
      terms_url: 'https://example.com/terms',
    });
    const bob = await browser.person();
    await bob.page.goto(`${hub.address}/account/sign-in`);
    await bob.picture('sign-in');
    await bob.page.click('text=Create an account');
    await fill(bob, 'sign-up', { name: 'Bob', email: 'bob@example.com', password: PASSWORD });
    await bob.page.waitForSelector('#mail-sent:not([hidden])');
    await bob.picture('mail-sent');
    const mail = await sink.waitFor('bob@example.com', /Confirm your address for Example AI/);
    expect(mail.text).toContain('help@example.com');
    await bob.page.goto(mail.link ?? '');
    await bob.picture('verify');
    await bob.page.click('#verify button');
    expect(await bob.page.locator('#verified:not([hidden])').innerText()).toContain('You can sign in now');
    await bob.page.click('main .aside a');
    await fill(bob, 'sign-in', { email: 'bob@example.com', password: 'not the password' });
    expect(await notice(bob, 'sign-in')).toBe('The address or the password is wrong.');
    await fill(bob, 'sign-in', { email: 'bob@example.com', password: PASSWORD });
    await openAccount(bob);
    expect(await bob.page.locator('[data-organizations]').innerText()).toMatch(/Viewer/);
    expect(bob.complaints).toEqual([]);
    await bob.context.close();
  });

  it('who is invited joins by the mail’s link: as a newcomer, and with the account that they have', async () => {
    await hub.control('POST', '/invitations', { email: 'carol@example.com', role: 'developer' });
    const { link = '' } = await sink.waitFor('carol@example.com', /Join Default/);
    const carol = await browser.person();
    await carol.page.goto(link);
    await carol.page.waitForSelector('[data-invitation]:not([hidden])');
    expect(carol.page.url()).not.toContain('#');
    expect(await carol.page.locator('main').innerText()).toMatch(/join Default\s+Developer[\s\S]*carol@example\.com/);
    await carol.picture('invitation-newcomer');
    await fill(carol, 'join', { name: 'Carol', password: PASSWORD });
    await openAccount(carol);
    expect(await carol.page.locator('[data-organizations]').innerText()).toMatch(/Default[\s\S]*Developer/);
    await carol.page.goto(link);
    await carol.page.locator('[data-loading]', { hasText: 'used already' }).waitFor();

    await hub.control('POST', '/organizations', { name: 'Acme', owner_email: 'bob@example.com' });
    const forBob = await sink.waitFor('bob@example.com', /Join Acme/);
    await carol.page.goto(forBob.link ?? '');
    await carol.page.waitForSelector('[data-for=other]:not([hidden])');
    await carol.picture('invitation-other');
    await carol.page.click('[data-for=other] button');
    await carol.page.click('[data-for=stranger]:not([hidden]) a');
    await fill(carol, 'sign-in', { email: 'bob@example.com', password: PASSWORD });
    await carol.page.waitForSelector('[data-for=member]:not([hidden])');
    await carol.picture('invitation-member');
    await carol.page.click('#accept button');
    await openAccount(carol);
    expect(await carol.page.locator('[data-organizations]').innerText()).toMatch(/Acme[\s\S]*Owner/);
    await carol.page.goto(`${hub.address}/account/invitation`);
    await carol.page.locator('[data-loading]', { hasText: 'Open the whole link' }).waitFor();
    expect(carol.complaints.filter((complaint) => !complaint.includes('401') && !complaint.includes('400'))).toEqual(
      [],
    );
    await carol.context.close();
  });

  it('who forgot the password sets a new one by a link, and every other browser is out', async () => {
    const there = await browser.person();
    await there.page.goto(`${hub.address}/account/sign-in`);
    await fill(there, 'sign-in', { email: 'bob@example.com', password: PASSWORD });
    await openAccount(there);
    const bob = await browser.person();
    await bob.page.goto(`${hub.address}/account/forgot`);
    await fill(bob, 'forgot', { email: 'bob@example.com' });
    const { link = '' } = await sink.waitFor('bob@example.com', /Set a new password/);
    await bob.page.goto(link);
    await bob.picture('reset');
    await fill(bob, 'reset', { password: NEXT_PASSWORD });
    await bob.page.waitForSelector('#reset-done:not([hidden])');
    await there.page.reload();
    await there.page.waitForURL('**/account/sign-in');
    await bob.page.click('main .aside a');
    await fill(bob, 'sign-in', { email: 'bob@example.com', password: NEXT_PASSWORD });
    await openAccount(bob);
    await bob.page.goto(link);
    await fill(bob, 'reset', { password: PASSWORD });
    expect(await notice(bob, 'reset')).toContain('used already');
    await bob.context.close();
    await there.context.close();
  });

  it('a person changes the name and the password, sees other sessions, ends them and signs out', async () => {
    const there = await browser.person({ userAgent: 'Other Browser' });
    await there.page.goto(`${hub.address}/account/sign-in`);
    await fill(there, 'sign-in', { email: 'bob@example.com', password: NEXT_PASSWORD });
    await openAccount(there);
    const bob = await browser.person();
    await bob.page.goto(`${hub.address}/account/sign-in`);
    await fill(bob, 'sign-in', { email: 'bob@example.com', password: NEXT_PASSWORD });
    await openAccount(bob);
    await fill(bob, 'details', { name: 'Robert' });
    await bob.page.waitForSelector('#details-saved:not([hidden])');
    await bob.page.locator('[data-sessions] li', { hasText: 'Other Browser' }).getByRole('button').click();
    await bob.page.locator('[data-sessions] li', { hasText: 'Other Browser' }).waitFor({ state: 'detached' });
    await there.page.reload();
    await there.page.waitForURL('**/account/sign-in');
    await fill(bob, 'change-password', { current: NEXT_PASSWORD, password: PASSWORD });
    await bob.page.waitForSelector('#password-changed:not([hidden])');
    await bob.page.click('[data-sign-out]');
    await bob.page.waitForURL('**/account/sign-in');
    await bob.page.goBack();
    await bob.page.waitForURL('**/account/sign-in');
    expect(bob.complaints).toEqual([]);
  });

  it('pages speak Chinese to who asks for it, and remember the choice', async () => {
    const chinese = await browser.person({ locale: 'zh-TW' });
    await chinese.page.goto(`${hub.address}/account/sign-in`);
    expect(await heading(chinese)).toBe('登入');
    expect(await chinese.page.locator('html').getAttribute('lang')).toBe('zh-TW');
    await chinese.picture('sign-in-zh');
    await fill(chinese, 'sign-in', { email: 'nobody@example.com', password: 'not the password' });
    expect(await notice(chinese, 'sign-in')).toBe('電子郵件地址或密碼不正確。');
    await chinese.page.click('text=English');
    expect(await heading(chinese)).toBe('Sign in');
    await chinese.page.goto(`${hub.address}/account/forgot`);
    expect(await heading(chinese)).toBe('Set a new password');
  });

  it('over plain HTTP from another machine the page says why nobody can sign in, and how to mend it', async () => {
    const far = await browser.person({ extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } });
    await far.page.goto(`${hub.address}/account/sign-in`);
    expect(await heading(far)).toBe('This connection is not private');
    expect(await far.page.locator('main').innerText()).toContain('--tls-self-signed');
    await far.picture('insecure');
    expect(await far.page.locator('form').count()).toBe(0);
  });

  it('an address that is no page says so', async () => {
    const lost = await browser.person();
    const answer = await lost.page.goto(`${hub.address}/account/nothing`);
    expect(answer?.status()).toBe(404);
    expect(await heading(lost)).toBe('There is nothing here');
    await lost.page.click('main a');
    await lost.page.waitForURL('**/account/sign-in');
  });
});
