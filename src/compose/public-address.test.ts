import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createPublicAddress, type PublicAddressInput } from './public-address.ts';

function addressOf(
  input: Partial<PublicAddressInput>,
  headers: IncomingMessage['headers'],
  remoteAddress = '10.0.0.9',
) {
  // Only what the function reads of a connection.
  const socket = { remoteAddress, localAddress: '::1', localPort: 4180 } as IncomingMessage['socket'];
  return createPublicAddress({ publicUrl: undefined, trustedProxies: [], isTls: false, ...input })({ headers, socket });
}

it.each([
  ['the settings’ own', { publicUrl: 'https://ai.example.com/hub' }, { host: 'other' }, 'https://ai.example.com/hub'],
  ['the request’s host', {}, { host: 'hub.local:4180' }, 'http://hub.local:4180'],
  ['the request’s host over TLS', { isTls: true }, { host: '[::1]:4180' }, 'https://[::1]:4180'],
  ['the place where the request came in, without a host', {}, {}, 'http://[::1]:4180'],
  ['the same for a host that is none', {}, { host: 'x/@evil"' }, 'http://[::1]:4180'],
  [
    'what a stranger claims for nothing',
    { trustedProxies: ['loopback'] },
    { host: 'hub', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil' },
    'http://hub',
  ],
  [
    'what a trusted proxy says',
    { trustedProxies: ['private'] },
    { host: 'hub', 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'ai.example.com, inner' },
    'https://ai.example.com',
  ],
  [
    'a scheme that is none for nothing',
    { trustedProxies: ['private'] },
    { host: 'hub', 'x-forwarded-proto': 'ftp' },
    'http://hub',
  ],
] as const)('takes %s', (_, input, headers, expected) => {
  expect(addressOf(input, headers)).toBe(expected);
});
