import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import type { CostRow, CostTable } from '../row.ts';

const USAGE = 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html';
const CACHING = 'https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html';

/** What the cache gave and took stands beside `inputTokens`. */
const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: USAGE,
    usage: { inputTokens: 30, outputTokens: 628, totalTokens: 658 },
    total: 658,
    cost: 30n * P.input + 628n * P.output,
  },
  {
    shows: ['cache read'],
    docs: CACHING,
    usage: {
      inputTokens: 17,
      outputTokens: 120,
      totalTokens: 1697,
      cacheReadInputTokens: 1560,
      cacheWriteInputTokens: 0,
    },
    total: 1697,
    cost: 17n * P.input + 1560n * P.cachedInput + 120n * P.output,
  },
  {
    shows: ['cache write 5 min'],
    docs: CACHING,
    usage: {
      inputTokens: 4,
      outputTokens: 40,
      totalTokens: 1604,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 1560,
    },
    total: 1604,
    cost: 4n * P.input + 1560n * P.cacheWrite5m + 40n * P.output,
  },
  {
    shows: ['cache write 5 min', 'cache write 1 h', 'cache read'],
    docs: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CacheDetail.html',
    usage: {
      inputTokens: 6,
      outputTokens: 55,
      totalTokens: 5061,
      cacheReadInputTokens: 1000,
      cacheWriteInputTokens: 4000,
      cacheDetails: [
        { ttl: '1h', inputTokens: 2700 },
        { ttl: '5m', inputTokens: 1300 },
      ],
    },
    total: 5061,
    cost: 6n * P.input + 1000n * P.cachedInput + 1300n * P.cacheWrite5m + 2700n * P.cacheWrite1h + 55n * P.output,
  },
];

export const bedrockConverseCosts: CostTable = {
  dialect: 'bedrock-converse',
  whole: ({ usage }) =>
    JSON.stringify({
      output: { message: { role: 'assistant', content: [{ text: 'Noted.' }] } },
      stopReason: 'end_turn',
      usage,
      metrics: { latencyMs: 551 },
    }),
  stream: ({ usage }) =>
    [
      message('messageStart', { role: 'assistant' }),
      message('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Noted.' } }),
      message('contentBlockStop', { contentBlockIndex: 0 }),
      message('messageStop', { stopReason: 'end_turn' }),
      message('metadata', { usage, metrics: { latencyMs: 551 } }),
    ].join(''),
  rows,
  lacks: {
    reasoning: 'thinking is counted with the rest of the output',
    'audio in': 'sound is counted with the rest of the input',
    'audio out': 'the format gives no sound',
    'image in': 'pictures are counted with the rest of the input',
    'image out': 'pictures are counted with the rest of the output',
    'server tool use': 'what its own tools do is not counted',
  },
};

/** One message of the binary stream, as test/conformance/README.md writes it. */
function message(event: string, data: JsonObject): string {
  return `${JSON.stringify({ event, data })}\n`;
}
