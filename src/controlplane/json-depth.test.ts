import { expect, it } from 'vitest';
import { allowedMethods } from './allowed-methods.ts';
import { jsonIsDeeperThan } from './json-depth.ts';

it.each([
  ['[[1]]', false],
  ['[[[1]]]', true],
  ['[[1],[2],{"a":3}]', false],
  ['{"a":{"b":{}}}', true],
  ['"[[[[["', false],
  ['["\\"[[[[", "\\\\", []]', false],
  ['["\\\\", [[]]]', true],
])('%s is deeper than two: %s', (text, deeper) => {
  expect(jsonIsDeeperThan(2, text)).toBe(deeper);
});

it('names the methods of an address, whatever stands for its placeholders', () => {
  const routes = [
    { method: 'POST', path: '/a' },
    { method: 'GET', path: '/a' },
    { method: 'DELETE', path: '/a/:id' },
  ];
  expect(allowedMethods(routes, '/a')).toEqual(['GET', 'POST']);
  expect(allowedMethods(routes, '/a/x')).toEqual(['DELETE']);
  expect(allowedMethods(routes, '/a/')).toEqual([]);
  expect(allowedMethods(routes, '/b')).toEqual([]);
});
