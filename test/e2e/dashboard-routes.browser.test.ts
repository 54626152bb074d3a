import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FleetScene, setFleetScene } from '../support/fleet-scene.ts';
import { asObject, listOf, textOf } from '../support/hub-calls.ts';

const { path: chromium } = browserAvailable();
const PASSWORD = 'correct horse battery';

describe.skipIf(chromium === undefined)('the routes in a real browser', { timeout: 60_000 }, () => {
  let scene: FleetScene;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    scene = await setFleetScene(['a', 'b'], { environment: { HUB_TRUSTED_PROXIES: 'loopback' } });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(scene.hub.log())?.[0] ?? '');
    await ada.page.fill('#setup [name=name]', 'Ada');
    await ada.page.fill('#setup [name=email]', 'ada@example.com');
    await ada.page.fill('#setup [name=password]', PASSWORD);
    await ada.page.click('#setup button[type=submit]');
    await ada.page.waitForURL(/\/dashboard/);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  it('says what happens by itself while there is none', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    await page.getByText('There is no route yet.').waitFor();
    await ada.picture('empty');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('makes one with tiers, weights and a rule', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name', { exact: true }).fill('smart');
    await page.getByLabel('Served by').fill('a/fake-small 3\n\nb/fake-small');
    await page.getByLabel('Order').selectOption('In turn, by weight');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const rule = page.getByRole('group', { name: 'Rule 1' });
    await rule.getByLabel('Name').fill('team');
    await rule.getByLabel('Values').fill('search, ads');
    await rule.getByLabel('Served by').fill('b/fake-small');
    await ada.picture('form');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /smart.*a\/fake-small × 3.*In turn, by weight/ }).waitFor();
    await ada.picture('list');
    const [route] = await listOf(scene.hub, '/routes');
    expect(route).toMatchObject({
      strategy: 'weighted',
      tiers: [{ targets: [{ model: 'a/fake-small', weight: 3 }] }, { targets: [{ model: 'b/fake-small', weight: 1 }] }],
      rules: [{ when: { tags: { team: ['search', 'ads'] } }, tiers: [{ targets: [{ model: 'b/fake-small' }] }] }],
    });
    expect((await scene.ask({ model: 'smart' })).status).toBe(200);
  });

  it('changes it, and what the form cannot show stays', async () => {
    const { page } = ada;
    const [route] = await listOf(scene.hub, '/routes');
    const { id, name, strategy, affinity, tiers, timeouts, fallbacks } = asObject(route ?? {});
    const body = asObject({ name, strategy, affinity, tiers, timeouts, fallbacks });
    const rules = [{ when: { tools: true, images: true }, tiers: [{ targets: [{ model: 'b/fake-small' }] }] }];
    await scene.hub.control('PUT', `/routes/${textOf(id)}`, { ...body, rules });
    await page.reload();
    await page.getByRole('button', { name: 'smart', exact: true }).click();
    await page.getByText('This rule has several conditions.').waitFor();
    await page.getByLabel('To the first byte, in milliseconds').fill('2500');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await listOf(scene.hub, '/routes'))[0]).toMatchObject({ rules, timeouts: { first_byte_ms: 2500 } });
  });

  it('shows how deployments stand, and what would be tried', async () => {
    const { page } = ada;
    scene.treat('a', '500');
    for (let count = 0; count < 5; count += 1) await scene.ask({ model: 'smart' });
    await page.getByRole('link', { name: 'Deployments', exact: true }).click();
    await page.getByRole('row', { name: /a\/fake-small.*(Passed over|Being tried)/ }).waitFor();
    await page.getByRole('row', { name: /b\/fake-small.*Ready/ }).waitFor();
    await ada.picture('health');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByLabel('Model or route').fill('smart');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('By the route smart: In turn, by weight.').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    await ada.picture('explained');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('With tools').check();
    await page.getByLabel('With pictures').check();
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('By rule 1 of the route smart').waitFor();
  });

  it('removes it', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Routes', exact: true }).first().click();
    await page.getByRole('button', { name: 'Remove: smart' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('There is no route yet.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('does all of it in the Chinese of Taiwan', async () => {
    const { page } = ada;
    const form = page.getByRole('dialog');
    scene.treat('a', undefined);
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByText('還沒有路由。').waitFor();
    await ada.picture('empty-zh');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('button', { name: '新增路由' }).click();
    await form.getByLabel('名稱', { exact: true }).fill('聰明');
    await form.getByLabel('由誰服務').fill('a/fake-small\n\nb/fake-large');
    await form.getByLabel('固定在同一處').selectOption('每段對話');
    await form.getByRole('button', { name: '新增規則' }).click();
    const rule = form.getByRole('group', { name: '規則 1' });
    await rule.getByLabel('請求帶有').selectOption('至少這麼多 Token');
    await rule.getByLabel('值').fill('很多');
    await rule.getByLabel('由誰服務').fill('b/fake-small');
    await form.getByRole('button', { name: '儲存' }).click();
    await rule.getByText('格式不正確。').waitFor();
    await rule.getByLabel('請求帶有').selectOption('圖片');
    await form.getByLabel('到首位元組為止（毫秒）').fill('99999999');
    await form.getByRole('button', { name: '儲存' }).click();
    await form.getByText('不得大於 86400000。', { exact: true }).waitFor();
    expect(await form.getByLabel('到首位元組為止（毫秒）').getAttribute('aria-invalid')).toBe('true');
    await ada.picture('form-zh', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByLabel('到首位元組為止（毫秒）').fill('3000');
    await form.getByRole('button', { name: '儲存' }).click();
    await page.getByRole('row', { name: /聰明.*a\/fake-small.*b\/fake-large.*依填寫順序/ }).waitFor();
    await ada.picture('list-zh');
    expect((await listOf(scene.hub, '/routes'))[0]).toMatchObject({
      name: '聰明',
      affinity: 'conversation',
      tiers: [{ targets: [{ model: 'a/fake-small' }] }, { targets: [{ model: 'b/fake-large' }] }],
      rules: [{ when: { images: true } }],
      timeouts: { first_byte_ms: 3000 },
    });

    const explain = async (): Promise<void> => {
      await page.getByRole('link', { name: '試算', exact: true }).click();
      await page.getByLabel('模型或路由').fill('聰明');
      await page.getByRole('button', { name: '顯示' }).click();
    };
    await explain();
    await page.getByText('依路由 聰明：依填寫順序。').waitFor();
    expect(await page.locator('tbody tr').allTextContents()).toEqual([
      expect.stringMatching(/^1a\/fake-small/),
      expect.stringMatching(/^2b\/fake-large/),
    ]);
    await page.getByText(/這條路由在這一分鐘內還可再嘗試 \d+ 次。/).waitFor();
    await ada.picture('explained-zh');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('帶有圖片').check();
    await page.getByRole('button', { name: '顯示' }).click();
    await page.getByText('依路由 聰明 的規則 1：依填寫順序。').waitFor();

    await page.getByRole('link', { name: '路由', exact: true }).last().click();
    await page.getByRole('button', { name: '聰明', exact: true }).click();
    await form.getByLabel('由誰服務').first().fill('b/fake-large 2\nb/fake-small\n\na/fake-small');
    await form.getByLabel('順序').selectOption('依權重輪流');
    await form.getByRole('button', { name: '移除規則 1' }).click();
    await form.getByRole('button', { name: '儲存' }).click();
    await page.getByRole('row', { name: /聰明.*b\/fake-large × 2.*依權重輪流/ }).waitFor();
    await page.getByRole('link', { name: '部署', exact: true }).click();
    await page.getByRole('row', { name: /b\/fake-small.*正常/ }).waitFor();
    await ada.picture('health-zh');
    expect(await seriousFaults(page)).toEqual([]);
    await explain();
    await page.getByText('依路由 聰明：依權重輪流。').waitFor();

    await page.getByRole('link', { name: '路由', exact: true }).last().click();
    await page.getByRole('button', { name: '移除: 聰明' }).click();
    await page.getByRole('button', { name: '移除', exact: true }).click();
    await page.getByText('還沒有路由。').waitFor();
    expect(await listOf(scene.hub, '/routes')).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
