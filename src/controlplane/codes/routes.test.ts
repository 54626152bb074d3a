import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const BATCHES = '/installation/credit/code-batches';
const { organizationId } = TEST_TENANT;

async function make(body: object = {}): Promise<{ readonly id: string; readonly codes: readonly string[] }> {
  const made = await plane.call('POST', BATCHES, { name: 'Conference', amount: '10', count: 3, ...body });
  expect(made.status, made.text).toBe(201);
  const { batch, codes } = made.body as { readonly batch: { readonly id: string }; readonly codes: string[] };
  return { id: batch.id, codes };
}

const redeem = (code: string) => plane.call('POST', '/credit/redemptions', { code });

describe('redemption codes', () => {
  it('are made in a batch and shown once', async () => {
    const { id, codes } = await make({ valid_until: '2099-12-31T00:00:00Z', credit_lasts_days: 90 });
    expect(new Set(codes).size).toBe(3);
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const shown = await plane.call('GET', `${BATCHES}/${id}`);
    expect(shown.body).toMatchObject({
      name: 'Conference',
      amount: '10',
      kind: 'promotional',
      count: 3,
      uses_max: 1,
      uses: 0,
      state: 'open',
      credit_lasts_days: 90,
    });
    for (const path of [BATCHES, `${BATCHES}/${id}`, `${BATCHES}/${id}/codes`, '/installation/audit']) {
      const { text } = await plane.call('GET', path);
      for (const code of codes) expect(text).not.toContain(code);
    }
  });

  it('give an organization credit once, however they are typed', async () => {
    const { id, codes } = await make({ credit_lasts_days: 30 });
    const [code = ''] = codes;
    const first = await redeem(code);
    expect(first).toMatchObject({
      status: 201,
      body: {
        redeemed_before: false,
        grant: {
          account_id: `organization/${organizationId}`,
          name: 'Conference',
          kind: 'promotional',
          issued: '10',
          expires_at: '2026-02-01T03:04:05.000Z',
        },
      },
    });
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect(await redeem(typed)).toMatchObject({
      status: 200,
      body: { redeemed_before: true, grant: { id: (first.body as { grant: { id: string } }).grant.id } },
    });
    expect(plane.state.ledger.grants.size).toBe(1);
    expect((await plane.call('GET', `${BATCHES}/${id}/codes`)).body).toEqual({
      data: [
        { number: 1, uses: 1 },
        { number: 2, uses: 0 },
        { number: 3, uses: 0 },
      ],
    });
    expect((await plane.call('GET', `${BATCHES}/${id}/codes?limit=2&cursor=1`)).body).toMatchObject({
      data: [{ number: 2 }, { number: 3 }],
    });
    expect((await plane.call('GET', `${BATCHES}/${id}/redemptions`)).body).toMatchObject({
      data: [{ number: 1, organization_id: organizationId }],
    });
    expect((await plane.call('GET', BATCHES)).body).toMatchObject({ data: [{ id, uses: 1 }] });
  });

  it('of a batch that was withdrawn give nothing more, and what was given stays', async () => {
    const { id, codes } = await make();
    await redeem(codes[0] ?? '');
    expect(await plane.call('POST', `${BATCHES}/${id}/withdraw`)).toMatchObject({
      body: { state: 'withdrawn', uses: 1 },
    });
    expect((await redeem(codes[0] ?? '')).body).toMatchObject({ redeemed_before: true });
    expect(await redeem(codes[1] ?? '')).toMatchObject({
      status: 409,
      body: { error: { code: 'credit.code_unusable', details: { why: 'withdrawn' } } },
    });
    expect(plane.state.ledger.grants.size).toBe(1);
  });

  it('that nobody made are unknown', async () => {
    await make();
    expect(await redeem('0000-0000-0000-0000')).toMatchObject({
      status: 404,
      body: { error: { code: 'credit.code_unknown', param: 'code' } },
    });
  });

  it.each([
    [{ count: 0 }],
    [{ count: 10_001 }],
    [{ uses_max: 0 }],
    [{ amount: '0' }],
    [{ kind: 'allotment' }],
    [{ valid_until: '2020-01-01T00:00:00Z' }],
    [{ credit_expires_at: '2020-01-01T00:00:00Z' }],
    [{ credit_expires_at: '2099-01-01T00:00:00Z', credit_lasts_days: 5 }],
  ])('are not made of %j', async (body) => {
    const { status } = await plane.call('POST', BATCHES, { name: 'Conference', amount: '10', count: 3, ...body });
    expect(status).toBe(400);
  });

  it.each(['', '/codes', '/redemptions'])('of a batch that there is not are not found: %s', async (part) => {
    expect((await plane.call('GET', `${BATCHES}/cb_none${part}`)).status).toBe(404);
    expect((await plane.call('POST', `${BATCHES}/cb_none/withdraw`)).status).toBe(404);
  });
});
