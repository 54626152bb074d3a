import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, collect, eventually, listOf, openCall, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** What calls cost whoever pays for them: the operator's rules, on a hub that charges with credit. */

const CREDIT = { HUB_CREDIT: 'true', HUB_CREDIT_PRICE_USD: '0.5', HUB_SIMULATED: 'off' };
/** A dollar a million tokens, two credits. */
const COST = [
  { unit: 'input', usd_per_million: '1000' },
  { unit: 'output', usd_per_million: '1000' },
];
const RULES = '/installation/prices/rules';

let upstream: FakeUpstream;
let hub: HubProcess;
let key: string;
let dataDir: string;
let model: { readonly provider_id: string; readonly model: string };

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hub-credit-prices-'));
  upstream = await startFakeUpstream();
  hub = await startHub({ allow: [new URL(upstream.url).host], dataDir, environment: CREDIT });
  await hub.connectFake(upstream, { name: 'fake' });
  const [connection] = await listOf(hub, '/connections');
  model = { provider_id: textOf(connection?.['provider_id']), model: 'fake-small' };
  await hub.control('POST', '/prices', { ...model, prices: COST });
  await hub.control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    amount: '1000000',
    name: 'Credit',
  });
  key = (await hub.createKey('credit')).secret;
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  await setRules({ withdraw: true }, { ...model, withdraw: true });
});

const setRules = (...rules: readonly JsonObject[]) => hub.control('POST', RULES, { rules: [...rules] });

/** Credits for each token of a call, in and out alike. */
async function paidPerToken(): Promise<number> {
  const { json, headers } = await callHub(hub, key, { body: chatBody({ max_tokens: 50 }) });
  const usage = asObject(json['usage'] ?? {});
  return Number(headers['x-hub-charge']) / Number(usage['total_tokens']);
}

describe('a call is charged', () => {
  it('what it costs and what the operator’s rule adds', async () => {
    expect(await paidPerToken()).toBeCloseTo(0.002, 9);
    await setRules({ margin_percent: '50' });
    expect(await paidPerToken()).toBeCloseTo(0.003, 9);
    await setRules({ ...model, margin_percent: '150' });
    expect(await paidPerToken()).toBeCloseTo(0.005, 9);
  });

  it('by the operator’s list, and not less than it costs unless that is allowed', async () => {
    const listed = (credits: string) => ({
      ...model,
      prices: ['input', 'output'].map((unit) => ({ unit, credits_per_million: credits })),
    });
    await setRules(listed('7000'));
    expect(await paidPerToken()).toBeCloseTo(0.007, 9);
    await setRules(listed('500'));
    expect(await paidPerToken()).toBeCloseTo(0.002, 9);
    await setRules({ ...listed('500'), allow_below_cost: true });
    expect(await paidPerToken()).toBeCloseTo(0.0005, 9);
  });

  it('what its customer group pays', async () => {
    const group = asObject(await hub.control('POST', '/installation/customer-groups', { name: 'Partners' }));
    const place = `/installation/customer-groups/${textOf(group['id'])}/organizations/org_default`;
    await setRules({ margin_percent: '50' }, { customer_group_id: textOf(group['id']), margin_percent: '5' });
    expect(await paidPerToken()).toBeCloseTo(0.003, 9);
    await hub.control('PUT', place);
    expect(await paidPerToken()).toBeCloseTo(0.0021, 9);
    await hub.control('DELETE', place);
    expect(await paidPerToken()).toBeCloseTo(0.003, 9);
  });

  it('as was agreed when it began, whatever prices become while it is answered', async () => {
    await setRules({ margin_percent: '50' });
    upstream.setScript(() => ({ eventDelayMs: 100 }));
    const body = chatBody({ max_tokens: 50, stream: true, stream_options: { include_usage: true } });
    const answering = await openCall(hub, key, { body });
    await setRules({ margin_percent: '900' });
    const { events, trailers } = await collect(answering);
    upstream.setScript(undefined);
    const told = events.find((data) => data.includes('"total_tokens"')) ?? '{}';
    const tokens = Number(/"total_tokens":(\d+)/.exec(told)?.[1]);
    expect(Number(trailers['x-hub-charge']) / tokens).toBeCloseTo(0.003, 9);
  });
});

describe('who pays is told', () => {
  it('what models cost them, in credits, and not by whom they are served', async () => {
    await setRules({ margin_percent: '50' });
    const { json } = await callHub(hub, key, { method: 'GET', path: '/v1/models' });
    const found = (json['data'] as readonly JsonObject[]).find(({ id }) => id === 'fake-small');
    expect(found).toMatchObject({ owned_by: 'aigne-hub', credits: { input: '3000', output: '3000' } });
    expect(found).not.toHaveProperty('pricing');
    expect(found).not.toHaveProperty('deployments');
    const aigne = await callHub(hub, key, { method: 'GET', path: '/api/ai/models' });
    expect(aigne.text).toContain('"input_credits_per_token":"0.003"');
  });

  it.each([429, 500])('of a failure with status %s no more than what to do', async (status) => {
    upstream.setScript(() => ({
      instead: { kind: 'status', status, body: '{"error":{"message":"Account acct_operator is over its quota"}}' },
    }));
    const answer = await callHub(hub, key, { body: chatBody({ max_tokens: 50 }) });
    upstream.setScript(undefined);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(answer.text).not.toMatch(/acct_operator|openai|"provider"/i);
  });

  it('what a provider says of their request', async () => {
    const body = '{"error":{"message":"messages: at least one is needed","code":"bad"}}';
    upstream.setScript(() => ({ instead: { kind: 'status', status: 400, body } }));
    const answer = await callHub(hub, key, { body: chatBody({ max_tokens: 50 }) });
    upstream.setScript(undefined);
    expect(answer.text).toContain('at least one is needed');
    expect(answer.text).not.toContain('"provider"');
  });
});

it('what a credit is worth cannot be changed any more', async () => {
  await eventually('no call is under way', async () => {
    const [account] = await listOf(hub, '/credit/accounts');
    return account?.['held'] === '0' ? account : undefined;
  });
  await hub.stop();
  const other = { ...CREDIT, HUB_CREDIT_PRICE_USD: '1' };
  await expect(startHub({ dataDir, environment: other })).rejects.toThrow(
    'credit.priceUsd: is 1, but credit was already given at 0.5; set it back to that',
  );
  hub = await startHub({ allow: [new URL(upstream.url).host], dataDir, environment: CREDIT });
  expect(await paidPerToken()).toBeGreaterThan(0);
});
