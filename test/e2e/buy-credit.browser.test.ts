import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { setPrices } from '../support/credit-scene.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { eventsAddressOf, type FakeStripe, startFakeStripe } from '../support/fake-stripe.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { eventually, listOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** An operator sells credits, and people buy them on Stripe's page, in a real browser. */

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('credits that are sold, in a real browser', () => {
  let upstream: FakeUpstream;
  let stripe: FakeStripe;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    stripe = await startFakeStripe();
    hub = await startHub({
      allow: [new URL(upstream.url).host, new URL(stripe.url).host],
      environment: { HUB_CREDIT: 'true', HUB_STRIPE_URL: stripe.url },
    });
    await hub.connectFake(upstream, { name: 'fake' });
    await setPrices(hub);
    stripe.tell(eventsAddressOf(hub));
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await stripe?.close();
    await upstream?.close();
  });

  const open = async ({ page }: Person, tab: string): Promise<void> => {
    await page.goto(`${hub.address}/dashboard/org_default/credit?tab=${tab}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  it('are none until an operator says what they cost and who takes the money', async () => {
    const { page } = ada;
    await open(ada, 'buy');
    await page.getByText('Credits cannot be bought here.').waitFor();
    await ada.picture('buy-none');
    await page.getByRole('link', { name: 'All organizations', exact: true }).click();
    await page.getByRole('link', { name: 'Sale', exact: true }).click();
    await page.getByRole('button', { name: 'Add a pack' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Ten credits');
    await page.getByLabel('ID', { exact: true }).fill('ten');
    await page.getByLabel('Credits', { exact: true }).fill('10');
    await page.getByLabel('Prices').fill('USD 10.00\n320.5 TWD');
    await page.getByRole('button', { name: 'Let people choose the amount' }).click();
    await page.getByLabel('Currency').fill('usd');
    await page.getByLabel('Price of one credit').fill('1.25');
    await page.getByLabel('Least amount').fill('5');
    await page.getByLabel('Largest amount').fill('500');
    await page.getByRole('button', { name: 'Save' }).first().click();
    // Nobody pays half a New Taiwan dollar, and what was entered is there to be mended.
    await page.getByText('320.5 TWD cannot be paid').waitFor();
    await page.getByLabel('Prices').fill('USD 10.00\n320 TWD');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved. It holds for purchases from now on.').waitFor();

    await page.getByLabel('Secret key', { exact: true }).fill('pk_test_wrong');
    await page.getByLabel('Signing secret of the webhook').fill(stripe.webhookSecret);
    const stripeForm = page.locator('form', { has: page.getByLabel('Signing secret of the webhook') });
    await stripeForm.getByRole('button', { name: 'Save' }).click();
    await page.getByText('is no secret or restricted key of Stripe').first().waitFor();
    await page.getByLabel('Secret key', { exact: true }).fill(stripe.secretKey);
    await stripeForm.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Takes payments').waitFor();
    await page.getByText(eventsAddressOf(hub)).waitFor();
    expect(await page.content()).not.toContain(stripe.secretKey);
    await ada.picture('credit-sale');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });

  it.each([
    {
      locale: 'en-US',
      email: 'bea@example.com',
      pay: '$10.00',
      thanks: 'Thank you. 10.00 credits are on the account.',
    },
    { locale: 'zh-TW', email: 'xin@example.com', pay: 'US$10.00', thanks: '謝謝您，10.00 點已加入帳戶。' },
  ])('are bought on Stripe’s page and there when one comes back: $locale', async ({ locale, email, pay, thanks }) => {
    const before = (await listOf(hub, '/credit/grants')).length;
    await hub.control('POST', '/invitations', { email, role: 'billing' });
    const person = await browser.person({ locale });
    await joinByConsole(hub, person, { name: 'Somebody', email });
    const { page } = person;
    await open(person, 'buy');
    await person.picture(`buy-${locale}`);
    expect(await seriousFaults(page)).toEqual([]);
    const button = page.getByRole('listitem').filter({ hasText: 'Ten credits' }).getByRole('button');
    expect(await button.textContent()).toBe(pay);
    await button.click();
    await page.getByRole('heading', { name: 'Ten credits' }).waitFor();
    expect(page.url()).toContain(stripe.url);
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.getByText(thanks).waitFor();
    expect(page.url()).toContain(`${hub.address}/dashboard/org_default/credit?tab=buy&purchase=pu_`);
    await person.picture(`bought-${locale}`);
    expect(await seriousFaults(page)).toEqual([]);
    expect(person.complaints).toEqual([]);
    expect(await listOf(hub, '/credit/grants')).toHaveLength(before + 1);
  });

  it('may be paid in an amount of one’s own, and who turns back has paid nothing', async () => {
    const { page } = ada;
    await open(ada, 'buy');
    await page.getByLabel('Amount in USD').fill('4');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByText('has to be from 5 to 500').first().waitFor();
    await page.getByLabel('Amount in USD').fill('25');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('heading', { name: '20 credits' }).waitFor();
    await page.getByText('25.00 USD').waitFor();
    await page.getByRole('link', { name: 'Back' }).click();
    await page.getByText('Not paid yet').first().waitFor();
  });

  it('are bought by itself with a card that is saved, as often as a day may see', async () => {
    const { page } = ada;
    await open(ada, 'buy');
    await page.getByLabel('Buy when there are fewer credits than').fill('1000');
    await page.getByLabel('Amount of each purchase').fill('20');
    await page.getByLabel('At most within 24 hours').fill('10');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('has to be one top-up at least').first().waitFor();
    await page.getByLabel('At most within 24 hours').fill('50');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('None yet: nothing is bought before there is one.').waitFor();
    await page.getByRole('button', { name: 'Enter a card' }).click();
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.getByText('visa …4242').waitFor();
    await ada.picture('buy-by-itself');
    expect(await seriousFaults(page)).toEqual([]);
    await eventually('two purchases', async () => stripe.charged().length === 2, 30_000);
    await page.reload();
    await page.getByText('Automatic', { exact: true }).nth(1).waitFor();
    // Two of twenty fit into fifty, and a third does not.
    expect(new Set(stripe.charged()).size).toBe(2);
    await page.getByRole('button', { name: 'Forget the card' }).click();
    await page.getByText('None yet: nothing is bought before there is one.').waitFor();
  });

  it('are shown to the operator with what became of them, and every message', async () => {
    const { page } = ada;
    const payment = [...stripe.sessions.values()].find(({ payment_intent }) => payment_intent !== null)?.payment_intent;
    await stripe.refund(payment ?? '', 400);
    await open(ada, 'purchases');
    await page.getByText('$4.00 went back').waitFor();
    await page.getByText('checkout.session.completed').first().waitFor();
    await page.getByText('charge.refunded').waitFor();
    await page.getByRole('button', { name: 'Ask how 20 credits stands' }).click();
    await page.getByText('Not paid yet').first().waitFor();
    await ada.picture('purchases');
    expect(await seriousFaults(page)).toEqual([]);
  });
});
