import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('says that an upstream model is another, and takes it back', async () => {
  const override = { provider_id: 'cloudy', upstream_model: 'vendor.model-v1:0', canonical_model: 'model' };
  const made = await plane.call('POST', '/identity-overrides', override);
  expect(made).toMatchObject({ status: 201, body: override });
  expect((await plane.call('GET', '/identity-overrides')).body).toEqual({ data: [made.body] });
  const { id } = made.body as { id: string };
  expect((await plane.call('DELETE', `/identity-overrides/${id}`)).status).toBe(200);
  expect((await plane.call('GET', '/identity-overrides')).body).toEqual({ data: [] });
});
