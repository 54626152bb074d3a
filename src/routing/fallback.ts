import type { GatewayError } from '../kernel/errors.ts';
import type { RouteDefinition } from '../protocol/route.ts';

/**
 * How providers say that a request is longer than the model takes, by a code or in words: OpenAI, Azure and DeepSeek;
 * Anthropic; Google; Bedrock; Ollama and vLLM.
 */
const TOO_LONG =
  /context_length_exceeded|maximum context length|prompt is too long|input is too long|exceeds? the (?:maximum|model'?s?|available) (?:number of (?:input )?tokens|(?:input )?token count|context)|input token count .{0,40}exceeds|too many (?:input )?tokens|context (?:window|length|size)/i;
/** The same of a request whose content is refused. */
const FILTERED = /content_filter|content_policy|responsibleaipolicyviolation|sensitive_content/i;

/** Another model that the route names for a request that this one refused; `undefined` where none helps. */
export function fallbackFor(fault: GatewayError, fallbacks: RouteDefinition['fallbacks']): string | undefined {
  const words = `${fault.upstream?.code ?? ''} ${fault.upstream?.message ?? ''}`;
  if (fault.code === 'upstream.content_policy') return fallbacks.contentFilter;
  if (fault.code === 'upstream.too_large') return fallbacks.contextTooLong;
  if (fault.code !== 'upstream.bad_request' && fault.code !== 'upstream.unprocessable') return undefined;
  if (FILTERED.test(words)) return fallbacks.contentFilter;
  return TOO_LONG.test(words) ? fallbacks.contextTooLong : undefined;
}
