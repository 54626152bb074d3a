import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

const NEW = { name: 'deployment', service_account_id: 'svc_1', scopes: ['keys.read', 'keys.write'] };

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('a key is made with its secret, narrowed, rotated, revoked and deleted; no other answer holds a secret or a hash', async () => {
  const made = await plane.call('POST', '/management-keys', { ...NEW, expires_at: '2027-01-01T00:00:00Z' });
  const { management_key, secret } = made.body as { management_key: { id: string }; secret: string };
  expect(made).toMatchObject({ status: 201, body: { management_key: { service_account_id: 'svc_1', revision: 1 } } });
  const path = `/management-keys/${management_key.id}`;
  const rotated = await plane.call('POST', `${path}/rotate`, { overlap_seconds: 3600 });
  const next = rotated.body as { secret: string };
  expect(rotated.body).toMatchObject({ management_key: { previous_until: '2026-01-02T04:04:05.000Z' } });
  expect(next.secret).not.toBe(secret);
  const answers = [
    await plane.call('GET', path),
    await plane.call('GET', '/management-keys'),
    await plane.call('PATCH', path, { scopes: ['keys.read'], allowed_addresses: ['loopback'], expires_at: null }),
    await plane.call('POST', `${path}/revoke`),
    await plane.call('DELETE', path),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(answers[2]?.body).toMatchObject({ scopes: ['keys.read'], allowed_addresses: ['loopback'], state: 'active' });
  expect(answers[3]?.body).toMatchObject({ state: 'revoked' });
  for (const { text } of answers) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(next.secret);
  }
  for (const { text } of [made, rotated, ...answers]) expect(text).not.toContain('f00d');
  expect((await plane.call('GET', path)).status).toBe(404);
});

it.each([
  ['two owners', { member_id: 'mem_1' }, 'service_account_id'],
  ['a scope that is none', { scopes: ['keys.eat'] }, 'scopes.0'],
  ['a scope of the installation', { scopes: ['installation.write'] }, 'scopes.0'],
  ['a host for an address', { allowed_addresses: ['example.com'] }, 'allowed_addresses.0'],
  ['an expiry that has passed', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
])('%s is refused by its field', async (_what, field, param) => {
  const answer = await plane.call('POST', '/management-keys', { ...NEW, ...field });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'request.invalid', param } } });
});

it('many keys are paged, each once', async () => {
  for (let index = 0; index < 5; index += 1) await plane.call('POST', '/management-keys', NEW);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `&cursor=${cursor}`;
    const { body } = await plane.call('GET', `/management-keys?limit=2${query}`);
    const page = body as { data: { id: string }[]; next_cursor?: string };
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual([...plane.state.managementKeys.keys()]);
});
