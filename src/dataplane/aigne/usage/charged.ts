import { invalid } from '../../../kernel/invalid.ts';
import { addCredits, formatCredits, type NanoCredits, NO_CREDITS } from '../../../kernel/money.ts';
import type { ChargeSum } from '../../../ledger/ports.ts';
import type { UsageFilters } from '../../../protocol/usage-sums.ts';
import { type Audience, filtersOf } from './audience.ts';
import type { UsageReads } from './ports.ts';

/** Charges lie beside records, and are summed from them; as many as are summed in about a second. */
export const SUMMED_MAX = 500_000;

/** Credits that calls were charged in a bucket, of a value, or both; all of them where neither is named. */
export type Charged = (of: { readonly bucket?: number; readonly value?: string }) => number;

type ChargedWanted = {
  readonly audience: Audience;
  readonly edges: readonly number[];
  /** How many calls there are in that time. */
  readonly calls: number;
  readonly filters?: UsageFilters;
  readonly groupBy?: 'application' | 'operation';
  /** As which value one counts; as itself where nothing is said. */
  readonly countedAs?: (value: string) => string;
};

/** What calls were charged; nothing where nobody is. @throws request.invalid where they are too many to sum */
export async function chargedFor(
  { charges }: UsageReads,
  { audience, edges, calls, filters = {}, groupBy, countedAs = (value) => value }: ChargedWanted,
): Promise<Charged> {
  if (charges === undefined || calls === 0) return () => 0;
  if (calls > SUMMED_MAX) {
    throw invalid('startTime', `the charges of more than ${SUMMED_MAX} calls would have to be summed; take less time.`);
  }
  const sums = await charges.sums(audience, { edges, filters: { ...filtersOf(audience), ...filters }, groupBy });
  const byKey = new Map<string, NanoCredits>();
  for (const { bucket, value, amountNano } of sums) {
    for (const key of keysOf(bucket, value === undefined ? undefined : countedAs(value)))
      byKey.set(key, addCredits(byKey.get(key) ?? NO_CREDITS, amountNano));
  }
  return ({ bucket, value }) => creditsOf(byKey.get(keyOf(bucket, value)));
}

/** An amount as AIGNE's clients read it: a number. */
export function creditsOf(amount: NanoCredits | undefined): number {
  return amount === undefined ? 0 : Number(formatCredits(amount));
}

function keysOf(bucket: number, value: ChargeSum['value']): readonly string[] {
  const keys = [keyOf(undefined, undefined), keyOf(bucket, undefined)];
  return value === undefined ? keys : [...keys, keyOf(undefined, value), keyOf(bucket, value)];
}

function keyOf(bucket: number | undefined, value: string | undefined): string {
  return JSON.stringify([bucket ?? null, value ?? null]);
}
