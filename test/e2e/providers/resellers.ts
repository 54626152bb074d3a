import type { JsonObject } from '../../../src/kernel/json.ts';
import { openaiError, type ProviderCase } from './provider-case.ts';

/** Providers that sell others' models in the official SDK's own format, and a server that runs them at home. */

const OPENROUTER_CHAT = 'https://openrouter.ai/docs/api-reference/overview';
const OPENROUTER_ERRORS = 'https://openrouter.ai/docs/api-reference/errors';

const routed = (code: number, message: string, metadata: JsonObject = {}): JsonObject => ({
  error: { code, message, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) },
});

export const openrouter: ProviderCase = {
  entry: 'openrouter',
  name: 'OpenRouter',
  basePath: '/api/v1',
  secret: 'sk-or-v1-fake0123456789',
  manner: 'openrouter',
  model: 'anthropic/claude-sonnet-4.5',
  publicModel: 'claude-sonnet-4-5',
  other: 'openai/gpt-5-mini',
  chatPath: '/api/v1/chat/completions',
  responsesPath: '/api/v1/responses',
  tellsCached: true,
  tellsReasoning: true,
  tellsWrites: ['write5m'],
  toldCostUsd: '0.00014',
  namesModel: true,
  docs: {
    chat: OPENROUTER_CHAT,
    stream: 'https://openrouter.ai/docs/api-reference/streaming',
    tools: 'https://openrouter.ai/docs/features/tool-calling',
    usage: 'https://openrouter.ai/docs/use-cases/usage-accounting',
  },
  models: { docs: 'https://openrouter.ai/docs/api-reference/list-available-models', path: '/api/v1/models' },
  recorded: { files: /openrouter/, cases: ['chat', 'stream', 'tools', 'usage'] },
  errors: {
    'bad request': {
      docs: OPENROUTER_ERRORS,
      status: 400,
      body: routed(400, 'Input is missing.'),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: OPENROUTER_ERRORS,
      status: 401,
      body: routed(401, 'User not found.'),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: OPENROUTER_ERRORS,
      status: 404,
      body: routed(404, 'No endpoints found for this model.'),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: 'https://openrouter.ai/docs/api-reference/limits',
      status: 429,
      headers: { 'retry-after': '9' },
      body: routed(429, 'Rate limit exceeded.', { provider_name: 'Anthropic' }),
      code: 'upstream.rate_limited',
      retryAfter: 9,
    },
    overloaded: {
      docs: OPENROUTER_ERRORS,
      status: 502,
      body: routed(502, 'Provider returned error', { provider_name: 'Anthropic' }),
      code: 'upstream.error',
    },
    'content policy': {
      docs: OPENROUTER_ERRORS,
      status: 403,
      body: routed(403, 'Your input was flagged.', { reasons: ['violence'], flagged_input: 'A…', model_slug: 'x/y' }),
      code: 'upstream.content_policy',
    },
  },
};

const POE_CHAT = 'https://creator.poe.com/api-reference/createChatCompletion';
const POE_ERRORS = 'https://creator.poe.com/api-reference/errors';

export const poe: ProviderCase = {
  entry: 'poe',
  name: 'Poe',
  basePath: '/v1',
  secret: 'poe-fake0123456789',
  manner: 'poe',
  model: 'Claude-Sonnet-4.5',
  publicModel: 'claude-sonnet-4-5',
  other: 'GPT-5-mini',
  chatPath: '/v1/chat/completions',
  responsesPath: '/v1/responses',
  tellsCached: false,
  tellsReasoning: false,
  tellsWrites: [],
  namesModel: true,
  docs: { chat: POE_CHAT, stream: POE_CHAT, tools: POE_CHAT, usage: POE_CHAT },
  models: { docs: 'https://creator.poe.com/api-reference/listModels', path: '/v1/models' },
  errors: {
    'bad request': {
      docs: POE_ERRORS,
      status: 400,
      body: openaiError('Invalid value for temperature.', { code: 'invalid_parameter' }),
      code: 'upstream.bad_request',
    },
    'credential rejected': {
      docs: POE_ERRORS,
      status: 401,
      body: openaiError('Invalid API key provided', { code: 'invalid_api_key' }),
      code: 'upstream.credential_rejected',
    },
    'not found': {
      docs: POE_ERRORS,
      status: 400,
      body: openaiError("Model 'no-such-bot' does not exist", { code: 'model_not_found' }),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: POE_ERRORS,
      status: 429,
      headers: { 'retry-after': '3' },
      body: openaiError('Rate limit exceeded.', { type: 'rate_limit_error', code: 'rate_limit_exceeded' }),
      code: 'upstream.rate_limited',
      retryAfter: 3,
    },
    overloaded: {
      docs: POE_ERRORS,
      status: 503,
      body: openaiError('Service temporarily unavailable.', { type: 'server_error' }),
      code: 'upstream.error',
    },
    'content policy': { none: 'its bots refuse in words' },
  },
};

const OLLAMA_MODE = 'https://docs.ollama.com/api/openai-compatibility';
const OLLAMA_ERRORS = 'https://docs.ollama.com/api/errors';

export const ollama: ProviderCase = {
  entry: 'ollama',
  name: 'Ollama',
  basePath: '/v1',
  secret: '',
  manner: 'ollama',
  model: 'qwen3:8b',
  publicModel: 'qwen3:8b',
  other: 'llama3.2:3b',
  chatPath: '/v1/chat/completions',
  responsesPath: '/api/chat',
  tellsCached: false,
  tellsReasoning: false,
  tellsWrites: [],
  namesModel: true,
  docs: {
    chat: OLLAMA_MODE,
    stream: OLLAMA_MODE,
    tools: 'https://docs.ollama.com/capabilities/tool-calling',
    usage: OLLAMA_MODE,
  },
  models: { docs: 'https://docs.ollama.com/api/tags', path: '/api/tags' },
  recorded: { files: /test_ollama/, cases: ['chat', 'tools'] },
  errors: {
    'bad request': {
      docs: OLLAMA_ERRORS,
      status: 400,
      body: openaiError('"llama3.2:3b" does not support thinking'),
      code: 'upstream.bad_request',
    },
    'credential rejected': { none: 'a local server asks for no credential' },
    'not found': {
      docs: OLLAMA_ERRORS,
      status: 404,
      body: openaiError('model "qwen3:8b" not found, try pulling it first', { type: 'api_error' }),
      code: 'upstream.not_found',
    },
    'rate limit': {
      docs: OLLAMA_ERRORS,
      status: 429,
      body: openaiError('you have reached your hourly usage limit', { type: 'api_error' }),
      code: 'upstream.rate_limited',
    },
    overloaded: {
      docs: 'https://docs.ollama.com/faq',
      status: 503,
      body: openaiError('server busy, please try again. maximum pending requests exceeded', { type: 'api_error' }),
      code: 'upstream.error',
    },
    'content policy': { none: 'nothing filters what a model says' },
  },
};
