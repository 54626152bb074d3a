import { INFERENCE_EXAMPLES } from './inference-examples.ts';

/** The addresses at which models are called, as the document of the data plane describes them. */

/** Where a wire format is specified, and what is said of every address that takes it. */
type Format = { readonly name: string; readonly docs: string };

const OPENAI: Format = { name: 'OpenAI', docs: 'https://platform.openai.com/docs/api-reference' };
const ANTHROPIC: Format = { name: 'Anthropic', docs: 'https://docs.anthropic.com/en/api/overview' };
const GEMINI: Format = { name: 'Gemini', docs: 'https://ai.google.dev/api' };
const AIGNE: Format = { name: 'AIGNE', docs: 'https://www.aigne.io/docs' };

type Call = {
  readonly operationId: string;
  readonly summary: string;
  readonly format: Format;
  /** The schema of the request; an open object where the format's own pages say all. */
  readonly request?: string;
  readonly response?: string;
  /** What an event of a stream is; `undefined` for what does not stream. */
  readonly streams?: string;
  readonly takesForm?: true;
  readonly example?: object | undefined;
  /** Content types of an answer that is not JSON. */
  readonly answers?: readonly string[];
};

const CHAT: Call = {
  operationId: 'createChatCompletion',
  summary: 'Answers a conversation.',
  format: OPENAI,
  request: 'ChatCompletionRequest',
  response: 'ChatCompletion',
  streams: 'a ChatCompletionChunk, then `data: [DONE]`',
};
const EMBEDDINGS: Call = {
  operationId: 'createEmbedding',
  summary: 'Turns texts into vectors.',
  format: OPENAI,
  request: 'EmbeddingRequest',
  response: 'EmbeddingList',
};
const MESSAGES: Call = {
  operationId: 'createMessage',
  summary: 'Answers a conversation in Anthropic’s format.',
  format: ANTHROPIC,
  streams: 'an event of Anthropic’s; `message_stop` is the last',
};
const COUNT_TOKENS: Call = {
  operationId: 'countMessageTokens',
  summary: 'Counts a prompt’s tokens: by the provider, or as an estimate that `x-hub-usage-basis` names as one.',
  format: ANTHROPIC,
};
/** Gemini's addresses name the model and what is asked of it. */
const gemini = (method: string): readonly string[] => [
  `/v1beta/models/{model}:${method}`,
  `/gemini/v1beta/models/{model}:${method}`,
];
const AIGNE_CHAT: Call = {
  operationId: 'createAigneChatCompletion',
  summary: 'Answers a conversation; camelCase and OpenAI’s words are both taken.',
  format: AIGNE,
  streams: 'an object with `choices` and `delta`, then `data: [DONE]`',
};
const SPEECH: Call = {
  operationId: 'createSpeech',
  summary: 'Speaks a text.',
  format: OPENAI,
  streams: 'a `speech.audio.…` event, where `stream_format` is `sse`',
  answers: ['audio/*'],
};
const TRANSCRIPTION: Call = {
  operationId: 'createTranscription',
  summary: 'Writes down what is said.',
  format: OPENAI,
  takesForm: true,
  streams: 'a `transcript.text.…` event',
  answers: ['text/plain', 'text/vtt'],
};
const IMAGES: Call = {
  operationId: 'createImage',
  summary: 'Makes pictures out of words.',
  format: OPENAI,
  streams: 'an `image_generation.…` event',
};
const AIGNE_IMAGES: Call = {
  operationId: 'createAigneImage',
  summary: 'Makes pictures, in the flat form that AIGNE documents.',
  format: AIGNE,
};

