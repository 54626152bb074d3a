import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import { type CostRow, type CostTable, sse } from '../row.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage';
const OPENROUTER = 'https://openrouter.ai/docs/use-cases/usage-accounting';

/** Parts are inside of their wholes, but for the providers that are named. */
const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: OPENAI,
    usage: { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 },
    total: 29,
    cost: 19n * P.input + 10n * P.output,
  },
  {
    shows: ['cache read'],
    docs: 'https://platform.openai.com/docs/guides/prompt-caching',
    usage: {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920 },
    },
    total: 2306,
    cost: 86n * P.input + 1920n * P.cachedInput + 300n * P.output,
  },
  {
    shows: ['cache read'],
    of: 'DeepSeek',
    docs: 'https://api-docs.deepseek.com/guides/kv_cache',
    usage: {
      prompt_tokens: 75,
      completion_tokens: 12,
      total_tokens: 87,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 11,
    },
    total: 87,
    cost: 11n * P.input + 64n * P.cachedInput + 12n * P.output,
  },
  {
    shows: ['cache read'],
    of: 'Moonshot',
    docs: 'https://platform.moonshot.ai/docs/api/chat',
    usage: { prompt_tokens: 90, completion_tokens: 7, total_tokens: 97, cached_tokens: 60 },
    total: 97,
    cost: 30n * P.input + 60n * P.cachedInput + 7n * P.output,
  },
  {
    shows: ['cache write 5 min', 'cache read'],
    docs: 'https://platform.openai.com/docs/guides/prompt-caching',
    usage: {
      prompt_tokens: 3000,
      completion_tokens: 40,
      total_tokens: 3040,
      prompt_tokens_details: { cached_tokens: 1024, cache_write_tokens: 1536 },
    },
    total: 3040,
    cost: 440n * P.input + 1024n * P.cachedInput + 1536n * P.cacheWrite5m + 40n * P.output,
  },
  {
    shows: ['cache write 5 min'],
    of: 'OpenRouter',
    docs: OPENROUTER,
    usage: {
      prompt_tokens: 1900,
      completion_tokens: 21,
      total_tokens: 1921,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 1800 },
      cost: 0.0071,
    },
    total: 1921,
    cost: 100n * P.input + 0n * P.cachedInput + 1800n * P.cacheWrite5m + 21n * P.output,
  },
  {
    shows: ['cache write 1 h', 'cache write 5 min'],
    of: 'Model Studio',
    docs: 'https://www.alibabacloud.com/help/en/model-studio/context-cache',
    usage: {
      prompt_tokens: 2200,
      completion_tokens: 30,
      total_tokens: 2230,
      prompt_tokens_details: {
        cached_tokens: 100,
        cache_creation_input_tokens: 2000,
        cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 1400 },
      },
    },
    total: 2230,
    cost: 100n * P.input + 100n * P.cachedInput + 600n * P.cacheWrite5m + 1400n * P.cacheWrite1h + 30n * P.output,
  },
  {
    shows: ['reasoning'],
    docs: 'https://platform.openai.com/docs/guides/reasoning',
    usage: {
      prompt_tokens: 75,
      completion_tokens: 1186,
      total_tokens: 1261,
      completion_tokens_details: { reasoning_tokens: 1024, accepted_prediction_tokens: 0 },
    },
    total: 1261,
    cost: 75n * P.input + 162n * P.output + 1024n * P.reasoning,
  },
  {
    shows: ['reasoning', 'cache read'],
    of: 'xAI, outside of the completion',
    docs: 'https://docs.x.ai/docs/guides/reasoning',
    usage: {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: { text_tokens: 32, cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 94 },
      cost_in_usd_ticks: 8_270_000,
    },
    total: 135,
    cost: 26n * P.input + 6n * P.cachedInput + 9n * P.output + 94n * P.reasoning,
  },
  {
    shows: ['reasoning'],
    of: 'Google, in the total alone',
    docs: 'https://ai.google.dev/gemini-api/docs/openai',
    usage: { prompt_tokens: 11, completion_tokens: 20, total_tokens: 101 },
    total: 101,
    cost: 11n * P.input + 20n * P.output + 70n * P.reasoning,
  },
  {
    shows: ['audio in', 'audio out'],
    docs: 'https://platform.openai.com/docs/guides/audio',
    usage: {
      prompt_tokens: 139,
      completion_tokens: 220,
      total_tokens: 359,
      prompt_tokens_details: { audio_tokens: 124, text_tokens: 15, cached_tokens: 0 },
      completion_tokens_details: { audio_tokens: 180, text_tokens: 40, reasoning_tokens: 0 },
    },
    total: 359,
    cost: 15n * P.input + 124n * P.audioInput + 40n * P.output + 180n * P.audioOutput,
  },
  {
    shows: ['image in', 'image out'],
    of: 'OpenRouter',
    docs: OPENROUTER,
    usage: {
      prompt_tokens: 300,
      completion_tokens: 1310,
      total_tokens: 1610,
      prompt_tokens_details: { image_tokens: 258 },
      completion_tokens_details: { image_tokens: 1290 },
    },
    total: 1610,
    cost: 42n * P.input + 258n * P.imageInput + 20n * P.output + 1290n * P.imageOutput,
  },
  {
    shows: ['server tool use'],
    of: 'OpenRouter',
    docs: 'https://openrouter.ai/docs/guides/features/server-tools/web-search',
    usage: {
      prompt_tokens: 640,
      completion_tokens: 80,
      total_tokens: 720,
      server_tool_use_details: { web_search_requests: 3 },
    },
    total: 720,
    cost: 640n * P.input + 80n * P.output + 3n * P.toolCall,
  },
];

export const openaiChatCosts: CostTable = {
  dialect: 'openai-chat',
  whole: ({ usage, answer }) =>
    JSON.stringify({
      ...envelope('chat.completion'),
      choices: [{ index: 0, message: { role: 'assistant', content: 'Noted.' }, finish_reason: 'stop' }],
      usage,
      ...answer,
    }),
  stream: ({ usage }) =>
    [
      sse(chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], null)),
      sse(chunk([{ index: 0, delta: { content: 'Noted.' }, finish_reason: null }], null)),
      sse(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }], null)),
      sse(chunk([], usage)),
      sse('[DONE]'),
    ].join(''),
  rows,
  lacks: {},
};

function envelope(object: string): JsonObject {
  return { id: 'chatcmpl-costs', object, created: 1_700_000_000, model: 'routed-model' };
}

function chunk(choices: readonly JsonObject[], usage: JsonObject | null): JsonObject {
  return { ...envelope('chat.completion.chunk'), choices: [...choices], usage };
}
