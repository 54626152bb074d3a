import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import { openaiPath } from '../openai-chat/manners.ts';
import { bearerOf, errorAnswer, usualError } from '../openai-chat/speech.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf } from '../prompt.ts';
import type { Arrived, Question, Speech } from '../speech.ts';
import { refuseResponse } from './refuse.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

/** https://platform.openai.com/docs/api-reference/responses */
export const openaiResponsesSpeech: Speech = {
  name: 'openai-responses',
  read,
  credentialOf: bearerOf,
  refuse: (_question, { body }) => refuseResponse(body),
  idOf: answerId,
  prompt: (_question, body) => promptOf(body),
  whole: wholeBody,
  stream: streamOf,
  streamType: 'text/event-stream; charset=utf-8',
  error: errorAnswer,
  usualError,
  // The list of models is that of the chat format, at the same address.
  models: () => JSON.stringify({ object: 'list', data: [] }),
};

function read({ method, path, body }: Arrived): Question | undefined {
  if (method !== 'POST' || openaiPath(path) !== '/v1/responses') return undefined;
  return { operation: 'chat', model: stringAt(body, 'model') ?? '', streamed: body['stream'] === true };
}

function promptOf(body: JsonObject): FakePrompt {
  const { input } = body;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : objectsIn(input);
  const last = items.at(-1);
  const texts = items.map((item) => textOf(item['content']));
  return {
    text: [stringAt(body, 'instructions') ?? '', ...texts].join('\n'),
    messages: items.length,
    lastUserText: last?.['role'] === 'user' ? textOf(last['content']) : undefined,
    tools: objectsIn(body['tools']).flatMap((tool) => {
      const name = stringAt(tool, 'name');
      return name === undefined ? [] : [{ name, parameters: tool['parameters'] }];
    }),
    toolChoice: toolChoiceOf(body['tool_choice']),
    tokensMax: numberAt(body, 'max_output_tokens'),
    choices: 1,
    thinks: objectAt(body, 'reasoning')['effort'] !== undefined && objectAt(body, 'reasoning')['effort'] !== 'none',
  };
}

function toolChoiceOf(choice: JsonValue | undefined): FakePrompt['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice;
  const name = isJsonObject(choice) ? stringAt(choice, 'name') : undefined;
  return name === undefined ? 'auto' : { name };
}
