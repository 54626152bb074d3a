import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import { type CostRow, type CostTable, sse } from '../row.ts';

const CACHING = 'https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance';

/** `input_tokens` holds neither what the cache gave nor what it took; the whole is the sum of the three. */
const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: 'https://docs.anthropic.com/en/api/messages#response-usage',
    usage: { input_tokens: 12, output_tokens: 6 },
    total: 18,
    cost: 12n * P.input + 6n * P.output,
  },
  {
    shows: ['cache read'],
    docs: CACHING,
    usage: { input_tokens: 50, cache_read_input_tokens: 100_000, cache_creation_input_tokens: 0, output_tokens: 503 },
    total: 100_553,
    cost: 50n * P.input + 100_000n * P.cachedInput + 503n * P.output,
  },
  {
    shows: ['cache write 5 min'],
    docs: CACHING,
    usage: { input_tokens: 21, cache_read_input_tokens: 0, cache_creation_input_tokens: 188_086, output_tokens: 393 },
    total: 188_500,
    cost: 21n * P.input + 188_086n * P.cacheWrite5m + 393n * P.output,
  },
  {
    shows: ['cache write 5 min', 'cache write 1 h', 'cache read'],
    docs: 'https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#1-hour-cache-duration',
    usage: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
      output_tokens: 503,
    },
    total: 4599,
    cost: 2048n * P.input + 1800n * P.cachedInput + 148n * P.cacheWrite5m + 100n * P.cacheWrite1h + 503n * P.output,
  },
  {
    shows: ['reasoning'],
    docs: 'https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking',
    usage: { input_tokens: 44, output_tokens: 730, output_tokens_details: { thinking_tokens: 610 } },
    total: 774,
    cost: 44n * P.input + 120n * P.output + 610n * P.reasoning,
  },
  {
    shows: ['server tool use'],
    docs: 'https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/web-search-tool#usage-and-pricing',
    usage: {
      input_tokens: 6039,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 931,
      // Fetching a page costs nothing beyond its tokens.
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 5 },
    },
    total: 6970,
    cost: 6039n * P.input + 931n * P.output + 2n * P.toolCall,
  },
  {
    shows: ['plain', 'cache read'],
    of: 'Anthropic, after it compacted the conversation',
    docs: 'https://docs.anthropic.com/en/docs/build-with-claude/compaction#understanding-usage',
    usage: {
      input_tokens: 45_000,
      output_tokens: 1234,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, cache_read_input_tokens: 2000, output_tokens: 3500 },
        { type: 'message', input_tokens: 23_000, cache_read_input_tokens: 0, output_tokens: 1000 },
      ],
    },
    total: 209_500,
    // What was compacted is billed, and stands in the iterations alone.
    cost: 203_000n * P.input + 2000n * P.cachedInput + 4500n * P.output,
  },
];

export const anthropicMessagesCosts: CostTable = {
  dialect: 'anthropic-messages',
  whole: ({ usage, answer }) =>
    JSON.stringify({
      ...message([{ type: 'text', text: 'Noted.' }]),
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
      ...answer,
    }),
  stream: ({ usage }) =>
    [
      { type: 'message_start', message: { ...message([]), stop_reason: null, usage: usageAtStart(usage) } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Noted.' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: usageAtEnd(usage),
      },
      { type: 'message_stop' },
    ]
      .map((event) => sse(event, event.type))
      .join(''),
  rows,
  lacks: {
    'audio in': 'the format takes no sound',
    'audio out': 'the format gives no sound',
    'image in': 'pictures are counted with the rest of the input',
    'image out': 'the format gives no pictures',
  },
};

function message(content: readonly JsonObject[]): JsonObject {
  return { id: 'msg_costs', type: 'message', role: 'assistant', model: 'routed-model', content: [...content] };
}

/** A stream's first word: the input as it is known, and of the output a beginning. */
function usageAtStart(usage: JsonObject): JsonObject {
  const input = Object.entries(usage).filter(([name]) => /^(?:input|cache)_/.test(name));
  return { ...Object.fromEntries(input), output_tokens: 1 };
}

/** Its last word: cumulative, and without the lifetimes of what was written to the cache. */
function usageAtEnd(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([name]) => name !== 'cache_creation'));
}
