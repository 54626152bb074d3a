import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { TellingUsage } from '../counts.ts';

/** A provider that copies OpenAI's format and tells some things in a way of its own. */
export type Manner = 'openai' | 'deepseek' | 'google' | 'ollama' | 'openrouter' | 'poe' | 'xai';

/** What OpenRouter says that a call cost, in dollars, and xAI in ten-billionths of one. */
export const TOLD_COST = { openrouter: 0.00014, xai: 1_400_000 } as const;

/** Where the base URLs of providers lie; behind them all have OpenAI's addresses. */
const BASES = /^\/(?:v1beta\/openai|api\/v1|api\/v3)\//;

/** An address as OpenAI has it. */
export function openaiPath(path: string): string {
  return path.replace(BASES, '/v1/');
}

/** The field of a message in which thoughts are shown. */
export function reasoningFieldOf(manner: Manner): 'reasoning' | 'reasoning_content' {
  return manner === 'openrouter' || manner === 'ollama' ? 'reasoning' : 'reasoning_content';
}

export function usageIn(manner: Manner, usage: TellingUsage): JsonObject {
  const cached_tokens = usage.read;
  const reasoning_tokens = usage.reasoning;
  const plain = { prompt_tokens: usage.prompt, completion_tokens: usage.completion, total_tokens: usage.total };
  switch (manner) {
    case 'openai':
      return {
        ...plain,
        prompt_tokens_details: { cached_tokens, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      };
    case 'deepseek':
      // https://api-docs.deepseek.com/api/create-chat-completion
      return {
        ...plain,
        prompt_tokens_details: { cached_tokens },
        completion_tokens_details: { reasoning_tokens },
        prompt_cache_hit_tokens: usage.read,
        prompt_cache_miss_tokens: usage.uncached,
      };
    case 'xai':
      // Reasoning is outside of the completion: https://docs.x.ai/docs/guides/reasoning
      return {
        ...plain,
        completion_tokens: usage.answer,
        prompt_tokens_details: { text_tokens: usage.prompt, audio_tokens: 0, image_tokens: 0, cached_tokens },
        completion_tokens_details: { reasoning_tokens, audio_tokens: 0 },
        num_sources_used: 0,
        cost_in_usd_ticks: TOLD_COST.xai,
      };
    case 'openrouter':
      // https://openrouter.ai/docs/use-cases/usage-accounting
      return {
        ...plain,
        cost: TOLD_COST.openrouter,
        is_byok: false,
        prompt_tokens_details: { cached_tokens, cache_write_tokens: usage.write5m ?? 0 },
        completion_tokens_details: { reasoning_tokens },
      };
    case 'google':
      // Thinking stands in the total alone: https://ai.google.dev/gemini-api/docs/openai
      return { ...plain, completion_tokens: usage.answer };
    case 'ollama':
    case 'poe':
      return plain;
    default:
      return assertNever(manner);
  }
}
