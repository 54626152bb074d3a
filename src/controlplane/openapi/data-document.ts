import { dataSchemas } from './data-schemas.ts';

type Document = { readonly openapi: string; readonly [key: string]: unknown };

const JSON_BODY_MAX = 'Up to 64 MiB of JSON, at most 64 levels deep.';

/** The document of the API that callers of models use. Fields that it does not name are passed on as they are. */
export function dataDocument(): Document {
  return {
    openapi: '3.1.0',
    info: {
      title: 'AIGNE Hub',
      description:
        'One address in front of every connected provider. Requests and answers are in OpenAI’s format; a field that ' +
        'is not named here is passed on unchanged in both directions.',
      version: '1',
    },
    tags: [
      { name: 'inference', description: 'Calls of models.' },
      { name: 'models', description: 'What a key may call.' },
      { name: 'operations', description: 'For orchestrators and monitoring.' },
    ],
    security: [{ virtualKey: [] }],
    paths: { ...inferencePaths(), ...modelPaths(), ...operationsPaths() },
    components: {
      securitySchemes: {
        virtualKey: { type: 'http', scheme: 'bearer', description: 'A virtual key, `sk-hub-…`.' },
      },
      headers: responseHeaders,
      responses: { Error: errorResponse() },
      schemas: dataSchemas(),
    },
  };
}

const responseHeaders = {
  'x-request-id': text('The request’s id, under which its records are found.'),
  'x-hub-provider': text('The provider that answered.'),
  'x-hub-served-model': text('The model that the provider says it served.'),
  'x-hub-overhead-ms': text('The hub’s own share of the time, in milliseconds.'),
  'x-hub-cost': text(
    'Cost in dollars as decimal text; missing where the model has no known price. For a stream it is a trailer, since ' +
      'the cost is known only at its end.',
  ),
  'x-should-retry': text('`false` where the same request cannot succeed later.'),
  'retry-after': text('Seconds to wait before the next try.'),
};

function text(description: string) {
  return { description, schema: { type: 'string' } };
}

function headers(...names: readonly (keyof typeof responseHeaders)[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const answerHeaders = () =>
  headers('x-request-id', 'x-hub-provider', 'x-hub-served-model', 'x-hub-overhead-ms', 'x-hub-cost');

function errorResponse() {
  return {
    description: 'Refused or failed. `error.code` is stable; docs/errors.md lists every one with its remedy.',
    headers: headers('x-request-id', 'x-should-retry', 'retry-after'),
    content: { 'application/json': { schema: ref('Error') } },
  };
}

function ref(schema: string) {
  return { $ref: `#/components/schemas/${schema}` };
}

function json(schema: string) {
  return { 'application/json': { schema: ref(schema) } };
}

const FAILURES = Object.fromEntries(
  ['400', '401', '403', '404', '408', '413', '415', '422', '429', '431', '500', '501', '502', '503', '504'].map(
    (status) => [status, { $ref: '#/components/responses/Error' }],
  ),
);

function inferencePaths() {
  return {
    '/v1/chat/completions': inference({
      operationId: 'createChatCompletion',
      summary: 'Answers a conversation.',
      request: 'ChatCompletionRequest',
      response: 'ChatCompletion',
      chunk: 'ChatCompletionChunk',
    }),
    '/v1/completions': inference({
      operationId: 'createCompletion',
      summary: 'Continues a text.',
      request: 'CompletionRequest',
      response: 'Completion',
      chunk: 'Completion',
    }),
    '/v1/embeddings': inference({
      operationId: 'createEmbedding',
      summary: 'Turns texts into vectors.',
      request: 'EmbeddingRequest',
      response: 'EmbeddingList',
      chunk: undefined,
    }),
  };
}

function inference(call: {
  readonly operationId: string;
  readonly summary: string;
  readonly request: string;
  readonly response: string;
  readonly chunk: string | undefined;
}) {
  const stream =
    call.chunk === undefined
      ? {}
      : {
          'text/event-stream': {
            schema: {
              type: 'string',
              description: `Server-sent events: each \`data:\` is a ${call.chunk}, then \`data: [DONE]\`. A stream that fails carries an \`error\` in place of the end.`,
            },
          },
        };
  return {
    post: {
      operationId: call.operationId,
      summary: call.summary,
      tags: ['inference'],
      parameters: [
        header('x-hub-tags', 'Tags of the usage record: `name=value`, comma-separated.'),
        header('x-title', 'The application’s name in the usage record.'),
        header('x-aigne-hub-client-did', 'The application’s id in the usage record; wins over `x-title`.'),
        header('traceparent', 'Kept with the usage record.'),
      ],
      requestBody: { required: true, description: JSON_BODY_MAX, content: json(call.request) },
      responses: {
        200: { description: 'The answer.', headers: answerHeaders(), content: { ...json(call.response), ...stream } },
        ...FAILURES,
      },
    },
  };
}

function header(name: string, description: string) {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function modelPaths() {
  const found = (description: string, schema: string) => ({
    200: { description, headers: headers('x-request-id'), content: json(schema) },
    401: { $ref: '#/components/responses/Error' },
    404: { $ref: '#/components/responses/Error' },
  });
  return {
    '/v1/models': {
      get: {
        operationId: 'listModels',
        summary: 'Lists the models that the key may call.',
        tags: ['models'],
        responses: found('The models.', 'ModelList'),
      },
    },
    '/v1/models/{id}': {
      get: {
        operationId: 'getModel',
        summary: 'Shows one model; its id may hold slashes.',
        tags: ['models'],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: found('The model.', 'Model'),
      },
    },
  };
}

function operationsPaths() {
  const probe = (operationId: string, summary: string, unready: boolean) => ({
    get: {
      operationId,
      summary,
      tags: ['operations'],
      security: [],
      responses: {
        200: { description: 'Yes.' },
        ...(unready ? { 503: { description: 'No: the hub starts, drains or lacks something it needs.' } } : {}),
      },
    },
  });
  return {
    '/livez': probe('getLiveness', 'Whether the process is alive; asks nothing else.', false),
    '/readyz': probe('getReadiness', 'Whether the hub takes requests.', true),
    '/metrics': {
      get: {
        operationId: 'getMetrics',
        summary: 'Metrics in the Prometheus text format.',
        tags: ['operations'],
        security: [],
        responses: { 200: { description: 'The metrics.', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
  };
}
