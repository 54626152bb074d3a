import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeUsage, tokensIn, vectorFor } from '../answers.ts';
import { bearerOf } from '../openai-chat/speech.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf, unknownField } from '../prompt.ts';
import type { Arrived, ErrorAnswer, Question, Refusal, Speech } from '../speech.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

/** The fields of https://docs.ollama.com/api/chat */
const CHAT_FIELDS: ReadonlySet<string> = new Set([
  'format',
  'keep_alive',
  'logprobs',
  'messages',
  'model',
  'options',
  'shift',
  'stream',
  'think',
  'tools',
  'top_logprobs',
  'truncate',
]);
const EMBED_FIELDS: ReadonlySet<string> = new Set([
  'dimensions',
  'input',
  'keep_alive',
  'model',
  'options',
  'truncate',
]);
const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool', 'developer'];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MODIFIED_AT = '2025-01-01T00:00:00.000000000Z';

/** https://docs.ollama.com/api */
export const ollamaChatSpeech: Speech = {
  name: 'ollama-chat',
  read,
  credentialOf: bearerOf,
  refuse: ({ operation }, { body }) => (operation === 'chat' ? refuseChat(body) : refuseFields(body, EMBED_FIELDS)),
  idOf: answerId,
  prompt: (_question, body) => promptOf(body),
  whole: wholeBody,
  stream: streamOf,
  streamType: 'application/x-ndjson',
  error: ({ message }: Refusal): ErrorAnswer => ({ headers: {}, text: JSON.stringify({ error: message }) }),
  usualError: (status) =>
    status === 404
      ? { status, message: 'model not found, try pulling it first' }
      : { status, message: `The fake upstream was told to answer ${status}.` },
  models: modelList,
  embeddings: embeddingsFor,
};

function read({ method, path, body }: Arrived): Question | undefined {
  if (path === '/api/tags' && method === 'GET') return { operation: 'models', model: undefined, streamed: false };
  if (method !== 'POST') return undefined;
  const model = stringAt(body, 'model') ?? '';
  if (path === '/api/embed') return { operation: 'embeddings', model, streamed: false };
  // It streams unless it is told not to.
  return path === '/api/chat' ? { operation: 'chat', model, streamed: body['stream'] !== false } : undefined;
}

/** The real one passes over fields that it does not know; here they are refused, because such a field would be lost. */
function refuseFields(body: JsonObject, known: ReadonlySet<string>): Refusal | undefined {
  const unknown = unknownField(body, known);
  return unknown === undefined ? undefined : { status: 400, message: `json: unknown field "${unknown}"` };
}

function refuseChat(body: JsonObject): Refusal | undefined {
  const unknown = refuseFields(body, CHAT_FIELDS);
  if (unknown !== undefined) return unknown;
  for (const message of objectsIn(body['messages'])) {
    const { role, content, images, tool_calls } = message;
    if (typeof role !== 'string' || !ROLES.includes(role)) return { status: 400, message: 'invalid message role' };
    if (content !== undefined && typeof content !== 'string') {
      return unmarshal('array into Go struct field ChatRequest.messages.content of type string');
    }
    const isSound = (image: unknown): boolean => typeof image === 'string' && BASE64.test(image);
    if (Array.isArray(images) && !images.every(isSound))
      return { status: 400, message: 'illegal base64 data at input byte 0' };
    for (const call of objectsIn(tool_calls)) {
      if (!isJsonObject(objectAt(call, 'function')['arguments'])) {
        return unmarshal(
          'string into Go struct field ToolCallFunction.arguments of type api.ToolCallFunctionArguments',
        );
      }
    }
  }
  return Array.isArray(body['messages']) ? undefined : unmarshal('value into Go struct field ChatRequest.messages');
}

function unmarshal(what: string): Refusal {
  return { status: 400, message: `json: cannot unmarshal ${what}` };
}

function promptOf(body: JsonObject): FakePrompt {
  const messages = objectsIn(body['messages']);
  const last = messages.at(-1);
  return {
    text: messages.map((message) => textOf(message['content'])).join('\n'),
    messages: messages.length,
    lastUserText: last?.['role'] === 'user' ? textOf(last['content']) : undefined,
    tools: objectsIn(body['tools']).flatMap((tool) => {
      const definition = objectAt(tool, 'function');
      const name = stringAt(definition, 'name');
      return name === undefined ? [] : [{ name, parameters: definition['parameters'] }];
    }),
    toolChoice: 'auto',
    tokensMax: numberAt(objectAt(body, 'options'), 'num_predict'),
    choices: 1,
    thinks: body['think'] !== undefined && body['think'] !== false,
  };
}

/** https://docs.ollama.com/api/tags */
function modelList(models: readonly string[]): string {
  const list = models.map((model) => ({
    name: model,
    model,
    modified_at: MODIFIED_AT,
    size: 1_000_000,
    digest: createHash('sha256').update(model).digest('hex'),
    details: { format: 'gguf', family: 'fake', families: ['fake'], parameter_size: '1B', quantization_level: 'Q4_K_M' },
  }));
  return JSON.stringify({ models: list });
}

/** https://docs.ollama.com/api/embed */
function embeddingsFor(body: JsonObject, model: string): { readonly text: string; readonly usage: FakeUsage } {
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input'] ?? ''];
  const promptTokens = inputs.reduce<number>((sum, input) => sum + tokensIn(JSON.stringify(input)), 0);
  const embeddings = inputs.map((input) => vectorFor(input, numberAt(body, 'dimensions')));
  return {
    text: JSON.stringify({ model, embeddings, total_duration: 1, load_duration: 1, prompt_eval_count: promptTokens }),
    usage: { promptTokens, cachedTokens: 0, completionTokens: 0 },
  };
}
