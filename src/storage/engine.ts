import type { JsonValue } from '../kernel/json.ts';
import { parseJson } from '../kernel/json.ts';

/**
 * Where the two engines differ, and how their values become ours. Everything else in this folder is written once.
 * Times are BIGINT milliseconds, flags INTEGER 0 or 1, JSON documents TEXT, sums of money decimal text.
 */
export type Engine = 'sqlite' | 'postgres';

/** The database's own clock in milliseconds since the epoch, as SQL text. */
export function nowMsSql(engine: Engine): string {
  switch (engine) {
    case 'sqlite':
      return "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    case 'postgres':
      return '(extract(epoch FROM now()) * 1000)::bigint';
  }
}

/**
 * What COUNT and SUM of integers come back as (number, bigint or text, by engine) → number.
 * @throws RangeError when the value is not a whole number that a `number` holds exactly.
 */
export function wholeNumber(value: number | bigint | string | null): number {
  const number = Number(value ?? 0);
  if (!Number.isSafeInteger(number)) throw new RangeError(`not an exact whole number: ${String(value)}`);
  return number;
}

export function flag(value: boolean): number {
  return value ? 1 : 0;
}

export function isSet(value: number): boolean {
  return value !== 0;
}

/** `undefined` is stored as NULL. */
export function orNull<T>(value: T | undefined): T | null {
  return value === undefined ? null : value;
}

/** NULL is read back as `undefined`. */
export function orUndefined<T>(value: T | null): T | undefined {
  return value === null ? undefined : value;
}

/** A time as it is read: PostgreSQL's driver gives large integers as text. */
export function timeOrUndefined(value: number | null): number | undefined {
  return value === null ? undefined : Number(value);
}

/** A value → the JSON text that is stored. Members that are `undefined` are left out, as JSON has no word for them. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value);
}

/** Stored JSON text → value. @throws SyntaxError when the column was damaged. */
export function fromJsonText(text: string): JsonValue {
  return parseJson(text);
}

/** A list of strings → the JSON text that is stored. */
export function listOrNull(list: readonly string[] | undefined): string | null {
  return list === undefined ? null : toJsonText(list);
}

/** A stored JSON list of strings → the list. */
export function stringList(text: string | null): readonly string[] | undefined {
  if (text === null) return undefined;
  const value = fromJsonText(text);
  return Array.isArray(value) ? value.map(String) : undefined;
}

/**
 * Text that PostgreSQL accepts: it has no NUL in text and no lone surrogates, which callers can send inside JSON
 * strings. Both become U+FFFD, so that one caller's odd header cannot keep a whole batch of records out of the store.
 * https://www.postgresql.org/docs/current/datatype-json.html
 */
export function postgresText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/**
 * Sums of money are taken and held in two halves, what is above this and what is below: so no engine's 64-bit sum overflows,
 * and no half leaves what a `number` holds exactly.
 */
export const NANO_HALF = 1_000_000_000;

type Half = string | number | null | undefined;

/** Both halves of a sum of money, as an engine gives them; of nothing it gives none. */
export function joinHalves(high: Half, low: Half): bigint {
  return BigInt(high ?? 0) * BigInt(NANO_HALF) + BigInt(low ?? 0);
}
