import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { setPrices } from '../support/credit-scene.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { connectStripe, type FakeStripe, startFakeStripe } from '../support/fake-stripe.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** What a customer of a service provider meets, from the first page to the first purchase and on, in a real browser. */

const { path: chromium } = browserAvailable();
const PASSWORD = 'correct horse battery';
const MODEL = 'gpt-4o-mini';
const HIDDEN = 'gpt-4o';
/** Such as can be on a customer's page by no chance. */
const CONNECTION = 'backroom-supplier';
const PACK = 'Starter pack';
/** More than the credit to begin with pays for. */
const CALLS_MAX = 40;

/** What the customer reads in one language and in the other. */
const ENGLISH = {
  locale: 'en-US',
  name: 'Bea',
  email: 'bea@example.com',
  currency: 'USD',
  pay: '$2.00',
  prices: 'See what models cost',
  modelName: 'The small one',
  price: '2,400.00 credits',
  signUp: 'Create an account',
  mailSent: 'Check your mail',
  mail: 'Please confirm that this address is yours.',
  verify: 'Confirm my address',
  verified: 'You can sign in now.',
  signIn: 'Sign in',
  credit: 'Credit of the organization',
  starter: '5.00 credits',
  models: 'Models',
  start: 'Get started',
  known: 'There is 1 model that you may call.',
  provider: 'Connect a provider',
  makeKey: 'Make the key',
  arrived: 'The first request has arrived.',
  seeRequest: 'See it in full',
  settled: 'Settled by what the provider reported',
  rate: 'Credits per million',
  getMore: 'Get more credit',
  buy: `Buy ${PACK}`,
  thanks: 'Thank you. 1,000.00 credits are on the account.',
};
const CHINESE: typeof ENGLISH = {
  locale: 'zh-TW',
  name: '欣怡',
  email: 'xinyi@example.com',
  currency: 'TWD',
  pay: '$64',
  prices: '查看模型價格',
  modelName: '小模型',
  price: '2,400.00 點',
  signUp: '建立帳號',
  mailSent: '請查看您的信箱',
  mail: '請確認這個地址是您的。',
  verify: '確認我的地址',
  verified: '現在可以登入了。',
  signIn: '登入',
  credit: '組織的點數',
  starter: '5.00 點',
  models: '模型',
  start: '開始使用',
  known: '您可以呼叫 1 個模型。',
  provider: '連接供應商',
  makeKey: '建立金鑰',
  arrived: '第一個請求已送達。',
  seeRequest: '檢視詳細內容',
  settled: '依供應商回報的用量結算',
  rate: '每百萬點數',
  getMore: '購買點數',
  buy: `購買 ${PACK}`,
  thanks: '謝謝您，1,000.00 點已加入帳戶。',
};

