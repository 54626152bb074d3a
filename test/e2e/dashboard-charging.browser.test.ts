import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** A hub of one organization becomes one that sells, step by step, in a browser. */

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('charging is switched on in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let key: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['small'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: { HUB_SIMULATED: 'off' } });
    await hub.connectFake(upstream, { name: 'fake' });
    key = (await hub.createKey('caller')).secret;
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  const call = () => callHub(hub, key, { body: chatBody({ model: 'small', max_tokens: 20 }) });
  const step = (name: RegExp) => ada.page.locator('section').filter({ has: ada.page.getByRole('heading', { name }) });
  const isFine = async () => {
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  };

  it('lists what is missing, and offers no switch before', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Selling', exact: true }).click();
    await page.getByText('Before it can be switched on:').waitFor();
    expect(await page.getByRole('button', { name: 'Switch charging on' }).isDisabled()).toBe(true);
    expect(await page.getByRole('link', { name: 'Credit', exact: true }).count()).toBe(0);
    await isFine();
  });

  it('takes each step, and says what is wrong with it', async () => {
    const { page } = ada;
    const terms = step(/Credit and margin/).last();
    await terms.getByLabel('One credit is worth, in dollars').fill('0');
    await terms.getByLabel('Margin, in percent of the cost').fill('20');
    await terms.getByRole('button', { name: 'Save' }).click();
    await terms.getByText('has to be above zero').first().waitFor();
    await terms.getByLabel('One credit is worth, in dollars').fill('0.5');
    await terms.getByRole('button', { name: 'Save' }).click();
    await terms.getByText('Laid down').waitFor();
    const payment = step(/How customers pay/).last();
    await payment.getByLabel('How customers come to credit').selectOption('by_hand');
    await payment.getByRole('button', { name: 'Save' }).click();
    await payment.getByText('Laid down').waitFor();
    await hub.control('POST', '/prices', {
      provider_id: 'openai',
      model: 'small',
      prices: ['input', 'output'].map((unit) => ({ unit, usd_per_million: '2' })),
    });
    await page.getByRole('link', { name: 'Open the offer list' }).click();
    await page.getByRole('switch', { name: 'Customers see small' }).click();
    await page.getByRole('link', { name: 'Set up', exact: true }).click();
    await page.getByText('Customers would see 1 model now.').waitFor();
    await isFine();
  });

  it('is on from the next call, without a start of the hub', async () => {
    const { page } = ada;
    expect((await call()).status).toBe(200);
    await page.getByRole('button', { name: 'Switch charging on' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch charging on' }).click();
    await page.getByText('Calls are paid for with credit now.').waitFor();
    expect(await call()).toMatchObject({ status: 402, error: { code: 'credit.exhausted' } });
    await page.getByRole('link', { name: 'Credit', exact: true }).waitFor();
    await page.getByText('Your own organization has no credit').waitFor();
    await isFine();
  });

  it('is off again, and says before what that means', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Switch charging off' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Every organization sees every model').waitFor();
    await dialog.getByRole('button', { name: 'Switch charging off' }).click();
    await page.getByText('Calls cost nobody credit now.').waitFor();
    expect((await call()).status).toBe(200);
    expect(await page.getByRole('link', { name: 'Credit', exact: true }).count()).toBe(0);
  });
});
