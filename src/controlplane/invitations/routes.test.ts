import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_NOW } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('an invitation is sent, sent again and revoked; its link is in no answer, and neither is its hash', async () => {
  const made = await plane.call('POST', '/invitations', { email: 'Bob@Example.com', role: 'viewer' });
  const { id } = made.body as { id: string };
  const answers = [
    made,
    await plane.call('GET', '/invitations'),
    await plane.call('GET', `/invitations/${id}`),
    await plane.call('POST', `/invitations/${id}/resend`),
    await plane.call('POST', `/invitations/${id}/revoke`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
  expect(made.body).toMatchObject({ email: 'bob@example.com', role: 'viewer', state: 'open', team_ids: [] });
  expect(answers[4]?.body).toMatchObject({ state: 'revoked' });
  const { letters } = plane.state.people;
  expect(letters).toHaveLength(2);
  for (const { text } of answers) {
    expect(text).not.toContain('hash');
    for (const { token } of letters) expect(text).not.toContain(token);
  }
});

it('an invitation whose time has passed is shown as expired', async () => {
  const made = await plane.call('POST', '/invitations', { email: 'bob@example.com', role: 'viewer' });
  const { id } = made.body as { id: string };
  const { invitations } = plane.state.people;
  const row = invitations.get(id);
  if (row !== undefined) invitations.set(id, { ...row, expiresAt: TEST_NOW });
  expect((await plane.call('GET', `/invitations/${id}`)).body).toMatchObject({ state: 'expired' });
});

it.each([
  ['a text that is no address', { email: 'bob', role: 'viewer' }, 400],
  ['an unknown role', { email: 'bob@example.com', role: 'king' }, 400],
  ['a team that is not there', { email: 'bob@example.com', role: 'viewer', team_ids: ['team_none'] }, 400],
  ['the address of a member', { email: 'ADA@example.com', role: 'viewer' }, 409],
])('%s is refused, and no mail is sent', async (_name, body, status) => {
  expect((await plane.call('POST', '/invitations', body)).status).toBe(status);
  expect(plane.state.people.letters).toEqual([]);
});
