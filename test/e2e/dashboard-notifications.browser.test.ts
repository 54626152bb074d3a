import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, listenOnLoopback } from '../support/listen.ts';

const { path: chromium } = browserAvailable();
const SECRET = 'sk-good-credential';
const WITHIN = { timeout: 30_000 };

describe.skipIf(chromium === undefined)('notifications and webhooks in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let port: number;
  const receiver = createServer((_request, response) => response.writeHead(204).end());

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small'], credentials: [SECRET] });
    port = await listenOnLoopback(receiver, 0);
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
    });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
    await closeServer(receiver);
  });

  const button = (name: string | RegExp) =>
    ada.page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) });
  const inDialog = (name: string) => ada.page.getByRole('dialog').last().getByRole('button', { name, exact: true });
  const bell = (name: string | RegExp) => ada.page.getByRole('link', { name }).filter({ visible: true });
  const faultless = async (): Promise<void> => {
    expect(await seriousFaults(ada.page)).toEqual([]);
  };

  it('the bell leads to a page that says what it is for while nothing happened', async () => {
    await bell('Notifications').focus();
    await ada.page.keyboard.press('Enter');
    await ada.page.getByText('Nothing happened yet.').waitFor();
    expect(ada.page.url()).toMatch(/\/org_default\/notifications$/);
    await expect.poll(() => ada.page.title()).toMatch(/^Notifications/);
    await faultless();
    await ada.picture('notifications-empty');
  });

  it('a credential that fails shows by itself, on the bell and in the list', async () => {
    const id = await hub.connectFake(upstream, { name: 'fake', secret: SECRET });
    upstream.setCredentials([]);
    const [credential] = await listOf(hub, `/connections/${id}/credentials`);
    await hub.control('POST', `/credentials/${textOf(credential?.['id'])}/test`);
    await bell('Notifications, 1 unread').waitFor(WITHIN);
    await ada.page.getByRole('cell', { name: /A credential is failing/ }).waitFor(WITHIN);
    await faultless();
    await ada.picture('notifications');
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await ada.page.emulateMedia({ colorScheme: 'dark' });
    await faultless();
    await ada.picture('notifications-phone-dark');
    await ada.page.emulateMedia({ colorScheme: 'light' });
    await ada.page.setViewportSize({ width: 1440, height: 900 });
    await button('Mark all as read').click();
    await bell(/^Notifications$/).waitFor();
    await button('Mark all as read').waitFor({ state: 'detached' });
  });

  it('mails of a kind are turned off, and stay so', async () => {
    const box = ada.page.getByRole('checkbox', { name: 'New models at a provider' });
    await box.click();
    await ada.page.getByText('Saved.').waitFor();
    await ada.page.reload();
    await box.waitFor();
    expect(await box.isChecked()).toBe(false);
  });

  it('a webhook is made, shows its secret once, is tested, rotated, switched off and removed', async () => {
    await ada.page.goto(`${hub.address}/dashboard/org_default/organization?tab=webhooks`);
    await ada.page.getByText('No webhook yet.').waitFor();
    await ada.picture('webhooks-empty');
    await button('New webhook').click();
    await ada.page.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${port}/hook`);
    await ada.page.getByRole('checkbox', { name: 'A credential is failing' }).check();
    await faultless();
    await ada.picture('webhook-new', 'window');
    await inDialog('Create').click();
    await ada.page.getByText(/^whsec_/).waitFor();
    await ada.picture('webhook-secret', 'window');
    await inDialog('Done').click();
    expect(await ada.page.getByText(/whsec_/).count()).toBe(0);
    await button(/\/hook$/).click();
    await inDialog('Send a test').click();
    await ada.page.getByText('Delivered').waitFor(WITHIN);
    await faultless();
    await ada.picture('webhook-panel', 'window');
    await button(/^Deliver again/).click();
    await ada.page.getByText('Waiting').waitFor(WITHIN);
    await inDialog('New secret').click();
    await inDialog('New secret').click();
    await ada.page.getByText(/^whsec_/).waitFor();
    await inDialog('Done').click();
    await ada.page.getByText('The former secret signs until').waitFor();
    await inDialog('Switch off').click();
    await inDialog('Switch on').waitFor();
    await inDialog('Remove').click();
    await inDialog('Remove').click();
    await ada.page.getByText('No webhook yet.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('says everything in Traditional Chinese, too', async () => {
    await ada.context.addCookies([{ name: 'hub_language', value: 'zh-TW', url: hub.address }]);
    await ada.page.goto(`${hub.address}/dashboard/org_default/notifications`);
    await ada.page.getByRole('heading', { name: '通知', level: 1 }).waitFor();
    await ada.page.getByRole('cell', { name: /憑證失效/ }).waitFor();
    await ada.picture('notifications-zh');
    await ada.page.goto(`${hub.address}/dashboard/org_default/organization?tab=webhooks`);
    await ada.page.getByText('還沒有 Webhook。').waitFor();
    await ada.picture('webhooks-zh');
    expect(ada.complaints).toEqual([]);
  });
});
