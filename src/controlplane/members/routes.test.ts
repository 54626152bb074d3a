import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { exampleMember } from '../testing/memory-people.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
  plane.state.people.members.set('mem_bob', exampleMember('bob', 'viewer'));
});
afterEach(async () => plane.app.close());

it('members are shown with who they are, and found by a part of the address', async () => {
  expect((await plane.call('GET', '/members/mem_bob')).body).toEqual({
    id: 'mem_bob',
    user_id: 'usr_bob',
    email: 'bob@example.com',
    name: 'bob',
    role: 'viewer',
    state: 'active',
    user_state: 'active',
    team_ids: [],
    created_at: '2026-01-02T03:04:05.000Z',
    revision: 1,
  });
  expect((await plane.call('GET', '/members?search=BOB')).body).toMatchObject({ data: [{ id: 'mem_bob' }] });
  expect((await plane.call('GET', '/members?limit=1')).body).toMatchObject({
    data: [{ id: 'mem_ada' }],
    next_cursor: 'mem_ada',
  });
});

it('a member gets another role, is suspended, reactivated and removed', async () => {
  const path = '/members/mem_bob';
  expect((await plane.call('PATCH', path, { role: 'developer' })).body).toMatchObject({
    role: 'developer',
    revision: 2,
  });
  expect((await plane.call('PATCH', path, { role: 'king' })).status).toBe(400);
  expect((await plane.call('POST', `${path}/suspend`)).body).toMatchObject({ state: 'suspended' });
  expect((await plane.call('POST', `${path}/reactivate`)).body).toMatchObject({ state: 'active' });
  expect((await plane.call('DELETE', path)).body).toEqual({ id: 'mem_bob', deleted: true });
  expect((await plane.call('GET', path)).status).toBe(404);
});

it('the last owner stays one', async () => {
  for (const answer of [
    await plane.call('PATCH', '/members/mem_ada', { role: 'admin' }),
    await plane.call('POST', '/members/mem_ada/suspend'),
    await plane.call('DELETE', '/members/mem_ada'),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'resource.conflict' } } });
  }
});
