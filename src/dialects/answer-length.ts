import type { JsonObject, JsonValue } from '../kernel/json.ts';
import type { ReadRequest } from './contract.ts';
import { insertion, type Splice } from './patch-json.ts';

/** A whole number above zero; anything else limits nothing. */
export function countOrNone(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}

/** The most of several limits: which of them a provider goes by is not known here. */
export function mostOf(body: JsonObject, fields: readonly string[]): number | undefined {
  const counts = fields.flatMap((field) => countOrNone(body[field]) ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** Writes a limit in the place of those that are there, or at the beginning under the name that is given. */
export function limitSplices(
  request: ReadRequest,
  fields: readonly string[],
  { name, maxTokens }: { readonly name: string; readonly maxTokens: number },
): readonly Splice[] {
  const text = String(maxTokens);
  const spans = fields.flatMap((field) => request.spans.get(field) ?? []);
  if (spans.length > 0) return spans.map((span) => ({ ...span, text }));
  return [insertion(request.raw, `${JSON.stringify(name)}:${text},`)];
}
