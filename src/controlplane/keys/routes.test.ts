import { afterEach, beforeEach, expect, it } from 'vitest';
import { project } from '../../identity/testing/access.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_NOW, TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a key is made once with its secret, changed, revoked and deleted; its hash is in no answer', async () => {
  const made = await plane.call('POST', '/keys', {
    name: ' website ',
    allowed_models: ['a'],
    expires_at: '2027-01-01T00:00:00Z',
  });
  const { key, secret } = made.body as { key: { id: string }; secret: string };
  expect(made.status).toBe(201);
  const path = `/keys/${key.id}`;
  const answers = [
    await plane.call('GET', path),
    await plane.call('GET', '/keys'),
    await plane.call('PATCH', path, { allowed_models: null, expires_at: null }),
    await plane.call('PATCH', path, { enabled: false }),
    await plane.call('POST', `${path}/revoke`),
    await plane.call('DELETE', path),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(answers[0]?.body).toMatchObject({ name: 'website', state: 'active', allowed_models: ['a'] });
  expect(answers[2]?.body).not.toHaveProperty('allowed_models');
  expect(answers[2]?.body).not.toHaveProperty('expires_at');
  expect(answers[3]?.body).toMatchObject({ name: 'website', state: 'disabled' });
  expect(answers[4]?.body).toMatchObject({ state: 'revoked', revoked_at: '2026-01-02T03:04:05.000Z' });
  for (const answer of answers) expect(answer.text).not.toContain(secret);
  for (const answer of [made, ...answers]) expect(answer.text).not.toContain('f00d');
  expect((await plane.call('GET', path)).status).toBe(404);
});

it('a key whose time has passed is shown as expired', async () => {
  const made = await plane.call('POST', '/keys', { name: 'short' });
  const { key } = made.body as { key: { id: string } };
  const row = plane.state.keys.get(key.id);
  if (row !== undefined) plane.state.keys.set(key.id, { ...row, expiresAt: TEST_NOW });
  expect((await plane.call('GET', `/keys/${key.id}`)).body).toMatchObject({ state: 'expired' });
});

it('a key belongs to a project and an owner, and is listed with its project', async () => {
  plane.state.projects.set('proj_two', project('proj_two', TEST_TENANT.organizationId));
  const place = { project_id: 'proj_two', member_id: 'mem_1', allowed_origins: ['https://app.example.com'] };
  const made = await plane.call('POST', '/keys', { name: 'a', ...place });
  expect(made).toMatchObject({ status: 201, body: { key: { ...place, revision: 1 } } });
  await plane.call('POST', '/keys', { name: 'a' });
  const names = async (query: string) => {
    const { body } = await plane.call('GET', `/keys${query}`);
    return (body as { data: { project_id: string }[] }).data.map((key) => key.project_id);
  };
  expect(await names('')).toEqual(['proj_two', TEST_TENANT.projectId]);
  expect(await names('?project_id=proj_two')).toEqual(['proj_two']);
  expect((await plane.call('GET', '/keys?project_id=proj_none')).status).toBe(404);
  expect(await plane.call('POST', '/keys', { name: 'b', project_id: 'proj_none' })).toMatchObject({
    status: 404,
    body: { error: { code: 'resource.not_found', param: 'project_id' } },
  });
});

it.each([
  ['two owners', { member_id: 'mem_1', service_account_id: 'svc_1' }, 'service_account_id'],
  ['an origin with a path', { allowed_origins: ['https://a.example/b'] }, 'allowed_origins.0'],
  ['a network of no address', { allowed_addresses: ['10.0.0.0/40'] }, 'allowed_addresses.0'],
  ['no addresses', { allowed_addresses: [] }, 'allowed_addresses'],
  ['an expiry that has passed', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
])('%s is refused by its field', async (_what, field, param) => {
  const answer = await plane.call('POST', '/keys', { name: 'a', ...field });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'request.invalid', param } } });
});

it('a new secret is shown once, and until when the old one counts as long as it does', async () => {
  const made = (await plane.call('POST', '/keys', { name: 'a' })).body as { key: { id: string }; secret: string };
  const path = `/keys/${made.key.id}`;
  const rotated = await plane.call('POST', `${path}/rotate`, { overlap_seconds: 60 }, { 'if-match': '"1"' });
  expect(rotated).toMatchObject({ status: 200, body: { key: { previous_until: '2026-01-02T03:05:05.000Z' } } });
  expect(rotated.text).not.toContain(made.secret);
  expect((await plane.call('POST', `${path}/rotate`, {}, { 'if-match': '"1"' })).status).toBe(412);
  const row = plane.state.keys.get(made.key.id);
  if (row !== undefined) plane.state.keys.set(row.id, { ...row, previousUntil: TEST_NOW });
  expect((await plane.call('GET', path)).body).not.toHaveProperty('previous_until');
  expect((await plane.call('POST', `${path}/rotate`, { overlap_seconds: 604_801 })).status).toBe(400);
});
