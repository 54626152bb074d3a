import { describe, expect, test } from 'vitest';
import { scrubSecrets } from './scrub-secrets.ts';

const BODY = 'Abcdef1234567890_-xyz';

describe('scrubSecrets strikes out', () => {
  test.each([
    ['a virtual key', `key sk-hub-${BODY} refused`, 'key sk-hub-… refused'],
    ['an admin token', `hubadm_${BODY}`, 'hubadm_…'],
    ['OpenAI’s', `Incorrect API key provided: sk-proj-${BODY}.`, 'Incorrect API key provided: sk-….'],
    ['Anthropic’s', `"sk-ant-api03-${BODY}"`, '"sk-ant-…"'],
    ['Google’s', `key=AIza${BODY}`, 'key=AIza…'],
    ['xAI’s', `xai-${BODY}`, 'xai-…'],
    ['Groq’s', `gsk_${BODY}`, 'gsk_…'],
    ['a header', `authorization: Bearer ${BODY}==`, 'authorization: Bearer …'],
    ['a basic header', `BASIC ${BODY}`, 'BASIC …'],
    ['the user part of an address', `https://me:${BODY}@proxy.test/x`, 'https://…@proxy.test/x'],
    ['a query', `GET /v1?api_key=${BODY}&b=1`, 'GET /v1?api_key=…&b=1'],
    ['every one of several', `sk-${BODY} sk-${BODY}`, 'sk-… sk-…'],
  ])('%s', (_name, text, expected) => {
    expect(scrubSecrets(text)).toBe(expected);
    expect(scrubSecrets(scrubSecrets(text))).toBe(expected);
  });

  test.each(['a plain sentence', 'https://api.example.com/v1', 'disk-cache', 'the key sk-… was refused'])(
    'not: %s',
    (text) => {
      expect(scrubSecrets(text)).toBe(text);
    },
  );
});

test.each([
  ['prefixes', 'sk-'],
  ['headers', 'bearer '],
  ['addresses', 'a://'],
  ['addresses with a user', 'http://a:'],
  ['colons', 'a://b:c'],
  ['queries', '?key='],
  ['one long word', 'a'],
  ['spaces', ' '],
])('a megabyte of %s takes no time', (_name, piece) => {
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
  const before = performance.now();
  expect(scrubSecrets(text).length).toBeLessThan(11_000);
  expect(performance.now() - before).toBeLessThan(50);
});
