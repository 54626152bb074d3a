import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { PURCHASE_LINK, setPrices, startCreditHub } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** What AIGNE's clients are told where calls are paid for, held against what the dashboard lists of each. */

const APPS = ['one', 'two', 'one', 'one'];

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;
/** Charges by the application that was charged, as the dashboard lists them. */
let charged: ReadonlyMap<string, number>;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  hub = await startCreditHub(upstream, { HUB_CREDIT_PREFIX: '€' });
  await setPrices(hub);
  key = (await hub.createKey('credit')).secret;
  await hub.control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    amount: '10',
    name: 'Order 1042',
  });
  for (const app of APPS) {
    const headers = { 'x-aigne-hub-client-did': app };
    const body = chatBody({ model: 'fake/fake-small', max_tokens: 50 });
    expect((await callHub(hub, key, { path: '/api/v2/chat/completions', headers, body })).status).toBe(200);
  }
  charged = await eventually('every call is charged', async () => {
    const records = await listOf(hub, '/usage/records');
    if (records.some(({ charge }) => charge === undefined)) return undefined;
    const byApp = Map.groupBy(records, ({ application }) => textOf(application));
    return new Map([...byApp].map(([app, own]) => [app, rounded(own.map(({ charge }) => Number(charge)))]));
  });
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

const rounded = (amounts: readonly number[]): number =>
  Number(amounts.reduce((sum, amount) => sum + amount, 0).toFixed(9));

async function read(path: string): Promise<JsonObject> {
  const { status, json, text } = await callHub(hub, key, { method: 'GET', path });
  expect(status, text).toBe(200);
  return json;
}

function rows(value: JsonObject[string]): JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value.map(asObject);
}

const all = () => rounded([...charged.values()]);

it('the charges of calls, of all of them, by day and by application are those that the dashboard lists', async () => {
  expect(all()).toBeGreaterThan(0);
  const calls = rows((await read('/api/user/model-calls'))['list']);
  expect(rounded(calls.map(({ credits }) => Number(credits)))).toBe(all());
  const stats = await read('/api/user/usage-stats');
  expect(asObject(stats['summary'])['totalCredits']).toBe(all());
  expect(rounded(rows(stats['dailyStats']).map(({ credits }) => Number(credits)))).toBe(all());
  const projects = rows((await read('/api/usage/projects?sortBy=totalCredits'))['projects']);
  expect(new Map(projects.map(({ appDid, totalCredits }) => [appDid, totalCredits]))).toEqual(charged);
  for (const [app, credits] of charged) {
    const { project, trends } = await read(`/api/usage/projects/trends?appDid=${app}`);
    expect(asObject(project)['totalCredits']).toBe(credits);
    expect(rounded(rows(trends).map(({ totalCredits }) => Number(totalCredits)))).toBe(credits);
  }
});

it('a key is told what may be spent with it, and where to get more', async () => {
  expect(await read('/api/user/info')).toMatchObject({
    creditBalance: { balance: String(rounded([10, -all()])), total: '10', grantCount: 1, pendingCredit: '0' },
    enableCredit: true,
    currency: { symbol: '€', decimal: 9 },
    profileLink: expect.stringMatching(/\/dashboard\/org_default\/credit$/),
    paymentLink: expect.stringMatching(PURCHASE_LINK),
    creditPrefix: '€',
  });
});

it('balance, grants, transactions and what they last are one and the same account', async () => {
  const units = (credits: number): string => String(BigInt(Math.round(credits * 1e9)));
  expect(await read('/api/user/credit/balance')).toMatchObject({
    balance: units(rounded([10, -all()])),
    total: units(10),
    grantCount: 1,
    pendingCredit: '0',
  });
  const taken = rows((await read('/api/user/credit/transactions?pageSize=100'))['list']);
  expect(taken).toHaveLength(APPS.length);
  expect(rounded(taken.map(({ credit_amount }) => Number(credit_amount) / 1e9))).toBe(all());
  const quota = await read('/api/usage/quota');
  expect(quota).toMatchObject({ total: '10', remaining: String(rounded([10, -all()])), used: String(all()) });
  expect(Number(quota['dailyAvgCredits'])).toBeCloseTo(all() / 7, 8);
});

it('a key of nobody’s is told nothing of how its organization came to its credit', async () => {
  expect(await read('/api/user/credit/grants')).toMatchObject({ count: 0, list: [] });
  await hub.control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    level: 'project',
    scope_id: 'proj_default',
    amount: '3',
    name: 'For the project',
  });
  const { list } = await read('/api/user/credit/grants');
  expect(rows(list)).toMatchObject([{ name: 'For the project', remaining_amount: '3000000000', status: 'granted' }]);
});

it('the link to more credit is a text', async () => {
  const { text } = await callHub(hub, key, { method: 'GET', path: '/api/user/credit/payment-link' });
  expect(JSON.parse(text)).toMatch(PURCHASE_LINK);
});
