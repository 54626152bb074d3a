import { parseCredits } from '../kernel/money.ts';
import type { Source } from './configuration.ts';
import type { OrganizationScope } from './tenant.ts';

/** Whose calls a limit counts. */
export const LIMIT_SUBJECTS = [
  'organization',
  'project',
  'team',
  'member',
  'service_account',
  'key',
  'end_user',
  'model',
  'tag',
] as const;
export type LimitSubjectKind = (typeof LIMIT_SUBJECTS)[number];

/** What a limit counts. `money`: nano-dollars of cost, or nano-credits of price where calls are paid for with credit. */
export const LIMIT_MEASURES = [
  'requests',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'concurrent',
  'money',
] as const;
export type LimitMeasure = (typeof LIMIT_MEASURES)[number];

export const LIMIT_UNITS = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type LimitUnit = (typeof LIMIT_UNITS)[number];

/** How much a limit may say. */
export const LIMIT_BOUNDS = {
  amountChars: 24,
  subjectChars: 256,
  zoneChars: 64,
  thresholds: 5,
  /** Of a rolling window. */
  seconds: 31 * 24 * 60 * 60,
} as const;

/** What is counted exactly in every store; of money, nine million. */
const AMOUNT_MAX = 9_000_000_000_000_000n;

/** `"100.5"` of money, or a whole number → the amount of a limit; `undefined` for what is none. */
export function readLimitAmount(text: string, measure: LimitMeasure): bigint | undefined {
  const amount = measure === 'money' ? parseCredits(text) : /^[1-9]\d*$/.test(text) ? BigInt(text) : undefined;
  return amount === undefined || amount > AMOUNT_MAX ? undefined : amount;
}

/** Over which time a limit counts. */
export type LimitWindow =
  | { readonly kind: 'calendar'; readonly unit: LimitUnit; readonly timeZone: string }
  | { readonly kind: 'rolling'; readonly seconds: number };

/** What somebody decides of a limit. */
export type LimitTerms = {
  readonly name: string;
  /**
   * Without an id, each of the kind has a count of its own. A tag's id is `name=value`, or `name` for each of its values;
   * a model's is any of its names.
   */
  readonly subject: { readonly kind: LimitSubjectKind; readonly id: string | undefined };
  /** Patterns of models whose calls alone count; `undefined`: all. */
  readonly models: readonly string[] | undefined;
  readonly measure: LimitMeasure;
  readonly amount: bigint;
  /** `undefined` for concurrency, which is counted at every moment. */
  readonly window: LimitWindow | undefined;
  /** `hard` refuses what goes beyond; `soft` only tells of it. */
  readonly mode: 'hard' | 'soft';
  /** Percentages at which people are told, rising. */
  readonly thresholds: readonly number[];
};

export type Limit = OrganizationScope &
  LimitTerms & {
    readonly id: string;
    readonly source: Source;
    readonly createdAt: number;
    readonly updatedAt: number;
    /** Counts the changes, from 1. */
    readonly revision: number;
    /** The revision since which it counts what it counts; from then on another count begins. */
    readonly countsSince: number;
  };
