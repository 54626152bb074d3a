import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a rule is laid down, replaced as a whole, shown, listed and taken away', async () => {
  const first = await plane.call('PUT', '/rules/organization/org_test', {
    allowed_models: ['gpt-*'],
    denied_regions: ['us-east-1'],
  });
  expect(first).toMatchObject({
    status: 200,
    body: { id: 'organization:org_test', allowed_models: ['gpt-*'], denied_regions: ['us-east-1'], revision: 1 },
  });
  expect(first.headers.etag).toBe('"1"');
  const second = await plane.call('PUT', '/rules/organization/org_test', { allowed_models: [] });
  expect(second.body).toMatchObject({ allowed_models: [], revision: 2 });
  expect(second.body).not.toHaveProperty('denied_regions');
  expect((await plane.call('GET', '/rules/organization/org_test')).body).toEqual(second.body);
  const operators = await plane.call('PUT', '/organizations/org_test/operator-rule', { denied_providers: ['cloudy'] });
  expect(operators).toMatchObject({ status: 200, body: { scope: 'operator', scope_id: 'org_test' } });
  const [one, rest] = [
    await plane.call('GET', '/rules?limit=1'),
    await plane.call('GET', '/rules?limit=1&cursor=operator:org_test'),
  ];
  expect(one.body).toMatchObject({ data: [{ id: 'operator:org_test' }], next_cursor: 'operator:org_test' });
  expect(rest.body).toMatchObject({ data: [{ id: 'organization:org_test' }] });
  expect((await plane.call('DELETE', '/rules/organization/org_test')).body).toMatchObject({ deleted: true });
  expect((await plane.call('GET', '/rules/organization/org_test')).status).toBe(404);
  expect(plane.state.acts.at(-1)).toMatchObject({
    act: { action: 'deleteRule' },
    ending: { targetKind: 'rule', targetId: 'organization:org_test', before: { revision: 2 } },
  });
});

it('a rule stands on what the organization has, and on nothing else', async () => {
  const rule = { denied_models: ['*'] };
  for (const path of ['organization/org_other', 'team/team_none', 'project/proj_none', 'key/vk_none']) {
    expect([path, (await plane.call('PUT', `/rules/${path}`, rule)).status]).toEqual([path, 404]);
  }
  expect((await plane.call('PUT', '/organizations/org_none/operator-rule', rule)).status).toBe(404);
  expect((await plane.call('PUT', '/rules/operator/org_test', rule)).status).toBe(400);
  const team = (await plane.call('POST', '/teams', { name: 'search' })).body as { id: string };
  expect((await plane.call('PUT', `/rules/team/${team.id}`, rule)).status).toBe(200);
});

it('a rule is changed by who has read the revision it has', async () => {
  const path = '/rules/organization/org_test';
  const put = (ifMatch: string) => plane.call('PUT', path, { denied_models: ['a'] }, { 'if-match': ifMatch });
  expect((await put('"1"')).status).toBe(412);
  expect((await put('*')).status).toBe(200);
  expect((await put('"1"')).body).toMatchObject({ revision: 2 });
  expect((await plane.call('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412);
  expect((await plane.call('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(200);
});

it.each([
  [{}],
  [{ allowed_models: ['has a space'] }],
  [{ allowed_models: [''] }],
  [{ denied_models: Array.from({ length: 501 }, () => 'a') }],
  [{ scope: 'operator', denied_models: ['a'] }],
])('%j is no rule', async (body) => {
  expect((await plane.call('PUT', '/rules/organization/org_test', body)).status).toBe(400);
});
