import type { Answer } from '../api/call.ts';
import { type Place, seesCosts } from '../app/session.tsx';
import { count, dollars } from '../format/amounts.ts';

export type Explored = Answer<'exploreUsage'>;
export type Totals = Explored['totals'];
export type Point = NonNullable<Explored['groups'][number]['points']>[number];

/** What a chart of usage can show. */
export const MEASURES = ['cost', 'requests', 'input', 'output', 'failed'] as const;
export type Measure = (typeof MEASURES)[number];

/** What a place may see: where others pay for calls, what they cost is the operator's own. */
export function measuresIn(place: Place): readonly Measure[] {
  return seesCosts(place) ? MEASURES : MEASURES.filter((one) => one !== 'cost');
}

const NANO_PER_DOLLAR = 1e9;

/** A point's value; money in dollars, as a drawing needs no more places than it has dots. */
export function valueOf(point: Point | undefined, measure: Measure): number {
  if (point === undefined) return 0;
  switch (measure) {
    case 'cost':
      return Number(point.cost_nano_usd ?? 0) / NANO_PER_DOLLAR;
    case 'requests':
      return point.requests;
    case 'input':
      return point.input_tokens;
    case 'output':
      return point.output_tokens;
    case 'failed':
      return point.failed_requests;
  }
}

/** What an axis writes of a value. */
export function writerOf(measure: Measure, language: string): (value: number) => string {
  if (measure === 'cost') return (value) => dollars(BigInt(Math.round(value * NANO_PER_DOLLAR)), language);
  return (value) => count(value, language, 'narrow');
}

/** Every token that went in, whichever class it is of: the classes do not overlap. */
export function inputOf(totals: Totals): number {
  return (
    totals.input_tokens +
    totals.cached_input_tokens +
    totals.cache_write_5m_tokens +
    totals.cache_write_1h_tokens +
    totals.audio_input_tokens +
    totals.image_input_tokens
  );
}

export function outputOf(totals: Totals): number {
  return totals.output_tokens + totals.reasoning_tokens + totals.audio_output_tokens + totals.image_output_tokens;
}

/** The share of what went in that came from a provider's cache. */
export function cachedShareOf(totals: Totals): number {
  const input = inputOf(totals);
  return input === 0 ? 0 : totals.cached_input_tokens / input;
}
