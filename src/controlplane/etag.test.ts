import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from './testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

/** Paths of one resource of each kind that has revisions, with a change that it takes. */
async function resources(): Promise<readonly (readonly [path: string, change: object])[]> {
  const key = (await plane.call('POST', '/keys', { name: 'k' })).body as { key: { id: string } };
  const account = { service_account_id: 'svc_1', scopes: ['keys.read'] };
  const made = (await plane.call('POST', '/management-keys', { name: 'm', ...account })).body as {
    management_key: { id: string };
  };
  const connected = (
    await plane.call('POST', '/connections', { provider_id: 'cloudy', credential: { secret: 'sk-example-secret' } })
  ).body as { connection: { id: string } };
  const [credential] = plane.state.credentials.keys();
  return [
    [`/keys/${key.key.id}`, { name: 'new' }],
    [`/management-keys/${made.management_key.id}`, { name: 'new' }],
    [`/connections/${connected.connection.id}`, { enabled: false }],
    [`/credentials/${credential}`, { weight: 7 }],
  ];
}

describe('a resource with revisions', () => {
  it('is changed by who has read the revision it has, and by nobody who has read another', async () => {
    for (const [path, change] of await resources()) {
      const first = await plane.call('PATCH', path, change, { 'if-match': '"1"' });
      expect([path, first.status, first.headers.etag]).toEqual([path, 200, '"2"']);
      const stale = await plane.call('PATCH', path, change, { 'if-match': '"1"' });
      expect(stale).toMatchObject({ status: 412, body: { error: { code: 'resource.changed' } } });
      expect((await plane.call('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412);
      expect((await plane.call('PATCH', path, change)).headers.etag).toBe('"3"');
      expect((await plane.call('PATCH', path, change, { 'if-match': '*' })).headers.etag).toBe('"4"');
      expect((await plane.call('DELETE', path, undefined, { 'if-match': '"4"' })).status).toBe(200);
      expect((await plane.call('PATCH', path, change, { 'if-match': '*' })).status).toBe(404);
    }
  });

  it('is sent once: who has its revision already gets only the word', async () => {
    const [[path] = ['']] = await resources();
    expect((await plane.call('GET', path)).headers.etag).toBe('"1"');
    for (const known of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const answer = await plane.call('GET', path, undefined, { 'if-none-match': known });
      expect([known, answer.status, answer.text, answer.headers.etag]).toEqual([known, 304, '', '"1"']);
    }
    expect((await plane.call('GET', path, undefined, { 'if-none-match': '"2"' })).status).toBe(200);
    expect((await plane.call('GET', '/keys', undefined, { 'if-none-match': '*' })).status).toBe(200);
  });

  it.each(['1', 'W/"1"', '"1", "2"', '"0"', '"one"', '"01"', ''])(
    'is not changed on a condition that cannot be understood: %s',
    async (condition) => {
      const [[path, change] = ['', {}]] = await resources();
      const answer = await plane.call('PATCH', path, change, { 'if-match': condition });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'request.invalid', param: 'if-match' } } });
      expect((await plane.call('GET', path)).headers.etag).toBe('"1"');
    },
  );
});
