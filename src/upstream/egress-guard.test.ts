import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refusedRange } from './address-ranges.ts';
import { canonicalHostPort, createEgressGuard } from './egress-guard.ts';
import type { Upstream } from './ports.ts';
import { callTo, hear, scriptedResolver, testUpstream } from './testing/calls.ts';
import { FORBIDDEN_ADDRESSES, FORBIDDEN_SPELLINGS } from './testing/forbidden-addresses.ts';
import { type LoopbackServer, startHttp, startTcp } from './testing/servers.ts';

let sink: LoopbackServer;
let upstream: Upstream;

beforeAll(async () => {
  sink = await startTcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
});
afterAll(() => sink.close());
afterEach(() => upstream.close());

function withPort(origin: string): string {
  return /^https?:\/\/[^/]/.test(origin) ? `${origin}:${sink.port}` : origin;
}

describe('the egress guard', () => {
  it('refuses every forbidden address written into the URL', async () => {
    upstream = testUpstream();
    for (const [address, kind] of FORBIDDEN_ADDRESSES) {
      const host = address.includes(':') ? `[${address}]` : address;
      for (const scheme of ['https', 'http']) {
        const fault = await hear(upstream, callTo(`${scheme}://${host}:${sink.port}`)).ended;
        expect(fault, `${scheme}://${address} (${kind})`).toMatchObject({ code: 'egress.blocked', phase: 'connect' });
      }
    }
    expect(sink.accepted()).toBe(0);
  });

  it('refuses every other spelling of one, and every URL that is more than an origin', async () => {
    upstream = testUpstream();
    for (const spelling of FORBIDDEN_SPELLINGS) {
      for (const origin of new Set([spelling, withPort(spelling)])) {
        const fault = await hear(upstream, callTo(origin)).ended;
        expect(fault, origin).toMatchObject({ code: 'egress.blocked' });
      }
    }
    expect(sink.accepted()).toBe(0);
  });

  it('refuses every forbidden address that a name resolves to, alone or behind a public one', async () => {
    const answers = Object.fromEntries(
      FORBIDDEN_ADDRESSES.flatMap(([address], index) => [
        [`alone-${index}.test`, [[address]]],
        [`mixed-${index}.test`, [['8.8.8.8', '2606:4700::1111', address]]],
      ]),
    );
    const { resolve, asked } = scriptedResolver(answers);
    upstream = testUpstream({ resolve });
    for (const name of Object.keys(answers)) {
      const fault = await hear(upstream, callTo(`https://${name}:${sink.port}`)).ended;
      expect(fault, `${name}: ${String(answers[name])}`).toMatchObject({ code: 'egress.blocked', phase: 'connect' });
    }
    expect(asked).toHaveLength(Object.keys(answers).length);
    expect(sink.accepted()).toBe(0);
  });

  it('names the host that was asked for and not the address behind it', async () => {
    const { resolve } = scriptedResolver({ 'inner.test': [['10.1.2.3']] });
    upstream = testUpstream({ resolve });
    const fault = await hear(upstream, callTo('https://inner.test:444')).ended;
    expect(fault?.message).toContain('inner.test:444');
    expect(fault?.message).not.toContain('10.1.2.3');
  });

  it('judges every answer anew, and what it passes on is what is dialled', () => {
    const { resolve } = scriptedResolver({ 'turning.test': [['2001:4860:4860::8888', '8.8.8.8'], ['127.0.0.1']] });
    const guard = createEgressGuard({ allow: [], resolve });
    const lookup = guard.lookupFor(guard.judge('https://turning.test'));
    const told: unknown[] = [];
    for (const options of [{ all: true }, { all: true }, {}] as const) {
      lookup('turning.test', options, (error, addresses) => told.push(error?.message ?? addresses));
    }
    expect(told).toEqual([
      [
        { address: '2001:4860:4860::8888', family: 6 },
        { address: '8.8.8.8', family: 4 },
      ],
      'The provider’s address turning.test:443 is not allowed.',
      'The provider’s address turning.test:443 is not allowed.',
    ]);
  });

  it('refuses a name that turns private between two connections', async () => {
    const { resolve, asked } = scriptedResolver({ 'turning.test': [[], ['127.0.0.1']] });
    upstream = testUpstream({ resolve });
    const codes = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      codes.push((await hear(upstream, callTo(`https://turning.test:${sink.port}`)).ended)?.code);
    }
    expect(codes).toEqual(['upstream.unreachable', 'egress.blocked', 'egress.blocked']);
    expect(asked).toHaveLength(3);
    expect(sink.accepted()).toBe(0);
  });

  it('says so when a name cannot be resolved', async () => {
    const { resolve } = scriptedResolver({});
    upstream = testUpstream({ resolve });
    const fault = await hear(upstream, callTo('https://nowhere.test')).ended;
    expect(fault).toMatchObject({ code: 'upstream.unreachable', phase: 'connect' });
    expect(fault?.message).toContain('ENOTFOUND');
  });
});

