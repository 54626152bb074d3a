import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { startTestControlPlane, type TestControlPlane } from './testing/call.ts';
import { TEST_NOW } from './testing/memory-state.ts';

const KEY = { 'idempotency-key': 'first-try' };
const MINUTE_MS = 60_000;

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

/** The one request that is remembered, as if it had begun at another time or had not ended. */
function remember(change: Partial<{ createdAt: number; status: undefined; sealed: string | undefined }>): void {
  for (const [id, record] of plane.state.onceDone) plane.state.onceDone.set(id, { ...record, ...change });
}

describe('a change that is sent with a key', () => {
  it('is made once, and its answer is given again to the letter', async () => {
    const first = await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    const again = await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    expect(first).toMatchObject({ status: 201, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again).toMatchObject({
      status: 201,
      text: first.text,
      headers: { 'idempotency-replayed': 'true', 'content-type': first.headers['content-type'] },
    });
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(plane.state.keys.size).toBe(1);
    // Without a key, or with another one, it is another request.
    expect((await plane.call('POST', '/keys', { name: 'ci' })).status).toBe(409);
    expect((await plane.call('POST', '/keys', { name: 'ci' }, { 'idempotency-key': 'other' })).status).toBe(409);
  });

  it('gets its etag and its errors again, too', async () => {
    const { key } = (await plane.call('POST', '/keys', { name: 'ci' })).body as { key: { id: string } };
    const change = () => plane.call('PATCH', `/keys/${key.id}`, { enabled: false }, KEY);
    expect((await change()).headers.etag).toBe('"2"');
    expect((await change()).headers.etag).toBe('"2"');
    const failing = () => plane.call('POST', '/keys', { name: 'ci' }, { 'idempotency-key': 'taken' });
    expect((await failing()).status).toBe(409);
    plane.state.keys.clear();
    const again = await failing();
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'resource.conflict' } } });
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('is refused when the key stands for another request', async () => {
    await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    const reused = { status: 422, body: { error: { code: 'request.idempotency_reused' } } };
    expect(await plane.call('POST', '/keys', { name: 'other' }, KEY)).toMatchObject(reused);
    expect(await plane.call('POST', '/aliases', { name: 'ci', target: 'x' }, KEY)).toMatchObject(reused);
    const [id] = plane.state.keys.keys();
    expect(await plane.call('DELETE', `/keys/${id}`, undefined, KEY)).toMatchObject(reused);
    expect(plane.state.keys.size).toBe(1);
  });

  it('has not begun where the gate or the schema refuses it', async () => {
    expect((await plane.call('POST', '/keys', { name: '' }, KEY)).status).toBe(400);
    const unknown = await plane.call('POST', '/keys', { name: 'ci' }, { ...KEY, authorization: 'Bearer wrong' });
    expect(unknown.status).toBe(401);
    expect(plane.state.onceDone.size).toBe(0);
    expect((await plane.call('POST', '/keys', { name: 'ci' }, KEY)).status).toBe(201);
  });

  it('waits for the first one while that runs, and is told when nobody knows how that ended', async () => {
    await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    const again = () => plane.call('POST', '/keys', { name: 'ci' }, KEY);
    remember({ status: undefined, sealed: undefined });
    expect(await again()).toMatchObject({
      status: 409,
      body: { error: { code: 'request.idempotency_running' } },
      headers: { 'retry-after': '1' },
    });
    remember({ createdAt: TEST_NOW - 10 * MINUTE_MS });
    expect(await again()).toMatchObject({ status: 409, body: { error: { code: 'request.idempotency_lost' } } });
    expect(plane.state.keys.size).toBe(1);
  });

  it('is told as much where the answer cannot be opened', async () => {
    await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    remember({ sealed: 'of another row' });
    const again = await plane.call('POST', '/keys', { name: 'ci' }, KEY);
    expect(again.body).toMatchObject({ error: { code: 'request.idempotency_lost' } });
  });

  it.each(['', 'a b', 'ä', 'x'.repeat(256)])('is refused with a key that is none: “%s”', async (key) => {
    const answer = await plane.call('POST', '/keys', { name: 'ci' }, { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'idempotency-key' } } });
    expect(plane.state.keys.size).toBe(0);
  });
});

it('reading asks for no key and leaves none', async () => {
  expect((await plane.call('GET', '/keys', undefined, { 'idempotency-key': 'a b' })).status).toBe(200);
  expect(plane.state.onceDone.size).toBe(0);
});

it('an answer that cannot be kept goes out all the same, and is reported', async () => {
  const failing = await startTestControlPlane(({ idempotency }) => ({
    idempotency: {
      ...idempotency,
      finish: async () => {
        throw new GatewayError('hub.store_unavailable');
      },
    },
  }));
  expect((await failing.call('POST', '/keys', { name: 'ci' }, KEY)).status).toBe(201);
  expect(failing.state.reported).toHaveLength(1);
  await failing.app.close();
});