/** Every address with the call that it takes; several addresses of one call differ by a number in their ids. */
const CALLS: readonly (readonly [Call, readonly string[]])[] = [
  [CHAT, ['/v1/chat/completions']],
  [
    {
      operationId: 'createCompletion',
      summary: 'Continues a text.',
      format: OPENAI,
      request: 'CompletionRequest',
      response: 'Completion',
      streams: 'a Completion, then `data: [DONE]`',
    },
    ['/v1/completions'],
  ],
  [
    {
      operationId: 'createResponse',
      summary:
        'Answers in OpenAI’s Responses format. The hub keeps nothing; what a provider keeps is the project’s own.',
      format: OPENAI,
      streams: 'an event of the Responses API; `response.completed` is the last',
    },
    ['/v1/responses'],
  ],
  [EMBEDDINGS, ['/v1/embeddings']],
  [MESSAGES, ['/v1/messages', '/anthropic/v1/messages']],
  [COUNT_TOKENS, ['/v1/messages/count_tokens', '/anthropic/v1/messages/count_tokens']],
  [
    { operationId: 'generateContent', summary: 'Answers a conversation in Gemini’s format.', format: GEMINI },
    gemini('generateContent'),
  ],
  [
    {
      operationId: 'streamGenerateContent',
      summary: 'The same as a stream: a list of JSON that grows, or events with `?alt=sse`.',
      format: GEMINI,
      streams: 'a piece of the answer; the last tells why it ended',
    },
    gemini('streamGenerateContent'),
  ],
  [{ ...COUNT_TOKENS, operationId: 'countTokens', format: GEMINI }, gemini('countTokens')],
  [
    { operationId: 'embedContent', summary: 'Turns one content into a vector.', format: GEMINI },
    gemini('embedContent'),
  ],
  [
    { operationId: 'batchEmbedContents', summary: 'Turns several contents into vectors.', format: GEMINI },
    gemini('batchEmbedContents'),
  ],
  [IMAGES, ['/v1/images/generations', '/api/v1/images/generations', '/api/v2/images/generations']],
  [
    { ...IMAGES, operationId: 'editImage', summary: 'Changes pictures.', takesForm: true },
    ['/v1/images/edits', '/api/v1/images/edits', '/api/v2/images/edits'],
  ],
  [SPEECH, ['/v1/audio/speech']],
  [TRANSCRIPTION, ['/v1/audio/transcriptions']],
  [
    { ...TRANSCRIPTION, operationId: 'createTranslation', summary: 'Writes down in English what is said.' },
    ['/v1/audio/translations'],
  ],
  [
    { operationId: 'createVideo', summary: 'Begins a film.', format: OPENAI, takesForm: true },
    ['/v1/videos', '/api/v1/videos', '/api/v2/videos'],
  ],
  [
    { operationId: 'remixVideo', summary: 'Makes another film of one.', format: OPENAI },
    ['/v1/videos/{id}/remix', '/api/v1/videos/{id}/remix', '/api/v2/videos/{id}/remix'],
  ],
  [
    {
      operationId: 'chatWithFramework',
      summary: 'Answers a conversation as the AIGNE framework’s clients ask for it.',
      format: AIGNE,
      streams: 'an object with `delta`; nothing marks the end',
    },
    ['/api/v2/chat'],
  ],
  [
    AIGNE_CHAT,
    [
      '/api/chat/completions',
      '/api/v1/chat/completions',
      '/api/v2/chat/completions',
      '/api/v1/completions',
      '/api/v2/completions',
    ],
  ],
  [
    { ...EMBEDDINGS, operationId: 'createAigneEmbedding', format: AIGNE },
    ['/api/embeddings', '/api/v1/embeddings', '/api/v2/embeddings'],
  ],
  [
    {
      operationId: 'createFrameworkImage',
      summary: 'Makes pictures as the framework’s clients ask for them.',
      format: AIGNE,
    },
    ['/api/v2/image'],
  ],
  [
    AIGNE_IMAGES,
    ['/api/images/generations', '/api/image/generations', '/api/v1/image/generations', '/api/v2/image/generations'],
  ],
  [
    { operationId: 'createFrameworkVideo', summary: 'Makes a film and answers when it is done.', format: AIGNE },
    ['/api/v2/video'],
  ],
  [
    { ...SPEECH, operationId: 'createAigneSpeech' },
    ['/api/audio/speech', '/api/v1/audio/speech', '/api/v2/audio/speech'],
  ],
  [
    { ...TRANSCRIPTION, operationId: 'createAigneTranscription' },
    ['/api/audio/transcriptions', '/api/v1/audio/transcriptions', '/api/v2/audio/transcriptions'],
  ],
];

const BODY_MAX = 'Up to 64 MiB; JSON at most 64 levels deep.';
const OPEN_OBJECT = { type: 'object', additionalProperties: true };

/** The parts of the document that all addresses share, made by the document itself. */
export type SharedParts = {
  readonly answerHeaders: object;
  readonly failures: object;
  readonly ref: (schema: string) => object;
};

/** The `paths` of every call of a model. */
export function inferencePaths(shared: SharedParts): Readonly<Record<string, object>> {
  return Object.fromEntries(
    CALLS.flatMap(([call, paths]) =>
      paths.map((path, index) => {
        const operationId = index === 0 ? call.operationId : `${call.operationId}${index + 1}`;
        const example = INFERENCE_EXAMPLES[call.operationId];
        return [path, { post: operation({ ...call, operationId, example }, path, shared) }];
      }),
    ),
  );
}

function operation(call: Call, path: string, { answerHeaders, failures, ref }: SharedParts) {
  const schemaOf = (name: string | undefined): object => (name === undefined ? OPEN_OBJECT : ref(name));
  return {
    operationId: call.operationId,
    summary: call.summary,
    description: `In ${call.format.name}’s format; a field that is not named here is passed on unchanged where the provider speaks it, too.`,
    externalDocs: { url: call.format.docs },
    tags: ['inference'],
    parameters: [
      ...['id', 'model']
        .filter((name) => path.includes(`{${name}}`))
        .map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      header('x-hub-tags', 'Tags of the usage record: `name=value`, comma-separated.'),
      header('x-hub-strict', '`1` refuses the request rather than lose anything in translation.'),
      header('Idempotency-Key', 'Makes the call once, however often it is sent within 24 hours.'),
      header('x-title', 'The application’s name in the usage record.'),
      header('x-aigne-hub-client-did', 'The application’s id in the usage record; wins over `x-title`.'),
      header('traceparent', 'Kept with the usage record.'),
    ],
    requestBody: {
      required: true,
      description: BODY_MAX,
      content: {
        'application/json': {
          schema: schemaOf(call.request),
          ...(call.example === undefined ? {} : { example: call.example }),
        },
        ...(call.takesForm === true ? { 'multipart/form-data': { schema: OPEN_OBJECT } } : {}),
      },
    },
    responses: {
      200: {
        description: 'The answer.',
        headers: answerHeaders,
        content: {
          'application/json': { schema: schemaOf(call.response) },
          ...(call.streams === undefined ? {} : { 'text/event-stream': { schema: stream(call.streams) } }),
          ...Object.fromEntries((call.answers ?? []).map((type) => [type, {}])),
        },
      },
      ...failures,
    },
  };
}

function stream(streams: string) {
  return {
    type: 'string',
    description: `Server-sent events: each \`data:\` is ${streams}. A stream that fails ends in an error in place of its end.`,
  };
}

function header(name: string, description: string) {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}
