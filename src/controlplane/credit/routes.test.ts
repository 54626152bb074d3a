import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nanoCredits } from '../../kernel/money.ts';
import { Ledger } from '../../ledger/ledger.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const { organizationId, projectId } = TEST_TENANT;
const ORGANIZATION: AccountId = `organization/${organizationId}`;
const PROJECT: AccountId = `project/${projectId}`;
const CREDIT = 1_000_000_000n;

const give = (body: object) =>
  plane.call('POST', '/installation/credit/grants', {
    organization_id: organizationId,
    amount: '100',
    name: 'Order',
    ...body,
  });

/** A call that held so many credits and used some of them; `undefined`: it is under way. */
async function callOf(id: string, held: bigint, used: bigint | undefined): Promise<void> {
  const ledger = new Ledger({
    store: plane.state.ledger,
    overloaded: () => new Error(),
  });
  const path = [ORGANIZATION, PROJECT];
  const heldNano = nanoCredits(held * CREDIT);
  await ledger.do({
    kind: 'place',
    id,
    organizationId,
    projectId,
    path,
    model: 'm',
    mostNano: heldNano,
    leastNano: heldNano,
    fallbackNano: heldNano,
    isDispatched: true,
    ttlMs: 60_000,
    instanceId: 'inst_1',
    terms: '{"margin":"a secret of the operator’s"}',
  });
  if (used === undefined) return;
  await ledger.do({
    kind: 'end',
    id,
    path,
    state: 'estimated',
    amountNano: nanoCredits(used * CREDIT),
    basis: 'estimated',
  });
}