describe.skipIf(chromium === undefined)('a customer of a service provider', () => {
  let upstream: FakeUpstream;
  let stripe: FakeStripe;
  let sink: SmtpSink;
  let hub: HubProcess;
  let browser: TestBrowser;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: [MODEL, HIDDEN] });
    stripe = await startFakeStripe();
    sink = await startSmtpSink();
    hub = await startHub({
      allow: [new URL(upstream.url).host, new URL(stripe.url).host],
      environment: {
        HUB_CREDIT: 'true',
        // A tenth of a cent: a short answer costs a part of one.
        HUB_CREDIT_PRICE_USD: '0.001',
        HUB_CREDIT_MARGIN_PERCENT: '20',
        HUB_STRIPE_URL: stripe.url,
        HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
        HUB_MAIL_FROM: 'Example AI <hub@example.com>',
      },
    });
    browser = await openBrowser();
    const operator = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    await operator.context.close();
    await layDown();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await sink?.close();
    await stripe?.close();
    await upstream?.close();
  });

  /** What an operator lays down before the first customer comes. */
  async function layDown(): Promise<void> {
    await hub.connectFake(upstream, { name: CONNECTION });
    await setPrices(hub);
    const display_name = { en: ENGLISH.modelName, 'zh-TW': CHINESE.modelName };
    await hub.control('PATCH', '/installation/offers', { offers: [{ name: MODEL, published: true, display_name }] });
    const prices = [
      { currency: 'USD', amount: '2.00' },
      { currency: 'TWD', amount: '64' },
    ];
    await hub.control('PUT', '/installation/payments/sale', {
      packs: [{ id: 'starter', name: PACK, credits: '1000', prices }],
      amounts: [],
    });
    await connectStripe(hub, stripe);
    await hub.control('PATCH', '/installation', {
      name: 'Example AI',
      sign_up: 'open',
      sign_up_joins: 'personal',
      public_models: true,
      public_prices: true,
      starter_credits: { name: 'Welcome', amount: '5', lasts_days: 30, per_day_max: 10 },
    });
  }

  describe.each([ENGLISH, CHINESE])('who reads $locale', (words) => {
    let customer: Person;
    let client: OpenAI;
    /** What the first call was charged, as its answer said. */
    let charged: string;
    let purchaseLink: string;

    beforeAll(async () => {
      customer = await browser.person({ locale: words.locale });
    });
    afterAll(async () => customer?.context.close());

    const picture = (name: string, of?: 'page' | 'window') => customer.picture(`customer-${name}-${words.locale}`, of);
    /** Whether the page is fit for everybody, and complained of nothing so far. */
    const expectFine = async () => {
      expect(await seriousFaults(customer.page)).toEqual([]);
      expect(customer.complaints).toEqual([]);
    };
    const call = () =>
      client.chat.completions
        .create({ model: MODEL, max_tokens: 200, messages: [{ role: 'user', content: 'Say something.' }] })
        .withResponse();
    const signIn = async ({ page }: Person) => {
      await page.fill('#sign-in [name=email]', words.email);
      await page.fill('#sign-in [name=password]', PASSWORD);
      await page.click('#sign-in button[type=submit]');
    };
    const main = () => customer.page.locator('main');
    const openPage = (name: string) => customer.page.getByRole('navigation').getByRole('link', { name, exact: true });

    it('sees as a stranger what is offered and what it costs, and asks for an account', async () => {
      const { page } = customer;
      await page.goto(hub.address);
      await page.getByRole('cell', { name: MODEL }).getByText(words.modelName).waitFor();
      await picture('1-welcome');
      await expectFine();
      await page.getByRole('link', { name: words.prices }).click();
      await page.getByText(words.price).waitFor();
      expect(await main().getByText(HIDDEN, { exact: true }).count()).toBe(0);
      await picture('2-prices');
      await expectFine();
      await page.getByRole('link', { name: words.signUp }).click();
      for (const [name, value] of Object.entries({ name: words.name, email: words.email, password: PASSWORD })) {
        await page.fill(`#sign-up [name=${name}]`, value);
      }
      await picture('3-sign-up');
      await expectFine();
      await page.getByRole('button', { name: words.signUp }).click();
      await page.getByRole('heading', { name: words.mailSent }).waitFor();
    });

    it('proves the address by the link in the mail, and has credit to begin with', async () => {
      const { page } = customer;
      const mail = await sink.waitFor(words.email);
      expect(mail.text).toContain(words.mail);
      expect(mail.text).toContain('Example AI');
      await page.goto(mail.link ?? '');
      await page.getByRole('button', { name: words.verify }).click();
      await page.getByText(words.verified).waitFor();
      await picture('4-verified');
      await page.getByRole('link', { name: words.signIn }).click();
      await signIn(customer);
      await page.getByText(words.credit).waitFor();
      await main().getByText(words.starter).waitFor();
      await picture('5-overview');
      await expectFine();
    });

    it('finds the models with their prices, and no word of connecting any', async () => {
      await openPage(words.models).click();
      await main().getByText(words.modelName).waitFor();
      await main().getByRole('button', { name: '2,400.00 / 9,600.00' }).waitFor();
      await picture('6-models');
      await expectFine();
      await openPage(words.start).click();
      await main().getByText(words.known).waitFor();
      expect(await main().getByText(words.provider).count()).toBe(0);
      await picture('7-start');
    });

    it('makes a key, whose secret is shown once, and calls a model by it', async () => {
      const { page } = customer;
      await page.getByRole('button', { name: words.makeKey }).click();
      const secret = (await page.locator('pre', { hasText: /^sk-hub-/ }).innerText()).trim();
      client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
      const { data, response } = await call();
      expect(data.choices[0]?.message.content).toMatch(/\S/);
      charged = response.headers.get('x-hub-charge') ?? '';
      expect(Number(charged)).toBeGreaterThan(0);
      await page.getByText(words.arrived).waitFor();
      await picture('8-called');
      await expectFine();
    });

    it('sees line by line what the call was charged', async () => {
      const { page } = customer;
      await page.getByRole('link', { name: words.seeRequest }).click();
      const panel = page.getByRole('dialog');
      await panel.getByText(words.settled).waitFor();
      const lines = panel.getByRole('table').filter({ hasText: words.rate });
      await lines.getByRole('cell', { name: '2,400.00', exact: true }).waitFor();
      expect(await lines.locator('tfoot').innerText()).toContain(charged);
      expect(await panel.innerText()).not.toMatch(new RegExp(`\\$|${CONNECTION}`));
      await picture('9-charge', 'window');
      await expectFine();
    });

    it('is refused when the credit does not do, and told where there is more', async () => {
      let refusal: unknown;
      for (let made = 0; made < CALLS_MAX && refusal === undefined; made += 1) {
        await call().catch((error: unknown) => {
          refusal = error;
        });
      }
      expect(refusal).toBeInstanceOf(OpenAI.APIError);
      expect(refusal).toMatchObject({ status: 402, code: 'credit.exhausted', type: 'insufficient_quota' });
      // The package gives the error of the body as it came.
      const { error } = refusal as { readonly error: Parameters<typeof asObject>[0] };
      purchaseLink = textOf(asObject(asObject(error)['details'])['link']);
      expect(purchaseLink).toMatch(/\/dashboard\/org_\w+\/credit\?tab=buy$/);
    });

    it('follows the link, signs in on the way, and buys more on Stripe’s page', async () => {
      const { page } = customer;
      await customer.context.clearCookies();
      await page.goto(purchaseLink);
      await page.waitForURL(/\/account\/sign-in\?next=/);
      await signIn(customer);
      await page.waitForURL(purchaseLink);
      await page.locator('main select').selectOption(words.currency);
      await picture('10-buy');
      const button = page.getByRole('button', { name: words.buy });
      expect(await button.textContent()).toBe(words.pay);
      await button.click();
      await page.getByRole('heading', { name: PACK }).waitFor();
      expect(page.url()).toContain(stripe.url);
      await page.getByRole('button', { name: 'Pay' }).click();
      await page.getByText(words.thanks).waitFor();
      expect(page.url()).toContain(`${purchaseLink}&purchase=pu_`);
      await picture('11-bought');
    });

    it('calls again, and finds the way to more in the same window', async () => {
      const { page } = customer;
      const { response } = await call();
      expect(response.status).toBe(200);
      // What is left of the credit to begin with counts, too.
      await page.goto(new URL('/dashboard', hub.address).href);
      await main()
        .getByText(/^1,00\d\.\d\d/)
        .waitFor();
      await picture('12-overview');
      await main().getByRole('link', { name: words.getMore }).click();
      await page.waitForURL(purchaseLink);
      await page.getByRole('button', { name: words.buy }).waitFor();
      expect(customer.complaints).toEqual([]);
    });
  });
});
