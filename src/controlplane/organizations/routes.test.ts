import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

/** A picture of one dot. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

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

  it('has a brand, of which what is not sent stays', async () => {
    expect((await plane.call('GET', '/organization')).body).toMatchObject({ brand: {} });
    const brand = { title: 'Acme AI', accent: '#FFFF00', support_address: 'help@example.com' };
    const changed = await plane.call('PATCH', '/organization', { brand });
    expect(changed.body).toMatchObject({
      brand: { ...brand, accent: '#ffff00', accent_shades: { light: '#737300', dark: '#ffff00' } },
      revision: 2,
    });
    const without = await plane.call('PATCH', '/organization', { brand: { accent: null } });
    expect(without.body).toMatchObject({ brand: { title: 'Acme AI', support_address: 'help@example.com' } });
    expect(without.text).not.toContain('accent');
    for (const accent of ['red', '#fff', 'url(//x)', '#12345g']) {
      expect((await plane.call('PATCH', '/organization', { brand: { accent } })).status, accent).toBe(400);
    }
  });

  it('has a logo, sent as what its own bytes say it is, and kept by browsers under its version', async () => {
    const read = (query: string) => plane.call('GET', `/organization/logo${query}`);
    expect((await read('')).status).toBe(404);
    const set = await plane.call('PUT', '/organization/logo', { data: DOT });
    const version = (set.body as { brand: { logo_version: string } }).brand.logo_version;
    const sent = await read(`?version=${version}`);
    expect(sent).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'image/png',
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, max-age=31536000, immutable',
      },
    });
    expect((await read('?version=of-before')).headers['cache-control']).toBe('no-store');
    const page = Buffer.from('<svg onload="alert(1)"/>').toString('base64');
    expect(await plane.call('PUT', '/organization/logo', { data: page })).toMatchObject({
      status: 400,
      body: { error: { param: 'data' } },
    });
    expect((await plane.call('DELETE', '/organization/logo')).body).toMatchObject({ brand: {}, revision: 3 });
    expect((await read('')).status).toBe(404);
    expect((await plane.call('GET', '/audit')).body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ action: 'setOwnLogo' })]),
    });
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
