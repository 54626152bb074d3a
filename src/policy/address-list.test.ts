import { describe, expect, it } from 'vitest';
import { compileAddressList } from './address-list.ts';

describe('addresses that a key may be used from', () => {
  it.each<[readonly string[], string | undefined, boolean]>([
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['203.0.113.7'], '::ffff:203.0.113.7', true],
    [['203.0.113.0/24'], '203.0.113.255', true],
    [['203.0.113.0/24'], '203.0.114.0', false],
    [['10.0.0.0/8', '2001:db8::/32'], '2001:db8::1', true],
    [['2001:db8::1'], '2001:0db8:0:0:0:0:0:1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['loopback'], '127.0.0.1', true],
    [['loopback'], '::ffff:127.0.0.1', true],
    [['loopback'], '203.0.113.7', false],
    [['private', '203.0.113.7'], '10.1.2.3', true],
    [['private', '203.0.113.7'], '203.0.113.7', true],
    [[], '203.0.113.7', false],
    [['203.0.113.0/24'], undefined, false],
    [['203.0.113.0/24'], 'not an address', false],
    [['not an address'], 'not an address', false],
    [['203.0.113.0/99', '198.51.100.1'], '203.0.113.1', false],
    [['203.0.113.0/99', '198.51.100.1'], '198.51.100.1', true],
  ])('%j lets %j in: %j', (entries, address, isAllowed) => {
    expect(compileAddressList(entries)(address)).toBe(isAllowed);
  });
});
