import type { LimitMeasure } from '../protocol/limits.ts';
import type { ToldLimit } from './call-limits.ts';
import type { Exchange } from './exchange.ts';

/** What SDKs read, by the word of the dialect's headers. */
const WORDS: Partial<Record<LimitMeasure, { readonly openai?: string; readonly anthropic: string }>> = {
  requests: { openai: 'requests', anthropic: 'requests' },
  total_tokens: { openai: 'tokens', anthropic: 'tokens' },
  input_tokens: { anthropic: 'input-tokens' },
  output_tokens: { anthropic: 'output-tokens' },
};

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
    const { measure, amount: cap } = told.applied.compiled.limit;
    const word = isAnthropic ? WORDS[measure]?.anthropic : WORDS[measure]?.openai;
    if (word === undefined || !isTightest(told, limits.told)) continue;
    const { left, resetAtMs } = told.standing;
    if (isAnthropic) {
      const name = `anthropic-ratelimit-${word}`;
      headers.push(`${name}-limit`, String(cap), `${name}-remaining`, String(left));
      headers.push(`${name}-reset`, instantOf(resetAtMs));
    } else {
      headers.push(`x-ratelimit-limit-${word}`, String(cap), `x-ratelimit-remaining-${word}`, String(left));
      headers.push(`x-ratelimit-reset-${word}`, durationOf(resetAtMs - clock.now()));
    }
  }
  return headers;
}

/** Whether least is left of it among the limits of its kind; of several alike, whether it is the first. */
function isTightest(told: ToldLimit, all: readonly ToldLimit[]): boolean {
  const { measure } = told.applied.compiled.limit;
  const place = all.indexOf(told);
  return all.every((other, at) => {
    if (other.applied.compiled.limit.measure !== measure) return true;
    return at < place ? other.standing.left > told.standing.left : other.standing.left >= told.standing.left;
  });
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
