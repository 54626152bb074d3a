import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANAGEMENT_KEY_SCOPES } from '../../src/identity/management-keys.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { freePort } from '../support/listen.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts';

const { path: chromium } = browserAvailable();
/** A picture of one dot. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const BOB = { name: 'Bob', email: 'bob@example.com' };

describe.skipIf(chromium === undefined)('the organization page in a real browser', () => {
  let provider: OpenIdProvider;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    const providerPort = await freePort();
    provider = await startOpenIdProvider({
      port: providerPort,
      users: {},
      redirectUris: ['http://127.0.0.1/anywhere'],
    });
    hub = await startHub({
      allow: [provider.hostPort],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
      readyTimeoutMs: 90_000,
    });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    bob = await browser.person({ locale: 'zh-TW' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await provider?.close();
  });

  const open = async (tab: string): Promise<void> => {
    await ada.page.goto(`${hub.address}/dashboard/org_default/organization?tab=${tab}`);
    await ada.page.getByRole('heading', { name: 'Default', level: 1 }).waitFor();
  };
  const button = (name: string, exact = true) => ada.page.getByRole('button', { name, exact });
  const inDialog = (name: string) => ada.page.getByRole('dialog').last().getByRole('button', { name, exact: true });
  const cell = (name: string | RegExp) => ada.page.getByRole('cell', { name, exact: typeof name === 'string' });
  const field = (name: string) => ada.page.getByLabel(name, { exact: true });

  it('says what each part is for where nothing is in it', async () => {
    for (const tab of ['invitations', 'teams', 'service-accounts', 'management-keys', 'rules', 'sign-on']) {
      await open(tab);
      await ada.page
        .getByText(/yet\.|There is no rule/)
        .first()
        .waitFor();
      await ada.picture(`organization-empty-${tab}`);
    }
    expect(ada.complaints).toEqual([]);
  });

  it('makes a team, renames it, and puts a member in and out', async () => {
    await open('teams');
    await button('New team').click();
    await field('Name').fill('Search');
    await inDialog('Create').click();
    await inDialog('Rename').waitFor();
    await ada.page.getByRole('dialog').getByLabel('Name').fill('Research');
    await inDialog('Rename').click();
    await ada.page.getByRole('heading', { name: 'Research' }).waitFor();
    await field('Who joins the team').selectOption({ label: 'Ada' });
    await inDialog('Add to the team').click();
    await button('Take out of the team: Ada').waitFor();
    await ada.picture('organization-team', 'window');
    await button('Take out of the team: Ada').click();
    await ada.page.getByText('Nobody is in it yet.').waitFor();
    await ada.page.keyboard.press('Escape');
    await cell('Research').waitFor();
    expect(ada.page.url()).not.toContain('open=');
    expect(ada.complaints).toEqual([]);
  });

  it('invites somebody, sends again, and revokes', async () => {
    await open('invitations');
    await ada.page.getByText('This hub has no mail server').waitFor();
    await button('Invite somebody').click();
    await field('Mail address').fill('carol@example.com');
    await field('Role').selectOption('viewer');
    await field('Research').check();
    await ada.picture('organization-invite', 'window');
    await inDialog('Send the invitation').click();
    await cell(/^carol@/).waitFor();
    await button('Send again: carol@example.com').click();
    await ada.page.getByText('A new link is on its way').waitFor();
    await button('Revoke: carol@example.com').click();
    await inDialog('Revoke').click();
    await cell('Revoked').waitFor();
    await button('Invite somebody').click();
    await field('Mail address').fill(BOB.email);
    await inDialog('Send the invitation').click();
    await cell(/^bob@/).waitFor();
    await ada.picture('organization-invitations');
    await joinByConsole(hub, bob, BOB);
    expect(ada.complaints).toEqual([]);
  });

  it('finds a member, changes role, teams and state, and keeps what is open in the address', async () => {
    await open('members');
    await ada.page.getByLabel('Search by name or address').fill('bob');
    await cell(/^Ada/).waitFor({ state: 'detached' });
    await button('Bob').click();
    await ada.page.getByRole('dialog').getByLabel('Role').selectOption('billing');
    await ada.page.getByText('Saved.').waitFor();
    await field('Research').click();
    await ada.page.getByRole('checkbox', { name: 'Research', checked: true }).waitFor();
    await inDialog('Suspend').click();
    await inDialog('Suspend').click();
    await inDialog('Reactivate').waitFor();
    await ada.picture('organization-member', 'window');
    await ada.page.reload();
    await inDialog('Reactivate').click();
    await inDialog('Suspend').waitFor();
    await ada.page.getByRole('dialog').getByLabel('Role').selectOption('developer');
    await ada.page.keyboard.press('Escape');
    await cell('Research').waitFor();
    await open('members');
    await cell(/^Ada/).waitFor();
    await ada.picture('organization-members');
    expect(ada.complaints).toEqual([]);
  });

  it('makes a project for a team, changes it, archives it and brings it back', async () => {
    await open('projects');
    await button('New project').click();
    await field('Name').fill('Chatbot');
    await ada.page.getByRole('dialog').getByLabel('Team').selectOption({ label: 'Research' });
    await inDialog('Create').click();
    await button('Edit: Chatbot').click();
    await field('Name').fill('Assistant');
    await ada.page.getByRole('dialog').getByLabel('Team').selectOption('');
    await inDialog('Save').click();
    await cell('Assistant').waitFor();
    await ada.picture('organization-projects');
    await button('Archive: Assistant').click();
    await inDialog('Archive').click();
    await cell('Assistant').waitFor({ state: 'detached' });
    await ada.page.getByLabel('State').selectOption('true');
    await button('Bring back: Assistant').click();
    await cell('Assistant').waitFor({ state: 'detached' });
    await open('projects');
    await cell('Assistant').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('makes a service account, changes it, turns it off, and removes another', async () => {
    await open('service-accounts');
    for (const name of ['deploy', 'old']) {
      await button('New service account').click();
      await field('Name').fill(name);
      await inDialog('Create').click();
      await cell(name).waitFor();
    }
    await button('Edit: deploy').click();
    await ada.page.getByRole('dialog').getByLabel('Role').selectOption('admin');
    await inDialog('Save').click();
    await cell('Admin').waitFor();
    await ada.page.getByRole('switch', { name: 'Turn off: old' }).click();
    await cell('Off').waitFor();
    await ada.picture('organization-service-accounts');
    await button('Remove: old').click();
    await inDialog('Remove').click();
    await cell('old').waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('makes a management key with scopes, shows its secret once, narrows, rotates, revokes and clears it', async () => {
    await open('management-keys');
    await button('New management key').click();
    await field('Name').fill('pipeline');
    await ada.page.getByLabel('Belongs to').selectOption({ label: 'deploy' });
    await button('All reading').click();
    await ada.page.getByLabel('keys.write', { exact: true }).check();
    await ada.page.getByLabel('Addresses it may be used from').fill('10.0.0.0/8');
    await ada.page.getByLabel('Ends on').fill('2099-01-31');
    await ada.picture('organization-management-key', 'window');
    await inDialog('Create').click();
    await ada.page.getByText('Copy it now').waitFor();
    await inDialog('Done').click();
    await cell(/^pipeline/).waitFor();
    await button('Edit: pipeline').click();
    await ada.page.getByLabel('keys.write', { exact: true }).uncheck();
    await inDialog('Save').click();
    const reading = MANAGEMENT_KEY_SCOPES.filter((scope) => scope.endsWith('.read'));
    await cell(`${reading.length} permissions`).waitFor();
    await ada.picture('organization-management-keys');
    await button('New secret: pipeline').click();
    await inDialog('New secret').click();
    await ada.page.getByText('Copy it now').waitFor();
    await inDialog('Done').click();
    await button('Revoke: pipeline').click();
    await inDialog('Revoke').click();
    await button('Remove from the list: pipeline').click();
    await cell(/^pipeline/).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('lays down rules, shows the operator’s, changes and removes one', async () => {
    await open('rules');
    await hub.control('PUT', '/organizations/org_default/operator-rule', { denied_providers: ['forbidden'] });
    await button('New rule').click();
    await inDialog('Save').click();
    await ada.page.getByText('Fill in at least one list.').waitFor();
    await field('Only these models').fill('gpt-4.1*\nclaude-*');
    await ada.picture('organization-rule', 'window');
    await inDialog('Save').click();
    await cell(/gpt-4\.1\*, claude-\*/).waitFor();
    await button('New rule').click();
    await ada.page.getByLabel('Holds for').selectOption({ label: 'Team: Research' });
    await ada.page.getByLabel('Allow nothing at all').nth(1).check();
    await inDialog('Save').click();
    await cell('Only these providers: nothing').waitFor();
    await ada.page.reload();
    await ada.page.getByText('Operator · Read only').waitFor();
    await ada.picture('organization-rules');
    await button('Edit: Research').click();
    await ada.page.getByLabel('Allow nothing at all').nth(1).uncheck();
    await field('Never these regions').fill('us-*');
    await inDialog('Save').click();
    await cell('Never these regions: us-*').waitFor();
    await button('Remove: Research').click();
    await inDialog('Remove').click();
    await cell(/^Research/).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('connects an identity provider, tests it, maps a group, and turns it off', async () => {
    await open('sign-on');
    await button('New connection').click();
    await ada.page.getByRole('dialog').getByLabel('Provider').selectOption('oidc');
    await field('Name').fill('Corp');
    await ada.page.getByLabel('Issuer').fill(provider.issuer);
    await ada.page.getByLabel('Client ID').fill(provider.clientId);
    await ada.page.getByLabel('Client secret').fill(provider.clientSecret);
    await ada.page.getByLabel('Mail domains').fill('corp.example');
    await ada.page.getByLabel('The only way in for these domains').check();
    await ada.page.getByLabel('Become members').check();
    await ada.page.getByLabel('Claim with the groups').fill('groups');
    await inDialog('Add a group').click();
    await ada.page.getByLabel('Group at the provider').fill('hub-admins');
    await ada.page.getByRole('dialog').getByLabel('Role', { exact: true }).selectOption('admin');
    await ada.picture('organization-sign-on-form', 'window');
    await inDialog('Create').click();
    await ada.page.getByText(/\/auth\/sso\/\S+\/callback/).waitFor();
    await inDialog('Test').click();
    await ada.page.getByText(`${provider.issuer} answers.`).waitFor();
    await ada.picture('organization-sign-on', 'window');
    await inDialog('Edit').click();
    await ada.page.getByLabel('The only way in for these domains').uncheck();
    await inDialog('Save').click();
    await inDialog('Turn off').click();
    await inDialog('Turn on').waitFor();
    await ada.page.keyboard.press('Escape');
    await cell('Off').waitFor();
    await ada.picture('organization-sign-ons');
    await button('Corp').click();
    await inDialog('Remove').click();
    await inDialog('Remove').click();
    await ada.page.getByText('Nobody signs in elsewhere yet.').waitFor();
    await button('New connection').click();
    await ada.page.getByRole('dialog').getByLabel('Provider').selectOption('oauth2');
    await field('Name').fill('Forge');
    for (const name of ['Authorization', 'Token', 'User info']) {
      await ada.page.getByLabel(`${name} address`).fill(`https://forge.example/${name.replace(' ', '')}`);
    }
    await ada.page.getByLabel('Client ID').fill('hub');
    await inDialog('Create').click();
    await ada.page.getByText(/\/auth\/sso\/\S+\/callback/).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('offers a developer only what a developer may do, in Chinese', async () => {
    const { page } = bob;
    await page.goto(`${hub.address}/dashboard/org_default/organization`);
    await page.getByRole('link', { name: '服務帳號' }).waitFor();
    expect(await page.getByRole('link', { name: '單一登入' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Ada' }).click();
    await page.getByRole('dialog').getByText('擁有者').waitFor();
    expect(await page.getByRole('dialog').getByRole('button', { name: '停權' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await bob.picture('organization-zh-members');
    await page.getByRole('link', { name: '管理金鑰', exact: true }).click();
    await page.getByRole('button', { name: '新增管理金鑰' }).click();
    expect(await page.getByLabel('members.write').count()).toBe(0);
    await bob.picture('organization-zh-management-key', 'window');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: '存取規則' }).click();
    await bob.picture('organization-zh-rules');
    expect(bob.complaints).toEqual([]);
  });

  it('removes a member and a team', async () => {
    const eve = await browser.person();
    await hub.control('POST', '/invitations', { email: 'eve@example.com', role: 'viewer' });
    await joinByConsole(hub, eve, { name: 'Eve', email: 'eve@example.com' });
    await open('members');
    await button('Eve').click();
    await inDialog('Remove from the organization').click();
    await inDialog('Remove from the organization').click();
    await cell(/^Eve/).waitFor({ state: 'detached' });
    await open('teams');
    await button('Research').click();
    await inDialog('Remove the team').click();
    await inDialog('Remove the team').click();
    await ada.page.getByText('There is no team yet.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('shows its people a title, a logo and a colour that can be read in both themes, and where they find help', async () => {
    await open('settings');
    await ada.page.getByRole('textbox', { name: /^Product title/ }).fill('Engines AI');
    await ada.page.getByRole('textbox', { name: /^Accent colour ?\(/ }).fill('#ffff00');
    await ada.page.getByRole('textbox', { name: /^Where people find help/ }).fill('https://example.com/help');
    const brand = ada.page.locator('form').filter({ has: ada.page.getByRole('textbox', { name: /^Product title/ }) });
    await brand.getByRole('button', { name: 'Save', exact: true }).click();
    await ada.page.getByText('In light #737300').waitFor();
    const file = ada.page.getByLabel(/^Logo/);
    await file.setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') });
    await ada.page.getByText('This is no PNG').waitFor();
    await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await ada.page.getByText('This is no PNG, JPEG or WebP.', { exact: true }).waitFor();
    await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') });
    await ada.page.getByRole('img', { name: 'Logo' }).waitFor();
    await ada.picture('organization-brand');

    const { page } = bob;
    const accent = () =>
      page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()");
    await page.goto(`${hub.address}/dashboard/org_default/overview`);
    await page.locator('aside').getByText('Engines AI').waitFor();
    await expect.poll(accent).toBe('#737300');
    expect(await page.title()).toContain('Engines AI');
    const logo = page.locator('aside img').first();
    expect(await logo.evaluate((image) => 'naturalWidth' in image && image.naturalWidth)).toBe(1);
    await page.locator('aside summary').click();
    expect(await page.getByRole('link', { name: '取得支援' }).getAttribute('href')).toBe('https://example.com/help');
    await page.locator('aside').getByLabel('外觀').selectOption({ label: '深色' });
    await expect.poll(accent).toBe('#ffff00');
    expect(await seriousFaults(page)).toEqual([]);
    await bob.picture('organization-zh-branded');
    await page.locator('aside').getByLabel('外觀').selectOption({ label: '跟隨系統' });
    await page.getByRole('link', { name: '組織' }).click();

    await button('Without logo').click();
    await ada.page.getByRole('img', { name: 'Logo' }).waitFor({ state: 'detached' });
    await ada.page.getByRole('textbox', { name: /^Accent colour ?\(/ }).fill('');
    await brand.getByRole('button', { name: 'Save', exact: true }).click();
    await ada.page.getByText('In light').waitFor({ state: 'detached' });
    expect([...ada.complaints, ...bob.complaints]).toEqual([]);
  });

  it('renames the organization, chooses whose credentials answer, and lets a member leave', async () => {
    await open('settings');
    await field('Name').fill('Analytical Engines');
    await button('Rename').click();
    await ada.page.getByRole('heading', { name: 'Analytical Engines', level: 1 }).waitFor();
    await ada.page.getByLabel('Whose credentials answer').selectOption('only');
    await ada.page.getByText('Saved.').waitFor();
    await ada.picture('organization-settings');
    await button('Leave the organization').click();
    await inDialog('Leave the organization').click();
    await ada.page.getByRole('dialog').getByRole('alert').waitFor();
    await ada.page.keyboard.press('Escape');
    await button('Close the organization').click();
    await inDialog('Close the organization').click();
    // The first organization of a hub is never closed.
    await ada.page.getByRole('dialog').getByRole('alert').waitFor();
    await ada.page.keyboard.press('Escape');
    const { page } = bob;
    await page.getByRole('link', { name: '設定', exact: true }).click();
    await bob.picture('organization-zh-settings');
    await page.getByRole('button', { name: '離開組織' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '離開組織' }).click();
    await page.getByText('您尚未加入任何組織').waitFor();
    expect([...ada.complaints, ...bob.complaints]).toEqual([]);
  });
});
