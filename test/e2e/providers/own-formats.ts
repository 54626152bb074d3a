import type { JsonObject } from '../../../src/kernel/json.ts';
import type { DocumentedError, ProviderCase } from './provider-case.ts';

/** Providers with a format of their own. */

const ANTHROPIC_ERRORS = 'https://docs.anthropic.com/en/api/errors';

const anthropicError = (type: string, message: string): JsonObject => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_fake',
});

export const anthropic: ProviderCase = {
  entry: 'anthropic',
  name: 'Anthropic',
  basePath: '/v1',
  secret: 'sk-ant-api03-fake0123456789',
  model: 'claude-sonnet-4-5',
  publicModel: 'claude-sonnet-4-5',
  other: 'claude-haiku-4-5',
  chatPath: '/v1/messages',
  responsesPath: '/v1/messages',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: ['write5m', 'write1h'],
  namesModel: true,
  docs: {
    chat: 'https://docs.anthropic.com/en/api/messages',
    stream: 'https://docs.anthropic.com/en/docs/build-with-claude/streaming',
    tools: 'https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use',
    usage: 'https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance',
  },
  models: { docs: 'https://docs.anthropic.com/en/api/models-list', path: '/v1/models?limit=1000' },
  recorded: { files: /packages\/anthropic\/|cassettes\/test_anthropic\//, cases: ['chat', 'stream', 'tools', 'usage'] },
  errors: {
    'bad request': {
      docs: ANTHROPIC_ERRORS,
      status: 400,
      body: anthropicError('invalid_request_error', 'messages: roles must alternate'),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: ANTHROPIC_ERRORS,
      status: 401,
      body: anthropicError('authentication_error', 'invalid x-api-key'),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: ANTHROPIC_ERRORS,
      status: 404,
      body: anthropicError('not_found_error', 'model: claude-0'),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: 'https://docs.anthropic.com/en/api/rate-limits',
      status: 429,
      headers: { 'retry-after': '11' },
      body: anthropicError('rate_limit_error', 'This request would exceed your rate limit.'),
      code: 'upstream.rate_limited',
      retryAfter: 11,
    },
    overloaded: {
      docs: ANTHROPIC_ERRORS,
      status: 529,
      body: anthropicError('overloaded_error', 'Overloaded'),
      code: 'upstream.error',
    },
    'content policy': {
      docs: 'https://docs.anthropic.com/en/docs/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals',
      ending: 'refused',
    },
  },
};

const BEDROCK_ERRORS = 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html';

function bedrockError(
  status: number,
  { type, message, code }: { readonly type: string; readonly message: string; readonly code: DocumentedError['code'] },
): DocumentedError {
  return { docs: BEDROCK_ERRORS, status, headers: { 'x-amzn-errortype': type }, body: { message }, code };
}

/** The key with which its calls are signed. */
export const BEDROCK_KEY = { accessKeyId: 'AKIAFAKE0123456789AB', secretAccessKey: 'fake/secret+0123456789' } as const;

export const amazonBedrock: ProviderCase = {
  entry: 'amazon-bedrock',
  name: 'Amazon Bedrock',
  basePath: '',
  secret: `${BEDROCK_KEY.accessKeyId}:${BEDROCK_KEY.secretAccessKey}`,
  model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  publicModel: 'claude-sonnet-4-5',
  other: 'amazon.nova-lite-v1:0',
  chatPath: '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  responsesPath: '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  tellsCached: true,
  tellsReasoning: false,
  tellsWrites: ['write5m', 'write1h'],
  namesModel: false,
  docs: {
    chat: BEDROCK_ERRORS,
    stream: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html',
    tools: 'https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html',
    usage: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html',
  },
  models: {
    docs: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html',
    path: '/foundation-models?byOutputModality=TEXT',
  },
  recorded: { files: /amazon-bedrock|test_bedrock\//, cases: ['chat', 'stream', 'tools', 'usage'] },
  errors: {
    'bad request': bedrockError(400, {
      type: 'ValidationException',
      message: 'The maximum tokens you requested exceeds the model limit.',
      code: 'upstream.bad_request',
    }),
    'credential rejected': bedrockError(403, {
      type: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
      code: 'upstream.credential_rejected',
    }),
    'not found': bedrockError(404, {
      type: 'ResourceNotFoundException',
      message: 'Could not resolve the model.',
      code: 'upstream.not_found',
    }),
    'rate limit': bedrockError(429, {
      type: 'ThrottlingException',
      message: 'Too many requests, please wait before trying again.',
      code: 'upstream.rate_limited',
    }),
    overloaded: bedrockError(503, {
      type: 'ServiceUnavailableException',
      message: 'The service is not available.',
      code: 'upstream.error',
    }),
    'content policy': {
      docs: 'https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html',
      ending: 'filtered',
    },
  },
};

const GOOGLE_ERRORS = 'https://ai.google.dev/gemini-api/docs/troubleshooting';
const GOOGLE_MODE = 'https://ai.google.dev/gemini-api/docs/openai';

/** In its OpenAI mode it puts a list around its errors. */
const googleError = (code: number, status: string, message: string, ...details: JsonObject[]): [JsonObject] => [
  { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } },
];

export const google: ProviderCase = {
  entry: 'google',
  name: 'Google Gemini',
  basePath: '/v1beta/openai',
  secret: 'AIzaFake0123456789',
  manner: 'google',
  model: 'gemini-2.5-flash',
  publicModel: 'gemini-2.5-flash',
  other: 'gemini-2.5-pro',
  chatPath: '/v1beta/openai/chat/completions',
  responsesPath: '/v1beta/models/gemini-2.5-flash:generateContent',
  tellsCached: false,
  tellsReasoning: true,
  tellsWrites: [],
  namesModel: true,
  docs: { chat: GOOGLE_MODE, stream: GOOGLE_MODE, tools: GOOGLE_MODE, usage: GOOGLE_MODE },
  models: { docs: 'https://ai.google.dev/api/models#method:-models.list', path: '/v1beta/models?pageSize=1000' },
  errors: {
    'bad request': {
      docs: GOOGLE_ERRORS,
      status: 400,
      body: googleError(400, 'INVALID_ARGUMENT', 'Invalid value at generation_config.'),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: GOOGLE_ERRORS,
      status: 400,
      body: googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
      }),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: GOOGLE_ERRORS,
      status: 404,
      body: googleError(404, 'NOT_FOUND', 'models/gemini-0 is not found for API version v1main.'),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: 'https://ai.google.dev/gemini-api/docs/rate-limits',
      status: 429,
      body: googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', {
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: '4.5s',
      }),
      code: 'upstream.rate_limited',
      retryAfter: 5,
    },
    overloaded: {
      docs: GOOGLE_ERRORS,
      status: 503,
      body: googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
      code: 'upstream.error',
    },
    'content policy': { docs: 'https://ai.google.dev/gemini-api/docs/safety-settings', ending: 'filtered' },
  },
};
