import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INSTALLATION_DEFAULTS, type Installation } from '../../protocol/installation.ts';
import { createPages } from '../serve-pages.ts';

const DOCUMENT = { info: { title: 'Things' }, paths: { '/things': { get: { operationId: 'listThings' } } } };

let installation: Installation;
let asked: string[];
let errors: unknown[];
let server: Server;
let address: string;

beforeEach(async () => {
  installation = { ...INSTALLATION_DEFAULTS, revision: 1 };
  asked = [];
  errors = [];
  const pages = createPages({
    isSignedIn: () => false,
    publicModels: () => [],
    publicPrices: () => undefined,
    guests: { page: () => undefined, welcome: () => undefined },
    dashboardFolder: '/nowhere',
    base: '/hub',
    state: async () => ({ installation, needsSetup: false, transport: 'tls', mail: 'smtp', signIns: [] }),
    onError: (error) => errors.push(error),
    documents: {
      control: () => {
        asked.push('control');
        return DOCUMENT;
      },
      data: () => 'no document',
    },
  });
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pages(request, response, pathname)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server listens on no port');
  address = `http://127.0.0.1:${bound.port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('the addresses of the reference', () => {
  it('lead from the index to the control API, and from an unknown one to nothing', async () => {
    const index = await fetch(`${address}/reference`, { redirect: 'manual' });
    expect([index.status, index.headers.get('location')]).toEqual([302, '/hub/reference/control']);
    expect((await fetch(`${address}/reference/other`)).status).toBe(404);
    expect((await fetch(`${address}/references`)).status).toBe(418);
    const posted = await fetch(`${address}/reference/control`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('give a page under the policy that all pages have', async () => {
    const answer = await fetch(`${address}/reference/control`);
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.text()).toContain('<article class="operation" id="listThings"');
  });
});

describe('a page that was made', () => {
  it('is kept, read from its document once, and sent again only where it changed', async () => {
    const first = await fetch(`${address}/reference/control`);
    const tag = first.headers.get('etag') ?? '';
    const again = await fetch(`${address}/reference/control`, { headers: { 'if-none-match': tag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    installation = { ...installation, name: 'Example AI', revision: 2 };
    const changed = await fetch(`${address}/reference/control`, { headers: { 'if-none-match': tag } });
    expect(changed.status).toBe(200);
    expect(await changed.text()).toContain('Example AI');
    expect(asked).toEqual(['control']);
  });

  it('is sent zipped to who takes that, and as it is to who does not', async () => {
    const waySent = async (acceptEncoding: string) => {
      const answer = await fetch(`${address}/reference/control`, { headers: { 'accept-encoding': acceptEncoding } });
      expect(await answer.text()).toContain('</html>');
      return [answer.headers.get('content-encoding'), answer.headers.get('vary')];
    };
    const vary = 'Accept-Encoding, Accept-Language, Cookie';
    expect(await waySent('br, gzip')).toEqual(['gzip', vary]);
    expect(await waySent('gzip;q=0')).toEqual([null, vary]);
    expect(await waySent('identity')).toEqual([null, vary]);
  });

  it('is in the language that was chosen, which is remembered', async () => {
    const answer = await fetch(`${address}/reference/control?lang=zh-TW`);
    expect(answer.headers.get('set-cookie')).toContain('hub_language=zh-TW');
    expect(await answer.text()).toContain('參考文件');
  });
});

it('a document that cannot be read is told to the log, and asked for again later', async () => {
  const answer = await fetch(`${address}/reference/data`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(errors).toEqual([expect.any(TypeError)]);
});
