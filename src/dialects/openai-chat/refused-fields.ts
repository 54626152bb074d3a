import type { JsonValue } from '../../kernel/json.ts';

/** Fields of the wire by the canonical words under which their loss is told. */
const CANONICAL: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  logit_bias: 'logitBias',
  top_logprobs: 'logprobs',
  n: 'choices',
  max_tokens: 'maxOutputTokens',
  max_completion_tokens: 'maxOutputTokens',
  reasoning_effort: 'reasoning.effort',
  response_format: 'responseFormat',
  tool_choice: 'toolChoice',
  parallel_tool_calls: 'parallelToolCalls',
  service_tier: 'serviceTier',
  user: 'endUser',
  prompt_cache_key: 'promptCacheKey',
  cache_control: 'cache',
  encoding_format: 'encodingFormat',
};

/** The name of a refused field among losses. */
export function lossName(field: string): string {
  return CANONICAL[field] ?? field;
}

export const REFUSED = 'the provider refuses the field';

/** Whether leaving the field out changes anything: one choice and no value are what every provider gives unasked. */
export function isMissed(field: string, value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  return !(field === 'n' && value === 1);
}
