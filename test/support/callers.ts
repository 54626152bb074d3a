import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import type { HubAnswer, HubCall } from './hub-calls.ts';

/** How callers of each dialect ask for a chat and read what comes, written without the hub's own readers. */
export type CallerKind = {
  readonly dialect: string;
  readonly path: string;
  readonly ask: (question: Question) => HubCall & { readonly body: JsonObject };
  /** Whether a stream came to its end in the way that this dialect's clients take for one. */
  readonly isWhole: (answer: HubAnswer) => boolean;
  /** The hub's code of an error: in an error answer, or in the event that ends a stream. */
  readonly errorCode: (answer: HubAnswer) => string | undefined;
  /** What the model said, as far as it came. */
  readonly textOf: (answer: HubAnswer) => string;
};

export type Question = {
  readonly model: string;
  readonly text?: string;
  readonly stream: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly more?: JsonObject;
};

const TEXT = 'Say something.';
const TOKENS_MAX = 4000;

function call({ path }: Pick<CallerKind, 'path'>, { headers = {}, more = {} }: Question, body: JsonObject) {
  return { path, headers, body: { ...body, ...more } };
}

/** Named events and their JSON, in order. */
export type NamedEvent = { readonly event: string | undefined; readonly data: string; readonly json: JsonObject };

