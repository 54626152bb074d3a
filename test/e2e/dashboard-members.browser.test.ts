import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type TestBrowser } from '../support/browser.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the dashboard of who manages nothing', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-secret'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], environment: { HUB_TRUSTED_PROXIES: 'loopback' } });
    await hub.connectFake(upstream, { name: 'hidden-connection' });
    await hub.control('PUT', '/rules/organization/org_default', { denied_models: ['fake-secret'] });
    browser = await openBrowser();
    await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  async function join(role: string, locale: string) {
    const email = `${role}@example.com`;
    await hub.control('POST', '/invitations', { email, role });
    const person = await browser.person({ locale });
    await joinByConsole(hub, person, { name: role, email });
    return person;
  }

  it('shows a visitor where to sign in, and the models only once the operator says so', async () => {
    const visitor = await browser.person({ locale: 'en-US' });
    const { page } = visitor;
    await page.goto(`${hub.address}/`);
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await page.innerText('main')).not.toContain('fake-small');
    await visitor.picture('visitor');
    expect(await seriousFaults(page)).toEqual([]);
    await hub.control('PATCH', '/installation', { public_models: true });
    await page.goto(`${hub.address}/?lang=zh-TW`);
    await page.getByRole('cell', { name: 'fake-small' }).waitFor();
    expect(await page.innerText('main')).not.toMatch(/fake-secret|hidden-connection/);
    await visitor.picture('visitor-models-zh');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: '登入' }).click();
    await page.waitForSelector('#sign-in');
    expect(visitor.complaints).toEqual([]);
  });

  it('leads a developer from the models that rules leave to a first answer', async () => {
    const dora = await join('developer', 'en-US');
    const { page } = dora;
    await page.goto(`${hub.address}/dashboard/org_default/start`);
    await page.getByText('There is 1 model that you may call.').waitFor();
    await page.getByLabel('Model', { exact: true }).selectOption('fake-small');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const secret = (await page.locator('pre', { hasText: /^sk-hub-/ }).innerText()).trim();
    await dora.picture('member-start');
    expect(await seriousFaults(page)).toEqual([]);
    expect((await callHub(hub, secret, { body: chatBody({ model: 'fake-small' }) })).status).toBe(200);
    await page.getByText('The first request has arrived.').waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Models', exact: true }).click();
    await page.getByRole('link', { name: 'fake-small' }).waitFor();
    await dora.picture('member-models');
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.innerText('main')).not.toMatch(/fake-secret|hidden-connection/);
    await page.getByRole('link', { name: 'fake-small' }).click();
    await page.getByLabel('Your message').waitFor();
    expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('fake-small');
    expect(dora.complaints).toEqual([]);
  });

  it('shows a viewer the models, in the Chinese of Taiwan, and who does billing none', async () => {
    const vera = await join('viewer', 'zh-TW');
    await vera.page.goto(`${hub.address}/dashboard/org_default/models`);
    await vera.page.getByRole('cell', { name: 'fake-small' }).waitFor();
    await vera.picture('member-models-zh');
    expect(await seriousFaults(vera.page)).toEqual([]);
    await vera.page.goto(`${hub.address}/dashboard/org_default/start`);
    await vera.page.getByText('您可以呼叫 1 個模型。').waitFor();
    expect(vera.complaints).toEqual([]);
    const bill = await join('billing', 'en-US');
    await bill.page.goto(`${hub.address}/dashboard/org_default/start`);
    await bill.page.getByText('An administrator connects providers.').waitFor();
    expect(await bill.page.getByRole('navigation').getByRole('link', { name: 'Models', exact: true }).count()).toBe(0);
  });
});
