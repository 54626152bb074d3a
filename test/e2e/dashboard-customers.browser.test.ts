import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { startCreditHub } from '../support/credit-scene.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** What an operator does by hand for customers of a platform: makes them, and gives them credit one by one or by a file. */

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('customers of a platform in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    hub = await startCreditHub(upstream);
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  async function open(query: string): Promise<Page> {
    await ada.page.goto(`${hub.address}/dashboard/org_default/credit?${query}`);
    await ada.page.getByRole('heading', { level: 1 }).waitFor();
    return ada.page;
  }

  const available = async (externalId: string): Promise<string> => {
    const { balance } = asObject(await hub.control('GET', `/installation/customers/${externalId}`));
    return textOf(asObject(balance)['available']);
  };

  it('are made with a key, whose secret is shown once, and given credit by a reference', async () => {
    const page = await open('tab=customers');
    await page.getByText('No customer has an id of yours yet.').waitFor();
    await page.getByRole('button', { name: 'Add a customer' }).click();
    await page.getByLabel('Id on your platform').fill('org_acme');
    await page.getByLabel('Name', { exact: true }).fill('Acme');
    await page.getByLabel('Name of its first key').fill('platform');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('must not begin with `org_`').waitFor();
    await page.getByLabel('Id on your platform').fill('acme-42');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^sk-hub-/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();

    const row = page.getByRole('row', { name: /Acme/ });
    await row.getByRole('button', { name: 'Give' }).click();
    await page.getByLabel('Reference').fill('order-1');
    await page.getByLabel('Amount').fill('12.5');
    await page.getByLabel('Name', { exact: true }).fill('Order 1');
    await ada.picture('customers-give');
    await page.getByRole('button', { name: 'Give credit' }).click();
    await row.getByText('12.50').first().waitFor();
    expect(await available('acme-42')).toBe('12.5');

    await row.getByRole('button', { name: 'Give' }).click();
    await page.getByLabel('Reference').fill('order-1');
    await page.getByLabel('Amount').fill('13');
    await page.getByLabel('Name', { exact: true }).fill('Order 1');
    await page.getByRole('button', { name: 'Give credit' }).click();
    await page.getByText('Something else was given by the reference order-1.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('are given credit by a file that was looked at first, each line once', async () => {
    const page = await open('tab=lists');
    const choose = (csv: string): Promise<void> =>
      page
        .getByLabel('Choose a file')
        .setInputFiles({ name: 'gifts.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    const head = 'external_id,amount,name,reference\n';
    await choose(`${head}acme-42,5,Order 2,order-2\nnobody,5,Order 3,order-3\n`);
    await page.getByText('1 line is wrong.').waitFor();
    await page.getByText('Nobody has this id.').waitFor();
    await ada.picture('credit-list-wrong');
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.getByRole('button', { name: /^Give/ }).count()).toBe(0);

    await choose(`${head}acme-42,12.5,Order 1,order-1\nacme-42,5,Order 2,order-2\n`);
    await page.getByRole('button', { name: 'Give 1 grant' }).click();
    await page.getByText(/1 grant of together 5(\.00)? credits is given/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Give credit' }).click();
    await page.getByText('Everything in this file was given before.').waitFor();
    await ada.picture('credit-list-given');
    expect(await available('acme-42')).toBe('17.5');
    expect(ada.complaints).toEqual([]);
  });

  it('redeem codes that were made in a batch, saved once and can be withdrawn', async () => {
    const page = await open('tab=codes');
    await page.getByText('No code was made yet.').waitFor();
    await page.getByRole('button', { name: 'Make codes' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Conference');
    await page.getByLabel('Amount').fill('2.5');
    await page.getByLabel('Codes', { exact: true }).fill('30');
    await page.getByLabel('Days for which it may be used').fill('90');
    await ada.picture('codes-make');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Save the codes now').waitFor();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as CSV' }).click();
    const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(31);
    const [number, code = ''] = lines[1]?.split(',') ?? [];
    expect(number).toBe('1');
    await ada.picture('codes-made');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();

    await open('');
    await page.getByRole('button', { name: 'Redeem a code' }).click();
    await page.getByLabel('Code', { exact: true }).fill('0000-0000-0000-0000');
    await page.getByRole('button', { name: 'Redeem', exact: true }).click();
    await page.getByText('There is no such code.').waitFor();
    await ada.picture('codes-redeem');
    await page.getByLabel('Code', { exact: true }).fill(code.toLowerCase());
    await page.getByRole('button', { name: 'Redeem', exact: true }).click();
    await page.getByText(/2\.50? credits were given/).waitFor();

    await open('tab=codes');
    await page
      .getByRole('row', { name: /Conference/ })
      .getByText('1 / 30')
      .waitFor();
    await page.getByRole('button', { name: 'Conference' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Default' }).waitFor();
    await ada.picture('codes-batch');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Withdraw the batch' }).click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'Withdraw the batch' }).click();
    await page.getByText('The batch is withdrawn.').waitFor();
  });

  it('stand in the audit log with what they were given', async () => {
    const acts = (await listOf(hub, '/installation/audit?limit=100')).map(({ action }) => action);
    expect(acts).toEqual(expect.arrayContaining(['createCustomer', 'giveCustomerCredit', 'giveCreditList']));
  });
});
