import { isJsonObject, type JsonObject, type JsonValue } from '../../src/kernel/json.ts';

/** What a provider's counts say, read in the plainest way: the numbers that a booked usage is held against. */
export type OwnNumbers = {
  readonly total: number;
  readonly cached: number;
  readonly reasoning: number;
};

/** @throws Error for a dialect that it does not know */
export function ownNumbersOf(dialect: string, usage: JsonObject): OwnNumbers {
  switch (dialect) {
    case 'openai-chat':
      return openaiNumbers(usage);
    case 'openai-responses':
      return {
        total: count(usage['total_tokens']),
        cached: count(inside(usage, 'input_tokens_details')['cached_tokens']),
        reasoning: count(inside(usage, 'output_tokens_details')['reasoning_tokens']),
      };
    case 'anthropic-messages':
      return anthropicNumbers(usage);
    case 'gemini-generate':
      return {
        total: count(usage['totalTokenCount']),
        cached: count(usage['cachedContentTokenCount']),
        reasoning: count(usage['thoughtsTokenCount']),
      };
    case 'bedrock-converse':
      return { total: count(usage['totalTokens']), cached: count(usage['cacheReadInputTokens']), reasoning: 0 };
    case 'ollama-chat':
      return {
        total: count(usage['prompt_eval_count']) + count(usage['eval_count']),
        cached: count(usage['prompt_eval_cached_count']),
        reasoning: 0,
      };
    default:
      throw new Error(`no counts are known of ${dialect}`);
  }
}

function openaiNumbers(usage: JsonObject): OwnNumbers {
  const cached = inside(usage, 'prompt_tokens_details')['cached_tokens'];
  const total = count(usage['total_tokens']);
  const reasoning = inside(usage, 'completion_tokens_details')['reasoning_tokens'];
  return {
    total,
    cached: count(cached ?? usage['cached_tokens'] ?? usage['prompt_cache_hit_tokens'] ?? usage['num_cached_tokens']),
    reasoning: count(reasoning ?? usage['reasoning_tokens']),
  };
}

/** Where a conversation was compacted, its parts are billed, and no total is told. */
function anthropicNumbers(usage: JsonObject): OwnNumbers {
  const { iterations } = usage;
  const parts = Array.isArray(iterations) ? iterations.filter((part) => isJsonObject(part)) : [];
  const types = parts.map(({ type }) => type);
  const isSummed = types.includes('compaction') && !types.includes('fallback_message');
  const billed = isSummed ? parts.filter(({ type }) => type === 'compaction' || type === 'message') : [usage];
  const sum = (field: string): number => billed.reduce((before, part) => before + count(part[field]), 0);
  const cached = sum('cache_read_input_tokens');
  return {
    total: sum('input_tokens') + cached + sum('cache_creation_input_tokens') + sum('output_tokens'),
    cached,
    reasoning: count(inside(usage, 'output_tokens_details')['thinking_tokens']),
  };
}

function inside(usage: JsonObject, field: string): JsonObject {
  const value = usage[field];
  return isJsonObject(value) ? value : {};
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
