import { openaiError, type ProviderCase } from './provider-case.ts';

/** Providers that take the official SDK's own format. */

const OPENAI_ERRORS = 'https://platform.openai.com/docs/guides/error-codes';
const OPENAI_CHAT = 'https://platform.openai.com/docs/api-reference/chat/object';

export const openai: ProviderCase = {
  entry: 'openai',
  name: 'OpenAI',
  basePath: '/v1',
  secret: 'sk-proj-fake0123456789',
  model: 'gpt-5-mini',
  publicModel: 'gpt-5-mini',
  other: 'gpt-4o-mini',
  chatPath: '/v1/chat/completions',
  responsesPath: '/v1/responses',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: [],
  namesModel: true,
  docs: {
    chat: OPENAI_CHAT,
    stream: 'https://platform.openai.com/docs/api-reference/chat/streaming',
    tools: 'https://platform.openai.com/docs/guides/function-calling',
    usage: OPENAI_CHAT,
  },
  models: { docs: 'https://platform.openai.com/docs/api-reference/models/list', path: '/v1/models' },
  recorded: {
    files: /packages\/openai\/|testopenai|cassettes\/test_openai/,
    cases: ['chat', 'stream', 'tools', 'usage'],
  },
  errors: {
    'bad request': {
      docs: OPENAI_ERRORS,
      status: 400,
      body: openaiError('Unsupported value: temperature.', { param: 'temperature', code: 'unsupported_value' }),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: OPENAI_ERRORS,
      status: 401,
      body: openaiError('Incorrect API key provided.', { code: 'invalid_api_key' }),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: OPENAI_ERRORS,
      status: 404,
      body: openaiError('The model does not exist or you do not have access to it.', { code: 'model_not_found' }),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: OPENAI_ERRORS,
      status: 429,
      headers: { 'retry-after': '7' },
      body: openaiError('Rate limit reached for requests.', { type: 'requests', code: 'rate_limit_exceeded' }),
      code: 'upstream.rate_limited',
      retryAfter: 7,
    },
    overloaded: {
      docs: OPENAI_ERRORS,
      status: 503,
      body: openaiError('The engine is currently overloaded, please try again later.', { type: 'server_error' }),
      code: 'upstream.error',
    },
    'content policy': {
      docs: OPENAI_ERRORS,
      status: 400,
      body: openaiError('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', {
        code: 'invalid_prompt',
      }),
      code: 'upstream.content_policy',
    },
  },
};

const DEEPSEEK_CHAT = 'https://api-docs.deepseek.com/api/create-chat-completion';
const DEEPSEEK_ERRORS = 'https://api-docs.deepseek.com/quick_start/error_codes';

export const deepseek: ProviderCase = {
  entry: 'deepseek',
  name: 'DeepSeek',
  basePath: '/v1',
  secret: 'sk-deepseek-fake0123456789',
  manner: 'deepseek',
  model: 'deepseek-reasoner',
  publicModel: 'deepseek-reasoner',
  other: 'deepseek-chat',
  chatPath: '/v1/chat/completions',
  responsesPath: '/v1/chat/completions',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: [],
  namesModel: true,
  docs: {
    chat: DEEPSEEK_CHAT,
    stream: DEEPSEEK_CHAT,
    tools: 'https://api-docs.deepseek.com/guides/tool_calls',
    usage: 'https://api-docs.deepseek.com/guides/kv_cache',
  },
  models: { docs: 'https://api-docs.deepseek.com/api/list-models', path: '/v1/models' },
  recorded: { files: /deepseek/, cases: ['chat', 'stream', 'tools', 'usage'] },
  errors: {
    'bad request': {
      docs: DEEPSEEK_ERRORS,
      status: 400,
      body: openaiError('Invalid max_tokens value.', { code: 'invalid_request_error' }),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: DEEPSEEK_ERRORS,
      status: 401,
      body: openaiError('Authentication Fails (no such user)', { type: 'authentication_error' }),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: DEEPSEEK_ERRORS,
      status: 404,
      body: openaiError('Model Not Exist', { code: 'invalid_request_error' }),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: DEEPSEEK_ERRORS,
      status: 429,
      body: openaiError('Rate Limit Reached', { type: 'rate_limit_error' }),
      code: 'upstream.rate_limited',
    },
    overloaded: {
      docs: DEEPSEEK_ERRORS,
      status: 503,
      body: openaiError('Service is too busy.', { type: 'service_unavailable_error' }),
      code: 'upstream.error',
    },
    'content policy': {
      docs: 'https://github.com/deepseek-ai/awesome-deepseek-integration/issues/13',
      status: 400,
      body: openaiError('Content Exists Risk', { code: 'invalid_request_error' }),
      code: 'upstream.content_policy',
    },
  },
};

