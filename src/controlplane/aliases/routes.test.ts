import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('an alias is made, listed and removed, and its name is its own', async () => {
  const made = await plane.call('POST', '/aliases', { name: 'best', target: 'cloudy/small-model' });
  expect(made).toMatchObject({ status: 201, body: { name: 'best', source: 'store' } });
  expect((await plane.call('POST', '/aliases', { name: 'best', target: 'other' })).status).toBe(409);
  expect((await plane.call('GET', '/aliases')).body).toEqual({ data: [made.body] });
  const { id } = made.body as { id: string };
  expect((await plane.call('DELETE', `/aliases/${id}`)).body).toEqual({ id, deleted: true });
  expect((await plane.call('DELETE', `/aliases/${id}`)).status).toBe(404);
});
