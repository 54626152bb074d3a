import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import { nanoUsd } from '../kernel/money.ts';
import type { RequestOutcome, RequestRecord, UsageRecord } from '../protocol/records.ts';

/** One outcome as one line of JSON; the only bigint, the cost, is written as text. */
export function encodeOutcome(outcome: RequestOutcome): string {
  const { usage, request } = outcome;
  return JSON.stringify({ usage: { ...usage, costNano: usage.costNano?.toString() }, request });
}

/** The outcome that {@link encodeOutcome} wrote, or `undefined` for a line that a crash cut short. */
export function decodeOutcome(line: string): RequestOutcome | undefined {
  const value = parseJsonOrUndefined(line);
  if (!isJsonObject(value) || !isJsonObject(value['usage']) || !isJsonObject(value['request'])) return undefined;
  const cost = value['usage']['costNano'];
  // The file is the hub's own, written by encodeOutcome, so its shape needs no second proof.
  const usage = value['usage'] as unknown as UsageRecord;
  const request = value['request'] as unknown as RequestRecord;
  return { usage: { ...usage, costNano: typeof cost === 'string' ? nanoUsd(BigInt(cost)) : undefined }, request };
}
