import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nanoUsd } from '../../src/kernel/money.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import { outcome } from '../../src/storage/testing/rows.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';
import type { Tenants } from '../support/tenants.ts';

const { path: chromium } = browserAvailable();
const DOLLAR = 1_000_000_000n;
const MONTH = new Date().toISOString().slice(0, 'YYYY-MM'.length);

/** Calls at noon of the month's first day: of a project with a team, of one without, and of one with a tag. */
async function layDown(tenants: Tenants): Promise<void> {
  const { organizationId } = DEFAULT_TENANT;
  const { projectId } = tenants.addProject(organizationId);
  tenants.run(
    'INSERT INTO teams (id, organization_id, name, created_at) VALUES (?, ?, ?, 1)',
    'team_1',
    organizationId,
    'Growth',
  );
  tenants.run('UPDATE projects SET team_id = ? WHERE id = ?', 'team_1', projectId);
  const startedAt = Date.parse(`${MONTH}-01T12:00:00Z`);
  const call = (number: number, project: string, dollars: bigint, tags?: Record<string, string>) =>
    outcome(number, { startedAt, projectId: project, costNano: nanoUsd(dollars * DOLLAR), tags });
  await tenants.core.store.records.commit([
    call(1, projectId, 30n),
    call(2, projectId, 10n, { cost_center: '100' }),
    call(3, DEFAULT_TENANT.projectId, 2n),
  ]);
}

describe.skipIf(chromium === undefined)('a chargeback in a real browser', () => {
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let browser: FilledDashboard['browser'];
  let ada: FilledDashboard['ada'];

  beforeAll(async () => {
    dashboard = await openFilledDashboard(layDown);
    ({ hub, browser, ada } = dashboard);
  }, 120_000);
  afterAll(() => dashboard?.close());

  it('is split by team, project and tag, and what belongs to none stands at the end', async () => {
    const { page } = ada;
    await page.goto(`${hub.address}/dashboard/org_default/usage?tab=chargeback&month=${MONTH}&zone=UTC`);
    await page.getByRole('row', { name: /^Growth 2 / }).waitFor();
    const lines = async () => (await page.getByRole('row').allInnerTexts()).map((line) => line.split(/\s*\t\s*/));
    const costs = async () => (await lines()).slice(1).map((cells) => [cells[0], cells.at(-1)]);
    expect(await costs()).toEqual([
      ['Growth', '$40.00'],
      ['No team', '$2.00'],
      ['Total', '$42.00'],
    ]);
    expect(await seriousFaults(page)).toEqual([]);
    await ada.picture('chargeback-team');
    await page.getByLabel('Group by').selectOption('tag');
    await page.getByLabel('Name of the tag').waitFor();
    await page.getByRole('row', { name: /^Without this tag/ }).waitFor();
    expect(await costs()).toEqual([
      ['100', '$10.00'],
      ['Without this tag', '$32.00'],
      ['Total', '$42.00'],
    ]);
    await ada.picture('chargeback-tag');
    expect(ada.complaints).toEqual([]);
  });

  it('is saved as a file of what is seen', async () => {
    const { page } = ada;
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Chargeback as CSV' }).click();
    const file = await saving;
    expect(file.suggestedFilename()).toBe(`chargeback-${MONTH}-tag.csv`);
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines.map((line) => [line.split(',')[0], line.split(',').at(-1)])).toEqual([
      ['value', 'cost_usd'],
      ['100', '10'],
      ['', '32'],
    ]);
  });

  it('is printed without the frame and its controls', async () => {
    const { page } = ada;
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Print' }).count()).toBe(0);
    expect(await page.getByRole('row').count()).toBe(4);
    await page.emulateMedia({ media: 'screen', colorScheme: null });
    expect(ada.complaints).toEqual([]);
  });

  it('says so where nothing was called, and speaks Chinese', async () => {
    const storageState = await ada.page.context().storageState();
    const reader = await browser.person({ locale: 'zh-TW', storageState });
    const before = new Date(Date.parse(`${MONTH}-01T00:00:00Z`) - 1).toISOString().slice(0, 'YYYY-MM'.length);
    await reader.page.goto(`${hub.address}/dashboard/org_default/usage?tab=chargeback&month=${before}&zone=UTC`);
    await reader.page.getByText('這個月沒有任何呼叫。').waitFor();
    await reader.picture('chargeback-empty-zh');
    await reader.page.goto(`${hub.address}/dashboard/org_default/usage?tab=chargeback&zone=Asia/Kolkata`);
    await reader.page.getByText('不屬於任何團隊').waitFor();
    await reader.picture('chargeback-zh');
    expect(await seriousFaults(reader.page)).toEqual([]);
    expect(reader.complaints).toEqual([]);
  });
});
