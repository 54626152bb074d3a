import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject } from '../../src/kernel/json.ts';
import { browserAvailable, openAccount, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { freePort } from '../support/listen.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts';

const PASSWORD = 'correct horse battery';
const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('single sign-on in a real browser', () => {
  let provider: OpenIdProvider;
  let hub: HubProcess;
  let browser: TestBrowser;
  let connectionId: string;

  beforeAll(async () => {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}`;
    const providerPort = await freePort();
    hub = await startHub({ allow: [`127.0.0.1:${providerPort}`], flags: ['--port', String(port)] });
    // The hub says where people are sent back to, the provider what its secret is.
    const created = await hub.control('POST', '/sso-connections', {
      name: 'Corp',
      issuer: `http://127.0.0.1:${providerPort}`,
      client_id: 'hub',
      scopes: ['openid', 'email', 'profile', 'groups'],
      claims: { groups: 'groups' },
      group_roles: { 'hub-admins': 'admin' },
      default_role: 'developer',
      domains: ['corp.example'],
      joins: 'just_in_time',
    });
    if (!isJsonObject(created)) throw new Error('no connection was made');
    connectionId = textOf(created['id']);
    provider = await startOpenIdProvider({
      port: providerPort,
      users: {
        ada: { email: 'ada@corp.example', emailVerified: true, name: 'Ada Lovelace', groups: ['hub-admins'] },
        bob: { email: 'bob@corp.example', emailVerified: true, name: 'Bob', groups: ['everybody'] },
        mallory: { email: 'mallory@corp.example', emailVerified: false, name: 'Mallory', groups: ['hub-admins'] },
      },
      redirectUris: [textOf(created['redirect_uri'])],
      postLogoutRedirectUris: [`${address}/account/sign-in`],
    });
    await hub.control('PATCH', `/sso-connections/${connectionId}`, { client_secret: provider.clientSecret });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await provider?.close();
  });

  /** Goes through the provider's own page. */
  const atProvider = async ({ page }: Person, username: string): Promise<void> => {
    await page.waitForURL(`${provider.issuer}/**`);
    await page.fill('input', username);
    await page.click('button');
  };
  const signInBy = async (person: Person, username: string): Promise<void> => {
    await person.page.goto(`${hub.address}/account/sign-in`);
    await person.page.click('text=Sign in with Corp');
    await atProvider(person, username);
  };
  const organizations = ({ page }: Person) => page.locator('[data-organizations] li').allInnerTexts();

  it('who comes from the provider has an account, a place, and the role of their group', async () => {
    const ada = await browser.person();
    await ada.page.goto(`${hub.address}/account/sign-in`);
    await ada.picture('sign-in-elsewhere');
    await signInBy(ada, 'ada');
    await openAccount(ada);
    expect(await ada.page.locator('[data-email]').innerText()).toBe('ada@corp.example');
    expect(await organizations(ada)).toEqual([expect.stringMatching(/Default[\s\S]*Admin/)]);
    const bob = await browser.person();
    await signInBy(bob, 'bob');
    await openAccount(bob);
    expect(await organizations(bob)).toEqual([expect.stringMatching(/Default[\s\S]*Developer/)]);
    expect(ada.complaints).toEqual([]);
  });

  it('signing out ends the session here and leads to the provider’s own sign-out', async () => {
    const ada = await browser.person();
    await signInBy(ada, 'ada');
    await openAccount(ada);
    await ada.page.click('[data-sign-out]');
    await ada.page.waitForURL(`${provider.issuer}/session/end**`);
    await ada.page.goto(`${hub.address}/account`);
    await ada.page.waitForURL('**/account/sign-in');
  });

  it('an address that the provider does not prove opens nothing, and the page says why', async () => {
    const mallory = await browser.person();
    await signInBy(mallory, 'mallory');
    await mallory.page.waitForURL('**/account/sign-in?problem=sso.email_unverified');
    expect(await mallory.page.locator('[data-problem]').innerText()).toContain('does not prove a mail address');
    await mallory.picture('sign-in-problem');
    expect((await listOf(hub, '/members')).map((member) => member['email'])).not.toContain('mallory@corp.example');
  });

  it('a session by the organization’s provider is worth that organization, and not the installation', async () => {
    const users = await listOf(hub, '/users');
    const ada = users.find((user) => user['email'] === 'ada@corp.example');
    await hub.control('PUT', `/users/${textOf(ada?.['id'])}/operator`, { is_operator: true });
    const person = await browser.person();
    await signInBy(person, 'ada');
    await openAccount(person);
    const statuses = await person.page.evaluate(async () => {
      const get = async (path: string) => (await fetch(path)).status;
      return [await get('/control/v1/members'), await get('/control/v1/users'), await get('/control/v1/me/export')];
    });
    expect(statuses).toEqual([200, 403, 403]);
  });

  it('where it is enforced no password counts, and the page leads the way as soon as it knows the address', async () => {
    await hub.control('PATCH', `/sso-connections/${connectionId}`, { is_enforced: true });
    const setup = await browser.person();
    await setup.page.goto(`${hub.address}/account/sign-in`);
    await setup.page.fill('#sign-in [name=email]', 'bob@corp.example');
    await setup.page.fill('#sign-in [name=password]', PASSWORD);
    await setup.page.waitForSelector('[data-way-in]:not([hidden])');
    await setup.page.click('#sign-in button');
    expect(await setup.page.locator('#sign-in .notice:not([hidden])').innerText()).toContain(
      'organization’s own sign-in',
    );
    await setup.page.click('[data-way-in] a');
    await atProvider(setup, 'bob');
    await openAccount(setup);
  });

  it('a way in that is switched off takes its sessions along', async () => {
    const bob = await browser.person();
    await signInBy(bob, 'bob');
    await openAccount(bob);
    await hub.control('PATCH', `/sso-connections/${connectionId}`, { state: 'disabled' });
    await bob.page.reload();
    await bob.page.waitForURL('**/account/sign-in');
    expect(await bob.page.locator('text=Sign in with Corp').count()).toBe(0);
  });
});
