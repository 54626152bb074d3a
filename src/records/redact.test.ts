import { describe, expect, test } from 'vitest';
import { redact } from './redact.ts';

describe('what is struck out', () => {
  test.each([
    ['a key of a provider', 'use sk-ant-REDACTED please', 'use [redacted: key] please'],
    ['a key of the hub', '"key":"sk-hub-abcdefgh12345678"', '"key":"[redacted: key]"'],
    ['a bearer token', 'Authorization: Bearer abc.def-ghi_123', 'Authorization: [redacted: token]'],
    ['a signed token', 'eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', '[redacted: token]'],
    [
      'a private key',
      '-----BEGIN RSA PRIVATE KEY-----\nQUJD\n-----END RSA PRIVATE KEY-----.',
      '[redacted: private key].',
    ],
    [
      'a private key with headers',
      '-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nQUJD\n-----END RSA PRIVATE KEY-----.',
      '[redacted: private key].',
    ],
    ['an e-mail address', 'to ann.lee+x@mail.example.com, now', 'to [redacted: e-mail address], now'],
    ['a card number', 'card 4111 1111 1111 1111.', 'card [redacted: card number].'],
    ['a phone number with its country', 'call +886 912 345 678', 'call [redacted: phone number]'],
    [
      'a phone number without',
      'call 0912-345-678 or (415) 555-2671',
      'call [redacted: phone number] or [redacted: phone number]',
    ],
  ])('%s', (_name, text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});

describe('what stays', () => {
  test.each([
    ['a long number that is no card’s', 'order 4111111111111112'],
    ['a date', 'on 2026-11-28 at 10:15'],
    ['a short word that begins as a key', 'sk-learn and a bearer of news'],
    ['an at sign alone', 'meet @ann at 5 @ home'],
    ['a name with hyphens and digits', 'gpt-4o-2024-08-06'],
  ])('%s', (_name, text) => {
    expect(redact(text)).toBe(text);
  });
});

const LONG = 65_536;
const TIME_MS_MAX = 1000;

test.each([
  'a',
  '1',
  '1-',
  '+1',
  'a.',
  '(',
  '-----BEGIN PRIVATE KEY-----',
  'eyJaaaaaaaa.',
  'eyJaaaaaaaa-',
  'a@',
  'bearer ',
])('a long run of “%s” takes no long time', (piece) => {
  const text = piece.repeat(LONG / piece.length);
  const startedMs = performance.now();
  redact(text);
  expect(performance.now() - startedMs).toBeLessThan(TIME_MS_MAX);
});
