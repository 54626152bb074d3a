import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nanoUsd, usdPerMillion } from '../../src/kernel/money.ts';
import { priceLine } from '../../src/metering/price-line.ts';
import { NO_USAGE } from '../../src/protocol/usage.ts';
import { DEFAULT_TENANT } from '../../src/storage/default-tenant.ts';
import { outcome } from '../../src/storage/testing/rows.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';
import type { Tenants } from '../support/tenants.ts';

const { path: chromium } = browserAvailable();
const DAY_MS = 86_400_000;
const CALLS = 150;

/** Two places for one model, the dear one used every day for five weeks, and a key that nobody needs. */
async function layDown(tenants: Tenants): Promise<void> {
  const { store } = tenants.core;
  const add = (name: string, providerId: string) =>
    tenants.addConnection(DEFAULT_TENANT, {
      name,
      providerId,
      baseUrl: 'https://a.example/v1',
      secret: 'sk-test',
      models: ['gpt-4o'],
    });
  const used = await add('dear', 'openai');
  await add('cheap', 'deepseek');
  await tenants.addKey(DEFAULT_TENANT, { name: 'forgotten' });
  const card = { model: 'gpt-4o', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  const line = (unit: 'input' | 'cached-input' | 'output', usd: string) => priceLine(unit, usdPerMillion(usd));
  await store.rateCards.insert([
    {
      ...card,
      id: 'rc_dear',
      providerId: 'openai',
      prices: [line('input', '5'), line('cached-input', '2.5'), line('output', '15')],
    },
    { ...card, id: 'rc_cheap', providerId: 'deepseek', prices: [line('input', '4'), line('output', '12')] },
  ]);
  const now = Date.now();
  const call = { connectionId: used, providerId: 'openai', requestedModel: 'gpt-4o', routedModel: 'gpt-4o' } as const;
  await store.records.commit(
    Array.from({ length: CALLS }, (_, index) =>
      outcome(index, {
        ...call,
        startedAt: now - Math.floor((index * 35 * DAY_MS) / CALLS),
        status: index % 30 === 0 ? 'cut' : 'success',
        usage: { ...NO_USAGE, inputTokens: 20_000, cachedInputTokens: 1_000, outputTokens: 2_000 },
        costNano: nanoUsd(132_500_000n),
      }),
    ),
  );
}

describe.skipIf(chromium === undefined)('forecast and savings in a real browser', () => {
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let ada: FilledDashboard['ada'];

  beforeAll(async () => {
    dashboard = await openFilledDashboard(layDown);
    ({ hub, ada } = dashboard);
  }, 120_000);
  afterAll(() => dashboard?.close());

  it('tells what the month will have cost, what could have cost less, and how that comes about', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Usage and cost', exact: true }).click();
    await page.getByRole('link', { name: 'Forecast and savings' }).click();
    await page.getByText('From the last 28 full days').waitFor();
    expect(new URL(page.url()).searchParams.get('tab')).toBe('savings');
    await page.getByRole('heading', { name: 'gpt-4o costs less elsewhere' }).waitFor();
    await page.getByRole('heading', { name: 'gpt-4o finds little in the provider’s cache' }).waitFor();
    await page.getByRole('heading', { name: 'gpt-4o: failed requests were paid for' }).waitFor();
    await page.getByRole('heading', { name: '1 virtual key is not used' }).waitFor();
    await ada.picture('savings');
    for (const one of await page.locator('summary', { hasText: 'How it comes about' }).all()) await one.click();
    for (const one of await page.locator('summary', { hasText: 'Which ones' }).all()) await one.click();
    await page.getByRole('columnheader', { name: 'A million at cheap' }).waitFor();
    await page.getByRole('cell', { name: 'forgotten' }).waitFor();
    await ada.picture('savings-open');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'See this usage' }).first().click();
    await page.getByRole('button', { name: 'Without the filter dear' }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('says so where there is nothing, in the Chinese of Taiwan, too', async () => {
    const { page } = ada;
    const made = await hub.control('POST', '/organizations', { name: 'Empty', owner_email: 'ada@example.com' });
    const { organization } = made as { readonly organization: { readonly id: string } };
    await page.goto(`${hub.address}/dashboard/${organization.id}/usage?tab=savings`);
    await page.getByText('There is no expectation with fewer than 14 full days of data.').waitFor();
    await page.getByText('Nothing was found.').waitFor();
    await ada.picture('savings-empty');
    expect(await seriousFaults(page)).toEqual([]);
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.goto(`${hub.address}/dashboard/org_default/usage?tab=savings`);
    await page.getByRole('heading', { name: 'gpt-4o 有更便宜的連線' }).waitFor();
    await ada.picture('savings-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
