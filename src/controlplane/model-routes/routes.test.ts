import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const SMART = { name: 'smart', tiers: [{ targets: [{ model: 'openai/gpt-4.1', weight: 3 }] }] };

it('a route is made, shown with all that was not said, replaced and removed', async () => {
  const made = await plane.call('POST', '/routes', SMART);
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: 'smart',
      strategy: 'priority',
      affinity: 'none',
      tiers: [{ targets: [{ model: 'openai/gpt-4.1', weight: 3, timeouts: {} }] }],
      rules: [],
      fallbacks: {},
      source: 'store',
      revision: 1,
    },
  });
  const { id } = made.body as { id: string };
  expect((await plane.call('GET', `/routes/${id}`)).body).toEqual(made.body);
  const ruled = {
    ...SMART,
    strategy: 'cheapest',
    rules: [{ when: { headers: { 'X-Tier': ['gold'] } }, tiers: [{ targets: [{ model: 'gpt-4o' }] }] }],
    fallbacks: { context_too_long: 'gemini-2.5-pro' },
    timeouts: { first_byte_ms: 5000 },
  };
  const put = await plane.call('PUT', `/routes/${id}`, ruled, { 'if-match': '"1"' });
  expect(put.body).toMatchObject({
    strategy: 'cheapest',
    rules: [{ when: { headers: { 'x-tier': ['gold'] } } }],
    fallbacks: { context_too_long: 'gemini-2.5-pro' },
    timeouts: { first_byte_ms: 5000 },
    revision: 2,
  });
  expect((await plane.call('PUT', `/routes/${id}`, SMART, { 'if-match': '"1"' })).status).toBe(412);
  expect((await plane.call('GET', '/routes')).body).toEqual({ data: [put.body] });
  expect(plane.state.acts.at(-1)).toMatchObject({
    act: { action: 'putRoute' },
    ending: { outcome: 'refused' },
  });
  expect((await plane.call('DELETE', `/routes/${id}`)).body).toEqual({ id, deleted: true });
  expect((await plane.call('GET', `/routes/${id}`)).status).toBe(404);
});

it('a name is one route’s', async () => {
  await plane.call('POST', '/routes', SMART);
  expect((await plane.call('POST', '/routes', SMART)).status).toBe(409);
  const other = await plane.call('POST', '/routes', { ...SMART, name: 'other' });
  const { id } = other.body as { id: string };
  expect((await plane.call('PUT', `/routes/${id}`, SMART)).status).toBe(409);
});

it.each([
  ['no tier', { tiers: [] }],
  ['an empty tier', { tiers: [{ targets: [] }] }],
  ['a negative weight', { tiers: [{ targets: [{ model: 'a', weight: -1 }] }] }],
  ['a strategy that is none', { strategy: 'best' }],
  ['a rule that says nothing', { rules: [{ when: {}, tiers: SMART.tiers }] }],
  ['a time-out of nothing', { timeouts: { total_ms: 0 } }],
  ['a field that it does not know', { tier: 1 }],
])('a route with %s is refused', async (_what, change) => {
  const refused = await plane.call('POST', '/routes', { ...SMART, ...change });
  expect(refused).toMatchObject({ status: 400, body: { error: { code: 'request.invalid' } } });
});

it('what nobody serves cannot be explained', async () => {
  const refused = await plane.call('POST', '/routes/explain', { model: 'nothing' });
  expect(refused).toMatchObject({ status: 404, body: { error: { code: 'model.not_found' } } });
  expect((await plane.call('GET', '/routes/health')).body).toEqual({ data: [] });
});
