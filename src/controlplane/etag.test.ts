import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from './testing/call.ts';
import { TEST_ADMIN_TOKEN } from './testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it.each([
  [undefined, 200],
  ['*', 200],
  ['"1"', 200],
  [' "1" ', 200],
  ['"2"', 412],
  ['1', 400],
  ['W/"1"', 400],
  ['"1", "2"', 400],
  ['"99999999999999999999"', 400],
])('a change with If-Match: %s of the first revision is answered with %i', async (ifMatch, status) => {
  const response = await plane.app.inject({
    method: 'PATCH',
    url: '/control/v1/organization',
    headers: {
      authorization: `Bearer ${TEST_ADMIN_TOKEN}`,
      'content-type': 'application/json',
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    payload: '{"name":"changed"}',
  });
  expect(response.statusCode).toBe(status);
  expect(plane.state.people.organizations.get('org_test')?.name).toBe(status === 200 ? 'changed' : 'Test');
});