const XAI_ERRORS = 'https://docs.x.ai/developers/debugging';
const XAI_CHAT = 'https://docs.x.ai/developers/rest-api-reference/inference/chat';

export const xai: ProviderCase = {
  entry: 'xai',
  name: 'xAI',
  basePath: '/v1',
  secret: 'xai-fake0123456789',
  manner: 'xai',
  model: 'grok-3-mini',
  publicModel: 'grok-3-mini',
  other: 'grok-4',
  chatPath: '/v1/chat/completions',
  responsesPath: '/v1/responses',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: [],
  toldCostUsd: '1400000e-10',
  namesModel: true,
  docs: {
    chat: XAI_CHAT,
    stream: XAI_CHAT,
    tools: 'https://docs.x.ai/docs/guides/function-calling',
    usage: 'https://docs.x.ai/docs/guides/reasoning',
  },
  models: { docs: 'https://docs.x.ai/developers/rest-api-reference/inference/models', path: '/v1/models' },
  recorded: { files: /packages\/xai\//, cases: ['chat', 'stream', 'tools', 'usage'] },
  errors: {
    'bad request': {
      docs: XAI_ERRORS,
      status: 400,
      body: { code: 'Client specified an invalid argument', error: 'Argument not supported on this model: stop' },
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: XAI_ERRORS,
      status: 400,
      body: { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***89.' },
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: XAI_ERRORS,
      status: 404,
      body: { code: 'Some requested entity was not found', error: 'The model grok-0 does not exist.' },
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: XAI_ERRORS,
      status: 429,
      body: { code: 'Some resource has been exhausted', error: 'Too many requests for this team.' },
      code: 'upstream.rate_limited',
    },
    overloaded: {
      docs: XAI_ERRORS,
      status: 503,
      body: { code: 'The service is currently unavailable', error: 'The model is at capacity.' },
      code: 'upstream.error',
    },
    'content policy': {
      docs: XAI_ERRORS,
      status: 403,
      body: {
        code: 'The caller does not have permission to execute the specified operation',
        error: 'Content violates usage guidelines. Failed safety check.',
      },
      code: 'upstream.content_policy',
    },
  },
};

const ARK_ERRORS = 'https://www.volcengine.com/docs/82379/1299023';
const ARK_CHAT = 'https://www.volcengine.com/docs/82379/1494384';

export const doubao: ProviderCase = {
  entry: 'doubao',
  name: 'Doubao',
  basePath: '/api/v3',
  secret: 'ark-fake-0123456789',
  model: 'doubao-seed-1-8-251228',
  publicModel: 'doubao-seed-1-8-251228',
  other: 'doubao-seed-2-0-pro-260215',
  // The first one in the catalogue, by which a credential is tried.
  more: ['deepseek-v3-2-251201'],
  chatPath: '/api/v3/chat/completions',
  responsesPath: '/api/v3/responses',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: [],
  namesModel: true,
  docs: { chat: ARK_CHAT, stream: ARK_CHAT, tools: 'https://www.volcengine.com/docs/82379/1262342', usage: ARK_CHAT },
  models: { docs: 'https://www.volcengine.com/docs/82379/1330310', path: '' },
  errors: {
    'bad request': {
      docs: ARK_ERRORS,
      status: 400,
      body: openaiError('One or more parameters specified in the request are not valid.', {
        type: 'BadRequest',
        code: 'InvalidParameter',
      }),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: ARK_ERRORS,
      status: 401,
      body: openaiError('The API key or AK/SK in the request is missing or invalid.', {
        type: 'Unauthorized',
        code: 'AuthenticationError',
      }),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: ARK_ERRORS,
      status: 404,
      body: openaiError('The model or endpoint does not exist or you do not have access to it.', {
        type: 'NotFound',
        code: 'InvalidEndpointOrModel.NotFound',
      }),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: ARK_ERRORS,
      status: 429,
      body: openaiError('The Requests Per Minute (RPM) limit of the endpoint has been exceeded.', {
        type: 'TooManyRequests',
        code: 'RateLimitExceeded.EndpointRPMExceeded',
      }),
      code: 'upstream.rate_limited',
    },
    overloaded: {
      docs: ARK_ERRORS,
      status: 500,
      body: openaiError('The service encountered an unexpected internal error.', {
        type: 'InternalServerError',
        code: 'InternalServiceError',
      }),
      code: 'upstream.error',
    },
    'content policy': {
      docs: ARK_ERRORS,
      status: 400,
      body: openaiError('The request failed because the input text may contain sensitive information.', {
        type: 'BadRequest',
        code: 'InputTextSensitiveContentDetected',
      }),
      code: 'upstream.content_policy',
    },
  },
};