describe('the allow-list', () => {
  it('opens exactly the host and port that it names, over plain http too', async () => {
    const server = await startHttp((_request, response) => response.end('ok'));
    const { resolve } = scriptedResolver({ 'model.lan': [['127.0.0.1']], 'other.lan': [['127.0.0.1']] });
    upstream = testUpstream({ resolve, allow: [`model.lan:${server.port}`] });
    const allowed = hear(upstream, callTo(`http://model.lan:${server.port}`));
    expect(await allowed.ended).toBeUndefined();
    expect(allowed.body()).toBe('ok');
    for (const other of [`http://other.lan:${server.port}`, `http://127.0.0.1:${server.port}`, 'http://model.lan:1']) {
      expect((await hear(upstream, callTo(other)).ended)?.code, other).toBe('egress.blocked');
    }
    expect(server.accepted()).toBe(1);
    await server.close();
  });

  it('can be replaced: what it no longer names is refused from then on', async () => {
    const server = await startHttp((_request, response) => response.end('ok'));
    upstream = testUpstream({ allow: [server.hostPort] });
    const origin = `http://${server.hostPort}`;
    expect(await hear(upstream, callTo(origin)).ended).toBeUndefined();
    upstream.setAllowed([]);
    expect((await hear(upstream, callTo(origin)).ended)?.code).toBe('egress.blocked');
    upstream.setAllowed([server.hostPort]);
    expect(await hear(upstream, callTo(origin)).ended).toBeUndefined();
    await server.close();
  });

  it.each([
    ['127.0.0.1:11434', '127.0.0.1:11434'],
    ['LOCALHOST:80', 'localhost:80'],
    ['[::1]:1234', '[::1]:1234'],
    ['[0:0::1]:1234', '[::1]:1234'],
    ['host.docker.internal:443', 'host.docker.internal:443'],
  ])('reads %s as %s', (entry, canonical) => {
    expect(canonicalHostPort(entry)).toBe(canonical);
  });

  it.each(['localhost', ':80', 'http://localhost:80', 'a:b@c:80', 'localhost:99999', 'localhost:80/x', '::1:80', ''])(
    'refuses %j',
    (entry) => {
      expect(() => canonicalHostPort(entry)).toThrow('is not a host and a port');
      expect(() => testUpstream({ allow: [entry] })).toThrow();
    },
  );
});

describe('global unicast', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '223.255.255.255'])(
    'lets %s pass',
    (address) => expect(refusedRange(address)).toBeUndefined(),
  );
  it.each(['2606:4700::6810:84e5', '2001:4860:4860::8888', '2a00:1450:4001::1', '2600::'])(
    'lets %s pass',
    (address) => {
      expect(refusedRange(address)).toBeUndefined();
    },
  );
  it.each(['127.1', '0177.0.0.1', '2130706433', '8.8.8.8%lo', 'fe80::1%lo', '', 'localhost'])(
    'takes no resolver answer such as %j',
    (address) => expect(refusedRange(address)).toBeDefined(),
  );
});
