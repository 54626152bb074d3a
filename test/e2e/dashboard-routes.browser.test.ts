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
});
