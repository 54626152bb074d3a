import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const TERMS = {
  name: 'Budget',
  subject: { kind: 'organization' },
  measure: 'money',
  amount: '100.50',
  window: { kind: 'calendar', unit: 'month', time_zone: 'Asia/Taipei' },
  mode: 'hard',
  thresholds: [100, 80, 80],
};

it('a limit is made, shown with what is left, changed by who has read it, and taken away', async () => {
  const made = await plane.call('POST', '/limits', TERMS);
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: 'Budget',
      amount: '100.5',
      thresholds: [80, 100],
      revision: 1,
      counts: [{ used: '0', left: '100.5' }],
    },
  });
  const { id } = made.body as { readonly id: string };
  expect((await plane.call('GET', '/limits')).body).toMatchObject({ data: [{ id }] });
  const put = (ifMatch: string) =>
    plane.call('PUT', `/limits/${id}`, { ...TERMS, amount: '7' }, { 'if-match': ifMatch });
  expect((await put('"2"')).status).toBe(412);
  expect(await put('"1"')).toMatchObject({ status: 200, body: { amount: '7', revision: 2 } });
  expect((await plane.call('DELETE', `/limits/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(412);
  expect((await plane.call('DELETE', `/limits/${id}`)).body).toMatchObject({ id, deleted: true });
  expect((await plane.call('GET', `/limits/${id}`)).status).toBe(404);
  expect(plane.state.acts.at(-1)).toMatchObject({ act: { action: 'deleteLimit' }, ending: { targetKind: 'limit' } });
});

it.each<[string, JsonObject]>([
  ['nothing', { amount: '0' }],
  ['less than nothing', { amount: '-1' }],
  ['a part of a request', { measure: 'requests', amount: '1.5' }],
  ['more than is counted exactly', { amount: '9000001' }],
  ['a zone that nobody knows', { window: { kind: 'calendar', unit: 'day', time_zone: 'Nowhere/Land' } }],
  ['a window of concurrency', { measure: 'concurrent', amount: '3' }],
  ['another organization', { subject: { kind: 'organization', id: 'org_other' } }],
  ['a project that is not there', { subject: { kind: 'project', id: 'proj_none' } }],
  ['a tag without a name', { subject: { kind: 'tag' } }],
  ['a threshold beyond it', { thresholds: [101] }],
])('%s is no limit', async (_, more) => {
  expect((await plane.call('POST', '/limits', { ...TERMS, ...more })).status).toBe(400);
});
