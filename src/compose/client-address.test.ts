import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listenOnLoopback } from '../../test/support/listen.ts';
import { createClientAddress } from './client-address.ts';

/** A request that reached a server over loopback, with these headers. */
async function arrived(forwarded: string | undefined): Promise<IncomingMessage> {
  const server = createServer((_, response) => response.end());
  onTestFinished(() => closeServer(server));
  const port = await listenOnLoopback(server, 0);
  const asked = once(server, 'request');
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  request({ port, host: '127.0.0.1', headers })
    .on('error', () => undefined)
    .end();
  // The event hands over the request first.
  const [incoming] = (await asked) as [IncomingMessage];
  return incoming;
}

test.each([
  ['nobody is trusted', [], '203.0.113.9', '127.0.0.1'],
  ['the connection is not the proxy’s', ['10.0.0.0/8'], '203.0.113.9', '127.0.0.1'],
  ['the proxy says', ['loopback'], '203.0.113.9', '203.0.113.9'],
  ['the proxy by its address', ['127.0.0.1'], '203.0.113.9', '203.0.113.9'],
  ['the proxy says nothing', ['loopback'], undefined, '127.0.0.1'],
  ['the caller writes an address before', ['loopback'], '198.51.100.1, 203.0.113.9', '203.0.113.9'],
  ['two proxies in a row', ['loopback', 'private'], '203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['a proxy that is not trusted', ['loopback'], '203.0.113.9, 10.1.2.3', '10.1.2.3'],
  ['every hop is trusted', ['loopback', 'private'], '10.0.0.1, 10.0.0.2', '10.0.0.1'],
  ['what is no address', ['loopback'], 'unknown', '127.0.0.1'],
  ['what is no address behind one that is', ['loopback', 'private'], 'x, 10.0.0.2', '10.0.0.2'],
  ['IPv6', ['loopback'], '2001:db8::1', '2001:db8::1'],
  ['a loopback network in IPv6 form', ['loopback', '2001:db8::/32'], '203.0.113.9, 2001:db8::5', '203.0.113.9'],
  ['a chain without end', ['loopback', 'private'], `203.0.113.9, ${'10.0.0.1, '.repeat(50)}10.0.0.1`, '10.0.0.1'],
])('%s', async (_name, trusted, forwarded, expected) => {
  expect(createClientAddress(trusted)(await arrived(forwarded))).toBe(expected);
});

test('a proxy that is neither an address nor a network stops the start', () => {
  expect(() => createClientAddress(['nonsense'])).toThrow();
});
