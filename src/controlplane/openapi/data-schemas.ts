/**
 * What the hub itself reads or adds in OpenAI's format; everything else of it passes through.
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export function dataSchemas(): Readonly<Record<string, unknown>> {
  return { ...requests(), ...answers(), ...models(), Error: error() };
}

const string = { type: 'string' };
const integer = { type: 'integer', minimum: 0 };
const model = {
  type: 'string',
  description: 'A bare name, an alias, or `provider/model` to pin the provider. A leading `aignehub/` is dropped.',
};
const stream = { type: 'boolean', description: 'Answer with server-sent events.' };
const streamOptions = {
  type: 'object',
  properties: {
    include_usage: { type: 'boolean', description: 'Send the event with the usage, which the hub reads in any case.' },
  },
};

function open(required: readonly string[], properties: Readonly<Record<string, unknown>>) {
  return { type: 'object', required, properties, additionalProperties: true };
}

function list(items: unknown) {
  return { type: 'array', items };
}

function requests() {
  const text = { oneOf: [string, list(string), list(integer), list(list(integer))] };
  const user = { type: 'string', description: 'The end user’s id in the usage record.' };
  return {
    ChatCompletionRequest: open(['model', 'messages'], {
      model,
      messages: { type: 'array', minItems: 1, items: open(['role'], { role: string }) },
      stream,
      stream_options: streamOptions,
      max_tokens: integer,
      max_completion_tokens: integer,
      tools: list({ type: 'object' }),
      user,
    }),
    CompletionRequest: open(['model', 'prompt'], {
      model,
      prompt: text,
      stream,
      stream_options: streamOptions,
      max_tokens: integer,
      user,
    }),
    EmbeddingRequest: open(['model', 'input'], { model, input: text, dimensions: integer, user }),
  };
}

function answers() {
  const usage = { $ref: '#/components/schemas/Usage' };
  return {
    Usage: open([], { prompt_tokens: integer, completion_tokens: integer, total_tokens: integer }),
    ChatCompletion: open(['id', 'object', 'choices'], {
      id: string,
      object: { const: 'chat.completion' },
      created: integer,
      model: string,
      choices: list(
        open(['index', 'message'], {
          index: integer,
          message: { type: 'object' },
          finish_reason: { type: ['string', 'null'] },
        }),
      ),
      usage,
    }),
    ChatCompletionChunk: open(['id', 'object', 'choices'], {
      id: string,
      object: { const: 'chat.completion.chunk' },
      created: integer,
      model: string,
      choices: list(
        open(['index', 'delta'], {
          index: integer,
          delta: { type: 'object' },
          finish_reason: { type: ['string', 'null'] },
        }),
      ),
      usage,
    }),
    Completion: open(['id', 'object', 'choices'], {
      id: string,
      object: { const: 'text_completion' },
      created: integer,
      model: string,
      choices: list(open(['index', 'text'], { index: integer, text: string })),
      usage,
    }),
    EmbeddingList: open(['object', 'data'], {
      object: { const: 'list' },
      model: string,
      data: list(
        open(['index', 'embedding'], {
          index: integer,
          embedding: { oneOf: [list({ type: 'number' }), { type: 'string', description: 'Base64 of 32-bit floats.' }] },
        }),
      ),
      usage,
    }),
  };
}

function models() {
  return {
    Model: open(['id', 'object', 'owned_by'], {
      id: string,
      object: { const: 'model' },
      created: integer,
      owned_by: string,
    }),
    ModelList: open(['object', 'data'], {
      object: { const: 'list' },
      data: list({ $ref: '#/components/schemas/Model' }),
    }),
  };
}

function error() {
  return open(['error'], {
    error: open(['code', 'message', 'type'], {
      code: { type: 'string', description: 'Stable; see docs/errors.md.' },
      message: string,
      type: string,
      param: { type: ['string', 'null'] },
      remedy: { type: 'string', description: 'What to do about it.' },
      request_id: string,
      upstream: {
        type: 'object',
        description: 'The provider’s own words, kept apart from the hub’s.',
        properties: { status: integer, message: string, code: string },
      },
    }),
  });
}
