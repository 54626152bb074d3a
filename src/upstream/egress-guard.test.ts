import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refusedRange } from './address-ranges.ts';
import { canonicalHostPort, createEgressGuard } from './egress-guard.ts';
import type { Upstream } from './ports.ts';
import { callTo, hear, scriptedResolver, testUpstream } from './testing/calls.ts';
import { type LoopbackServer, startHttp, startTcp } from './testing/servers.ts';

/** Addresses that lead into machines, networks and clouds, each with the kind of range it lies in. */
const FORBIDDEN_ADDRESSES: readonly (readonly [string, string])[] = [
  ['127.0.0.1', 'loopback'],
  ['127.0.0.2', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['192.168.255.255', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['100.100.100.200', 'metadata of a cloud'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'container credentials'],
  ['168.63.129.16', 'Azure host'],
  ['192.0.0.1', 'protocol assignments'],
  ['192.0.0.192', 'metadata of a cloud'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.9', 'documentation'],
  ['192.88.99.1', '6to4 relay'],
  ['198.18.0.1', 'benchmark'],
  ['198.19.255.255', 'benchmark'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::2', 'outside global unicast'],
  ['::127.0.0.1', 'IPv4-compatible'],
  ['::a9fe:a9fe', 'IPv4-compatible metadata'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::ffff:10.0.0.1', 'IPv4-mapped'],
  ['::ffff:169.254.169.254', 'IPv4-mapped metadata'],
  ['::ffff:8.8.8.8', 'IPv4-mapped, though public'],
  ['::ffff:0:127.0.0.1', 'IPv4-translated'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b::a9fe:a9fe', 'NAT64 metadata'],
  ['64:ff9b:1::1', 'local NAT64'],
  ['100::1', 'discard'],
  ['2001::1', 'Teredo'],
  ['2001:0:7f00:1::', 'Teredo'],
  ['2001:2::1', 'benchmark'],
  ['2001:10::1', 'ORCHID'],
  ['2001:20::1', 'ORCHIDv2'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4 loopback'],
  ['2002:a00:1::1', '6to4 private'],
  ['3fff::1', 'documentation'],
  ['4000::1', 'outside global unicast'],
  ['5f00::1', 'segment routing'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fd12:3456:789a::1', 'unique local'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['ff0e::1', 'multicast'],
];

/** Ways to write an address that a URL reader turns into a forbidden one, or must not read at all. */
const FORBIDDEN_SPELLINGS: readonly string[] = [
  'https://127.1',
  'https://127.0.1',
  'https://2130706433',
  'https://0x7f000001',
  'https://0x7f.0x0.0x0.0x1',
  'https://0x7f.1',
  'https://0177.0.0.1',
  'https://00000177.0.0.1',
  'https://017700000001',
  'https://0',
  'https://0x0',
  'https://127.0.0.1.',
  'https://%31%32%37.0.0.1',
  'https://127%2e0%2e0%2e1',
  'https://①②⑦.⓪.⓪.①',
  'https://127。0。0。1',
  'https://１２７.0.0.1',
  'https://169.254.43518',
  'https://2852039166',
  'https://0xA9FEA9FE',
  'https://0251.0376.0251.0376',
  'https://[::1]',
  'https://[0:0:0:0:0:0:0:1]',
  'https://[0000::0001]',
  'https://[::ffff:7f00:1]',
  'https://[::ffff:127.0.0.1]',
  'https://[::7f00:1]',
  'https://[fe80::1%25lo]',
  'https://[::1%25lo]',
  'https://user@127.0.0.1',
  'https://api.example.com@127.0.0.1',
  'https://user:pass@public.test',
  'https://127.0.0.1#@public.test',
  'https://127.0.0.1\\@public.test',
  'https://public.test/path',
  'https://public.test?query',
  'https://public.test#fragment',
  'http://public.test',
  'http://8.8.8.8',
  'ftp://public.test',
  'file:///etc/passwd',
  'gopher://127.0.0.1',
  'unix:/var/run/docker.sock',
  'data:text/plain,hello',
  'javascript:1',
  '//127.0.0.1',
  '127.0.0.1',
  'https://',
  'https://[::1',
  'https://256.256.256.256',
  'https://1.2.3.4.5.6.7.8.9.0x',
  '',
];

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