describe('credit', () => {
  it('is given to an organization or to a part of it, and read back', async () => {
    const whole = await give({ amount: '12.5', reason: 'paid' });
    expect(whole).toMatchObject({
      status: 201,
      body: { account_id: ORGANIZATION, kind: 'purchased', issued: '12.5', remaining: '12.5', priority: 100 },
    });
    const part = { level: 'project', scope_id: projectId, amount: '5', kind: 'promotional', models: ['m'] };
    expect((await give(part)).body).toMatchObject({ account_id: PROJECT, priority: 50, models: ['m'] });
    await callOf('ur_1', 2n, undefined);
    expect((await plane.call('GET', '/credit/accounts')).body).toEqual({
      data: [
        { id: ORGANIZATION, remaining: '12.5', held: '2', available: '10.5' },
        { id: PROJECT, remaining: '5', held: '2', available: '3' },
      ],
    });
    const grants = await plane.call('GET', `/credit/grants?account_id=${encodeURIComponent(PROJECT)}`);
    expect(grants.body).toMatchObject({ data: [{ name: 'Order', held: '2' }] });
    expect((await plane.call('GET', '/credit/holds')).body).toMatchObject({
      data: [{ id: 'ur_1', amount: '2', account_ids: [ORGANIZATION, PROJECT] }],
    });
    const entries = await plane.call('GET', '/credit/entries?limit=1');
    expect(entries.body).toMatchObject({ data: [{ account_id: PROJECT, kind: 'grant', amount: '5' }] });
    expect(entries.body).toHaveProperty('next_cursor');
  });

  it.each([
    [{ level: 'project', scope_id: 'proj_none' }, 404],
    [{ level: 'team', scope_id: projectId }, 404],
    [{ organization_id: 'org_none' }, 404],
    [{ level: 'organization', scope_id: 'org_none' }, 404],
    [{ project_ids: ['proj_none'] }, 404],
    [{ level: 'project' }, 400],
    [{ amount: '0' }, 400],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 400],
    [{ amount: '0.0000000001' }, 400],
    [{ amount: 5 }, 400],
    [{ level: 'galaxy' }, 400],
    [{ id: 'gr_mine' }, 400],
  ])('is not given as %j', async (body, status) => {
    expect((await give(body)).status).toBe(status);
    expect(plane.state.ledger.entries.size).toBe(0);
  });

  it('is given once by the same Idempotency-Key', async () => {
    const body = { organization_id: organizationId, amount: '1', name: 'Order' };
    const once = { 'idempotency-key': 'order-1042' };
    const first = await plane.call('POST', '/installation/credit/grants', body, once);
    const second = await plane.call('POST', '/installation/credit/grants', body, once);
    expect(second.text).toBe(first.text);
    expect(plane.state.ledger.grants.size).toBe(1);
  });

  it('is taken away as far as no call holds it', async () => {
    await give({ amount: '10' });
    await callOf('ur_1', 4n, undefined);
    const take = (amount: string, more: object = {}) =>
      plane.call('POST', '/installation/credit/withdrawals', {
        organization_id: organizationId,
        amount,
        reason: 'cancelled',
        ...more,
      });
    expect(await take('6.000000001')).toMatchObject({
      status: 409,
      body: { error: { code: 'resource.conflict', param: 'amount', details: { available: '6' } } },
    });
    expect(await take('6')).toMatchObject({ status: 201, body: { account_id: ORGANIZATION, amount: '6' } });
    expect(await take('1', { level: 'project', scope_id: projectId })).toMatchObject({ status: 404 });
    expect((await plane.call('GET', '/credit/accounts')).body).toMatchObject({
      data: [{ remaining: '4', held: '4', available: '0' }],
    });
  });

  it('that a charge took is given back, and no more of it', async () => {
    await give({ amount: '10' });
    await callOf('ur_1', 4n, 3n);
    const refund = (amount: string, charge_id = 'ur_1') =>
      plane.call('POST', '/installation/credit/refunds', { charge_id, amount, reason: 'a broken answer' });
    expect(await refund('2')).toMatchObject({ status: 201, body: { organization_id: organizationId, amount: '2' } });
    expect(await refund('2')).toMatchObject({ status: 409, body: { error: { details: { left: '1' } } } });
    expect((await refund('1', 'ur_none')).status).toBe(404);
    const charge = await plane.call('GET', '/credit/charges/ur_1');
    expect(charge.body).toMatchObject({
      state: 'estimated',
      amount: '3',
      held: '4',
      overrun: '0',
      entries: [
        { kind: 'charge', amount: '-3' },
        { kind: 'refund', amount: '2', reason: 'a broken answer' },
      ],
    });
    expect(charge.text).not.toContain('margin');
    expect((await plane.call('GET', '/credit/charges/ur_2')).status).toBe(404);
    expect((await plane.call('GET', '/installation/credit/review')).body).toMatchObject({
      data: [{ id: 'ur_1', organization_id: organizationId, state: 'estimated', refunded: '2' }],
    });
  });

  it('earns nothing where nobody called, period by period, and says what is no time to ask about', async () => {
    const none = { charged: '0', revenue: '0', revenue_bought: '0', cost_usd: '0', cost: '0', margin: '0' };
    const asked = 'from=2026-03-01T00:00:00%2B08:00&to=2026-03-03T00:00:00%2B08:00&time_zone=Asia/Taipei';
    const { body } = await plane.call('GET', `/installation/revenue?${asked}`);
    expect(body).toMatchObject({
      credit_price_usd: '1',
      total: none,
      periods: [
        { from: '2026-02-28T16:00:00.000Z', to: '2026-03-01T16:00:00.000Z', ...none },
        { from: '2026-03-01T16:00:00.000Z', to: '2026-03-02T16:00:00.000Z', ...none },
      ],
      organizations: [],
      models: [],
    });
    const file = await plane.call('GET', `/installation/revenue/export?${asked}`);
    expect(file.text.split('\r\n')).toEqual([
      'from,to,charged,refunded,revenue,revenue_bought,revenue_given,cost_usd,cost,margin,margin_percent,unpriced_calls',
      '2026-02-28T16:00:00.000Z,2026-03-01T16:00:00.000Z,0,0,0,0,0,0,0,0,,0',
      '2026-03-01T16:00:00.000Z,2026-03-02T16:00:00.000Z,0,0,0,0,0,0,0,0,,0',
      '',
    ]);
    for (const [wrong, param] of [
      ['from=2026-03-03T00:00:00Z&to=2026-03-01T00:00:00Z', 'to'],
      ['from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z&time_zone=Nowhere', 'time_zone'],
      ['from=2016-03-01T00:00:00Z&to=2026-03-03T00:00:00Z', 'granularity'],
    ]) {
      const refused = await plane.call('GET', `/installation/revenue?${wrong}`);
      expect(refused).toMatchObject({ status: 400, body: { error: { code: 'request.invalid', param } } });
    }
  });

  it('a charge is reviewed once, by whom and why stands beside it', async () => {
    await give({ amount: '10' });
    await callOf('ur_1', 4n, 3n);
    const review = (charge_id: string) =>
      plane.call('POST', '/installation/credit/reviews', { charge_id, note: 'plausible' });
    expect(await review('ur_1')).toMatchObject({ status: 201, body: { charge_id: 'ur_1', note: 'plausible' } });
    expect(await review('ur_1')).toMatchObject({ status: 409, body: { error: { param: 'charge_id' } } });
    expect((await review('ur_none')).status).toBe(404);
    expect((await plane.call('GET', '/installation/credit/review?reviewed=false')).body).toEqual({ data: [] });
    expect((await plane.call('GET', '/installation/credit/review?reviewed=true')).body).toMatchObject({
      data: [{ id: 'ur_1', review: { note: 'plausible' } }],
    });
  });

  it('is a statement of one kind, as a file that no spreadsheet takes for formulas', async () => {
    await give({ amount: '10', reason: '=1+1' });
    await callOf('ur_1', 4n, 3n);
    const charges = await plane.call('GET', '/credit/entries?kind=charge');
    expect(charges.body).toMatchObject({ data: [{ kind: 'charge', charge_id: 'ur_1' }] });
    expect((await plane.call('GET', '/credit/entries?to=2000-01-01T00:00:00Z')).body).toEqual({ data: [] });
    const file = await plane.call('GET', '/credit/entries/export');
    expect(file.headers['content-disposition']).toBe('attachment; filename="credit.csv"');
    const [head, ...lines] = file.text.trim().split('\r\n');
    expect(head).toBe('at,kind,amount,account_id,grant_id,charge_id,actor_id,reason,id');
    expect(lines.map((line) => line.split(',').slice(1, 3))).toEqual([
      ['charge', '-3'],
      ['grant', '10'],
    ]);
    expect(lines[1]).toContain(",'=1+1,");
  });

  it('of the organization is told to who may see it', async () => {
    await give({ amount: '10' });
    expect((await plane.call('GET', '/credit/mine')).body).toEqual({
      data: [{ id: ORGANIZATION, remaining: '10', held: '0', available: '10' }],
    });
  });

  it('that is given and taken stands in the audit log', async () => {
    const { body } = await give({});
    await plane.call('POST', '/installation/credit/withdrawals', {
      organization_id: organizationId,
      amount: '1000',
      reason: 'too much',
    });
    const { id } = body as { readonly id: string };
    expect(plane.state.acts.map(({ act, ending }) => [act.action, ending?.outcome, ending?.targetId])).toEqual([
      ['giveCredit', 'done', id],
      ['withdrawCredit', 'refused', undefined],
    ]);
  });
});