/** The events of a stream by the rules of the standard, line by line. */
export function namedEvents(text: string): readonly NamedEvent[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const lines = block.split('\n');
      const field = (name: string) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      const data = field('data').join('\n');
      if (data === '') return [];
      const json = parseJsonOrUndefined(data);
      return [{ event: field('event').at(-1), data, json: isJsonObject(json) ? json : {} }];
    });
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textAt(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function lastJson(answer: HubAnswer): JsonObject {
  return answer.json['error'] === undefined ? (namedEvents(answer.text).at(-1)?.json ?? {}) : answer.json;
}

/** `error.code` of an error object in OpenAI's form. */
function codeInError(answer: HubAnswer): string | undefined {
  const json = lastJson(answer);
  const code = objectIn(json['error'])['code'] ?? json['code'];
  return typeof code === 'string' ? code : undefined;
}

function endsInDone(answer: HubAnswer): boolean {
  return answer.isComplete && namedEvents(answer.text).at(-1)?.data === '[DONE]';
}

function firstChoice(json: JsonObject): JsonObject {
  const { choices } = json;
  return objectIn(Array.isArray(choices) ? choices[0] : undefined);
}

const openaiChat: CallerKind = {
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  ask: (question) =>
    call(openaiChat, question, {
      model: question.model,
      stream: question.stream,
      messages: [{ role: 'user', content: question.text ?? TEXT }],
    }),
  isWhole: endsInDone,
  errorCode: codeInError,
  textOf: ({ json, text }) =>
    json['choices'] === undefined
      ? namedEvents(text)
          .map((event) => textAt(objectIn(firstChoice(event.json)['delta'])['content']))
          .join('')
      : textAt(objectIn(firstChoice(json)['message'])['content']),
};

const openaiResponses: CallerKind = {
  dialect: 'openai-responses',
  path: '/v1/responses',
  ask: (question) =>
    call(openaiResponses, question, {
      model: question.model,
      stream: question.stream,
      input: question.text ?? TEXT,
      store: false,
    }),
  isWhole: ({ text, isComplete }) =>
    isComplete && ['response.completed', 'response.incomplete'].includes(namedEvents(text).at(-1)?.event ?? ''),
  // A stream tells it twice: `response.failed`, which is the last, knows a closed list of codes only.
  errorCode: (answer) => {
    const told = namedEvents(answer.text).find(({ event }) => event === 'error');
    return told === undefined ? codeInError(answer) : textAt(told.json['code']);
  },
  textOf: ({ json, text }) => {
    const { output } = json;
    if (!Array.isArray(output)) {
      const deltas = namedEvents(text).filter(({ event }) => event === 'response.output_text.delta');
      return deltas.map((event) => textAt(event.json['delta'])).join('');
    }
    return output
      .map((item) => objectIn(item)['content'])
      .flatMap((content) => (Array.isArray(content) ? content : []))
      .map((part) => textAt(objectIn(part)['text']))
      .join('');
  },
};

const anthropicMessages: CallerKind = {
  dialect: 'anthropic-messages',
  path: '/v1/messages',
  ask: (question) =>
    call(
      anthropicMessages,
      { ...question, headers: { 'anthropic-version': '2023-06-01', ...question.headers } },
      {
        model: question.model,
        stream: question.stream,
        max_tokens: TOKENS_MAX,
        messages: [{ role: 'user', content: question.text ?? TEXT }],
      },
    ),
  isWhole: ({ text, isComplete }) => isComplete && namedEvents(text).at(-1)?.event === 'message_stop',
  errorCode: codeInError,
  textOf: ({ json, text }) => {
    const { content } = json;
    if (Array.isArray(content)) return content.map((block) => textAt(objectIn(block)['text'])).join('');
    const deltas = namedEvents(text).filter(({ event }) => event === 'content_block_delta');
    return deltas.map((event) => textAt(objectIn(event.json['delta'])['text'])).join('');
  },
};

const aigneFramework: CallerKind = {
  dialect: 'aigne-framework',
  path: '/api/v2/chat',
  ask: (question) =>
    call(aigneFramework, question, {
      input: {
        messages: [{ role: 'user', content: question.text ?? TEXT }],
        modelOptions: { model: question.model },
      },
      options: { streaming: question.stream },
    }),
  // There is no terminator: the client takes the end of the body for it, and fails on an event named `error`.
  isWhole: ({ status, text, isComplete }) =>
    status === 200 && isComplete && namedEvents(text).every(({ event }) => event !== 'error'),
  errorCode: codeInError,
  textOf: ({ json, text }) =>
    json['text'] === undefined
      ? namedEvents(text)
          .map((event) => textAt(objectIn(objectIn(event.json['delta'])['text'])['text']))
          .join('')
      : textAt(json['text']),
};

const aigneChat: CallerKind = {
  ...openaiChat,
  dialect: 'aigne-chat',
  path: '/api/v2/chat/completions',
  ask: (question) => ({ ...openaiChat.ask(question), path: aigneChat.path }),
};

function candidateOf(json: JsonObject): JsonObject {
  const { candidates } = json;
  return objectIn(Array.isArray(candidates) ? candidates[0] : undefined);
}

function partsText(json: JsonObject): string {
  const { parts } = objectIn(candidateOf(json)['content']);
  return Array.isArray(parts) ? parts.map((part) => textAt(objectIn(part)['text'])).join('') : '';
}

const geminiGenerate: CallerKind = {
  dialect: 'gemini-generate',
  path: '/v1beta/models/{model}:generateContent',
  // The model and whether the answer is a stream stand in the address.
  ask: ({ model, text = TEXT, stream, headers = {}, more = {} }) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers,
    body: { contents: [{ role: 'user', parts: [{ text }] }], ...more },
  }),
  // There is no terminator: the last event says why the answer ended.
  isWhole: ({ text, isComplete }) => {
    const last = namedEvents(text).at(-1)?.json ?? {};
    return isComplete && textAt(candidateOf(last)['finishReason']) !== '';
  },
  errorCode: (answer) => {
    const { details } = objectIn(lastJson(answer)['error']);
    const reasons = Array.isArray(details) ? details.map((detail) => textAt(objectIn(detail)['reason'])) : [];
    return reasons.find((reason) => reason !== '');
  },
  textOf: ({ json, text }) =>
    json['candidates'] === undefined
      ? namedEvents(text)
          .map((event) => partsText(event.json))
          .join('')
      : partsText(json),
};

/** A caller of each dialect that the hub is spoken to in. */
export const CALLERS: readonly CallerKind[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  geminiGenerate,
  aigneFramework,
  aigneChat,
];
