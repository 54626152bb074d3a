import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a service account is made, changed and removed', async () => {
  const made = await plane.call('POST', '/service-accounts', { name: 'ci', role: 'developer' });
  const { id } = made.body as { id: string };
  expect(made).toMatchObject({ status: 201, body: { name: 'ci', role: 'developer', state: 'active', revision: 1 } });
  expect((await plane.call('POST', '/service-accounts', { name: 'ci', role: 'viewer' })).status).toBe(409);
  const path = `/service-accounts/${id}`;
  expect((await plane.call('PATCH', path, { state: 'disabled' })).body).toMatchObject({
    state: 'disabled',
    role: 'developer',
    revision: 2,
  });
  expect((await plane.call('GET', '/service-accounts')).body).toMatchObject({ data: [{ id, state: 'disabled' }] });
  expect((await plane.call('GET', path)).body).toMatchObject({ name: 'ci' });
  expect((await plane.call('DELETE', path)).body).toEqual({ id, deleted: true });
  expect((await plane.call('GET', path)).status).toBe(404);
  expect((await plane.call('DELETE', path)).status).toBe(404);
});
