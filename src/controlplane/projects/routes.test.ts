import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a project is made, changed, archived and brought back', async () => {
  const made = await plane.call('POST', '/projects', { name: ' website ' });
  const { id } = made.body as { id: string };
  expect(made).toMatchObject({ status: 201, body: { name: 'website', is_default: false, revision: 1 } });
  expect(made.body).not.toHaveProperty('team_id');
  expect((await plane.call('PATCH', `/projects/${id}`, { name: 'shop' })).body).toMatchObject({
    name: 'shop',
    revision: 2,
  });
  expect((await plane.call('POST', `/projects/${id}/archive`)).body).toMatchObject({
    archived_at: '2026-01-02T03:04:05.000Z',
  });
  expect((await plane.call('GET', '/projects?archived=true')).body).toMatchObject({ data: [{ id }] });
  expect((await plane.call('GET', '/projects?archived=false')).body).toMatchObject({ data: [{ id: 'proj_test' }] });
  expect((await plane.call('POST', `/projects/${id}/unarchive`)).body).not.toHaveProperty('archived_at');
  expect((await plane.call('GET', '/projects')).body).toMatchObject({ data: [{ id }, { id: 'proj_test' }] });
  expect((await plane.call('GET', `/projects/${id}`)).body).toMatchObject({ name: 'shop' });
});

it.each([
  ['a name that is taken', 'POST', '/projects', { name: 'Default' }, 409, 'name'],
  ['no name', 'POST', '/projects', { name: ' ' }, 400, 'name'],
  ['control characters', 'POST', '/projects', { name: 'a\u0000b' }, 400, 'name'],
  ['a team that is not there', 'POST', '/projects', { name: 'x', team_id: 'team_none' }, 400, 'team_id'],
  ['an end of the default project', 'POST', '/projects/proj_test/archive', undefined, 409, undefined],
  ['an unknown id', 'PATCH', '/projects/proj_none', { name: 'x' }, 404, undefined],
] as const)('%s is refused', async (_name, method, path, body, status, param) => {
  const answer = await plane.call(method, path, body);
  expect(answer.status).toBe(status);
  expect((answer.body as { error: { param?: string } }).error.param).toBe(param);
});
