import type { JsonObject } from '../../src/kernel/json.ts';
import type { CardName } from './prices.ts';

/** What a provider may count apart. */
export const CLASSES = [
  'plain',
  'cache read',
  'cache write 5 min',
  'cache write 1 h',
  'reasoning',
  'audio in',
  'audio out',
  'image in',
  'image out',
  'server tool use',
] as const;

export type UsageClass = (typeof CLASSES)[number];

/** One answer and what it costs. */
export type CostRow = {
  readonly shows: readonly UsageClass[];
  /** Whose answer it is, where several providers write the format in their own ways. */
  readonly of?: string;
  /** The page that documents the counts. */
  readonly docs: string;
  /** The counts as the provider writes them. */
  readonly usage: JsonObject;
  /** What else of the answer says what is paid for. */
  readonly answer?: JsonObject;
  /** The provider's own total of tokens; where its format has none, what its page says is the sum. */
  readonly total: number;
  /** Worked out by hand: each count once, at its own price. Nano-dollars. */
  readonly cost: bigint;
  readonly card?: CardName;
};

/** The rows of one dialect. */
export type CostTable = {
  readonly dialect: string;
  /** An answer that came whole. */
  readonly whole: (row: CostRow) => string;
  /** The same as a stream: the text of its frames, one JSON line each where the framing is binary. */
  readonly stream: (row: CostRow) => string;
  readonly rows: readonly CostRow[];
  /** What the format does not count apart, and why. */
  readonly lacks: Partial<Record<UsageClass, string>>;
};

/** One event of a stream by server-sent events. */
export function sse(data: JsonObject | string, event?: string): string {
  const head = event === undefined ? '' : `event: ${event}\n`;
  return `${head}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}
