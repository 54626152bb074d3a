import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgressGuard } from './egress-guard.ts';
import { createProxyRules } from './proxy-rules.ts';
import { callTo, hear, scriptedResolver, testUpstream } from './testing/calls.ts';
import { type LoopbackServer, startHttps, startScripted, startTcp } from './testing/servers.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function later<Thing extends { readonly close: () => Promise<void> }>(thing: Thing): Thing {
  closers.push(thing.close);
  return thing;
}

/** A CONNECT proxy that leads every target to one server and writes down what it was asked. */
async function startProxy(target: LoopbackServer): Promise<LoopbackServer & { readonly asked: string[] }> {
  const asked: string[] = [];
  const proxy = await startTcp((socket) => {
    void once(socket, 'data').then(([head]) => {
      asked.push(String(head));
      const onward = connect(target.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    });
  });
  return later({ ...proxy, asked });
}

describe('an https provider', () => {
  it('is trusted by the operator’s CA bundle, and not without it', async () => {
    const server = later(await startHttps((_request, response) => response.end('over TLS')));
    const stranger = later(testUpstream({ allow: [`localhost:${server.port}`] }));
    const fault = await hear(stranger, callTo(`https://localhost:${server.port}`)).ended;
    expect(fault).toMatchObject({ code: 'upstream.unreachable', phase: 'connect' });
    expect(fault?.message).toContain('TLS was refused');
    const friend = later(testUpstream({ allow: [`localhost:${server.port}`], extraCaPem: server.caPem }));
    const heard = hear(friend, callTo(`https://localhost:${server.port}`));
    expect(await heard.ended).toBeUndefined();
    expect(heard.body()).toBe('over TLS');
  });

  it('must hold a certificate of the name that was asked for', async () => {
    const server = later(await startHttps((_request, response) => response.end('over TLS')));
    const { resolve } = scriptedResolver({ 'other.test': [['127.0.0.1']] });
    const allow = [`other.test:${server.port}`];
    const upstream = later(testUpstream({ resolve, allow, extraCaPem: server.caPem }));
    const fault = await hear(upstream, callTo(`https://other.test:${server.port}`)).ended;
    expect(fault?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it.each(['', 'not PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'refuses the CA bundle %j at the start',
    (extraCaPem) => {
      expect(() => testUpstream({ extraCaPem })).toThrow('CA bundle');
    },
  );
});

describe('a proxy', () => {
  async function proxied(answers: Parameters<typeof scriptedResolver>[0]) {
    const server = later(await startHttps((_request, response) => response.end('through the proxy')));
    const proxy = await startProxy(server);
    const { resolve, asked } = scriptedResolver(answers);
    const settings = { httpsProxy: `http://user:p%40ss@${proxy.hostPort}`, httpProxy: undefined, noProxy: undefined };
    const upstream = later(testUpstream({ resolve, proxy: settings, extraCaPem: server.caPem }));
    return { server, proxy, upstream, asked };
  }

  it('carries calls by CONNECT with the provider’s own name, and TLS ends at the provider', async () => {
    const { proxy, upstream, server } = await proxied({ 'provider.test': [['8.8.8.8']], 'other.test': [['8.8.8.8']] });
    const heard = hear(upstream, callTo('https://provider.test'));
    expect(await heard.ended).toBeUndefined();
    expect(heard.body()).toBe('through the proxy');
    expect(proxy.asked[0]).toMatch(/^CONNECT provider\.test:443 HTTP\/1\.1\r\n/);
    expect(proxy.asked[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(server.accepted()).toBe(1);
    const fault = await hear(upstream, callTo('https://other.test')).ended;
    expect(fault?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is not asked for a target that the guard refuses', async () => {
    const { proxy, upstream, server } = await proxied({ 'inner.test': [['8.8.8.8', '10.0.0.1']] });
    for (const origin of ['https://inner.test', 'https://10.0.0.1', 'https://[::1]', 'http://inner.test']) {
      expect((await hear(upstream, callTo(origin)).ended)?.code, origin).toBe('egress.blocked');
    }
    const unknown = await hear(upstream, callTo('https://unknown.test')).ended;
    expect(unknown).toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining('before the proxy'),
    });
    expect([proxy.accepted(), server.accepted()]).toEqual([0, 0]);
  });

  it.each([
    ['refuses', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n', 'answered 407'],
    ['hangs up', '', 'could not be reached'],
  ])('that %s makes the provider unreachable, once', async (_name, answer, message) => {
    const proxy = later(await startScripted(answer, 'fin'));
    const { resolve } = scriptedResolver({ 'api.test': [['8.8.8.8']] });
    const settings = { httpsProxy: `http://${proxy.hostPort}`, httpProxy: undefined, noProxy: undefined };
    const upstream = later(testUpstream({ resolve, proxy: settings }));
    const fault = await hear(upstream, callTo('https://api.test')).ended;
    expect(fault).toMatchObject({ code: 'upstream.unreachable', message: expect.stringContaining(message) });
    expect(proxy.accepted()).toBe(1);
  });
});

describe('the choice of a proxy', () => {
  const guard = createEgressGuard({
    allow: ['localhost:11434', '127.0.0.1:11434', '[::1]:11434', '10.1.2.3:80', 'gpu.lan:8000', '10.1.2.3:8443'],
    resolve: scriptedResolver({}).resolve,
  });
  const choose = (origin: string, noProxy: string | undefined): string | undefined =>
    createProxyRules({ httpsProxy: 'http://secure:1', httpProxy: 'https://plain:2', noProxy })(guard.judge(origin))
      ?.host;

  it.each([
    ['https://api.test', undefined, 'secure:1'],
    ['http://gpu.lan:8000', undefined, 'plain:2'],
    ['http://localhost:11434', undefined, undefined],
    ['https://localhost.', undefined, undefined],
    ['https://a.localhost', undefined, undefined],
    ['http://127.0.0.1:11434', undefined, undefined],
    ['http://[::1]:11434', undefined, undefined],
    ['https://10.1.2.3:8443', undefined, undefined],
    ['https://api.test', '*', undefined],
    ['https://api.test', 'api.test', undefined],
    ['https://api.test', 'API.test, other', undefined],
    ['https://eu.api.test', 'api.test', undefined],
    ['https://eu.api.test', '.api.test', undefined],
    ['https://eu.api.test', '*.api.test', undefined],
    ['https://notapi.test', 'api.test', 'secure:1'],
    ['https://api.test', 'api.test:443', undefined],
    ['https://api.test', 'api.test:8443', 'secure:1'],
    ['https://8.8.8.8', '8.8.0.0/16', undefined],
    ['https://8.8.8.8', '9.0.0.0/8', 'secure:1'],
    ['https://[2606:4700::1]', '2606:4700::/32', undefined],
    ['https://8.8.8.8', '2606:4700::/32', 'secure:1'],
  ])('%s with NO_PROXY %s is %s', (origin, noProxy, proxy) => {
    expect(choose(origin, noProxy)).toBe(proxy);
  });

  it.each(['socks5://proxy:1080', 'proxy:3128', 'nonsense'])('refuses the proxy %j', (httpsProxy) => {
    expect(() => createProxyRules({ httpsProxy, httpProxy: undefined, noProxy: undefined })).toThrow('HTTPS_PROXY');
  });
});
