import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { eventually, listOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What calls cost whoever pays with credit, as an operator sets it in a browser. A credit is half a dollar. */

const { path: chromium } = browserAvailable();
const CREDIT = { HUB_CREDIT: 'true', HUB_CREDIT_PRICE_USD: '0.5', HUB_CREDIT_MARGIN_PERCENT: '10' };
const RULES = '/installation/prices/rules';
const LONG = 'meta-llama/llama-3.3-70b-instruct-turbo-with-a-long-name';

describe.skipIf(chromium === undefined)('prices in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let folder: string;

  /** What the catalogue says that models cost, in and out alike. */
  const catalogue = (costs: Readonly<Record<string, string>>) => {
    const prices = Object.entries(costs).map(([model, usd]) => ({
      provider_id: 'openai',
      model,
      prices: ['input', 'output'].map((unit) => ({ unit, usd_per_million: usd })),
    }));
    writeFileSync(join(folder, 'prices.json'), JSON.stringify({ prices }));
  };

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['small', 'large', LONG] });
    folder = mkdtempSync(join(tmpdir(), 'hub-prices-'));
    catalogue({});
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { ...CREDIT, HUB_PRICE_CATALOGUE_FILE: join(folder, 'prices.json') },
    });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // A test that failed leaves no dialog to the next.
  beforeEach(async () => {
    await ada.page.keyboard.press('Escape');
    await ada.page.keyboard.press('Escape');
  });

  const shows = (count: number) =>
    eventually(`${count} rows`, async () => (await ada.page.locator('main tbody tr').count()) === count);
  const row = (name: string | RegExp) => ada.page.locator('main').getByRole('row', { name });
  const dialog = (name: string | RegExp) => ada.page.getByRole('dialog', { name });
  const isFine = async () => {
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  };

  it('says what it is for while there is no model, and what has no price yet', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Prices', exact: true }).click();
    await page.getByText('There is no model yet.').waitFor();
    await ada.picture('empty');
    await isFine();
    await hub.connectFake(upstream, { name: 'fake' });
    await page.reload();
    await row(/large.*Unpriced/).waitFor();
    await page.getByRole('tab', { name: 'Unpriced (3)' }).click();
    await shows(3);
    await page.getByRole('tab', { name: 'Own lists (0)' }).click();
    await page.getByText('No model has a list of its own.').waitFor();
    await isFine();
  });

  it('takes what a model costs, and charges it with the margin of the settings', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: /^All/ }).click();
    await page.getByRole('link', { name: 'small', exact: true }).press('Enter');
    const panel = dialog('small');
    await panel.getByText('Nobody knows what it costs').waitFor();
    await panel.getByRole('button', { name: 'Set cost' }).click();
    const cost = dialog('Set cost');
    await cost.getByLabel('Dollars per million').first().fill('much');
    await cost.getByLabel('Dollars per million').nth(1).fill('4');
    await cost.getByRole('button', { name: 'Save' }).click();
    await cost.getByText('has to be a decimal number').waitFor();
    await cost.getByLabel('Dollars per million').first().fill('1');
    await cost.getByRole('button', { name: 'Save' }).click();
    await panel.getByRole('row', { name: 'Input tokens $1.00 2.20 +10%' }).waitFor();
    await panel.getByRole('listitem').filter({ hasText: 'Settings of the hub' }).getByText('in force').waitFor();
    await page.keyboard.press('Escape');
    const [known] = await listOf(hub, '/connections');
    const prices = [
      { unit: 'input', usd_per_million: '2' },
      { unit: 'input', usd_per_million: '3', above_input_tokens: 200_000 },
      { unit: 'cached-input', usd_per_million: '0.0375' },
      { unit: 'output', usd_per_million: '8', utc_window: { from: '16:30', to: '00:30' } },
      { unit: 'output', usd_per_million: '9' },
    ];
    for (const model of ['large', LONG]) {
      await hub.control('POST', '/prices', { provider_id: known?.['provider_id'] ?? '', model, prices });
    }
    await page.reload();
    await row(/large.*\$2\.00 \/ \$9\.00 4\.40 \/ 19\.80 \+10%.*Settings/).waitFor();
    await isFine();
  });

  it('sets a margin for many at once, seen before it is set', async () => {
    const { page } = ada;
    await page.getByLabel('Select all that are shown').check();
    await page.getByText('3 selected').waitFor();
    await ada.picture('selected');
    await page.getByRole('button', { name: 'Change prices of the selected' }).click();
    const bulk = dialog('Change prices');
    await bulk.getByLabel('Margin in percent').fill('-5');
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('needs `allow_below_cost`').waitFor();
    await bulk.getByLabel('Allow below cost').check();
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('3 prices are below cost.').waitFor();
    await ada.picture('preview-below', 'window');
    await isFine();
    await bulk.getByRole('button', { name: 'Back' }).click();
    await bulk.getByLabel('Allow below cost').uncheck();
    await bulk.getByLabel('Margin in percent').fill('50');
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('3 prices change.').waitFor();
    await bulk.getByRole('row', { name: /small.*2\.20 \/ 8\.80.*3\.00 \/ 12\.00/ }).waitFor();
    expect(await listOf(hub, RULES)).toEqual([]);
    await bulk.getByLabel('Reason').fill('Prices of 2027');
    await bulk.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('3 rules set, 3 prices changed.').waitFor();
    await row(/small.*3\.00 \/ 12\.00 \+50%.*Rule of the model/).waitFor();
    expect(await listOf(hub, RULES)).toMatchObject(
      ['50', '50', '50'].map((margin_percent) => ({ margin_percent, reason: 'Prices of 2027' })),
    );
    await isFine();
  });

  it('takes the rules of single models back, and sets one for all', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Change many prices' }).click();
    const bulk = dialog('Change prices');
    await bulk.getByLabel('Margin in percent').fill('20');
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('No price changes.').waitFor();
    await bulk.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('1 rule set, 0 prices changed.').waitFor();
    await page.getByRole('button', { name: 'Change many prices' }).click();
    await bulk.getByLabel('What to do').selectOption('Take the models’ own rules back');
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('3 prices change.').waitFor();
    await bulk.getByRole('button', { name: 'Apply' }).click();
    await row(/small.*2\.40 \/ 9\.60 \+20%.*Rule for all/).waitFor();
    await isFine();
  });

  it('charges one model by a list, below cost only where that is allowed', async () => {
    const { page } = ada;
    await row(/^Select \S+\/large/)
      .getByRole('cell')
      .nth(2)
      .click();
    const panel = dialog('large');
    await panel.getByText('16:30 to 00:30 UTC').first().waitFor();
    await panel.getByRole('button', { name: 'Set own list' }).click();
    const list = dialog('Set own list');
    await list.getByLabel('Credits per million').nth(2).fill('0.05');
    await list.getByText('Costs $0.0375').waitFor();
    await ada.picture('list', 'window');
    await list.getByRole('button', { name: 'Preview' }).click();
    await list.getByText('Below cost, charged at cost').waitFor();
    await list.getByLabel('Reason').fill('as agreed with the provider');
    await isFine();
    await list.getByRole('button', { name: 'Apply' }).click();
    await panel.getByText('Calls are charged what they cost you all the same.').waitFor();
    await panel.getByRole('row', { name: 'Input tokens from cache $0.0375 0.05 -33.3334%' }).waitFor();
    await panel.getByRole('button', { name: 'Allow below cost' }).click();
    await dialog('Allow below cost').getByText('You pay the difference.').waitFor();
    await dialog('Allow below cost').getByRole('button', { name: 'Preview' }).click();
    await dialog('Allow below cost').getByRole('button', { name: 'Apply' }).click();
    await panel.getByText('The price may be below cost').waitFor();
    await panel.getByText('Ada: as agreed with the provider').waitFor();
    await page.reload();
    await panel.getByText('The price may be below cost').waitFor();
    await ada.picture('one', 'window');
    await isFine();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Below cost (1)' }).click();
    await row(/large.*Below cost.*Own list/).waitFor();
    await shows(1);
  });

  it('has groups of organizations pay by rules of their own', async () => {
    const { page } = ada;
    await hub.control('POST', '/organizations', { name: 'Acme' });
    await page.getByRole('link', { name: 'Customer groups' }).click();
    await page.getByText('There is no customer group.').waitFor();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name').fill('Partners');
    await page.getByRole('button', { name: 'Create' }).click();
    const panel = dialog('Partners');
    await panel.getByLabel('Search organizations to put in').fill('acm');
    await panel.getByRole('button', { name: 'Put in: Acme' }).click();
    await panel.getByRole('button', { name: 'Take out: Acme' }).waitFor();
    await panel.getByText('It can be removed once no organization is in it.').waitFor();
    await ada.picture('group', 'window');
    await isFine();
    await panel.getByRole('link', { name: 'What it pays' }).click();
    await row(/small.*2\.40 \/ 9\.60/).waitFor();
    await page.getByRole('button', { name: 'Change many prices' }).click();
    const bulk = dialog('Change prices');
    expect(await bulk.getByLabel('For whom').locator('option:checked').innerText()).toBe('Partners');
    await bulk.getByLabel('Margin in percent').fill('5');
    await bulk.getByRole('button', { name: 'Preview' }).click();
    await bulk.getByText('Partners (3)').waitFor();
    await bulk.getByRole('button', { name: 'Apply' }).click();
    await row(/small.*2\.10 \/ 8\.40 \+5%.*Partners/).waitFor();
    await ada.picture('as-partners');
    await isFine();
    await page.getByLabel('As paid by').selectOption('Everybody');
    await row(/small.*2\.40 \/ 9\.60 \+20%/).waitFor();
    await page.getByRole('link', { name: 'Customer groups' }).click();
    await page.getByRole('button', { name: 'Partners' }).click();
    await panel.getByRole('button', { name: 'Take out: Acme' }).click();
    await panel.getByRole('button', { name: 'Remove group' }).click();
    await dialog('Remove group').getByRole('button', { name: 'Remove group' }).click();
    await page.getByText('There is no customer group.').waitFor();
    await isFine();
  });

  it('shows what a catalogue says otherwise, and lets it be approved or dismissed', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Drift' }).click();
    await page.getByText('The catalogue says what is in force.').waitFor();
    await page.getByRole('button', { name: 'Look now' }).click();
    await page.getByText('Models that got a price: 0.').waitFor();
    await ada.picture('no-drift');
    await isFine();
    catalogue({ small: '3', large: '8' });
    await page.getByRole('button', { name: 'Look now' }).click();
    await row(/small.*\$1\.00.*\$3\.00.*\+200%/).waitFor();
    await ada.picture('drift');
    await isFine();
    await page.getByLabel('Select openai/small').check();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await dialog('Approve').getByLabel('Reason').fill('the provider has said so, too');
    await dialog('Approve').getByRole('button', { name: 'Approve' }).click();
    await row(/small/).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Dismiss: openai/large' }).click();
    await dialog('Dismiss').getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('The catalogue says what is in force.').waitFor();
    await page.getByLabel('State').selectOption('Dismissed');
    await row(/large/).waitFor();
    await page.getByRole('link', { name: 'Models' }).last().click();
    await row(/small.*\$3\.00 \/ \$3\.00/).waitFor();
    await isFine();
  });

  it('is not in the menu where nobody is charged', async () => {
    const free = await startHub();
    const bob = await firstOwner(free, browser, { name: 'Bob', email: 'bob@example.com' });
    await bob.page.getByRole('link', { name: 'System' }).waitFor();
    expect(await bob.page.getByRole('link', { name: 'Prices' }).count()).toBe(0);
    // Who is about to charge sets prices before.
    await bob.page.goto(`${free.address}/dashboard/org_default/prices`);
    await bob.page.getByRole('heading', { name: 'Prices' }).waitFor();
    await free.stop();
  });

  it('speaks Chinese', async () => {
    const reader = await browser.person({ locale: 'zh-TW', storageState: await ada.context.storageState() });
    await reader.page.goto(`${ada.page.url().split('?')[0] ?? ''}?model=openai%2Flarge`);
    await reader.page.getByRole('dialog').getByText('售價可低於成本').waitFor();
    await reader.picture('chinese-one', 'window');
    await reader.page.keyboard.press('Escape');
    await reader.page.getByRole('heading', { name: '定價' }).waitFor();
    await reader.page.getByRole('tab', { name: '低於成本（1）' }).waitFor();
    await reader.picture('chinese');
    expect(reader.complaints).toEqual([]);
  });
});
