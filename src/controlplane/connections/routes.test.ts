import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const CANARY = 'sk-canary-secret-0123456789';

it('a connection is made with its credential, shown, changed, tried, refreshed and removed', async () => {
  const made = await plane.call('POST', '/connections', {
    provider_id: 'cloudy',
    name: 'eu',
    credential: { secret: CANARY },
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      connection: { name: 'eu', provider_id: 'cloudy', new_model_policy: 'enabled' },
      refresh: { added: ['small-model'] },
    },
  });
  const [row] = plane.state.connections.values();
  const path = `/connections/${row?.id}`;
  expect((await plane.call('PATCH', path, { enabled: false, position: 9 })).body).toMatchObject({
    enabled: false,
    position: 9,
    name: 'eu',
  });
  expect((await plane.call('GET', path)).body).toMatchObject({
    enabled: false,
    created_at: '2026-01-02T03:04:05.000Z',
  });
  expect((await plane.call('POST', `${path}/test`)).body).toMatchObject({
    ok: true,
    results: [{ step: 'models', http_status: 200 }],
  });
  expect((await plane.call('POST', `${path}/refresh`)).body).toEqual({ added: [], withdrawn: [], returned: [] });
  expect((await plane.call('DELETE', path)).body).toEqual({ id: row?.id, deleted: true });
  expect((await plane.call('GET', path)).status).toBe(404);
});

it('a taken name, an unknown provider and a row of hub.yaml are refused', async () => {
  await plane.call('POST', '/connections', { provider_id: 'homely' });
  expect(await plane.call('POST', '/connections', { provider_id: 'homely' })).toMatchObject({
    status: 409,
    body: { error: { code: 'resource.conflict' } },
  });
  expect((await plane.call('POST', '/connections', { provider_id: 'unheard-of' })).status).toBe(404);
  const [row] = plane.state.connections.values();
  if (row !== undefined) plane.state.connections.set(row.id, { ...row, source: 'file' });
  expect(await plane.call('DELETE', `/connections/${row?.id}`)).toMatchObject({
    status: 409,
    body: { error: { code: 'resource.read_only' } },
  });
});

it('connections are listed in the order in which they are tried, page by page', async () => {
  for (const [name, position] of [
    ['c', 2],
    ['a', 2],
    ['b', 1],
  ] as const) {
    await plane.call('POST', '/connections', { provider_id: 'homely', name, position });
  }
  const first = await plane.call('GET', '/connections?limit=2');
  expect(first.body).toMatchObject({ data: [{ name: 'b' }, { name: 'a' }], next_cursor: expect.any(String) });
  const { next_cursor } = first.body as { next_cursor: string };
  const second = await plane.call('GET', `/connections?limit=2&cursor=${next_cursor}`);
  expect(second.body).toMatchObject({ data: [{ name: 'c' }] });
  expect(second.body).not.toHaveProperty('next_cursor');
});

it('no answer holds a secret or its sealed form', async () => {
  const answers = [await plane.call('POST', '/connections', { provider_id: 'cloudy', credential: { secret: CANARY } })];
  const [connection] = plane.state.connections.values();
  const [credential] = plane.state.credentials.values();
  const path = `/credentials/${credential?.id}`;
  answers.push(
    await plane.call('GET', `/connections/${connection?.id}/credentials`),
    await plane.call('POST', `/connections/${connection?.id}/credentials`, { secret: CANARY, weight: 3 }),
    await plane.call('PUT', `${path}/secret`, { secret: CANARY }),
    await plane.call('PATCH', path, { enabled: false }),
    await plane.call('POST', `${path}/test`),
    await plane.call('POST', '/probe', { base_url: 'http://127.0.0.1:9', secret: CANARY }),
    await plane.call('POST', '/connections', {
      provider_id: 'cloudy',
      name: 'Bad Name',
      credential: { secret: CANARY },
    }),
    await plane.call('PUT', `${path}/secret`, { secret: [CANARY] }),
    await plane.call('DELETE', path),
  );
  for (const answer of answers) expect(answer.text).not.toMatch(/sk-canary|sealed/);
  expect(answers.map((answer) => answer.status)).toEqual([201, 200, 201, 200, 200, 200, 200, 400, 400, 200]);
});
