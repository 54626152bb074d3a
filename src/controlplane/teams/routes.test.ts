import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a team is made, renamed, given members and projects, and removed once it has no projects', async () => {
  const made = await plane.call('POST', '/teams', { name: ' search ' });
  const { id } = made.body as { id: string };
  expect(made).toMatchObject({ status: 201, body: { name: 'search', revision: 1 } });
  expect(await plane.call('POST', '/teams', { name: 'search' })).toMatchObject({
    status: 409,
    body: { error: { code: 'resource.conflict', param: 'name' } },
  });
  expect((await plane.call('PATCH', `/teams/${id}`, { name: 'find' })).body).toMatchObject({
    name: 'find',
    revision: 2,
  });
  expect((await plane.call('GET', '/teams')).body).toMatchObject({ data: [{ id, name: 'find' }] });

  const joined = await plane.call('PUT', `/teams/${id}/members/mem_ada`);
  expect(joined).toMatchObject({ status: 200, body: { id: 'mem_ada', team_ids: [id] } });
  expect((await plane.call('GET', `/members?team_id=${id}`)).body).toMatchObject({ data: [{ id: 'mem_ada' }] });
  expect((await plane.call('DELETE', `/teams/${id}/members/mem_ada`)).body).toMatchObject({ team_ids: [] });

  const project = await plane.call('POST', '/projects', { name: 'crawler', team_id: id });
  const projectId = (project.body as { id: string }).id;
  expect((await plane.call('DELETE', `/teams/${id}`)).status).toBe(409);
  await plane.call('PATCH', `/projects/${projectId}`, { team_id: null });
  expect((await plane.call('DELETE', `/teams/${id}`)).body).toEqual({ id, deleted: true });
  expect((await plane.call('GET', `/teams/${id}`)).status).toBe(404);
});

it('a team or a member that is not there is answered with one body, whatever is asked of it', async () => {
  const answers = [
    await plane.call('GET', '/teams/team_none'),
    await plane.call('PATCH', '/teams/team_none', { name: 'x' }),
    await plane.call('DELETE', '/teams/team_none'),
    await plane.call('PUT', '/teams/team_none/members/mem_ada'),
    await plane.call('DELETE', '/teams/team_none/members/mem_none'),
  ];
  for (const { status, text } of answers) {
    expect(status).toBe(404);
    expect(text.replace(/"request_id":"[^"]+"/, '')).toBe(answers[0]?.text.replace(/"request_id":"[^"]+"/, ''));
  }
});
