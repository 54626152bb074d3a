import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import type { Span, Take } from '../limits/ports.ts';
import type { StoredCount, StoredTake } from '../limits/shared-ports.ts';
import { fromJsonText, toJsonText } from './engine.ts';

/** What is in which bucket of a count, as it is written; amounts are text, since they may lie beyond 2^53. */
export function bucketsToText(buckets: StoredCount['buckets']): string {
  return toJsonText(buckets.map(([bucket, used]) => [bucket, String(used)]));
}

/** What only {@link bucketsToText} has written. */
export function bucketsFromText(text: string): StoredCount['buckets'] {
  const buckets = fromJsonText(text);
  return (Array.isArray(buckets) ? buckets : []).flatMap((each) =>
    Array.isArray(each) ? [[Number(each[0]), wholeOf(each[1])] as const] : [],
  );
}

/** What a call has taken, as it is written. */
export function takeToText({ call, taken }: StoredTake): string {
  return toJsonText({
    call,
    taken: taken.map(({ take, bucket, held }) => ({
      take: { ...take, cap: String(take.cap), amount: String(take.amount), least: String(take.least) },
      bucket,
      held: String(held),
    })),
  });
}

/** What only {@link takeToText} has written. */
export function takeFromText(text: string): StoredTake {
  const { call, taken } = objectOf(fromJsonText(text));
  return {
    call: objectOf(call) as StoredTake['call'],
    taken: (Array.isArray(taken) ? taken : []).map((value) => {
      const { take, bucket, held } = objectOf(value);
      const { cap, amount, least, span, ...rest } = objectOf(take);
      const amounts = { cap: wholeOf(cap), amount: wholeOf(amount), least: wholeOf(least) };
      return {
        take: { ...(rest as Omit<Take, 'cap' | 'amount' | 'least' | 'span'>), ...amounts, span: span as Span },
        bucket: Number(bucket),
        held: wholeOf(held),
      };
    }),
  };
}

function wholeOf(value: JsonValue | undefined): bigint {
  return BigInt(typeof value === 'string' ? value : 0);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
