import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

async function make(body: object): Promise<{ readonly organization: { readonly id: string } }> {
  // What the schema of the answer says.
  return (await plane.call('POST', '/organizations', body)).body as { organization: { id: string } };
}

describe('all organizations', () => {
  it('are made with a default project, and an invitation of their owner, whose link is in no answer', async () => {
    const made = await plane.call('POST', '/organizations', { name: ' Acme ', owner_email: 'Ada@Example.com' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        organization: { name: 'Acme', kind: 'standard', state: 'active', own_credentials_use: 'first', revision: 1 },
        default_project: { name: 'Default', is_default: true },
        owner_invitation: { email: 'ada@example.com', role: 'owner', state: 'open' },
      },
    });
    const [letter] = plane.state.people.letters;
    expect(letter).toMatchObject({ to: 'ada@example.com', organization: { name: 'Acme' } });
    expect(made.text).not.toContain(letter?.token);
    expect(await make({ name: 'Bare' })).not.toHaveProperty('owner_invitation');
  });

  it('are listed page by page, by state and by a part of the name', async () => {
    const { organization } = await make({ name: 'Acme' });
    await make({ name: 'Zeta' });
    await plane.call('POST', `/organizations/${organization.id}/suspend`, { reason: 'unpaid' });
    const first = await plane.call('GET', '/organizations?limit=2');
    expect(first.body).toMatchObject({ data: [{ name: 'Acme' }, { name: 'Zeta' }], next_cursor: expect.any(String) });
    const cursor = (first.body as { next_cursor: string }).next_cursor;
    const second = await plane.call('GET', `/organizations?limit=2&cursor=${cursor}`);
    expect(second.body).toEqual({ data: [expect.objectContaining({ id: 'org_test' })] });
    expect((await plane.call('GET', '/organizations?state=suspended')).body).toMatchObject({
      data: [{ name: 'Acme' }],
    });
    expect((await plane.call('GET', '/organizations?search=zet')).body).toMatchObject({ data: [{ name: 'Zeta' }] });
    expect((await plane.call('GET', '/organizations?state=gone')).status).toBe(400);
  });

  it('are changed, suspended with a reason, reactivated and closed for good', async () => {
    const { organization } = await make({ name: 'Acme' });
    const path = `/organizations/${organization.id}`;
    const allowed = await plane.call('PATCH', path, { own_credentials_allowed: true });
    expect(allowed.body).toMatchObject({ own_credentials_allowed: true, revision: 2 });
    const open = await plane.call('PATCH', path, { own_credentials_allowed: null });
    expect(open.body).not.toHaveProperty('own_credentials_allowed');
    expect((await plane.call('POST', `${path}/suspend`, {})).status).toBe(400);
    expect((await plane.call('POST', `${path}/suspend`, { reason: 'unpaid' })).body).toMatchObject({
      state: 'suspended',
      state_reason: 'unpaid',
      state_changed_at: '2026-01-02T03:04:05.000Z',
    });
    expect((await plane.call('POST', `${path}/reactivate`)).body).toMatchObject({ state: 'active' });
    expect((await plane.call('POST', `${path}/close`, { reason: 'moved away' })).body).toMatchObject({
      state: 'closed',
    });
    expect((await plane.call('POST', `${path}/reactivate`)).status).toBe(409);
    expect((await plane.call('GET', path)).body).toMatchObject({ state: 'closed', state_reason: 'moved away' });
  });

  it('get an owner by the operator as long as they have none', async () => {
    const { organization } = await make({ name: 'Acme' });
    const invite = (id: string) =>
      plane.call('POST', `/organizations/${id}/owner-invitation`, { email: 'ada@example.com' });
    expect(await invite(organization.id)).toMatchObject({ status: 201, body: { role: 'owner' } });
    expect((await invite('org_test')).status).toBe(409);
    expect((await invite('org_none')).status).toBe(404);
  });
});

describe('the organization that the call is about', () => {
  it('is shown and changed', async () => {
    expect((await plane.call('GET', '/organization')).body).toMatchObject({ id: 'org_test', name: 'Test' });
    const changed = await plane.call('PATCH', '/organization', { name: 'Ours', own_credentials_use: 'only' });
    expect(changed.body).toMatchObject({ name: 'Ours', own_credentials_use: 'only', revision: 2 });
    expect((await plane.call('PATCH', '/organization', { own_credentials_allowed: true })).status).toBe(400);
  });

  it('is not closed when it is the first', async () => {
    expect(await plane.call('POST', '/organization/close')).toMatchObject({
      status: 409,
      body: { error: { code: 'resource.conflict' } },
    });
  });

  it('is left by people alone, not by keys for them', async () => {
    expect((await plane.call('POST', '/organization/leave')).status).toBe(401);
  });
});
