import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeServer, listenOnLoopback } from '../../test/support/listen.ts';
import { systemClock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemResolve } from './egress-guard.ts';
import { createMediaFetch } from './fetch-media.ts';
import type { Upstream } from './ports.ts';
import { createUpstream } from './send.ts';

const PICTURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);

const server = createServer((request, response) => {
  const { url = '/' } = request;
  if (url === '/picture.png') response.writeHead(200, { 'content-type': 'IMAGE/PNG; q=1' }).end(PICTURE);
  else if (url === '/nameless') response.writeHead(200).end(PICTURE);
  else if (url === '/moved') response.writeHead(302, { location: '/picture.png' }).end();
  else if (url === '/ring') response.writeHead(307, { location: '/ring' }).end();
  else if (url === '/nowhere') response.writeHead(301, { location: 'ftp://files.test/x' }).end();
  else if (url === '/slow') response.writeHead(200).flushHeaders();
  else if (url === '/huge') response.writeHead(200, { 'content-length': 30 * 1024 * 1024 }).end();
  else response.writeHead(404, { 'x-secret': 'canary' }).end('canary');
});
let origin = '';
let guarded: Upstream;
let allowed: Upstream;

beforeAll(async () => {
  const port = await listenOnLoopback(server, 0);
  origin = `http://127.0.0.1:${port}`;
  const common = {
    resolve: systemResolve,
    proxy: { httpsProxy: undefined, httpProxy: undefined, noProxy: '' },
    extraCaPem: undefined,
    userAgent: 'test',
    clock: systemClock,
  };
  guarded = createUpstream({ ...common, allow: [] });
  allowed = createUpstream({ ...common, allow: [`127.0.0.1:${port}`] });
});

afterAll(async () => {
  await Promise.all([guarded.close(), allowed.close(), closeServer(server)]);
});

describe('a picture that a request names by address', () => {
  test.each([
    ['as it lies there', '/picture.png', 'image/png'],
    ['behind a redirect', '/moved', 'image/png'],
    ['of no said type', '/nameless', 'application/octet-stream'],
  ])('is fetched %s', async (_name, path, mediaType) => {
    const fetched = await createMediaFetch(allowed.send)(`${origin}${path}`);
    expect(fetched).toEqual({ mediaType, data: PICTURE.toString('base64') });
  });

  test.each([
    ['is not there', '/missing', 'status 404'],
    ['redirects in a ring', '/ring', 'redirects more than 3 times'],
    ['redirects to no web address', '/nowhere', 'no http address'],
    ['is too large', '/huge', 'larger than'],
  ])('is refused where it %s, without repeating what was said', async (_name, path, reason) => {
    const refusal = createMediaFetch(allowed.send)(`${origin}${path}`);
    await expect(refusal).rejects.toMatchObject({
      code: 'request.media_unreachable',
      message: expect.stringContaining(reason),
    });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining('canary') });
  });

  test.each(['file:///etc/passwd', 'ftp://a.test/x', 'not an address', 'https://user:pass@a.test/x'])(
    'is refused at %s before anything is dialled',
    async (address) => {
      await expect(createMediaFetch(allowed.send)(address)).rejects.toMatchObject({
        code: 'request.media_unreachable',
      });
    },
  );

  test('is not fetched out of a private network', async () => {
    await expect(createMediaFetch(guarded.send)(`${origin}/picture.png`)).rejects.toMatchObject({
      code: 'request.media_unreachable',
    });
  });

  test('takes room as its bytes come and as base64, and ends where there is none', async () => {
    let left = PICTURE.length + 1;
    const take = (bytes: number): GatewayError | undefined => {
      left -= bytes;
      return left < 0 ? new GatewayError('hub.overloaded') : undefined;
    };
    const { signal } = new AbortController();
    const fetchMedia = createMediaFetch(allowed.send);
    await expect(fetchMedia(`${origin}/picture.png`, { take, signal })).rejects.toMatchObject({
      code: 'hub.overloaded',
    });
    left = PICTURE.toString('base64').length;
    await expect(fetchMedia(`${origin}/picture.png`, { take, signal })).resolves.toBeDefined();
    expect(left).toBe(0);
  });

  test('is given up when nobody waits for it any more', async () => {
    const gone = new AbortController();
    const fetching = createMediaFetch(allowed.send)(`${origin}/slow`, { take: () => undefined, signal: gone.signal });
    await once(server, 'request');
    gone.abort();
    await expect(fetching).rejects.toMatchObject({ code: 'request.media_unreachable' });
    await expect(
      createMediaFetch(allowed.send)(`${origin}/slow`, { take: () => undefined, signal: gone.signal }),
    ).rejects.toMatchObject({ code: 'request.media_unreachable' });
  });
});
