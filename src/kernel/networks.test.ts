import { expect, it } from 'vitest';
import { addressBlock } from './networks.ts';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0003::9', '2001:db8:1:3::/64'],
  ['::1', '0:0:0:0::/64'],
  ['nowhere', 'nowhere'],
])('whoever has %s is counted as %s', (address, block) => {
  expect(addressBlock(address)).toBe(block);
});
