import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts';
import { isJsonObject } from '../../../../src/kernel/json.ts';
import { bearerOf } from '../openai-chat/speech.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf } from '../prompt.ts';
import type { Arrived, ErrorAnswer, Question, Refusal, Speech } from '../speech.ts';
import { refuseMessages } from './refuse.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

const MODEL_CREATED_AT = '2025-01-01T00:00:00Z';
const PAGE_DEFAULT = 20;

/** https://platform.claude.com/docs/en/api/messages */
export const anthropicMessagesSpeech: Speech = {
  name: 'anthropic-messages',
  read,
  credentialOf: (arrived) => headerOf(arrived, 'x-api-key') ?? bearerOf(arrived),
  refuse: refuseMessages,
  idOf: answerId,
  prompt: (_question, body) => promptOf(body),
  whole: wholeBody,
  stream: streamOf,
  streamType: 'text/event-stream; charset=utf-8',
  error: errorAnswer,
  usualError: (status) => ({ status, message: messageOf(status) }),
  models: modelPage,
  countTokens: (tokens) => JSON.stringify({ input_tokens: tokens }),
};

function headerOf({ headers }: Arrived, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function read(arrived: Arrived): Question | undefined {
  const { method, path, body } = arrived;
  if (path === '/v1/models' && headerOf(arrived, 'anthropic-version') !== undefined) {
    return { operation: 'models', model: undefined, streamed: false };
  }
  const model = stringAt(body, 'model') ?? '';
  if (method !== 'POST') return undefined;
  if (path === '/v1/messages/count_tokens') return { operation: 'count-tokens', model, streamed: false };
  return path === '/v1/messages' ? { operation: 'chat', model, streamed: body['stream'] === true } : undefined;
}

function promptOf(body: JsonObject): FakePrompt {
  const messages = objectsIn(body['messages']);
  const last = messages.at(-1);
  const holdsResult = objectsIn(last?.['content']).some((block) => block['type'] === 'tool_result');
  const thinking = stringAt(objectAt(body, 'thinking'), 'type');
  return {
    text: [textOf(body['system']), ...messages.map((message) => textOf(message['content']))].join('\n'),
    messages: messages.length,
    lastUserText: last?.['role'] === 'user' && !holdsResult ? textOf(last['content']) : undefined,
    tools: objectsIn(body['tools']).flatMap((tool) => {
      const name = stringAt(tool, 'name');
      return name === undefined || tool['input_schema'] === undefined
        ? []
        : [{ name, parameters: tool['input_schema'] }];
    }),
    toolChoice: toolChoiceOf(body['tool_choice']),
    tokensMax: numberAt(body, 'max_tokens'),
    choices: 1,
    thinks: thinking === 'enabled' || thinking === 'adaptive',
  };
}

function toolChoiceOf(choice: JsonValue | undefined): FakePrompt['toolChoice'] {
  const { type, name } = isJsonObject(choice) ? choice : {};
  if (type === 'none') return 'none';
  if (type === 'any') return 'required';
  return type === 'tool' && typeof name === 'string' ? { name } : 'auto';
}

/** https://platform.claude.com/docs/en/api/errors */
function errorAnswer({ status, message }: Refusal): ErrorAnswer {
  const error = { type: errorTypeOf(status), message };
  return { headers: {}, text: JSON.stringify({ type: 'error', error, request_id: 'req_fake' }) };
}

function errorTypeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 529:
      return 'overloaded_error';
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error';
  }
}

function messageOf(status: number): string {
  switch (status) {
    case 401:
      return 'invalid x-api-key';
    case 429:
      return 'This request would exceed your rate limit of 50 requests per minute.';
    case 529:
      return 'Overloaded';
    default:
      return `The fake upstream was told to answer ${status}.`;
  }
}

/** https://platform.claude.com/docs/en/api/models-list */
function modelPage(models: readonly string[], { query }: Arrived): string {
  const limit = Number(query.get('limit') ?? PAGE_DEFAULT);
  const after = models.indexOf(query.get('after_id') ?? '') + 1;
  const page = models.slice(after, after + limit);
  return JSON.stringify({
    data: page.map((id) => ({ type: 'model', id, display_name: `Fake ${id}`, created_at: MODEL_CREATED_AT })),
    first_id: page[0] ?? null,
    has_more: after + limit < models.length,
    last_id: page.at(-1) ?? null,
  });
}
