import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import { type FakeUsage, tokensIn, vectorFor } from '../answers.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf } from '../prompt.ts';
import type { Arrived, ErrorAnswer, Question, Refusal, Speech } from '../speech.ts';
import { openaiPath } from './manners.ts';
import { refuseChat } from './refuse.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

const MODEL_CREATED_SECONDS = 1_735_689_600;
/** Where OpenRouter tells of a key: https://openrouter.ai/docs/api-reference/limits */
const KEY_PATH = '/v1/key';

/** https://platform.openai.com/docs/api-reference/chat, with completions and embeddings. */
export const openaiChatSpeech: Speech = {
  name: 'openai-chat',
  read,
  credentialOf: bearerOf,
  refuse: (question, { body }, strict) => (strict && question.operation === 'chat' ? refuseChat(body) : undefined),
  idOf: answerId,
  prompt: promptOf,
  whole: wholeBody,
  stream: streamOf,
  streamType: 'text/event-stream; charset=utf-8',
  error: errorAnswer,
  usualError,
  models: (models, { path }) => (openaiPath(path) === KEY_PATH ? keyInfo() : modelList(models)),
  embeddings: embeddingsFor,
};

/** `Authorization: Bearer …`, without its scheme. */
export function bearerOf({ headers }: Arrived): string | undefined {
  return /^Bearer (.*)$/i.exec(headers.authorization ?? '')?.[1];
}

function read({ method, path: sent, body }: Arrived): Question | undefined {
  const about = { model: stringAt(body, 'model') ?? '', streamed: body['stream'] === true };
  const path = openaiPath(sent);
  if (path === '/v1/models' || path === KEY_PATH) return { operation: 'models', model: undefined, streamed: false };
  if (method !== 'POST') return undefined;
  switch (path) {
    case '/v1/chat/completions':
      return { operation: 'chat', ...about };
    case '/v1/completions':
      return { operation: 'completions', ...about };
    case '/v1/embeddings':
      return { operation: 'embeddings', ...about, streamed: false };
    default:
      return undefined;
  }
}

function promptOf(question: Question, body: JsonObject): FakePrompt {
  const messages = objectsIn(body['messages']);
  const last = messages.at(-1);
  const isChat = question.operation === 'chat';
  const tools = isChat ? objectsIn(body['tools']).map((tool) => objectAt(tool, 'function')) : [];
  return {
    text: isChat ? messages.map((message) => textOf(message['content'])).join('\n') : plainPrompt(body['prompt']),
    messages: messages.length,
    lastUserText: last?.['role'] === 'user' ? textOf(last['content']) : undefined,
    tools: tools.flatMap((tool) => {
      const name = stringAt(tool, 'name');
      return name === undefined ? [] : [{ name, parameters: tool['parameters'] }];
    }),
    toolChoice: toolChoiceOf(body['tool_choice']),
    tokensMax: numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_tokens'),
    choices: numberAt(body, 'n') ?? 1,
    thinks: false,
  };
}

function plainPrompt(prompt: JsonValue | undefined): string {
  return typeof prompt === 'string' ? prompt : JSON.stringify(prompt ?? '');
}

function toolChoiceOf(choice: JsonValue | undefined): FakePrompt['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice;
  if (!isJsonObject(choice)) return 'auto';
  const name = stringAt(objectAt(choice, 'function'), 'name');
  return name === undefined ? 'required' : { name };
}

/** Errors as OpenAI words them: https://platform.openai.com/docs/guides/error-codes */
export function errorAnswer({ status, message, param, code }: Refusal): ErrorAnswer {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { headers: {}, text: JSON.stringify({ error: { message, type, param: param ?? null, code: code ?? null } }) };
}

export function usualError(status: number): Refusal {
  switch (status) {
    case 401:
      return { status, message: 'Incorrect API key provided.', code: 'invalid_api_key' };
    case 404:
      return {
        status,
        message: 'The model does not exist or you do not have access to it.',
        code: 'model_not_found',
      };
    case 429:
      return { status, message: 'Rate limit reached for requests.', code: 'rate_limit_exceeded' };
    default:
      return { status, message: `The fake upstream was told to answer ${status}.` };
  }
}

function keyInfo(): string {
  return JSON.stringify({ data: { label: 'sk-or-v1-fak…789', limit: null, usage: 0, is_free_tier: false } });
}

function modelList(models: readonly string[]): string {
  const data = models.map((id) => ({ id, object: 'model', created: MODEL_CREATED_SECONDS, owned_by: 'fake-upstream' }));
  return JSON.stringify({ object: 'list', data });
}

function embeddingsFor(body: JsonObject, model: string): { readonly text: string; readonly usage: FakeUsage } {
  const { input } = body;
  const inputs = Array.isArray(input) && !input.every((item) => typeof item === 'number') ? input : [input ?? ''];
  const isBase64 = body['encoding_format'] === 'base64';
  const promptTokens = inputs.reduce<number>((sum, each) => sum + tokensIn(JSON.stringify(each)), 0);
  const data = inputs.map((each, index) => {
    const vector = vectorFor(each, numberAt(body, 'dimensions'));
    return { object: 'embedding', index, embedding: isBase64 ? base64Of(vector) : vector };
  });
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  return {
    text: JSON.stringify({ object: 'list', data, model, usage }),
    usage: { promptTokens, cachedTokens: 0, completionTokens: 0 },
  };
}

function base64Of(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
