import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, listOf, requestDetail, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const BOB = { name: 'Bob', email: 'bob@example.com' };
const LOOKS = '/audit?action=readRequestContent&limit=100';

describe.skipIf(chromium === undefined)('what is said in requests, in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let secret: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small'] });
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback', HUB_RECORDS_CONTENT_DAYS: '30' },
    });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    await hub.connectFake(upstream, { name: 'fake' });
    secret = (await hub.createKey('website')).secret;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });
  beforeEach(() => ada.page.keyboard.press('Escape'));

  const button = (name: string) => ada.page.getByRole('button', { name, exact: true });
  const field = (name: string) => ada.page.getByLabel(name, { exact: true });
  const panelOf = ({ page }: Person) => page.getByRole('dialog').first();
  const openSettings = ({ page }: Person) =>
    page.goto(`${hub.address}/dashboard/org_default/organization?tab=settings`);
  const openRequest = ({ page }: Person, id: string) =>
    page.goto(`${hub.address}/dashboard/org_default/requests?request=${id}`);

  /** Calls a model and waits for the records, and for the content where one is to be stored. */
  async function say(more: Parameters<typeof chatBody>[0], isStored = true): Promise<string> {
    const answer = await callHub(hub, secret, { body: chatBody(more) });
    const id = String(answer.headers['x-request-id']);
    await eventually('records', async () => {
      const detail = await requestDetail(hub, id).catch(() => undefined);
      return detail !== undefined && (!isStored || detail['content_expires_at'] !== undefined);
    });
    return id;
  }

  it('is not stored until the organization says so, and the page of a request says that', async () => {
    await openRequest(ada, await say({}, false));
    await panelOf(ada).getByText('this organization does not store what is said').waitFor();
    expect(await button('Show content').count()).toBe(0);
    expect(ada.complaints).toEqual([]);
  });

  it('is turned on in the settings, for so long and for some projects or all', async () => {
    await openSettings(ada);
    expect(await field('Store what is said in requests').isChecked()).toBe(false);
    expect(await field('Strike out what is secret or personal first').isChecked()).toBe(true);
    await field('Store what is said in requests').check();
    await field('Whose requests').selectOption('some');
    await button('Save').last().scrollIntoViewIfNeeded();
    await ada.picture('content-policy');
    const save = ada.page.locator('form', { has: field('Whose requests') }).getByRole('button', { name: 'Save' });
    await save.click();
    await ada.page.getByText('Choose a project.').waitFor();
    await field('Whose requests').selectOption('all');
    await field('Days until it is deleted').fill('14');
    await save.click();
    await ada.page.getByText('Saved.').waitFor();
    expect(await hub.control('GET', '/organization/content-policy')).toMatchObject({
      store: true,
      keep_days: 14,
      redact: true,
    });
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('is shown once somebody asks for it, who is told before that the look is logged', async () => {
    const { page } = ada;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const id = await say({ user: 'ann@example.com' });
    await openRequest(ada, id);
    await panelOf(ada).getByText('The audit log will say that you looked at it.').waitFor();
    await ada.picture('content-before', 'window');
    expect(asked.filter((url) => url.endsWith('/content'))).toEqual([]);
    expect(await listOf(hub, LOOKS)).toEqual([]);
    await button('Show content').click();
    await page.getByRole('region', { name: 'Request' }).getByText('"Say something."').waitFor();
    await page.getByRole('region', { name: 'Answer' }).getByText('"chat.completion"').waitFor();
    await page.getByText('[redacted: e-mail address]').waitFor();
    await page.getByRole('region', { name: 'Answer' }).scrollIntoViewIfNeeded();
    await ada.picture('content-shown', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await page.bringToFront();
    expect(await listOf(hub, LOOKS)).toMatchObject([{ outcome: 'done', target_id: id, actor_kind: 'person' }]);
    await page.keyboard.press('Escape');
    await page.goBack();
    await button('Show content').waitFor();
    expect(await page.getByText('"Say something."').count()).toBe(0);
    expect(ada.complaints).toEqual([]);
  });

  it('shows a stream as its events, and is deleted for good', async () => {
    const { page } = ada;
    await openRequest(ada, await say({ stream: true }));
    await button('Show content').click();
    await page.getByRole('region', { name: 'Answer' }).getByText('data: [DONE]').waitFor();
    await ada.picture('content-stream', 'window');
    await button('Delete content').click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'Delete content' }).click();
    await panelOf(ada).getByText('Nothing is stored of this request').waitFor();
    await panelOf(ada).getByText('Attempt 1 at fake').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('is for owners and admins; others read the policy in words, in their language', async () => {
    const id = await say({});
    await hub.control('POST', '/invitations', { email: BOB.email, role: 'developer' });
    const bob = await browser.person({ locale: 'zh-TW' });
    await joinByConsole(hub, bob, BOB);
    await openSettings(bob);
    await bob.page.getByText('請求內容保存 14 天。').waitFor();
    await bob.picture('content-policy-read-zh');
    await openRequest(bob, id);
    await panelOf(bob).getByText('僅擁有者與管理員可以查看內容').waitFor();
    expect(await bob.page.getByRole('button', { name: '顯示內容' }).count()).toBe(0);
    await hub.control('PATCH', `/members/${await memberOf(BOB.email)}`, { role: 'admin' });
    await bob.page.reload();
    await bob.page.getByRole('button', { name: '顯示內容' }).click();
    await bob.page.getByRole('region', { name: '回應' }).scrollIntoViewIfNeeded();
    await bob.picture('content-shown-zh', 'window');
    expect(await seriousFaults(bob.page)).toEqual([]);
    await openSettings(bob);
    await bob.page.getByLabel('保存天數').scrollIntoViewIfNeeded();
    await bob.picture('content-policy-zh');
    expect(bob.complaints).toEqual([]);
    await bob.context.close();
  });

  async function memberOf(email: string): Promise<string> {
    const [member] = await listOf(hub, `/members?search=${encodeURIComponent(email)}`);
    return textOf(member?.['id']);
  }
});
