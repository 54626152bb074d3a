import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeUsage, tokensIn, vectorFor } from '../answers.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf } from '../prompt.ts';
import type { Arrived, ErrorAnswer, Question, Refusal, Speech } from '../speech.ts';
import { refuseGenerate } from './refuse.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

const MODELS_PATH = '/v1beta/models';
const PAGE_DEFAULT = 50;
const METHODS: Readonly<Record<string, Question['operation']>> = {
  generateContent: 'chat',
  streamGenerateContent: 'chat',
  batchEmbedContents: 'embeddings',
  embedContent: 'embeddings',
  countTokens: 'count-tokens',
};

/** https://ai.google.dev/api */
export const geminiGenerateSpeech: Speech = {
  name: 'gemini-generate',
  read,
  credentialOf: ({ headers, query }) => {
    const header = headers['x-goog-api-key'];
    return typeof header === 'string' ? header : (query.get('key') ?? undefined);
  },
  refuse: refuseGenerate,
  idOf: answerId,
  prompt: (_question, body) => promptOf(body),
  whole: wholeBody,
  stream: streamOf,
  streamType: 'text/event-stream',
  error: errorAnswer,
  usualError,
  models: modelPage,
  embeddings: embeddingsFor,
  countTokens: (tokens) => JSON.stringify({ totalTokens: tokens }),
};

/** `/v1beta/models/NAME:METHOD`; a model's name may itself hold a colon. */
function read({ method, path, query }: Arrived): Question | undefined {
  if (path === MODELS_PATH && method === 'GET') return { operation: 'models', model: undefined, streamed: false };
  if (!path.startsWith(`${MODELS_PATH}/`) || method !== 'POST') return undefined;
  const rest = path.slice(MODELS_PATH.length + 1);
  const colon = rest.lastIndexOf(':');
  const called = rest.slice(colon + 1);
  const operation = METHODS[called];
  if (colon === -1 || operation === undefined) return undefined;
  const streamed = called === 'streamGenerateContent';
  // Without `alt=sse` the real one streams a JSON list, which nobody asks for.
  if (streamed && query.get('alt') !== 'sse') return undefined;
  return { operation, model: decodeURIComponent(rest.slice(0, colon)), streamed };
}

function promptOf(body: JsonObject): FakePrompt {
  const contents = objectsIn(body['contents']);
  const config = objectAt(body, 'generationConfig');
  const last = contents.at(-1);
  const holdsResult = objectsIn(last?.['parts']).some((part) => part['functionResponse'] !== undefined);
  const thinking = objectAt(config, 'thinkingConfig');
  const declarations = objectsIn(body['tools']).flatMap((tool) => objectsIn(tool['functionDeclarations']));
  return {
    text: [
      textOf(objectAt(body, 'systemInstruction')['parts']),
      ...contents.map((content) => textOf(content['parts'])),
    ].join('\n'),
    messages: contents.length,
    lastUserText: last !== undefined && last['role'] !== 'model' && !holdsResult ? textOf(last['parts']) : undefined,
    tools: declarations.flatMap((declaration) => {
      const name = stringAt(declaration, 'name');
      const parameters = declaration['parametersJsonSchema'] ?? declaration['parameters'];
      return name === undefined ? [] : [{ name, parameters }];
    }),
    toolChoice: toolChoiceOf(objectAt(objectAt(body, 'toolConfig'), 'functionCallingConfig')),
    tokensMax: numberAt(config, 'maxOutputTokens'),
    choices: numberAt(config, 'candidateCount') ?? 1,
    thinks: thinking['includeThoughts'] === true,
  };
}

function toolChoiceOf({ mode, allowedFunctionNames }: JsonObject): FakePrompt['toolChoice'] {
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return 'auto';
  const [name] = Array.isArray(allowedFunctionNames) ? allowedFunctionNames : [];
  return typeof name === 'string' ? { name } : 'required';
}

/** https://ai.google.dev/gemini-api/docs/troubleshooting#error-codes */
function errorAnswer({ status, message }: Refusal): ErrorAnswer {
  return {
    headers: {},
    text: JSON.stringify({ error: { code: status, message, status: statusWord(status) } }, null, 2),
  };
}

function usualError(status: number): Refusal {
  // A wrong key is an invalid argument here, and no 401.
  if (status === 401) return { status: 400, message: 'API key not valid. Please pass a valid API key.' };
  return { status, message: `The fake upstream was told to answer ${status}.` };
}

function statusWord(status: number): string {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 500:
      return 'INTERNAL';
    case 503:
      return 'UNAVAILABLE';
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      return status >= 500 ? 'UNKNOWN' : 'INVALID_ARGUMENT';
  }
}

/** https://ai.google.dev/api/models#method:-models.list */
function modelPage(models: readonly string[], { query }: Arrived): string {
  const size = Number(query.get('pageSize') ?? PAGE_DEFAULT);
  const from = Number(query.get('pageToken') ?? 0);
  const page = models.slice(from, from + size).map((model) => ({
    name: `models/${model}`,
    version: '001',
    displayName: `Fake ${model}`,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: model.includes('embed') ? ['embedContent'] : ['generateContent', 'countTokens'],
  }));
  const isLast = from + size >= models.length;
  return JSON.stringify({ models: page, ...(isLast ? {} : { nextPageToken: String(from + size) }) });
}

/** https://ai.google.dev/api/embeddings; the answer tells no usage. */
function embeddingsFor(body: JsonObject): { readonly text: string; readonly usage: FakeUsage } {
  const isBatch = Array.isArray(body['requests']);
  const requests = isBatch ? objectsIn(body['requests']) : [body];
  const vectors = requests.map((request) => {
    const text = textOf(objectAt(request, 'content')['parts']);
    return { values: vectorFor(text, numberAt(request, 'outputDimensionality')), text };
  });
  const promptTokens = vectors.reduce((sum, { text }) => sum + tokensIn(text), 0);
  const values = vectors.map((vector) => ({ values: vector.values }));
  return {
    text: JSON.stringify(isBatch ? { embeddings: values } : { embedding: values[0] }),
    usage: { promptTokens, cachedTokens: 0, completionTokens: 0 },
  };
}