it('the ledger is proved, against a head that was noted', async () => {
  await give({});
  const digest = 'ab'.repeat(32);
  expect((await plane.call('GET', '/installation/ledger/verify')).body).toEqual({
    intact: true,
    entries: 1,
    unsealed: 0,
    differences: [],
    head: { number: 1, digest },
  });
  expect((await plane.call('GET', `/installation/ledger/verify?noted=9:${digest}`)).body).toMatchObject({
    intact: false,
    differences: [{ id: 'seal 9' }],
  });
  expect((await plane.call('GET', '/installation/ledger/verify?noted=9')).status).toBe(400);
});

describe('the policy for answers that break off', () => {
  const path = `/installation/credit/organizations/${organizationId}/broken-streams`;

  it('is the default until an operator sets another, and then on the organization and in the audit log', async () => {
    expect((await plane.call('GET', '/organization')).body).toMatchObject({
      broken_stream_policy: 'bill-provider-usage',
    });
    const set = await plane.call('PUT', path, { policy: 'bill-received' });
    expect(set).toMatchObject({ status: 200, body: { id: organizationId, broken_stream_policy: 'bill-received' } });
    expect((await plane.call('GET', '/organization')).body).toMatchObject({ broken_stream_policy: 'bill-received' });
    expect((await plane.call('GET', '/audit')).body).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ action: 'setBrokenStreamPolicy', target_id: organizationId }),
      ]),
    });
  });

  it('is one of three, of an organization that is there, and not the organization’s own to set', async () => {
    expect((await plane.call('PUT', path, { policy: 'free' })).status).toBe(400);
    expect((await plane.call('PUT', path, {})).status).toBe(400);
    const none = '/installation/credit/organizations/org_none/broken-streams';
    expect((await plane.call('PUT', none, { policy: 'bill-received' })).status).toBe(404);
    expect((await plane.call('PATCH', '/organization', { broken_stream_policy: 'bill-received' })).status).toBe(400);
  });
});
