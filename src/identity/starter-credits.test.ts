import { describe, expect, it } from 'vitest';
import { mailboxOf, networkOf } from './starter-credits.ts';

describe('one mailbox', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['ada+hub@example.com', 'ada@example.com'],
    ['ada+a+b@example.com', 'ada@example.com'],
    // Dots are somebody else's anywhere but at Gmail.
    ['a.da@example.com', 'a.da@example.com'],
    ['a.d.a+hub@gmail.com', 'ada@gmail.com'],
    ['a.da@googlemail.com', 'ada@gmail.com'],
    ['ada@mail.gmail.com', 'ada@mail.gmail.com'],
  ])('of %s is %s', (email, mailbox) => {
    expect(mailboxOf(email)).toBe(mailbox);
  });
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
