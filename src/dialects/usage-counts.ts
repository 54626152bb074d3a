import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';

/**
 * Counts that a provider sends are untrusted: what is not a whole number from 0 to a billion is left `undefined` and
 * reported as an anomaly, one `kind:field` each, both from small closed sets.
 */

export type AnomalyKind =
  | 'not_an_object'
  | 'not_a_number'
  | 'not_finite'
  | 'negative'
  | 'not_whole'
  | 'too_large'
  | 'part_exceeds_whole'
  | 'total_mismatch'
  /** Told, and of no class that has a price here. */
  | 'not_counted';

/** Collects the oddities of one usage object while its fields are read. */
export type Anomalies = string[];

/**
 * No call uses more of anything, and no store has room for what more of it would cost: a cost is kept in 64 bits, which a
 * billion units of every class at the dearest price that a rate card takes just fill.
 */
export const COUNT_MAX = 1_000_000_000;

/** A nested object; one that is missing or `null` holds nothing. */
export function details(parent: JsonObject, field: string, anomalies: Anomalies): JsonObject {
  const value = parent[field];
  if (isJsonObject(value)) return value;
  if (value !== undefined && value !== null) note(anomalies, 'not_an_object', field);
  return {};
}

/** A count that every usage object of its dialect has. `null` in its place is an oddity. */
export function headlineCount(
  parent: JsonObject,
  field: string,
  anomalies: Anomalies,
  countMax = COUNT_MAX,
): number | undefined {
  const value = parent[field];
  if (value === undefined) return undefined;
  const kind = oddity(value, countMax);
  if (kind === undefined && typeof value === 'number') return value === 0 ? 0 : value;
  if (kind !== undefined) note(anomalies, kind, field);
  return undefined;
}

/** A part that providers may leave out, or write as `null` where it does not apply. */
export function optionalUsage(
  parent: JsonObject,
  field: string,
  anomalies: Anomalies,
  countMax = COUNT_MAX,
): number | undefined {
  return parent[field] === null ? undefined : headlineCount(parent, field, anomalies, countMax);
}

/** Takes a part out of a whole: what could be taken, and what is left. An unsaid part takes nothing and stays unsaid. */
export function take(whole: number | undefined, part: number | undefined): [number | undefined, number | undefined] {
  if (whole === undefined || part === undefined) return [part, whole];
  const taken = Math.min(whole, part);
  return [taken, whole - taken];
}

export function note(anomalies: Anomalies, kind: AnomalyKind, field: string): void {
  anomalies.push(`${kind}:${field}`);
}

function oddity(value: JsonValue | undefined, countMax: number): AnomalyKind | undefined {
  if (typeof value !== 'number') return 'not_a_number';
  if (!Number.isFinite(value)) return 'not_finite';
  if (value < 0) return 'negative';
  if (value > countMax) return 'too_large';
  return Number.isInteger(value) ? undefined : 'not_whole';
}
