import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable, openAccount, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, listenOnLoopback } from '../support/listen.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const { path: chromium } = browserAvailable();
const GOOD = 'sk-good-0123456789abcdef';
const SECOND = 'sk-second-0123456789abcdef';
const HOUSE = {
  id: 'house',
  name: 'House models',
  docs: 'https://models.example.com',
  baseUrl: 'https://models.example.com/v1',
  auth: { scheme: 'bearer' },
  speaks: [{ operation: 'chat', dialect: 'openai-chat', path: '/chat/completions' }],
  models: { from: 'list', path: '/models', shape: 'openai' },
};

describe.skipIf(chromium === undefined)('the page of providers in a real browser', () => {
  let upstream: FakeUpstream;
  let other: FakeUpstream;
  let hub: HubProcess;
  let sink: SmtpSink;
  let cataloguePort: number;
  const catalogue = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify([{ ...HOUSE, name: 'House models, renamed' }]));
  });
  let browser: TestBrowser;
  let ada: Person;
  const dialog = (name: RegExp | string) => ada.page.getByRole('dialog', { name });

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large'], credentials: [GOOD, SECOND] });
    other = await startFakeUpstream({ models: ['other-small', 'other-large'] });
    sink = await startSmtpSink();
    cataloguePort = await listenOnLoopback(catalogue, 0);
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${other.port}`, `127.0.0.1:${cataloguePort}`],
      environment: {
        HUB_TRUSTED_PROXIES: 'loopback',
        HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
        HUB_MAIL_FROM: 'AIGNE Hub <hub@example.com>',
      },
    });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    for (const [name, value] of [
      ['name', 'Ada'],
      ['email', 'ada@example.com'],
      ['password', 'correct horse battery'],
    ] as const) {
      await ada.page.fill(`#setup [name=${name}]`, value);
    }
    await ada.page.click('#setup button[type=submit]');
    await openAccount(ada);
    await ada.page.goto(`${hub.address}/`);
    await ada.page.getByRole('link', { name: 'Providers', exact: true }).click();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await sink?.close();
    await closeServer(catalogue);
    await upstream?.close();
    await other?.close();
  });

  it('says what it is for while nothing is connected, and connects a provider by its key', async () => {
    const { page } = ada;
    await page.getByText('No provider is connected yet.').waitFor();
    await ada.picture('empty');
    await page.getByRole('button', { name: 'Connect a provider' }).click();
    await page.getByLabel('Search providers').fill('azure');
    await page.getByRole('button', { name: /^Azure OpenAI/ }).click();
    await page.getByLabel('resource').waitFor();
    await ada.picture('add-params', 'window');
    await page.getByRole('button', { name: 'Another provider' }).click();
    await page.getByLabel('Search providers').fill('openai');
    await page.getByRole('button', { name: /^OpenAI/ }).waitFor();
    await ada.picture('add-choose', 'window');
    await page.getByRole('button', { name: /^OpenAI/ }).click();
    await page.getByLabel('API key').fill('sk-refused-0123456789');
    await page.getByLabel('Name', { exact: true }).fill('fake');
    await page.getByLabel('Base URL').fill(upstream.baseUrl);
    await ada.picture('add-key', 'window');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('It is connected, but its models could not be listed').waitFor();
    await ada.picture('add-refused', 'window');
    await page.getByRole('button', { name: 'Open the connection' }).click();
    await dialog('fake').getByText('Set aside').first().waitFor();
    await ada.picture('panel-set-aside', 'window');
  });

  it('mends the credential, adds another, weighs, tests, turns off and removes it', async () => {
    const { page } = ada;
    const panel = dialog('fake');
    await panel.getByRole('button', { name: 'New secret' }).click();
    await dialog('New secret for default').getByLabel('API key').fill(GOOD);
    await dialog('New secret for default').getByRole('button', { name: 'Save' }).click();
    await panel.getByText('In use', { exact: true }).nth(1).waitFor();
    await panel.getByRole('button', { name: 'List models now' }).click();
    await panel.getByText('2 models were found.').waitFor();
    await panel.getByRole('link', { name: '2 models' }).waitFor();

    await panel.getByRole('button', { name: 'Add credential' }).click();
    await dialog('Add credential').getByLabel('API key').fill(SECOND);
    await dialog('Add credential').getByLabel('Name').fill('second');
    await ada.picture('credential-add', 'window');
    await dialog('Add credential').getByRole('button', { name: 'Add', exact: true }).click();
    const card = panel.getByRole('listitem').filter({ hasText: 'Weight' }).filter({ hasText: 'second' });
    await card.getByRole('button', { name: 'Edit' }).click();
    await dialog('Edit second').getByLabel('Weight').fill('5000');
    await dialog('Edit second').getByRole('button', { name: 'Save' }).click();
    await dialog('Edit second').getByLabel('Weight').fill('50');
    await dialog('Edit second').getByRole('button', { name: 'Save' }).click();
    await card.getByText('Weight 50').waitFor();

    upstream.setCredentials([GOOD]);
    await panel.getByRole('button', { name: 'Test', exact: true }).first().click();
    await panel.getByRole('status', { name: 'Test results' }).getByText('fails').waitFor();
    await card.getByText('Set aside').waitFor();
    await ada.picture('panel-tested', 'window');
    upstream.setCredentials([GOOD, SECOND]);
    await card.getByRole('button', { name: 'Test' }).click();
    await card.getByText('works').first().waitFor();
    await card.getByText('In use', { exact: true }).waitFor();

    await card.getByRole('switch').click();
    await card.getByText('Off', { exact: true }).waitFor();
    await card.getByRole('switch').click();
    await card.getByText('In use', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Remove: second' }).click();
    await dialog('Remove second').getByRole('button', { name: 'Remove' }).click();
    await card.waitFor({ state: 'detached' });
    // A link to the panel works for whoever is sent it.
    await page.reload();
    await dialog('fake').getByText('default').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('edits a connection: its name, its address with the secrets again, its order', async () => {
    const { page } = ada;
    await dialog('fake').getByRole('button', { name: 'Edit' }).first().click();
    const edit = dialog('Edit fake');
    await edit.getByLabel('Name', { exact: true }).fill('renamed');
    await edit.getByLabel('Order').fill('7');
    await edit.getByLabel('Base URL').fill(other.baseUrl);
    await edit.getByText('Each secret is bound').waitFor();
    await edit.getByLabel('Secret of default').fill(GOOD);
    await edit.getByLabel('New models').selectOption('Wait for approval');
    await ada.picture('edit', 'window');
    await edit.getByRole('button', { name: 'Save' }).click();
    await dialog('renamed').getByText(other.baseUrl).waitFor();
    await dialog('renamed').getByText('2 withdrawn').waitFor();
    await dialog('renamed').getByText('2 awaiting approval').waitFor();
    await page.keyboard.press('Escape');
    await dialog('renamed').waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('connects a server that no catalogue knows', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Add by URL' }).click();
    await page.getByLabel('Base URL').fill('http://127.0.0.1:9/v1');
    await page.getByRole('button', { name: 'Find out what it speaks' }).click();
    await dialog('Add by URL').getByRole('alert').waitFor();
    await page.getByLabel('Base URL').fill(other.baseUrl);
    await page.getByRole('button', { name: 'Find out what it speaks' }).click();
    await page.getByText('It speaks openai-chat.').waitFor();
    await page.getByText('other-large', { exact: true }).waitFor();
    await page.getByLabel('Name of the provider').fill('Our own');
    await ada.picture('probe', 'window');
    await page.getByRole('button', { name: 'Add and connect' }).click();
    await page.getByText('2 models were found.').last().waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: /Our own/ }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('connects one kind twice, and says beside the field that a name is taken', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Add provider' }).click();
    await page.getByLabel('Search providers').fill('openai');
    await page.getByRole('button', { name: /^OpenAI/ }).click();
    await page.getByLabel('API key').fill(GOOD);
    await page.getByLabel('Base URL').fill(upstream.baseUrl);
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('renamed');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await dialog('OpenAI').getByRole('alert').waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await ada.picture('add-taken', 'window');
    await name.fill('second');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('2 models were found.').waitFor();
    expect(await page.getByRole('link', { name: 'See its models' }).getAttribute('href')).toMatch(
      /\/models\?connection=conn_/,
    );
    await ada.picture('add-found', 'window');
    await page.getByRole('button', { name: 'Done' }).click();
    expect(ada.complaints).toEqual([]);
  });

  it('lists connections in order with their state, switches one off, and asks how all are', async () => {
    const { page } = ada;
    await hub.connectFake(upstream, { name: 'refused', secret: 'sk-refused-0123456789' });
    await page.reload();
    await page.getByText('1 of 1 set aside').waitFor();
    await page.getByRole('button', { name: 'Ask every provider' }).click();
    await page.getByText('1 not working').waitFor();
    await page.getByRole('switch', { name: 'In use: second' }).click();
    await page.getByRole('cell', { name: 'Off' }).waitFor();
    await page.getByRole('link', { name: '2 models' }).first().waitFor();
    await ada.picture('list');
    await page.getByRole('link', { name: 'refused' }).click();
    await dialog('refused').getByRole('button', { name: 'Remove', exact: true }).first().click();
    await ada.picture('remove', 'window');
    await dialog('Remove refused').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('link', { name: 'refused' }).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('shows the catalogue, what another would change, applies it and takes an entry back', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await page
      .getByRole('cell', { name: /Anthropic/ })
      .first()
      .waitFor();
    await ada.picture('catalogue');
    await page.getByText('Bring in another catalogue').click();
    await page.getByLabel('From', { exact: true }).selectOption('a pasted document');
    await page.getByLabel('The catalogue', { exact: true }).fill('{');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('That is not JSON.').waitFor();
    await page.getByLabel('The catalogue', { exact: true }).fill(JSON.stringify(HOUSE));
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('1 added').waitFor();
    await ada.picture('compare');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('The catalogue is applied.').waitFor();
    await page.getByLabel('From', { exact: true }).selectOption('a URL');
    await page.getByLabel('URL of the catalogue').fill(`http://127.0.0.1:${cataloguePort}/catalogue.json`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('1 changed').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'house name' }).waitFor();
    await ada.picture('compare-changed', 'window');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByLabel('Search providers').fill('house');
    await page.getByRole('link', { name: 'House models, renamed' }).click();
    await dialog('House models, renamed').getByText('"chat"').waitFor();
    await ada.picture('entry', 'window');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove: House models, renamed' }).click();
    await dialog('Remove House models, renamed').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No provider is called that.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('shows who manages the organization alone the connections, and who may not manage it nothing', async () => {
    await hub.control('POST', '/invitations', { email: 'grace@example.com', role: 'admin' });
    const { link = '' } = await sink.waitFor('grace@example.com', /Join/);
    const grace = await browser.person();
    await grace.page.goto(link);
    await grace.page.waitForSelector('[data-invitation]:not([hidden])');
    await grace.page.fill('#join [name=name]', 'Grace');
    await grace.page.fill('#join [name=password]', 'correct horse battery');
    await grace.page.click('#join button[type=submit]');
    await openAccount(grace);
    await grace.page.goto(`${hub.address}/`);
    await grace.page.getByRole('link', { name: 'Providers', exact: true }).click();
    await grace.page.getByRole('link', { name: 'renamed' }).waitFor();
    expect(await grace.page.getByText(/Catalogue|Add by URL|Health/).count()).toBe(0);
    const members = await hub.control('GET', '/members');
    const id = /"id":"(mem_[^"]+)"[^{}]*"email":"grace@example.com"/.exec(JSON.stringify(members))?.[1];
    await hub.control('PATCH', `/members/${id}`, { role: 'developer' });
    await grace.page.reload();
    await grace.page.getByText('Your role may not do this.').first().waitFor();
    expect(await grace.page.getByRole('button', { name: 'Add provider' }).count()).toBe(0);
    await grace.picture('denied');
    expect(await grace.page.getByRole('link', { name: 'Providers', exact: true }).count()).toBe(0);
    expect(grace.complaints).toEqual([]);
  });

  it('speaks Traditional Chinese', async () => {
    const { page } = ada;
    await page.context().addCookies([{ name: 'hub_language', value: 'zh-TW', url: hub.address }]);
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.reload();
    await page.getByRole('heading', { name: '供應商' }).first().waitFor();
    await page.getByRole('link', { name: 'renamed' }).waitFor();
    await ada.picture('list-zh');
    await page.getByRole('link', { name: 'renamed' }).click();
    await dialog('renamed').getByRole('button', { name: '立即列出模型' }).waitFor();
    await ada.picture('panel-zh', 'window');
    expect(ada.complaints).toEqual([]);
  });
});
