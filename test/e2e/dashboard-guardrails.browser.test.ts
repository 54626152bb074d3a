import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('guardrails in a real browser', () => {
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let ada: FilledDashboard['ada'];

  beforeAll(async () => {
    dashboard = await openFilledDashboard(async () => undefined);
    ({ hub, ada } = dashboard);
  }, 120_000);
  afterAll(() => dashboard?.close());

  it('are shown, empty and full, in both languages', { timeout: 60_000 }, async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Guardrails', exact: true }).click();
    await page.getByRole('heading', { name: 'Guardrails', exact: true }).waitFor();
    await ada.picture('guardrails-empty');
    expect(await seriousFaults(page)).toEqual([]);
    await hub.control('POST', '/guardrails', {
      name: 'No addresses leave',
      check: { kind: 'personal', finds: ['email', 'phone'] },
      action: 'mask',
      place: 'both',
      scope: { kind: 'organization' },
    });
    await page.reload();
    await page.getByText('No addresses leave').first().waitFor();
    await ada.picture('guardrails');
    expect(await seriousFaults(page)).toEqual([]);
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '內容防護', exact: true }).waitFor();
    await ada.picture('guardrails-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
