import { dataSchemas } from './data-schemas.ts';
import { inferencePaths } from './inference-paths.ts';

type Document = { readonly openapi: string; readonly [key: string]: unknown };

/** The document of the API that callers of models use. Fields that it does not name are passed on as they are. */
export function dataDocument(): Document {
  return {
    openapi: '3.1.0',
    info: {
      title: 'AIGNE Hub model API',
      description:
        'One address in front of every connected provider, in the wire format that the caller’s SDK speaks: OpenAI’s, ' +
        'Anthropic’s or AIGNE’s. What a provider’s own format cannot express is told in `x-hub-losses`.',
      version: '1',
    },
    tags: [
      { name: 'inference', description: 'Calls of models.' },
      { name: 'models', description: 'What a key may call.' },
      { name: 'operations', description: 'For orchestrators and monitoring.' },
    ],
    security: [{ virtualKey: [] }],
    paths: joinPaths([
      inferencePaths({ answerHeaders: answerHeaders(), failures: FAILURES, ref }),
      modelPaths(),
      sidePaths(),
      operationsPaths(),
    ]),
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

/** An address may take a call in one part and a question in another. */
function joinPaths(parts: readonly Readonly<Record<string, object>>[]): Record<string, object> {
  const joined: Record<string, object> = {};
  for (const part of parts) {
    for (const [path, methods] of Object.entries(part)) joined[path] = { ...joined[path], ...methods };
  }
  return joined;
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
  'x-hub-charge': text('Credits that the call takes, in place of its cost, where calls are paid for with credit.'),
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
  headers('x-request-id', 'x-hub-provider', 'x-hub-served-model', 'x-hub-overhead-ms', 'x-hub-cost', 'x-hub-charge');

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

function sidePaths() {
  const get = (operationId: string, summary: string, isPublic: boolean, parameters: readonly object[] = []) => ({
    get: {
      operationId,
      summary,
      tags: ['models'],
      ...(isPublic ? { security: [] } : {}),
      parameters,
      responses: {
        200: { description: 'The answer.', content: { 'application/json': {} } },
        ...(isPublic ? {} : { 401: { $ref: '#/components/responses/Error' } }),
      },
    },
  });
  const query = (name: string) => ({ name, in: 'query', required: false, schema: { type: 'string' } });
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const listed = 'Lists models in the shape that AIGNE’s clients read.';
  const geminiModels = (path: string, index: number) => {
    const name = (operationId: string): string => (index === 0 ? operationId : `${operationId}${index + 1}`);
    return {
      [path]: get(name('listModelsForGemini'), 'Lists models in Gemini’s shape.', false, [
        query('pageSize'),
        query('pageToken'),
      ]),
      [`${path}/{id}`]: get(name('getModelForGemini'), 'One model in Gemini’s shape.', false, [id]),
    };
  };
  const films = (path: string, index: number) => {
    const name = (operationId: string): string => (index === 0 ? operationId : `${operationId}${index + 1}`);
    const { get: remove } = get(name('deleteVideo'), 'Deletes a film at its provider.', false, [id]);
    return {
      [path]: get(name('listVideos'), 'Lists the project’s films, newest first.', false, [
        query('limit'),
        query('after'),
        query('order'),
      ]),
      [`${path}/{id}`]: { ...get(name('getVideo'), 'How far a film is.', false, [id]), delete: remove },
      [`${path}/{id}/content`]: get(name('getVideoContent'), 'The film.', false, [id, query('variant')]),
    };
  };
  return {
    '/anthropic/v1/models': get('listModelsForAnthropic', 'Lists models in Anthropic’s shape.', false),
    ...Object.assign({}, ...['/v1beta/models', '/gemini/v1beta/models'].map(geminiModels)),
    '/api/v1/models': get('listModelsForAigne', 'Lists models in OpenAI’s shape.', false),
    '/api/v2/models': get('listModelsForAigne2', 'Lists models in OpenAI’s shape.', false),
    '/api/ai/models': get('listAigneModels', listed, true, [query('type')]),
    '/api/ai-providers/models': get('listAigneModels2', listed, true, [query('type')]),
    '/api/v1/status': get('getStatus', 'Whether the key can call any model.', false),
    '/api/v2/status': get('getModelStatus', 'Whether the key can call a model.', false, [query('model')]),
    '/api/user/info': get('getUserInfo', 'Whose key it is, and what may be spent with it.', false),
    ...usagePaths(),
    '/__blocklet__.js': get('getMountPoint', 'Where AIGNE’s clients find the hub.', true, [query('type')]),
    ...Object.assign({}, ...['/v1/videos', '/api/v1/videos', '/api/v2/videos'].map(films)),
    '/media/{name}': get('getMedia', 'A generated file, by its signed address.', true, [
      { ...id, name: 'name' },
      query('expires'),
      query('signature'),
    ]),
  };
}

/** The usage endpoints of AIGNE's clients; what names a project there is an application here. */
function usagePaths() {
  const queries = (...names: readonly string[]) =>
    names.map((name) => ({ name, in: 'query', required: false, schema: { type: 'string' } }));
  const time = ['startTime', 'endTime', 'timeRange', 'timezoneOffset'];
  const page = ['page', 'pageSize'];
  const calls = ['startTime', 'endTime', 'allUsers', 'status', 'model', 'type', 'providerId', 'appDid'];
  const filters = [...calls, 'search', 'searchFields', 'minDurationSeconds'];
  const described = (operationId: string, summary: string, contentType = 'application/json') => ({
    operationId,
    summary,
    tags: ['models'],
    responses: {
      200: { description: 'The answer.', content: { [contentType]: {} } },
      ...Object.fromEntries(['400', '401', '403'].map((status) => [status, FAILURES[status]])),
    },
  });
  const read = (operationId: string, summary: string, ...names: readonly string[]) => ({
    get: { ...described(operationId, summary), parameters: queries(...names) },
  });
  const post = (operationId: string, summary: string, body: object) => ({
    post: {
      ...described(operationId, summary),
      requestBody: { content: { 'application/json': { schema: body } } },
    },
  });
  const ids = { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 200 };
  const done = 'Answers that it is done: sums are kept up with every record.';
  const within = ['start', 'end'];
  return {
    '/api/user/credit/balance': read('getCreditBalance', 'What may be spent with the key, in smallest units.'),
    '/api/user/credit/grants': read('listGrants', 'Credit that was given, newest first.', ...within, ...page),
    '/api/user/credit/transactions': read(
      'listCreditTransactions',
      'Calls with what each took, newest first.',
      ...within,
      'allUsers',
      ...page,
    ),
    '/api/user/credit/payment-link': read('getPaymentLink', 'Where more credit is to be had, as a text or `null`.'),
    '/api/usage/quota': read('getQuota', 'What there is, what was used, and how long the rest lasts.', 'allUsers'),
    '/api/user/model-calls': read('listModelCalls', 'Lists calls, newest first.', ...filters, ...page),
    '/api/user/model-calls/export': {
      get: {
        ...described('exportModelCalls', 'The newest 10,000 calls, for spreadsheets.', 'text/csv'),
        parameters: queries(...filters, 'locale'),
      },
    },
    '/api/user/usage-stats': read('getUsageStats', 'Sums of the key’s own calls.', ...time),
    '/api/user/admin/user-stats': read('getUserStats', 'Sums of everybody’s calls; for owners and admins.', ...time),
    '/api/user/admin/user-info': post('getUserInfoOfMany', 'Who is behind ids; for owners and admins.', {
      type: 'object',
      required: ['userDids'],
      properties: { userDids: ids },
    }),
    '/api/user/cleanup-daily-stats': post('cleanUpDailyStats', done, { type: 'object' }),
    '/api/usage/projects': read(
      'listUsageProjects',
      'Applications and their calls.',
      ...time,
      'allUsers',
      'sortBy',
      'sortOrder',
      ...page,
    ),
    '/api/usage/projects/group-trends': read('getProjectTrends', 'Applications over time.', ...time, 'allUsers'),
    '/api/usage/projects/trends': read(
      'getTrendsOfProject',
      'An application over time.',
      'appDid',
      ...time,
      'allUsers',
    ),
    '/api/usage/projects/calls': read('listCallsOfProject', 'Calls of an application.', ...filters, ...page),
    '/api/usage/trends': read('getUsageTrends', 'All calls over time; for owners and admins.', ...time),
    '/api/usage/stats/backfill': post('backfillUsageStats', done, { type: 'object' }),
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
