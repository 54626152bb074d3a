import type { RequestListener } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGuardedFetch } from './guarded-fetch.ts';
import { testUpstream } from './testing/calls.ts';
import { startHttp } from './testing/servers.ts';

const QUICK = { connectMs: 200, firstByteMs: 200, idleMs: 200, totalMs: 400 };

describe('a fetch for libraries', () => {
  test('sends a form with its headers and gives a Response', async () => {
    const { origin, guardedFetch } = await scene((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'user-agent': agent, authorization } = request.headers;
        const told = { url: request.url, agent, authorization, body: Buffer.concat(chunks).toString() };
        response.writeHead(201, { 'content-type': 'application/json', 'x-two': ['a', 'b'] }).end(JSON.stringify(told));
      });
    });
    const answer = await guardedFetch(`${origin}/token?a=1`, {
      method: 'POST',
      headers: { Authorization: 'Basic abc', 'user-agent': 'library/1', 'content-length': '999' },
      body: new URLSearchParams({ code: 'x y' }),
    });
    expect(answer).toBeInstanceOf(Response);
    expect([answer.status, answer.headers.get('x-two')]).toEqual([201, 'a, b']);
    expect(await answer.json()).toEqual({
      url: '/token?a=1',
      agent: 'hub-test',
      authorization: 'Basic abc',
      body: 'code=x+y',
    });
  });

  test.each<[string, string, RequestListener]>([
    [
      'follows no redirect',
      'upstream.invalid_answer',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
    ],
    [
      'takes no more than a mebibyte',
      'upstream.answer_too_large',
      (_, response) => response.end('x'.repeat(2 ** 20 + 1)),
    ],
    ['waits no longer than it may', 'upstream.timeout', () => undefined],
  ])('%s', async (_name, code, listener) => {
    const { origin, guardedFetch } = await scene(listener);
    await expect(guardedFetch(origin, { method: 'GET', headers: {} })).rejects.toMatchObject({ code });
  });

  test('dials only what the guard lets through', async () => {
    const { origin, hits } = await scene((_, response) => response.end('secret'));
    const upstream = testUpstream();
    onTestFinished(() => upstream.close());
    const call = createGuardedFetch(upstream.send)(origin, { method: 'GET', headers: {} });
    await expect(call).rejects.toMatchObject({ code: 'egress.blocked' });
    expect(hits()).toBe(0);
  });

  test('ends with the signal, at once and later', async () => {
    const { origin, guardedFetch, server } = await scene(() => controller.abort(new Error('enough')));
    const controller = new AbortController();
    const call = guardedFetch(origin, { method: 'GET', headers: {}, signal: controller.signal });
    await expect(call).rejects.toThrow('enough');
    await expect(guardedFetch(origin, { method: 'GET', headers: {}, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    expect(server.accepted()).toBe(1);
  });

  test.each([
    ['https://user:word@a.test/', 'GET', undefined],
    ['https://a.test/', 'PATCH', undefined],
    ['https://a.test/', 'POST', new Uint8Array(1)],
    ['https://a.test/', 'POST', 'x'.repeat(70_000)],
  ])('refuses what no protocol of ours sends: %s %s', async (address, method, body) => {
    const upstream = testUpstream();
    onTestFinished(() => upstream.close());
    const call = createGuardedFetch(upstream.send)(address, { method, headers: {}, body });
    await expect(call).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('gives an answer without a body where the status has none', async () => {
    const { origin, guardedFetch } = await scene((_, response) => response.writeHead(204).end());
    const answer = await guardedFetch(origin, { method: 'GET', headers: {} });
    expect([answer.status, answer.body]).toEqual([204, null]);
  });
});

async function scene(listener: RequestListener) {
  const server = await startHttp(listener);
  const upstream = testUpstream({ allow: [server.hostPort] });
  onTestFinished(async () => {
    await Promise.all([upstream.close(), server.close()]);
  });
  return {
    origin: `http://${server.hostPort}`,
    guardedFetch: createGuardedFetch(upstream.send, { timeouts: QUICK }),
    server,
    hits: server.accepted,
  };
}
