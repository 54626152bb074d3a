import type { JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../prices.ts';
import { type CostRow, type CostTable, sse } from '../row.ts';

const USAGE = 'https://ai.google.dev/api/generate-content#UsageMetadata';
const SEARCH = 'https://ai.google.dev/gemini-api/docs/google-search#pricing';

const rows: readonly CostRow[] = [
  {
    shows: ['plain'],
    docs: USAGE,
    usage: {
      promptTokenCount: 8,
      candidatesTokenCount: 25,
      totalTokenCount: 33,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 8 }],
    },
    total: 33,
    cost: 8n * P.input + 25n * P.output,
  },
  {
    shows: ['cache read'],
    docs: 'https://ai.google.dev/gemini-api/docs/caching',
    usage: {
      promptTokenCount: 4200,
      cachedContentTokenCount: 4096,
      candidatesTokenCount: 30,
      totalTokenCount: 4230,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 4200 }],
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 4096 }],
    },
    total: 4230,
    cost: 104n * P.input + 4096n * P.cachedInput + 30n * P.output,
  },
  {
    shows: ['reasoning'],
    docs: 'https://ai.google.dev/gemini-api/docs/thinking#pricing',
    usage: { promptTokenCount: 14, candidatesTokenCount: 41, thoughtsTokenCount: 1021, totalTokenCount: 1076 },
    total: 1076,
    cost: 14n * P.input + 41n * P.output + 1021n * P.reasoning,
  },
  {
    shows: ['audio in', 'image in', 'cache read'],
    docs: 'https://ai.google.dev/gemini-api/docs/tokens#multimodal-tokens',
    usage: {
      promptTokenCount: 1500,
      cachedContentTokenCount: 400,
      candidatesTokenCount: 12,
      totalTokenCount: 1512,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 300 },
        { modality: 'AUDIO', tokenCount: 420 },
        { modality: 'IMAGE', tokenCount: 258 },
        { modality: 'VIDEO', tokenCount: 522 },
      ],
      cacheTokensDetails: [
        { modality: 'TEXT', tokenCount: 100 },
        { modality: 'AUDIO', tokenCount: 300 },
      ],
    },
    total: 1512,
    // Of the sound 300 came from the cache, and cost what all that is cached costs. Moving pictures are pictures.
    cost: 200n * P.input + 400n * P.cachedInput + 120n * P.audioInput + 780n * P.imageInput + 12n * P.output,
  },
  {
    shows: ['image out'],
    docs: 'https://ai.google.dev/gemini-api/docs/image-generation',
    usage: {
      promptTokenCount: 9,
      candidatesTokenCount: 1305,
      totalTokenCount: 1314,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
    },
    total: 1314,
    cost: 9n * P.input + 15n * P.output + 1290n * P.imageOutput,
  },
  {
    shows: ['audio out'],
    docs: 'https://ai.google.dev/gemini-api/docs/speech-generation',
    usage: {
      promptTokenCount: 13,
      candidatesTokenCount: 96,
      totalTokenCount: 109,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 13 }],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 96 }],
    },
    total: 109,
    cost: 13n * P.input + 0n * P.output + 96n * P.audioOutput,
  },
  {
    shows: ['server tool use'],
    of: 'Google, to Gemini 2.5: by the grounded prompt',
    docs: SEARCH,
    usage: { promptTokenCount: 12, candidatesTokenCount: 200, toolUsePromptTokenCount: 90, totalTokenCount: 302 },
    answer: { modelVersion: 'gemini-2.5-flash', webSearchQueries: ['tides today', 'tides tomorrow'] },
    total: 302,
    cost: 102n * P.input + 200n * P.output + 1n * P.toolCall,
  },
  {
    shows: ['server tool use'],
    of: 'Google, from Gemini 3 on: by the search',
    docs: SEARCH,
    usage: { promptTokenCount: 12, candidatesTokenCount: 200, totalTokenCount: 212 },
    // A search that says nothing, or the same again, is not billed.
    answer: { modelVersion: 'gemini-3-pro-preview', webSearchQueries: ['tides', '', 'moon', 'tides', 'sun'] },
    total: 212,
    cost: 12n * P.input + 200n * P.output + 3n * P.toolCall,
  },
];

export const geminiGenerateCosts: CostTable = {
  dialect: 'gemini-generate',
  whole: (row) => JSON.stringify({ candidates: [last(row, 'Noted.')], ...tail(row) }),
  stream: (row) => {
    const { promptTokenCount, promptTokensDetails } = row.usage;
    const before = {
      promptTokenCount,
      totalTokenCount: promptTokenCount,
      ...(promptTokensDetails === undefined ? {} : { promptTokensDetails }),
    };
    return [
      sse({ candidates: [candidate('Not')], ...tail(row), usageMetadata: before }),
      sse({ candidates: [last(row, 'ed.')], ...tail(row) }),
    ].join('');
  },
  rows,
  lacks: {
    'cache write 5 min': 'what is written to the cache is not counted',
    'cache write 1 h': 'what is written to the cache is not counted',
  },
};

function candidate(text: string): JsonObject {
  return { content: { parts: [{ text }], role: 'model' }, index: 0 };
}

function last({ answer }: CostRow, text: string): JsonObject {
  const searches = answer?.['webSearchQueries'];
  return {
    ...candidate(text),
    finishReason: 'STOP',
    ...(searches === undefined ? {} : { groundingMetadata: { webSearchQueries: searches } }),
  };
}

function tail({ usage, answer }: CostRow): JsonObject {
  return { usageMetadata: usage, modelVersion: answer?.['modelVersion'] ?? 'gemini-2.5-flash', responseId: 'costs' };
}
