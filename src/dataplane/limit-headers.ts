import type { LimitMeasure } from '../protocol/limits.ts';
import type { ToldLimit } from './call-limits.ts';
import type { Exchange } from './exchange.ts';

type Names = { readonly limit: string; readonly remaining: string; readonly reset: string };

/** What SDKs read of each measure. */
const OPENAI: Partial<Record<LimitMeasure, Names>> = { requests: openAi('requests'), total_tokens: openAi('tokens') };
const ANTHROPIC: Partial<Record<LimitMeasure, Names>> = {
  requests: anthropic('requests'),
  total_tokens: anthropic('tokens'),
  input_tokens: anthropic('input-tokens'),
  output_tokens: anthropic('output-tokens'),
};

function openAi(word: string): Names {
  const of = (what: string): string => `x-ratelimit-${what}-${word}`;
  return { limit: of('limit'), remaining: of('remaining'), reset: of('reset') };
}

function anthropic(word: string): Names {
  const of = (what: string): string => `anthropic-ratelimit-${word}-${what}`;
  return { limit: of('limit'), remaining: of('remaining'), reset: of('reset') };
}

/**
 * How the limits stand that a call met, as clients of its dialect read it; of several of one kind, the one of which least is
 * left. https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers,
 * https://docs.anthropic.com/en/api/rate-limits#response-headers
 */
export function limitHeaders({ limits, caller, clock }: Pick<Exchange, 'limits' | 'caller' | 'clock'>): string[] {
  if (limits === undefined) return [];
  const isAnthropic = caller.dialect === 'anthropic-messages';
  const headers: string[] = [];
  for (const told of limits.told) {
    const { limit, shownAmount } = told.applied.compiled;
    const names = isAnthropic ? ANTHROPIC[limit.measure] : OPENAI[limit.measure];
    if (names === undefined || !isTightest(told, limits.told)) continue;
    const { left, resetAtMs } = told.standing;
    const reset = isAnthropic ? instantOf(resetAtMs) : durationOf(resetAtMs - clock.now());
    headers.push(names.limit, shownAmount, names.remaining, String(left), names.reset, reset);
  }
  return headers;
}

/** Whether least is left of it among the limits of its kind; of several alike, whether it is the first. */
function isTightest(told: ToldLimit, all: readonly ToldLimit[]): boolean {
  const { measure } = told.applied.compiled.limit;
  let isBefore = true;
  for (const other of all) {
    if (other === told) isBefore = false;
    else if (other.applied.compiled.limit.measure === measure) {
      const [own, others] = [told.standing.left, other.standing.left];
      if (isBefore ? others <= own : others < own) return false;
    }
  }
  return true;
}

/** Whole seconds, as the provider writes them; never before it is so. */
function instantOf(atMs: number): string {
  return new Date(Math.ceil(atMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** `6m0s`, `1s`, `250ms`: a duration as Go writes it. */
export function durationOf(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
