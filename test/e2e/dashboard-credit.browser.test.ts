import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/kernel/json.ts';
import { parseCredits } from '../../src/kernel/money.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { fillCredit, PURCHASE_LINK, setPrices, startCreditHub, withStore } from '../support/credit-scene.ts';
import { firstOwner, joinByConsole, signUpByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const MODEL = 'fake/fake-small';
const ORGANIZATION = 'organization/org_default';

/** Opens an address of the dashboard, of the first organization unless another is named. */
async function open({ page }: Person, hub: HubProcess, path: string, organizationId = 'org_default'): Promise<Page> {
  await page.goto(`${hub.address}/dashboard/${organizationId}/${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

/** Decimal credits, which may be below zero, as whole nano-credits. */
function nanoOf(value: JsonValue | undefined): bigint {
  const text = textOf(value);
  const nano: bigint = parseCredits(text.replace(/^-/, '')) ?? 0n;
  return text.startsWith('-') ? -nano : nano;
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

describe.skipIf(chromium === undefined)('credit in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let secret: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    hub = await startCreditHub(upstream);
    await setPrices(hub);
    secret = (await hub.createKey('website')).secret;
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  /** Somebody else in the first organization. */
  async function member(role: string, locale = 'en-US'): Promise<Person> {
    const email = `${role}@example.com`;
    await hub.control('POST', '/invitations', { email, role });
    const person = await browser.person({ locale });
    await joinByConsole(hub, person, { name: role, email });
    return person;
  }

  const call = () => callHub(hub, secret, { body: chatBody({ model: MODEL, max_tokens: 50 }) });

  it('says that there is none yet, and gives it once the consequence was read', async () => {
    const page = await open(ada, hub, 'credit');
    await page.getByText('There is no credit yet.').waitFor();
    await ada.picture('credit-empty');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Give credit' }).click();
    await page.getByLabel('Amount').fill('1.0000000001');
    await page.getByLabel('Name', { exact: true }).fill('Order 1042');
    await ada.picture('credit-give', 'window');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('gets 1.0000000001 credits and may spend them at once').waitFor();
    await ada.picture('credit-consequence', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Give credit', exact: true }).last().click();
    // What is wrong stands beside the field, and nothing that was entered is lost.
    await page.getByText('nine places at most, up to a billion').waitFor();
    expect(await page.getByLabel('Amount').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Amount').fill('100');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Give credit', exact: true }).last().click();
    await page.getByText('100.00 credits were given.').waitFor();
    await page.getByRole('table').first().waitFor();
    expect(await listOf(hub, '/credit/grants')).toMatchObject([{ name: 'Order 1042', issued: '100' }]);
    expect(ada.complaints).toEqual([]);
  });

  it('takes no more back than can be taken', async () => {
    const page = await open(ada, hub, `credit?account=${ORGANIZATION}`);
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByLabel('Amount').fill('1000');
    await page.getByLabel('Reason').fill('the order was cancelled');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Take back', exact: true }).last().click();
    await page.getByText('The account has 100 credits that can be taken').waitFor();
    await page.getByLabel('Amount').fill('40');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Take back', exact: true }).last().click();
    await page.getByText('40.00 credits were taken back.').waitFor();
    await page.getByRole('cell', { name: 'the order was cancelled' }).waitFor();
  });

  it('leads from an entry to its request, which says line by line what it was charged, and back to a refund', async () => {
    expect((await call()).status).toBe(200);
    const page = await open(ada, hub, 'credit?kind=charge');
    await page
      .getByRole('link', { name: /^Request: ur_/ })
      .first()
      .click();
    const panel = page.getByRole('dialog');
    await panel.getByText('Settled by what the provider reported').waitFor();
    for (const name of ['Cost per million', 'Credits per million']) {
      await panel.getByRole('columnheader', { name }).waitFor();
    }
    // Two dollars a million with 20 % on top.
    await panel.getByRole('cell', { name: '2.40', exact: true }).waitFor();
    await panel.getByRole('rowheader', { name: 'Margin' }).waitFor();
    await ada.picture('credit-request', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    const [charge] = await listOf(hub, '/credit/entries?kind=charge');
    await panel.getByRole('button', { name: 'Refund' }).click();
    await page.getByLabel('Amount').fill(textOf(charge?.['amount']).slice(1));
    await page.getByLabel('Reason').fill('a broken answer');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Each account that paid for this call gets').waitFor();
    await page.getByRole('button', { name: 'Refund', exact: true }).last().click();
    await page.getByText('credits were given back.').waitFor();
    await panel.getByRole('rowheader', { name: 'Given back since' }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('sets what answers that break off are charged, and says of such a request by which policy it was', async () => {
    const page = await open(ada, hub, 'credit');
    const policy = page.getByLabel('What is charged for them');
    expect(await policy.inputValue()).toBe('bill-provider-usage');
    await policy.selectOption('waive-if-nothing-delivered');
    await page.getByText('The policy is saved.').waitFor();
    await page.getByText('nothing where nothing of the answer reached the caller').waitFor();
    await ada.picture('credit-policy');
    expect(await seriousFaults(page)).toEqual([]);
    upstream.setScript(() => ({ hang: { at: 'headers' } }));
    upstream.journal.clear();
    const gone = new AbortController();
    const body = chatBody({ model: MODEL, max_tokens: 50, stream: true });
    const left = callHub(hub, secret, { body, signal: gone.signal }).catch(() => undefined);
    await upstream.journal.waitFor(() => true);
    gone.abort();
    await left;
    upstream.setScript(undefined);
    const request = await eventually('the record of the call', async () => {
      const [record] = await listOf(hub, '/usage/records?limit=1');
      return record?.['status'] === 'client_closed' ? record : undefined;
    });
    await open(ada, hub, `requests?request=${textOf(request['id'])}`);
    const panel = page.getByRole('dialog');
    await panel.getByText('The caller ended this answer before it was complete.').waitFor();
    await panel.getByText('Nothing of it arrived, so nothing is charged.').waitFor();
    await ada.picture('credit-waived', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('shows balances, grants, calls under way and the statement, in both languages', async () => {
    await withStore(join(hub.dataDir, 'hub.db'), (store) => fillCredit(store, { keyId: 'vk_none' }));
    const page = await open(ada, hub, 'credit');
    await page.getByRole('heading', { name: 'Statement' }).waitFor();
    await page.getByRole('cell', { name: 'Welcome' }).first().waitFor();
    await ada.picture('credit-full');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('Kind').selectOption('Charge');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.waitForURL(/kind=charge/);
    await page.getByRole('button', { name: 'Clear filters' }).waitFor();
    const link = await page.getByRole('link', { name: 'Statement as CSV' }).getAttribute('href');
    const file = await page.request.get(new URL(link ?? '', hub.address).href);
    expect(await file.text()).toMatch(/^at,kind,amount,account_id/);
    await page.getByRole('link', { name: 'Show only Default' }).first().click();
    await page.waitForURL(/account=/);
    await page.getByRole('link', { name: 'Show all accounts' }).waitFor();
    await ada.picture('credit-account');
    const chinese = await browser.person({ locale: 'zh-TW', storageState: await ada.context.storageState() });
    await open(chinese, hub, 'credit');
    await chinese.page.getByRole('heading', { name: '明細' }).waitFor();
    await chinese.page.getByRole('cell', { name: 'Welcome' }).first().waitFor();
    await chinese.picture('credit-full-zh');
    for (const tab of ['accounts', 'starters', 'review', 'ledger']) {
      await open(chinese, hub, `credit?tab=${tab}`);
      await chinese.page.locator('main table, main form').first().waitFor();
      await chinese.picture(`credit-${tab}-zh`);
    }
    expect([...ada.complaints, ...chinese.complaints]).toEqual([]);
    await chinese.context.close();
  });

  it('shows an operator all accounts, the poorest first, and finds one', async () => {
    const page = await open(ada, hub, 'credit?tab=accounts');
    await page.getByRole('table').waitFor();
    await ada.picture('credit-accounts');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('Search names and ids').fill('no such account');
    await page.getByText('No account fits that.').waitFor();
    await page.getByLabel('Search names and ids').fill('default');
    await page.getByRole('region', { name: 'All accounts' }).getByRole('link').first().click();
    await page.waitForURL(/account=/);
  });

  it('offers credit to who signs up, and says who got it', async () => {
    await hub.control('PATCH', '/installation', { sign_up: 'open', sign_up_joins: 'personal' });
    const page = await open(ada, hub, 'credit?tab=starters');
    await page.getByText('Nobody has signed up for it yet.').waitFor();
    await page.getByLabel('Give who signs up credit to begin with').check();
    await page.getByLabel('Name', { exact: true }).fill('Welcome to Example');
    await page.getByLabel('Amount').fill('25');
    await page.getByLabel('Mail domains that get none').fill('throwaway.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It holds for whoever signs up from now on.').waitFor();
    await signUpByConsole(hub, { name: 'Grace', email: 'grace@example.com' });
    await signUpByConsole(hub, { name: 'Mallory', email: 'mallory@throwaway.example' });
    await page.reload();
    const given = page.getByRole('region', { name: 'Who got it' });
    await given.getByRole('row').filter({ hasText: 'Grace' }).getByText('Given').waitFor();
    await given.getByRole('row').filter({ hasText: 'Mallory' }).getByText('Its mail domain gets none.').waitFor();
    await ada.picture('credit-starters');
    expect(await seriousFaults(page)).toEqual([]);
    await given.getByRole('link', { name: 'Grace' }).click();
    await page.getByRole('cell', { name: 'Welcome to Example' }).first().waitFor();
    await ada.picture('credit-started');
  });

  it('gives an organization its first credit, and shows its account as an operator sees it', async () => {
    const made = await hub.control('POST', '/organizations', { name: 'Acme', owner_email: 'boss@example.com' });
    const { organization } = made as { readonly organization: { readonly id: string } };
    const page = await open(ada, hub, 'credit?tab=accounts');
    await page.getByRole('button', { name: 'Give credit' }).click();
    await page.getByLabel('Organization', { exact: true }).last().selectOption('Acme');
    await page.getByLabel('Amount').fill('3');
    await page.getByLabel('Name', { exact: true }).fill('Trial');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Acme gets 3.00 credits').waitFor();
    await page.getByRole('button', { name: 'Give credit', exact: true }).last().click();
    const accounts = page.getByRole('region', { name: 'All accounts' });
    // The poorest comes first.
    await accounts.getByRole('row').nth(1).getByRole('link', { name: 'Acme' }).click();
    await page.waitForURL(`**/${organization.id}/credit?account=*`);
    await page.getByRole('cell', { name: 'Trial' }).first().waitFor();
    expect(await page.locator('main').innerText()).not.toContain('Order 1042');
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByText('3.00 credits can be taken').waitFor();
    await ada.picture('credit-other', 'window');
    expect(ada.complaints).toEqual([]);
  });

  it('lists what an operator should look at, until it is refunded or left as it stands', async () => {
    const page = await open(ada, hub, 'credit?tab=review');
    await page.getByText('Nothing was heard of the call after it had left.').first().waitFor();
    await page.getByText('were used beyond what was held, at your cost').first().waitFor();
    await page.getByRole('heading', { name: 'Open holds' }).waitFor();
    await page.getByText('waits for what its provider is making').waitFor();
    await ada.picture('credit-review');
    expect(await seriousFaults(page)).toEqual([]);
    const rows = page.getByRole('region', { name: 'Charges to look at' }).getByRole('row');
    const before = await rows.count();
    await page
      .getByRole('button', { name: /^Leave as it stands/ })
      .first()
      .click();
    await page.getByLabel('Note').fill('the estimate is plausible');
    await page.getByRole('button', { name: 'Leave as it stands', exact: true }).last().click();
    await page.getByText('The review is noted.').waitFor();
    await expect.poll(() => rows.count()).toBe(before - 1);
    await page
      .getByRole('button', { name: /^Refund/ })
      .first()
      .click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('nothing came');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Refund', exact: true }).last().click();
    await page.getByText('credits were given back.').waitFor();
    await expect.poll(() => rows.count()).toBe(before - 2);
    await page.getByLabel('Reviewed').selectOption('Reviewed');
    await page.getByText('the estimate is plausible').waitFor();
    await page.getByText('nothing came').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('says what was earned and what it cost, as the ledger and the records do', async () => {
    const from = new Date(Date.now() - 86_400_000).toISOString();
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const report = asObject(await hub.control('GET', `/installation/revenue?from=${from}&to=${to}`));
    const total = asObject(report['total']);
    const entries = await listOf(hub, `/credit/entries?account_id=${ORGANIZATION}&limit=200`);
    const earned = entries.filter(({ kind }) => ['charge', 'correction', 'refund'].includes(textOf(kind)));
    expect(earned.map(({ kind }) => kind)).toContain('refund');
    expect(nanoOf(total['revenue'])).toBe(-sumOf(earned.map(({ amount }) => nanoOf(amount))));
    const records = await listOf(hub, '/usage/records?limit=200');
    const costs = records.map(({ cost_nano_usd: cost = '0' }) => BigInt(textOf(cost)));
    expect(BigInt(textOf(total['cost_nano_usd']))).toBe(sumOf(costs));
    // One credit is worth a dollar here.
    expect(nanoOf(total['margin'])).toBe(nanoOf(total['revenue']) - sumOf(costs));
    const page = await open(ada, hub, 'credit');
    await page.getByRole('link', { name: 'All organizations', exact: true }).click();
    await page.getByRole('link', { name: 'Revenue' }).click();
    await page.getByRole('img', { name: 'Revenue and cost' }).waitFor();
    await page
      .getByRole('region', { name: 'Period' })
      .getByRole('row', { name: /^Total/ })
      .waitFor();
    await ada.picture('credit-revenue');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('Table by').selectOption('Model');
    await page.getByRole('region', { name: 'Model' }).getByText('fake-small').waitFor();
    // What was put into the ledger alone has no record that names its model.
    await page.getByText('Calls no longer on record').waitFor();
    await page.getByLabel('Table by').selectOption('Organization');
    await page.getByRole('region', { name: 'Organization' }).getByRole('link', { name: 'Default' }).waitFor();
    await ada.picture('credit-revenue-organizations');
    const link = await page.getByRole('link', { name: 'Table as CSV' }).getAttribute('href');
    const file = await page.request.get(new URL(link ?? '', hub.address).href);
    expect((await file.text()).split('\n')[1]).toContain(`org_default,Default,${textOf(total['charged'])},`);
    expect(ada.complaints).toEqual([]);
  });

  it('proves the ledger, and says what to note', async () => {
    const page = await open(ada, hub, 'credit?tab=ledger');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('The ledger is intact').waitFor();
    await page.getByText('Note this head').waitFor();
    await ada.picture('credit-ledger');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('tells whoever pays the charge, and neither cost nor provider', async () => {
    const billing = await member('billing');
    const page = await open(billing, hub, 'overview');
    await page.getByText('Credit of the organization').waitFor();
    expect(await page.getByRole('link', { name: 'Get more credit' }).getAttribute('href')).toMatch(PURCHASE_LINK);
    await billing.picture('credit-overview');
    expect(await page.locator('main').innerText()).not.toMatch(/\$|Cost|provider/i);
    await open(billing, hub, 'credit');
    await page.getByRole('heading', { name: 'Statement' }).waitFor();
    await page.getByText('What the provider reports, if anything arrived').waitFor();
    expect(await page.getByLabel('What is charged for them').count()).toBe(0);
    expect(await page.getByRole('button', { name: /Give credit|Take back|Refund/ }).count()).toBe(0);
    const tabs = page.getByRole('navigation', { name: 'Credit' }).getByRole('link');
    expect(await tabs.allTextContents()).toEqual(['Default', 'Statements', 'Buy credits']);
    await billing.picture('credit-billing');
    for (const path of ['requests', 'usage']) {
      await open(billing, hub, path);
      await page.getByRole('table').waitFor();
      expect(await page.getByRole('table').innerText()).not.toMatch(/\$|Cost|Provider|Connection|openai/);
      await billing.picture(`credit-billing-${path}`);
    }
    await open(billing, hub, 'credit?kind=charge');
    await page
      .getByRole('link', { name: /^Request: ur_/ })
      .last()
      .click();
    const panel = page.getByRole('dialog');
    await panel.getByRole('columnheader', { name: 'Credits per million' }).waitFor();
    expect(await panel.innerText()).not.toMatch(/\$|Cost|Margin|provider’s name|openai/);
    await billing.picture('credit-billing-request', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    expect(billing.complaints).toEqual([]);
  });

  it('shows a developer what they have themselves, and no page of others’ credit', async () => {
    const developer = await member('developer', 'zh-TW');
    const [row] = (await listOf(hub, '/members')).filter(({ email }) => email === 'developer@example.com');
    await hub.control('POST', '/installation/credit/grants', {
      organization_id: 'org_default',
      level: 'member',
      scope_id: textOf(row?.['id']),
      amount: '5',
      name: 'Limit',
      kind: 'allotment',
    });
    const page = await open(developer, hub, 'overview');
    await page.getByText('您的點數').waitFor();
    await page.getByText('5.00 點').waitFor();
    expect(await page.getByText('組織的點數').count()).toBe(0);
    expect(await page.getByRole('navigation').getByRole('link', { name: '點數' }).count()).toBe(0);
    await developer.picture('credit-developer-overview');
    await page.goto(`${hub.address}/dashboard/org_default/credit`);
    await page.getByText('找不到這個頁面。').waitFor();
    expect(developer.complaints).toEqual([]);
  });

  it('shows who pays what each model is charged, by unit and tier, without its cost or provider', async () => {
    const [connection] = await listOf(hub, '/connections');
    const line = { unit: 'input', usd_per_million: '2' };
    const above = { ...line, usd_per_million: '4', above_input_tokens: 200_000 };
    const output = { unit: 'output', usd_per_million: '8' };
    const prices = [line, above, output];
    await hub.control('POST', '/prices', {
      provider_id: textOf(connection?.['provider_id']),
      model: 'fake-large',
      prices,
    });
    const viewer = await member('viewer');
    const page = await open(viewer, hub, 'models');
    const row = page.getByRole('row', { name: /fake-large/ });
    await row.getByRole('button', { name: '2.40 / 9.60' }).click();
    const panel = page.getByRole('dialog');
    await panel.getByRole('row', { name: /above 200,000.* 4\.80/i }).waitFor();
    await panel.getByRole('columnheader', { name: 'Credits per million' }).waitFor();
    await viewer.picture('credit-viewer-model', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.locator('main').innerText()).not.toMatch(/\$|Cost|Provider|openai/);
    await viewer.picture('credit-viewer-models');
    expect(viewer.complaints).toEqual([]);
  });
});

describe.skipIf(chromium === undefined)('a hub that charges nobody', () => {
  it('has no word of credit', async () => {
    const hub = await startHub();
    const browser = await openBrowser();
    const ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    const page = await open(ada, hub, 'overview');
    await page.getByRole('navigation').getByRole('link', { name: 'System' }).waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/credit/i);
    // Who is about to charge gives credit before.
    await page.goto(`${hub.address}/dashboard/org_default/credit`);
    await page.getByRole('heading', { name: 'Credit', exact: true }).waitFor();
    expect(ada.complaints).toEqual([]);
    await browser.close();
    await hub.stop();
  });
});

describe.skipIf(chromium === undefined)('an operator who has a name for credits', () => {
  it('shows amounts by that name, with the prefix and decimals that were set', async () => {
    const hub = await startHub({
      environment: {
        HUB_CREDIT: 'true',
        HUB_CREDIT_NAME: 'stars',
        HUB_CREDIT_PREFIX: '★',
        HUB_CREDIT_DECIMALS: '3',
      },
    });
    const browser = await openBrowser();
    const ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    const gift = { organization_id: 'org_default', amount: '1234.5678', name: 'Order 1' };
    await hub.control('POST', '/installation/credit/grants', gift);
    const page = await open(ada, hub, 'overview');
    await page.getByText('★1,234.568 stars').waitFor();
    await ada.picture('credit-named-overview');
    await open(ada, hub, 'credit');
    await page.getByText('of ★1,234.568').waitFor();
    await page.getByRole('button', { name: 'Take back' }).first().click();
    await page.getByText('Up to ★1,234.5678 stars can be taken').waitFor();
    await ada.picture('credit-named-take', 'window');
    expect(ada.complaints).toEqual([]);
    await browser.close();
    await hub.stop();
  });
});
