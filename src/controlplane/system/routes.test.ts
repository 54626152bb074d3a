import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

it('shows what the hub is and how it is', async () => {
  expect((await plane.call('GET', '/info')).body).toMatchObject({
    mode: 'enterprise',
    simulated: true,
    store: 'sqlite',
  });
  expect((await plane.call('GET', '/jobs')).body).toEqual({
    data: [{ name: 'refresh-models', next_due_at: '2026-01-02T03:04:06.000Z' }],
  });
  for (const answer of [await plane.call('GET', '/health'), await plane.call('POST', '/health/check')]) {
    expect(answer.body).toMatchObject({ state: 'ok', checks: [{ name: 'store' }] });
  }
});

it('shows of a secret setting only that it is set, whatever the hub hands over', async () => {
  const settings = await plane.call('GET', '/settings');
  expect(settings.text).not.toContain('canary');
  expect(settings.body).toMatchObject({
    data: [
      { name: 'port', value: 4180 },
      { name: 'masterKey', value: 'set' },
    ],
  });
});

it('gathers diagnostics as a file, and writes down who asked for them', async () => {
  const { status, headers, text, body } = await plane.call('GET', '/system/diagnostics');
  expect(status).toBe(200);
  expect(headers['content-disposition']).toBe('attachment; filename="diagnostics.json"');
  expect(text).not.toContain('canary');
  expect(body).toMatchObject({
    made_at: '2026-01-02T03:04:05.000Z',
    hub: { version: '0.1.0' },
    store: { engine_version: '3.50.0', migrations: [{ version: 1 }], rows: { organizations: 1 } },
    providers: [{ provider_id: 'openai', connections: 1 }],
    newest_requests: { requests: 3, errors: [{ code: 'upstream.timeout', requests: 1 }] },
  });
  expect((await plane.call('GET', '/audit')).body).toMatchObject({ data: [{ action: 'getDiagnostics' }] });
});

it('backs up, makes an admin token, applies hub.yaml and rotates the master key', async () => {
  expect((await plane.call('POST', '/backup', { path: '/b/hub.db' })).body).toMatchObject({
    path: '/b/hub.db',
    bytes: 4096,
  });
  expect((await plane.call('POST', '/admin-token')).status).toBe(201);
  expect((await plane.call('GET', '/config')).body).toMatchObject({ path: '/etc/hub.yaml', version: 7 });
  expect((await plane.call('POST', '/config/apply', { dry_run: true })).body).toMatchObject({ applied: false });
  expect((await plane.call('POST', '/config/apply', {})).body).toMatchObject({ applied: true });
  expect((await plane.call('GET', '/vault')).body).toMatchObject({ current_version: 1, rotation: { state: 'idle' } });
  expect(await plane.call('POST', '/vault/rotate')).toMatchObject({
    status: 202,
    body: { rotation: { state: 'running', remaining: 3 } },
  });
});
