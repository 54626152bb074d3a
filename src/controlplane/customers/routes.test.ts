import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const ACME = {
  external_id: 'acme-42',
  name: 'Acme',
  key: { name: 'platform' },
  credit: { reference: 'order-1', amount: '100', name: 'Order 1' },
};
const LIST = '/installation/customers';

const make = (body: object = {}) => plane.call('POST', LIST, { ...ACME, ...body });
const give = (body: object, id = 'acme-42') =>
  plane.call('POST', `${LIST}/${id}/grants`, { reference: 'order-2', amount: '5', name: 'Order 2', ...body });

describe('a customer', () => {
  it('is made with what it begins with, and shown by either id', async () => {
    const made = await make({ project_name: 'Website' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        created: true,
        customer: { id: 'acme-42', external_id: 'acme-42', name: 'Acme', balance: { available: '100' } },
        key: { name: 'platform' },
        secret: expect.stringMatching(/^sk-hub-/),
        grant: { reference: 'order-1', issued: '100', kind: 'purchased', priority: 100 },
      },
    });
    const { customer } = made.body as { readonly customer: { readonly organization_id: string } };
    expect((await plane.call('GET', `${LIST}/acme-42`)).body).toEqual(customer);
    expect((await plane.call('GET', `${LIST}/${customer.organization_id}`)).body).toEqual(customer);
    expect((await plane.call('GET', LIST)).body).toMatchObject({ data: [customer] });
    expect(plane.state.people.projects.size).toBe(2);
  });

  it('is found again by its external id, without a secret, and gets what is new', async () => {
    await make();
    const again = await make({ credit: { reference: 'order-2', amount: '1', name: 'Order 2' } });
    expect(again).toMatchObject({ status: 200, body: { created: false, customer: { balance: { available: '101' } } } });
    expect(again.body).not.toHaveProperty('secret');
    expect(plane.state.people.organizations.size).toBe(2);
    expect(plane.state.keys.size).toBe(1);
  });

  it('gets a key where one is asked for: a new one, or that of the name with a new secret', async () => {
    const first = await make();
    const renewed = await make({ new_key: true });
    expect(renewed.body).toMatchObject({ secret: expect.any(String), key: { name: 'platform', revision: 2 } });
    expect(renewed.body).not.toMatchObject({ secret: (first.body as { secret: string }).secret });
    const second = await make({ new_key: true, key: { name: 'second', allowed_models: ['m'] } });
    expect(second.body).toMatchObject({ key: { name: 'second', allowed_models: ['m'] } });
    expect(plane.state.keys.size).toBe(2);
  });

  it('may be one that signed up by itself, known by the organization’s id', async () => {
    const { organizationId } = TEST_TENANT;
    expect(await give({}, organizationId)).toMatchObject({ status: 201, body: { reference: 'order-2', issued: '5' } });
    expect((await plane.call('GET', `${LIST}/${organizationId}`)).body).toMatchObject({ id: organizationId });
    expect((await plane.call('GET', LIST)).body).toEqual({ data: [] });
    const named = { external_id: 'shop-7' };
    expect(await plane.call('PATCH', `/organizations/${organizationId}`, named)).toMatchObject({ body: named });
    expect((await plane.call('GET', `${LIST}/shop-7`)).body).toMatchObject({ organization_id: organizationId });
  });

  it.each([
    [{ external_id: 'org_mine' }],
    [{ external_id: '..' }],
    [{ external_id: 'a/b' }],
    [{ external_id: undefined }],
    [{ name: ' ' }],
    [{ key: undefined, new_key: true }],
    [{ credit: { ...ACME.credit, reference: undefined } }],
    [{ credit: { ...ACME.credit, amount: '0' } }],
    [{ credit: { ...ACME.credit, expires_at: '2020-01-01T00:00:00Z' } }],
    [{ credit: { ...ACME.credit, kind: 'allotment' } }],
  ])('is not made of %j', async (body) => {
    expect((await make(body)).status).toBe(400);
    expect(plane.state.people.organizations.size).toBe(1);
    expect(plane.state.ledger.grants.size).toBe(0);
  });

  it('that is closed gets nothing more', async () => {
    const { customer } = (await make()).body as { readonly customer: { readonly organization_id: string } };
    await plane.call('POST', `/organizations/${customer.organization_id}/close`, { reason: 'moved' });
    expect((await make()).status).toBe(409);
  });
});

describe('credit by a reference', () => {
  it('is given once, and told what stands for the reference', async () => {
    await make();
    const first = await give({});
    const second = await give({});
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    expect(plane.state.ledger.grants.size).toBe(2);
  });

  it.each([
    [{ amount: '6' }],
    [{ name: 'Other' }],
    [{ kind: 'promotional' }],
    [{ expires_at: '2030-01-01T00:00:00Z' }],
    [{ reason: 'why not' }],
  ])('that stands for something else is refused: %j', async (body) => {
    await make();
    await give({});
    expect(await give(body)).toMatchObject({
      status: 409,
      body: { error: { code: 'resource.conflict', param: 'reference', details: { reference: 'order-2' } } },
    });
    expect(plane.state.ledger.grants.size).toBe(2);
  });

  it('is no other customer’s', async () => {
    await make();
    await plane.call('POST', LIST, { external_id: 'other', name: 'Other' });
    expect((await give({ reference: 'order-1', amount: '100', name: 'Order 1' }, 'other')).status).toBe(409);
    expect((await give({}, 'nobody')).status).toBe(404);
  });
});
