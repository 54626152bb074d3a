import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { setPrices } from '../support/credit-scene.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What customers are offered, as an operator lays it down in a browser. */

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the offer list in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['small', 'large', 'vast'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: { HUB_CREDIT: 'true' } });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });
  // A test that failed leaves no dialog to the next.
  beforeEach(async () => ada.page.keyboard.press('Escape'));

  const published = async () =>
    (await listOf(hub, '/installation/offers?state=published')).map(({ name }) => textOf(name));
  const shows = (...names: readonly string[]) =>
    eventually(`${names.join()} published`, async () => (await published()).join() === names.join());
  const customersSee = (name: string) => ada.page.getByRole('switch', { name: `Customers see ${name}` });
  const isFine = async () => {
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  };

  it('says why a model cannot be published, and where that is mended', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Selling', exact: true }).click();
    await page.getByRole('link', { name: 'Offer list', exact: true }).click();
    await page.getByText('There is no model yet.').waitFor();
    await hub.connectFake(upstream, { name: 'fake' });
    await page.reload();
    await page.getByRole('tab', { name: 'Something is missing (3)' }).click();
    expect(await customersSee('small').isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'small', exact: true }).press('Enter');
    await page.getByRole('dialog', { name: 'small' }).getByText('Without one: fake/small.').waitFor();
    await isFine();
    await page.getByRole('link', { name: 'Set its price' }).click();
    await page.getByRole('dialog', { name: 'small' }).getByText('Nobody knows what it costs').waitFor();
    await setPrices(hub);
  });

  it('publishes and hides one by its switch', async () => {
    const { page } = ada;
    await page.goto(`${hub.address}/dashboard/org_default/selling?tab=offers`);
    await customersSee('small').click();
    await shows('small');
    await customersSee('small').click();
    await shows();
    await isFine();
  });

  it('publishes many at once', async () => {
    const { page } = ada;
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('3 models changed.').waitFor();
    await shows('large', 'small', 'vast');
    await isFine();
  });

  it('moves one by a step, or to any place', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Published (3)' }).click();
    await page.getByRole('button', { name: 'Down: large' }).click();
    await shows('small', 'large', 'vast');
    await page.getByRole('link', { name: 'vast', exact: true }).press('Enter');
    const panel = page.getByRole('dialog', { name: 'vast' });
    await panel.getByLabel('Place in the list').fill('1');
    await panel.getByRole('button', { name: 'Save' }).last().click();
    await shows('vast', 'small', 'large');
  });

  it('takes what customers read of it, in each language', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'small', exact: true }).press('Enter');
    const panel = page.getByRole('dialog', { name: 'small' });
    await panel.getByLabel('Name in English').fill('The small one');
    await panel.getByLabel('Description in Traditional Chinese').fill('很快。');
    await panel.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /The small one.*很快。/ }).waitFor();
    await isFine();
  });
});
