import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.ts';
import { isJsonObject, type JsonValue } from '../../../src/kernel/json.ts';
import type { Loss } from '../../../src/protocol/records.ts';
import { plain, plainError } from '../canonical-json.ts';
import type { Case } from '../cases.ts';

/** One thing that is asked of a case, with the name under which it fails. */
export type Check = { readonly name: string; readonly run: () => void };

/** Does it twice and gives the first result: a dialect that remembers or draws lots would differ. */
export function twice<T>(make: () => T): T {
  const first = make();
  const second = make();
  if (!isDeepStrictEqual(second, first)) expect(plain(second), 'the second run').toEqual(plain(first));
  return first;
}

/** Compares as fixtures tell it: without what is `undefined`. */
export function expectPlain(actual: unknown, expected: unknown): void {
  expect(plain(actual)).toEqual(plain(expected));
}

/** Losses are compared by field, each once and in any order; their reasons are prose. */
export function expectLosses(losses: readonly Loss[], expected: readonly string[]): void {
  expect(fieldsOf(losses), 'losses').toEqual([...new Set(expected)].toSorted());
}

export function fieldsOf(losses: readonly Loss[]): readonly string[] {
  return [...new Set(losses.map(({ field }) => field))].toSorted();
}

/**
 * What a case says is lost. A list is about the request, or about the answer where there is no request; an object
 * `{ "request": [], "response": [] }` tells both apart.
 */
export function lossesOf(fixture: Case, side: 'request' | 'response'): readonly string[] {
  if (!fixture.has('losses.json')) return [];
  const json = fixture.json('losses.json');
  if (isJsonObject(json)) return stringsIn(json[side]);
  const aboutRequest = fixture.has('wire.request.json');
  return (side === 'request') === aboutRequest ? stringsIn(json) : [];
}

function stringsIn(json: JsonValue | undefined): readonly string[] {
  return Array.isArray(json) ? json.map(String) : [];
}

/** The error that is thrown, as JSON; fails where none is, or where it is not one of the catalogue. */
export function thrownBy(act: () => unknown): GatewayError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** Compares an error with a fixture, which names at least its code. */
export function expectError(error: GatewayError, expected: JsonValue): void {
  expect(plainError(error)).toMatchObject(isJsonObject(expected) ? expected : { code: expected });
}

/** What comes of an act that may fail as the catalogue allows; anything else thrown is a bug and passes through. */
export function outcomeOf<T>(act: () => T): { readonly value: T } | { readonly error: GatewayError } {
  try {
    return { value: act() };
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code !== 'internal.bug') return { error: thrown };
    throw thrown;
  }
}
