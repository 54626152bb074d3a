import { expect, it } from 'vitest';
import { findLeaks, formsOf, makeCanary } from './canaries.ts';

const CANARY = makeCanary('a key', 'sk-');
const { secret } = CANARY;

it.each<[string, string]>([
  ['as it is', secret],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64 after one character', Buffer.from(`:${secret}`).toString('base64')],
  ['in base64 within a longer text', Buffer.from(`{"key":"${secret}"}`).toString('base64')],
  ['in base64url', Buffer.from(secret).toString('base64url')],
  ['in hex', Buffer.from(secret).toString('hex')],
  ['in an address', new URLSearchParams({ key: secret }).toString()],
  ['reversed', Array.from(secret).toReversed().join('')],
  ['escaped', secret.replaceAll('/', '\\/')],
  ['cut to its first 12 characters', secret.slice(0, 12)],
  ['cut to its last 12 characters', secret.slice(-12)],
])('finds a secret %s', (_, text) => {
  const places = [{ name: 'log', bytes: Buffer.from(`before ${text} after`) }];
  expect(findLeaks([CANARY], places)).toContainEqual(expect.objectContaining({ canary: 'a key', place: 'log' }));
});

it('allows a mask of the first eight characters', () => {
  const places = [{ name: 'log', bytes: Buffer.from(`${secret.slice(0, 8)}…`) }];
  expect(findLeaks([CANARY], places)).toEqual([]);
});

it('looks for thirteen forms', () => {
  expect(formsOf(CANARY).size).toBe(13);
});
