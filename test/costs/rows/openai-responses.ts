import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import { type CostRow, type CostTable, sse } from '../row.ts';

const USAGE = 'https://platform.openai.com/docs/api-reference/responses/object#responses-object-usage';

const search = (id: string, type: string): JsonObject => ({
  type: 'web_search_call',
  id,
  status: 'completed',
  action: type === 'search' ? { type, query: 'tides' } : { type, url: 'https://example.com/tides' },
});

const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: USAGE,
    usage: {
      input_tokens: 36,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 87,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 123,
    },
    total: 123,
    cost: 36n * P.input + 87n * P.output,
  },
  {
    shows: ['cache read'],
    docs: 'https://platform.openai.com/docs/guides/prompt-caching',
    usage: {
      input_tokens: 2006,
      input_tokens_details: { cached_tokens: 1792 },
      output_tokens: 12,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2018,
    },
    total: 2018,
    cost: 214n * P.input + 1792n * P.cachedInput + 12n * P.output,
  },
  {
    shows: ['cache write 5 min'],
    docs: USAGE,
    usage: {
      input_tokens: 1700,
      input_tokens_details: { cached_tokens: 128, cache_write_tokens: 1500 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 1720,
    },
    total: 1720,
    cost: 72n * P.input + 128n * P.cachedInput + 1500n * P.cacheWrite5m + 20n * P.output,
  },
  {
    shows: ['cache write 5 min', 'cache write 1 h'],
    docs: USAGE,
    usage: {
      input_tokens: 4000,
      input_tokens_details: {
        cached_tokens: 0,
        cache_write_tokens: 3900,
        cache_write_tokens_details: { ttl_30m_tokens: 1300, ttl_12h_tokens: 2600 },
      },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 4005,
    },
    total: 4005,
    cost: 100n * P.input + 1300n * P.cacheWrite5m + 2600n * P.cacheWrite1h + 5n * P.output,
  },
  {
    shows: ['reasoning'],
    docs: 'https://platform.openai.com/docs/guides/reasoning',
    usage: {
      input_tokens: 81,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1035,
      output_tokens_details: { reasoning_tokens: 832 },
      total_tokens: 1116,
    },
    total: 1116,
    cost: 81n * P.input + 203n * P.output + 832n * P.reasoning,
  },
  {
    shows: ['server tool use'],
    docs: 'https://platform.openai.com/docs/guides/tools-web-search',
    usage: {
      input_tokens: 328,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 356,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 684,
    },
    answer: { output: [search('ws_1', 'search'), search('ws_2', 'open_page'), search('ws_3', 'search')] },
    total: 684,
    // A page that was opened is no search.
    cost: 328n * P.input + 356n * P.output + 2n * P.toolCall,
  },
  {
    shows: ['server tool use'],
    of: 'OpenAI, as it counts searches itself',
    docs: 'https://platform.openai.com/docs/api-reference/responses/object',
    usage: {
      input_tokens: 400,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 30 },
      total_tokens: 450,
    },
    answer: { output: [search('ws_1', 'search')], tool_usage: { web_search: { num_requests: 4 } } },
    total: 450,
    cost: 400n * P.input + 20n * P.output + 30n * P.reasoning + 4n * P.toolCall,
  },
];

const MESSAGE = {
  type: 'message',
  id: 'msg_costs',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'Noted.', annotations: [] }],
} as const;
const NOWHERE = { item_id: 'msg_costs', output_index: 0, content_index: 0 } as const;

export const openaiResponsesCosts: CostTable = {
  dialect: 'openai-responses',
  whole: (row) => JSON.stringify(responseOf(row)),
  stream: (row) => {
    const events: readonly (JsonObject & { readonly type: string })[] = [
      { type: 'response.created', response: { ...envelope('in_progress'), output: [], usage: null } },
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { ...MESSAGE, status: 'in_progress', content: [] },
      },
      {
        type: 'response.content_part.added',
        ...NOWHERE,
        part: { type: 'output_text', text: '', annotations: [] },
      },
      { type: 'response.output_text.delta', ...NOWHERE, delta: 'Noted.' },
      { type: 'response.output_text.done', ...NOWHERE, text: 'Noted.' },
      { type: 'response.content_part.done', ...NOWHERE, part: { ...MESSAGE.content[0], annotations: [] } },
      { type: 'response.output_item.done', output_index: 0, item: messageItem() },
      { type: 'response.completed', response: responseOf(row) },
    ];
    return events.map((event, sequence_number) => sse({ ...event, sequence_number }, event.type)).join('');
  },
  rows,
  lacks: {
    'audio in': 'the format takes no sound',
    'audio out': 'the format gives no sound',
    'image in': 'pictures are counted with the rest of the input',
    'image out': 'pictures are made by a tool, whose model and price are not told with the answer',
  },
};

function responseOf({ usage, answer }: CostRow): JsonObject {
  const { output = [], ...rest } = answer ?? {};
  return {
    ...envelope('completed'),
    output: [...(Array.isArray(output) ? output : []), messageItem()],
    usage,
    ...rest,
  };
}

function messageItem(): JsonObject {
  return { ...MESSAGE, content: [{ ...MESSAGE.content[0], annotations: [] }] };
}

function envelope(status: string): JsonObject {
  return {
    id: 'resp_costs',
    object: 'response',
    created_at: 1_700_000_000,
    status,
    model: 'routed-model',
    error: null,
  };
}
