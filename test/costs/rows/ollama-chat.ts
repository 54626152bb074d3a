import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import type { CostRow, CostTable } from '../row.ts';

const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: 'https://docs.ollama.com/api/usage',
    usage: { prompt_eval_count: 26, eval_count: 259 },
    total: 285,
    cost: 26n * P.input + 259n * P.output,
  },
  {
    shows: ['cache read'],
    docs: 'https://docs.ollama.com/api/usage',
    usage: { prompt_eval_count: 1200, prompt_eval_cached_count: 1150, eval_count: 31 },
    total: 1231,
    cost: 50n * P.input + 1150n * P.cachedInput + 31n * P.output,
  },
];

export const ollamaChatCosts: CostTable = {
  dialect: 'ollama-chat',
  whole: ({ usage }) => JSON.stringify(last('Noted.', usage)),
  stream: ({ usage }) =>
    [{ ...head('Not'), done: false }, { ...head('ed.'), done: false }, last('', usage)]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  rows,
  lacks: {
    'cache write 5 min': 'what is written to the cache is not counted',
    'cache write 1 h': 'what is written to the cache is not counted',
    reasoning: 'thinking is counted with the rest of the output',
    'audio in': 'the format takes no sound',
    'audio out': 'the format gives no sound',
    'image in': 'pictures are counted with the rest of the input',
    'image out': 'a picture that was made is not counted',
    'server tool use': 'it runs no tools of its own',
  },
};

function head(content: string): JsonObject {
  return { model: 'routed-model', created_at: '2024-01-01T00:00:00Z', message: { role: 'assistant', content } };
}

function last(content: string, usage: JsonObject): JsonObject {
  return {
    ...head(content),
    done: true,
    done_reason: 'stop',
    total_duration: 4_883_583_458,
    load_duration: 1_334_875,
    prompt_eval_duration: 342_546_000,
    eval_duration: 4_535_599_000,
    ...usage,
  };
}
