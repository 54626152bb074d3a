import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_NOW } from '../testing/memory-state.ts';

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
