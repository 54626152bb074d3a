import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, scriptByUser, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const PASSWORD = 'correct horse battery';
/** More than one page of the list. */
const MANY = 55;

describe.skipIf(chromium === undefined)('the log of requests in a real browser', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let secret: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large'] });
    upstream.setScript(scriptByUser);
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
    });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    await ada.page.fill('#setup [name=name]', 'Ada');
    await ada.page.fill('#setup [name=email]', 'ada@example.com');
    await ada.page.fill('#setup [name=password]', PASSWORD);
    await ada.page.click('#setup button[type=submit]');
    await ada.page.waitForURL(/\/dashboard/);
    await hub.connectFake(upstream, { name: 'fake' });
    await hub.control('POST', '/prices', {
      provider_id: 'openai',
      model: 'fake-small',
      prices: [
        { unit: 'input', usd_per_million: '0.15' },
        { unit: 'output', usd_per_million: '0.6' },
      ],
    });
    await hub.control('POST', '/aliases', { name: 'quick', target: 'fake/fake-small' });
    secret = (await hub.createKey('website')).secret;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  const recorded = (count: number) =>
    eventually(`${count} records`, async () => (await usageRecords(hub)).length >= count, 20_000);

  beforeEach(() => ada.page.keyboard.press('Escape'));

  it('says what it is for while it is empty, and shows a call as it arrives', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByText('There is no request yet.').waitFor();
    await ada.picture('empty');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await callHub(hub, secret, { body: chatBody({ model: 'quick' }) });
    await page.getByText('asked for as quick').waitFor();
    await page.getByRole('cell', { name: 'website' }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('explains one request: its attempts, its cost, and who asked', async () => {
    const { page } = ada;
    const headers = {
      'x-request-id': 'order-77',
      'x-title': 'shop',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const streamed = await callHub(hub, secret, {
      headers,
      body: chatBody({ stream: true, user: '@wait:40+delay:15', stream_options: { include_usage: true } }),
    });
    const id = String(streamed.headers['x-hub-request-id'] ?? streamed.headers['x-request-id']);
    await recorded(2);
    await page.goto(`${page.url().split('?')[0]}?request=${id}`);
    const panel = page.getByRole('dialog');
    await panel.getByText('Attempt 1 at fake').waitFor();
    await panel.getByText('To first byte').waitFor();
    await panel.getByText('$0.15 per million').waitFor();
    await panel.getByText('set by the operator').waitFor();
    await panel.getByRole('row', { name: /^Total/ }).waitFor();
    await panel.getByText('shop', { exact: true }).waitFor();
    await panel
      .getByRole('button', { name: `Copy: ${id}`, exact: true })
      .first()
      .click();
    await panel.getByRole('button', { name: 'Copied' }).waitFor();
    await ada.picture('one', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('request=');
    expect(ada.complaints).toEqual([]);
  });

  it('says what went wrong and what to do, attempt by attempt', async () => {
    const { page } = ada;
    await callHub(hub, secret, { body: chatBody({ user: '@500' }) });
    await callHub(hub, secret, { body: chatBody({ model: 'fake/nowhere' }) });
    await callHub(hub, secret, { body: chatBody({ model: 'fake/fake-large' }) });
    await recorded(5);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('cell', { name: /^Provider’s error/ }).waitFor();
    await page.getByRole('row', { name: /Provider’s error/ }).click();
    const panel = page.getByRole('dialog');
    await panel.getByText('What went wrong').waitFor();
    await panel.getByText('failed').first().waitFor();
    await ada.picture('failed', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page
      .getByRole('row', { name: /fake\/nowhere/ })
      .getByRole('link')
      .first()
      .press('Enter');
    await panel.getByText('No provider was called.').waitFor();
    await page.goBack();
    await panel.waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /fake-large/ }).click();
    await panel.getByText('No price was known for this model').waitFor();
    await ada.picture('unpriced', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    await panel.getByRole('button', { name: 'Close' }).click();
    expect(ada.complaints).toEqual([]);
  });

  it('draws a second attempt after a first that failed', async () => {
    const { page } = ada;
    const spare = await hub.connectFake(upstream, { name: 'spare', secret: 'sk-spare' });
    upstream.setScript((request) =>
      request.credential === 'sk-spare' ? undefined : { instead: { kind: 'status', status: 503 }, headersAfterMs: 60 },
    );
    await callHub(hub, secret, { body: chatBody({ model: 'fake-small', user: 'somebody' }) });
    upstream.setScript(scriptByUser);
    await recorded(6);
    await hub.control('DELETE', `/connections/${spare}`);
    await page.goto(`${hub.address}/dashboard/org_default/requests?end_user=somebody`);
    await page.getByRole('row', { name: /fake-small/ }).click();
    const panel = page.getByRole('dialog');
    await panel.getByText('Attempt 1 at fake').waitFor();
    await panel.getByText('Attempt 2 at').waitFor();
    await panel.getByText('answered').waitFor();
    await ada.picture('fallback', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    expect(ada.complaints).toEqual([]);
  });

  it('shows a developer what they may see, and no more', async () => {
    await hub.control('POST', '/invitations', { email: 'carol@example.com', role: 'developer' });
    const link = /http:\/\/\S+\/account\/invitation#\S+/;
    const address = await eventually('an invitation', () => link.exec(hub.log())?.[0]);
    const carol = await browser.person();
    await carol.page.goto(address);
    await carol.page.fill('#join [name=name]', 'Carol');
    await carol.page.fill('#join [name=password]', PASSWORD);
    await carol.page.click('#join button[type=submit]');
    await carol.page.waitForURL(/\/dashboard/);
    await carol.page.getByRole('link', { name: 'Requests', exact: true }).click();
    await carol.page.getByRole('row', { name: /asked for as quick/ }).click();
    const panel = carol.page.getByRole('dialog');
    await panel.getByText('Attempt 1 at openai').waitFor();
    await panel.getByRole('row', { name: /^Total/ }).waitFor();
    await carol.page.keyboard.press('Escape');
    await carol.page.getByText('More filters').click();
    expect(await carol.page.getByLabel('Connection').count()).toBe(0);
    expect(await carol.page.getByRole('link', { name: 'Providers', exact: true }).count()).toBe(0);
    // The models that they may call themselves, on a page of its own.
    expect(await carol.page.getByRole('link', { name: 'Models', exact: true }).count()).toBe(1);
    expect(carol.complaints).toEqual([]);
    await carol.context.close();
  });

  it('narrows the list by what stands in the address', async () => {
    const { page } = ada;
    const rows = page.locator('tbody tr');
    await page.getByLabel('Outcome').selectOption('Provider’s error');
    await eventually('one row', async () => (await rows.count()) === 1);
    await page.reload();
    await eventually('one row', async () => (await rows.count()) === 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('More filters').click();
    await page.getByLabel('Application').fill('shop');
    await page.keyboard.press('Enter');
    await eventually('one row', async () => (await rows.count()) === 1);
    expect(page.url()).toContain('application=shop');
    await page.getByLabel('Provider', { exact: true }).selectOption('openai');
    await page.getByLabel('Connection', { exact: true }).selectOption('fake');
    await page.getByLabel('Project').selectOption({ index: 1 });
    await page.getByLabel('Key', { exact: true }).selectOption('website');
    await page.getByLabel('Time', { exact: true }).selectOption('Last hour');
    await eventually('one row', async () => (await rows.count()) === 1);
    await ada.picture('filtered');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Records as CSV' }).click(),
    ]);
    expect(
      readFileSync(await file.path(), 'utf8')
        .trimEnd()
        .split('\r\n'),
    ).toHaveLength(2);
    expect(await seriousFaults(ada.page)).toEqual([]);
    await page.getByLabel('Time', { exact: true }).selectOption('Between two times');
    await page.getByLabel('To', { exact: true }).fill('2001-01-01T00:00');
    await page.getByText('No request fits these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await eventually('all rows', async () => (await rows.count()) === 6);
    expect(ada.complaints).toEqual([]);
  });

  it('goes on to older ones, and then stands still', async () => {
    const { page } = ada;
    for (let sent = 0; sent < MANY; sent += 5) {
      await Promise.all(Array.from({ length: 5 }, () => callHub(hub, secret, { body: chatBody() })));
    }
    await recorded(MANY + 6);
    await page.reload();
    await page.getByText('Shows new ones by itself').waitFor();
    await page.getByRole('button', { name: 'Load more' }).click();
    await eventually('all rows', async () => (await page.locator('tbody tr').count()) === MANY + 6);
    await page.getByText('Shows new ones by itself').waitFor({ state: 'detached' });
    await page.goto(page.url());
    await page.getByRole('button', { name: 'Load more' }).waitFor();
    await ada.picture('full', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('is led to from the start page, and speaks Chinese', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Get started' }).click();
    await page.getByRole('link', { name: 'See it in full' }).click();
    await page.getByRole('dialog').getByText('Attempt 1 at fake').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Ada', { exact: true }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '請求紀錄' }).waitFor();
    await page
      .getByRole('row', { name: /fake-small/ })
      .first()
      .click();
    await page.getByRole('dialog').getByText('Token 與成本').waitFor();
    await ada.picture('chinese', 'window');
    expect(await seriousFaults(ada.page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
