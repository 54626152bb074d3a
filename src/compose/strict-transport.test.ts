import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import type { PublicAddressInput } from './public-address.ts';
import { createEncryptionCheck } from './strict-transport.ts';

const PROXY = '10.0.0.9';
const BEHIND_PROXY = { trustedProxies: ['private'] };
const PUBLIC = { publicUrl: 'https://ai.example.com' };

function isEncrypted(input: Partial<PublicAddressInput>, proto?: string, remoteAddress = PROXY): boolean {
  const check = createEncryptionCheck({ publicUrl: undefined, trustedProxies: [], isTls: false, ...input });
  // Only what the function reads of a connection.
  const socket = { remoteAddress } as IncomingMessage['socket'];
  return check({ headers: proto === undefined ? {} : { 'x-forwarded-proto': proto }, socket });
}

it.each([
  ['over the hub’s own TLS', { isTls: true }, undefined],
  ['to a trusted proxy that says so', BEHIND_PROXY, 'https'],
  ['to the first proxy of a chain', BEHIND_PROXY, 'https, http'],
  ['to a trusted proxy that says nothing, where callers are sent to TLS', { ...BEHIND_PROXY, ...PUBLIC }, undefined],
] as const)('a request came encrypted %s', (_, input, proto) => {
  expect(isEncrypted(input, proto)).toBe(true);
});

it.each([
  ['over plain HTTP', {}, undefined],
  ['over plain HTTP from a stranger who says otherwise', BEHIND_PROXY, 'https', '203.0.113.5'],
  ['over plain HTTP past the proxy that callers are sent to', { ...BEHIND_PROXY, ...PUBLIC }, 'https', '203.0.113.5'],
  ['to a trusted proxy over plain HTTP', { ...BEHIND_PROXY, ...PUBLIC }, 'http'],
  ['to a trusted proxy that speaks TLS to the hub alone', { ...BEHIND_PROXY, isTls: true }, 'http'],
  ['to a trusted proxy that says nothing', BEHIND_PROXY, undefined],
] as const)('a request did not come encrypted %s', (_, input, proto, from?: string) => {
  expect(isEncrypted(input, proto, from)).toBe(false);
});
