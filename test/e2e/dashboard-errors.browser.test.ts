import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('errors of the API on pages in the Chinese of Taiwan', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let reader: Person;
  let secret: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
    await hub.connectFake(upstream);
    ({ secret } = await hub.createKey('taken'));
    browser = await openBrowser();
    const ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    reader = await browser.person({ locale: 'zh-TW', storageState: await ada.context.storageState() });
    // Signed in in English, read in Chinese.
    await reader.context.clearCookies({ name: 'hub_language' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  it('stand beside the field that they are about, with what is to be done below', async () => {
    const { page } = reader;
    await page.goto(`${hub.address}/dashboard/org_default/keys`);
    await page.getByRole('button', { name: '新增金鑰' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱').fill('taken');
    await dialog.getByLabel('擁有者').selectOption('project');
    await dialog.getByRole('button', { name: '建立' }).click();
    await dialog.getByText('已有同名的金鑰。請改用其他名稱，或先處理相關的項目。').waitFor();
    await dialog.getByText('已有同名的金鑰。', { exact: true }).waitFor();
    expect(await dialog.innerText()).not.toContain('A key of that name');
    await reader.picture('errors-field-zh', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByLabel('名稱').fill('other');
    await dialog.getByText('更多').click();
    await dialog.getByLabel('可使用的來源位址').fill('nowhere');
    await dialog.getByRole('button', { name: '建立' }).click();
    await dialog.getByText('不是 IP 位址、CIDR 網段、`loopback` 或 `private`。', { exact: true }).waitFor();
    await reader.picture('errors-field-again-zh', 'window');
    expect(reader.complaints).toEqual([]);
  });

  it('are told of a request that went wrong, with the model that it was about', async () => {
    const { page } = reader;
    const failed = await callHub(hub, secret, { body: chatBody({ model: 'no-such-model' }) });
    const id = String(failed.headers['x-request-id']);
    await page.goto(`${hub.address}/dashboard/org_default/requests?request=${id}`);
    await page.getByText('已連接的供應商都沒有提供模型「no-such-model」。').waitFor();
    await page.getByText('請改用清單中的模型。').waitFor();
    await reader.picture('errors-request-zh', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    expect(reader.complaints).toEqual([]);
  });
});
