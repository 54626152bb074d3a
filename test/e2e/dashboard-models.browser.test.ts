import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, listOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const PASSWORD = 'correct horse battery';

describe.skipIf(chromium === undefined)('the models in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large', 'fake-gone'] });
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
    });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    await ada.page.fill('#setup [name=name]', 'Ada');
    await ada.page.fill('#setup [name=email]', 'ada@example.com');
    await ada.page.fill('#setup [name=password]', PASSWORD);
    await ada.page.click('#setup button[type=submit]');
    await ada.page.waitForURL(/\/dashboard/);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });
  // A test that failed leaves no dialog to the next.
  beforeEach(async () => {
    await ada.page.keyboard.press('Escape');
    await ada.page.keyboard.press('Escape');
  });

  const rows = () => ada.page.locator('tbody tr').count();
  const shows = (count: number) => eventually(`${count} rows`, async () => (await rows()) === count);

  it('says what it is for while there is none', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Models', exact: true }).click();
    await page.getByText('There is no model yet.').waitFor();
    await ada.picture('empty');
    expect(await seriousFaults(ada.page)).toEqual([]);
    const first = await hub.connectFake(upstream, { name: 'fake' });
    await hub.control('POST', '/connections', {
      provider_id: 'openai',
      name: 'careful',
      base_url: upstream.baseUrl,
      credential: { secret: 'sk-fake-credential' },
      new_model_policy: 'awaiting_approval',
    });
    upstream.setModels(['fake-small', 'fake-large']);
    await hub.control('POST', `/connections/${first}/refresh`);
    await hub.control('POST', '/prices', {
      provider_id: 'openai',
      model: 'fake-small',
      prices: [
        { unit: 'input', usd_per_million: '0.15' },
        { unit: 'input', usd_per_million: '0.3', above_input_tokens: 200_000 },
        { unit: 'output', usd_per_million: '0.6' },
      ],
    });
    await page.reload();
    await page.getByRole('row', { name: /fake\/fake-gone.*Withdrawn/ }).waitFor();
    await page.getByRole('cell', { name: '$0.15 / $0.60', exact: true }).first().waitFor();
    await shows(6);
    expect(ada.complaints).toEqual([]);
  });

  it('approves several at once, and hides one', async () => {
    const { page } = ada;
    await page.getByLabel('State').selectOption('Awaiting approval');
    await shows(3);
    await page.getByLabel('Select all that are shown').check();
    await page.getByText('3 selected').waitFor();
    await ada.picture('selected');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('3 models are changed.').waitFor();
    await page.getByText('No model fits these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByLabel('Select careful/fake-large').check();
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByRole('row', { name: /careful\/fake-large.*Hidden/ }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('adds a model by hand, and finds it by what it can do', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Add model' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Connection').selectOption('fake');
    await dialog.getByLabel('Name at the provider').fill('my-tune');
    await dialog.getByLabel('Display name').fill('My own tune');
    await dialog.getByLabel('Context in tokens').fill('200000');
    await dialog.getByLabel('Most output tokens').fill('16000');
    await dialog.getByLabel('Takes').fill('text, image');
    await dialog.getByLabel('Gives').fill('text');
    await ada.picture('add', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add model' }).click();
    await page.getByRole('dialog', { name: 'My own tune' }).getByText('fake/my-tune').waitFor();
    await page.keyboard.press('Escape');
    await page.getByLabel('Input', { exact: true }).selectOption('Takes images');
    await shows(1);
    await page.getByLabel('Context', { exact: true }).selectOption('Context from 1,000,000');
    await page.getByText('No model fits these filters.').waitFor();
    await page.getByLabel('Context', { exact: true }).selectOption('Context from 128,000');
    await page.getByLabel('Output', { exact: true }).selectOption('Gives text');
    await page.getByLabel('Connection', { exact: true }).selectOption('fake');
    await shows(1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Search models').fill('SMALL');
    await shows(2);
    await page.reload();
    await shows(2);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await shows(7);
    await ada.picture('full');
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('shows one model in full, and manages it there', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'fake/fake-small', exact: true }).press('Enter');
    const panel = page.getByRole('dialog').first();
    await panel.getByText('input above 200,000 tokens').waitFor();
    await page.reload();
    await panel.getByText('input above 200,000 tokens').waitFor();
    await panel.getByRole('button', { name: 'New alias' }).click();
    await page.getByLabel('Name that callers use').fill('quick');
    await ada.picture('alias', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await panel.getByText('quick', { exact: true }).waitFor();
    await ada.picture('one', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await panel.getByRole('button', { name: 'Hide' }).click();
    await panel.getByText('Hidden').waitFor();
    await panel.getByRole('button', { name: 'Enable' }).click();
    await panel.getByText('Enabled').waitFor();
    const { secret } = await hub.createKey('website');
    expect((await callHub(hub, secret, { body: chatBody({ model: 'quick' }) })).status).toBe(200);
    await panel.getByRole('link', { name: 'Its requests' }).click();
    await page.getByText('asked for as quick').waitFor();
    await page.goBack();
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /my-tune/ }).click();
    await panel.getByText('No price is known.').waitFor();
    await panel.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog', { name: 'Remove' }).getByRole('button', { name: 'Remove' }).click();
    await shows(6);
    expect(ada.complaints).toEqual([]);
  });

  it('keeps aliases and corrections', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Aliases' }).click();
    await page.getByRole('cell', { name: 'quick', exact: true }).waitFor();
    await page.getByRole('button', { name: 'New alias' }).click();
    await page.getByLabel('Name that callers use').fill('same');
    await page.getByLabel('Model that answers').fill('same');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Model that answers').fill('careful/fake-small');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'same', exact: true }).waitFor();
    await ada.picture('aliases');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove: same' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('cell', { name: 'same', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Corrections' }).click();
    await page.getByText('There is no correction.').waitFor();
    await page.getByRole('button', { name: 'New correction' }).click();
    await page.getByLabel('Name at the provider').fill('fake-large');
    await page.getByLabel('Is the model').fill('gpt-4.1');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'gpt-4.1', exact: true }).waitFor();
    await ada.picture('corrections');
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(await listOf(hub, '/identity-overrides')).toHaveLength(1);
    await page.getByRole('button', { name: 'Remove: fake-large' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('There is no correction.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('speaks Chinese', async () => {
    const reader = await browser.person({ locale: 'zh-TW', storageState: await ada.context.storageState() });
    // Who signed in here chose no language, so the browser's counts.
    await reader.page.goto(ada.page.url().split('?')[0] ?? '');
    await reader.page.getByRole('heading', { name: '模型' }).waitFor();
    await reader.page.getByRole('row', { name: /fake\/fake-gone.*已下架/ }).waitFor();
    await reader.picture('chinese');
    expect(reader.complaints).toEqual([]);
  });
});
