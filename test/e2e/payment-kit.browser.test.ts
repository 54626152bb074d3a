import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { setPrices } from '../support/credit-scene.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type FakePaymentKit, kitEventsAddressOf, startFakePaymentKit } from '../support/fake-payment-kit.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** An operator connects a Payment Kit, and people buy credits on its page, in a real browser. */

const ADA_THERE = 'z1AdaWhoBuysCreditsHere';
const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('credits that a Payment Kit sells, in a real browser', () => {
  let upstream: FakeUpstream;
  let kit: FakePaymentKit;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    kit = await startFakePaymentKit();
    hub = await startHub({
      allow: [new URL(upstream.url).host, new URL(kit.url).host],
      environment: { HUB_CREDIT: 'true' },
    });
    await hub.connectFake(upstream, { name: 'fake' });
    await setPrices(hub);
    kit.tell(kitEventsAddressOf(hub));
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await kit?.close();
    await upstream?.close();
  });

  const open = async ({ page }: Person, tab: string): Promise<void> => {
    await page.goto(`${hub.address}/dashboard/org_default/credit?tab=${tab}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  const ledBy = async (): Promise<string> => {
    const shown = asObject(await hub.control('GET', '/installation/payments/payment-kit'));
    return `${textOf(shown['leads'])} ${Number(shown['check_seconds'])}`;
  };

  it('are sold once an operator says where, by what key, and who is which customer', async () => {
    const { page } = ada;
    await open(ada, 'sale');
    const card = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Payment Kit' }) });
    await card.getByLabel('Address', { exact: true }).fill(kit.url);
    await card.getByLabel('Mode', { exact: true }).selectOption('test');
    await card.getByLabel('Meter', { exact: true }).fill('nothing');
    await card.getByLabel('Secret key of the app').fill(kit.secretKey);
    await card.getByLabel('DID of the component').fill(kit.componentDid);
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('is none that Payment Kit has').first().waitFor();
    await card.getByLabel('Meter', { exact: true }).fill(kit.meter);
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('Takes payments').waitFor();
    await card.getByText(kitEventsAddressOf(hub)).waitFor();
    expect(await page.content()).not.toContain(kit.secretKey.slice(2, 60));
    await card.getByLabel('ID of the organization').fill('org_default');
    await card.getByLabel('Customer there').fill(ADA_THERE);
    await card.getByRole('button', { name: 'Connect both' }).click();
    await card.getByRole('button', { name: /^Compare/ }).click();
    await card.getByText('Remaining there').waitFor();
    await ada.picture('payment-kit-sale');
    await card.getByLabel('Whose balance leads').selectOption('payment_kit');
    await card.getByLabel('Seconds between comparisons').fill('9');
    await card.getByRole('button', { name: 'Save' }).click();
    expect(await card.getByLabel('Seconds between comparisons').inputValue()).toBe('9');
    await card.getByLabel('Seconds between comparisons').fill('30');
    await card.getByRole('button', { name: 'Save' }).click();
    await eventually('setting', async () => (await ledBy()) === 'payment_kit 30');
    await kit.give(ADA_THERE, '5');
    await kit.useElsewhere(ADA_THERE, '2');
    await card.getByRole('button', { name: 'Ask again' }).click();
    const used = card.getByText('Used elsewhere and taken here').locator('..');
    await used.getByText(/^2\b/).waitFor();
    await card.getByText('Compared last').waitFor();
    await ada.picture('payment-kit-leads');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });

  it.each([
    { locale: 'en-US', email: 'bea@example.com', buy: 'Continue to payment' },
    { locale: 'zh-TW', email: 'xin@example.com', buy: '前往付款' },
  ])('are bought on its page and there at once: $locale', async ({ locale, email, buy }) => {
    const before = (await listOf(hub, '/credit/grants')).length;
    await hub.control('POST', '/invitations', { email, role: 'billing' });
    const person = await browser.person({ locale });
    await joinByConsole(hub, person, { name: 'Somebody', email });
    const { page } = person;
    await open(person, 'buy');
    const button = page.getByRole('button', { name: buy });
    await button.waitFor();
    await person.picture(`payment-kit-buy-${locale}`);
    expect(await seriousFaults(page)).toEqual([]);
    await button.click();
    await page.getByRole('heading', { name: 'Ten credits' }).waitFor();
    expect(page.url()).toContain(`${kit.url}/checkout/pay/${kit.paymentLink}`);
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.getByText('Paid').waitFor();
    await eventually('grant', async () => (await listOf(hub, '/credit/grants')).length === before + 1);
    expect(person.complaints).toEqual([]);
  });

  it('are shown in Chinese to an operator, too', async () => {
    const person = await browser.person({ locale: 'zh-TW', storageState: await ada.context.storageState() });
    await open(person, 'sale');
    await person.page.getByText('待回報的用量').waitFor();
    await person.page.getByLabel('比對間隔（秒）').waitFor();
    await person.page.getByRole('button', { name: /^比對/ }).click();
    await person.page.getByText('在其他地方使用並已扣除').waitFor();
    await person.picture('payment-kit-sale-zh-TW');
    expect(await seriousFaults(person.page)).toEqual([]);
  });
});
