import { describe, expect, it } from 'vitest';
import { mailboxOf } from './starter-credits.ts';

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
