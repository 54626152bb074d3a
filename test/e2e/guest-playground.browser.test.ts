import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the guest playground in a browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large', 'fake-secret'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
    await hub.connectFake(upstream, { name: 'hidden-connection' });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });
  beforeEach(() => {
    upstream.setScript(undefined);
    upstream.journal.clear();
  });

  const setGuests = (guest_playground: JsonObject) => hub.control('PATCH', '/installation', { guest_playground });

  it('is turned on by the operator, with models and limits', async () => {
    const { page } = ada;
    await page.goto(`${hub.address}/dashboard/org_default/system?tab=installation`);
    await page.getByRole('heading', { name: 'Guest playground' }).waitFor();
    await page.getByLabel('Visitors may try models without an account').check();
    const card = page.locator('section', { has: page.getByRole('heading', { name: 'Guest playground' }) });
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('A guest playground that is on offers one model at least.').first().waitFor();
    await page.getByLabel('Add a model').selectOption('fake-small');
    await page.getByLabel('Add a model').selectOption('fake-large');
    await page.getByLabel('Requests of a visitor a day').fill('4');
    await ada.picture('guests-settings');
    expect(await seriousFaults(page)).toEqual([]);
    await card.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'See it as visitors do' }).waitFor();
    expect(await page.getByLabel('Models that they may ask').inputValue()).toBe('fake-small\nfake-large');
    expect(ada.complaints).toEqual([]);
  });

  const OPEN = { enabled: true, models: ['fake-small', 'fake-large'], visitor_requests_per_day: 4 };

  it('leads a visitor from the first page to an answer, and on', async () => {
    await setGuests(OPEN);
    const visitor = await browser.person();
    const { page } = visitor;
    await page.goto(`${hub.address}/`);
    await visitor.picture('guest-welcome');
    await page.getByRole('link', { name: 'Try a model without an account' }).click();
    expect(await page.locator('meta[name=robots]').getAttribute('content')).toBe('noindex, nofollow');
    expect(await page.getByLabel('Model').locator('option').allInnerTexts()).toEqual(['fake-small', 'fake-large']);
    await page.getByText('Up to 4 questions a day, with answers of up to 512 tokens.').waitFor();
    await visitor.picture('guest-empty');
    expect(await seriousFaults(page)).toEqual([]);
    // By the keyboard alone.
    await page.keyboard.press('Tab');
    await page.getByLabel('Model').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type('Hello there.');
    await page.keyboard.press('Enter');
    const talk = page.getByRole('log');
    await expect.poll(() => talk.getAttribute('aria-busy')).toBe('false');
    const [asked, answered] = await talk.locator('.said').allInnerTexts();
    expect(asked).toBe('Hello there.');
    expect(answered).not.toBe('');
    await page.getByLabel('Your message').fill('And more?');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => talk.locator('.turn').count()).toBe(4);
    await expect.poll(() => talk.getAttribute('aria-busy')).toBe('false');
    const last = JSON.parse(upstream.journal.calls().at(-1)?.body.toString() ?? '') as JsonObject;
    expect(last['messages']).toEqual([
      { role: 'user', content: 'Hello there.' },
      { role: 'assistant', content: answered },
      { role: 'user', content: 'And more?' },
    ]);
    await visitor.picture('guest-answers');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start over' }).click();
    await expect.poll(() => talk.isVisible()).toBe(false);
    const cookies = await visitor.context.cookies();
    expect(cookies).toMatchObject([{ name: 'hub_visitor', httpOnly: true, sameSite: 'Strict' }]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
    expect(visitor.complaints).toEqual([]);
  });

  it('stops an answer where the visitor says so, and goes on from what there was', async () => {
    await setGuests(OPEN);
    upstream.setScript(() => ({ contentEvents: 400, eventDelayMs: 25 }));
    const visitor = await browser.person();
    const { page } = visitor;
    await page.goto(`${hub.address}/playground`);
    await page.getByLabel('Your message').fill('Tell me a long story.');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect.poll(async () => (await page.locator('.said').last().innerText()).length).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped.').waitFor();
    await upstream.journal.waitFor(({ abortedAt }) => abortedAt !== undefined);
    await visitor.picture('guest-stopped');
    expect(visitor.complaints).toEqual([]);
  });

  it('says in the Chinese of Taiwan what went wrong, and keeps the question', async () => {
    await setGuests(OPEN);
    const visitor = await browser.person({ locale: 'zh-TW' });
    const { page } = visitor;
    await page.goto(`${hub.address}/playground`);
    await page.getByText('每天最多可提問 4 次，每則回覆最多 512 個 Token。').waitFor();
    upstream.setScript(() => ({ instead: { kind: 'status', status: 500 } }));
    await page.getByLabel('您的訊息').fill('你好');
    await page.getByRole('button', { name: '送出' }).click();
    await page.getByText('這個模型目前無法回覆，請改用其他模型，或稍後再試。').waitFor();
    expect(await page.getByLabel('您的訊息').inputValue()).toBe('你好');
    expect(await page.innerText('main')).not.toMatch(/hidden|openai|upstream/i);
    upstream.setScript(undefined);
    for (let index = 0; index < 3; index += 1) {
      await page.getByLabel('您的訊息').fill('你好');
      await page.getByRole('button', { name: '送出' }).click();
      await expect.poll(() => page.locator('.turn').count()).toBe(2 * (index + 1));
      await expect.poll(() => page.getByRole('log').getAttribute('aria-busy')).toBe('false');
    }
    await page.getByLabel('您的訊息').fill('還有嗎？');
    await page.getByRole('button', { name: '送出' }).click();
    await page.getByText('您今天的試用次數已用完，請明天再來，或登入後繼續使用。').waitFor();
    await visitor.picture('guest-limit-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('says that it is closed where none of its models can be called, and nothing at all where it is off', async () => {
    const visitor = await browser.person();
    const { page } = visitor;
    await setGuests({ ...OPEN, models: ['gone'] });
    await page.goto(`${hub.address}/playground`);
    await page.getByText('No model can be tried right now. Come back later.').waitFor();
    await visitor.picture('guest-closed');
    expect(await seriousFaults(page)).toEqual([]);
    await setGuests({ enabled: false });
    expect((await page.goto(`${hub.address}/playground`))?.status()).toBe(404);
    await page.goto(`${hub.address}/`);
    expect(await page.getByRole('link', { name: 'Try a model' }).count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });
});
